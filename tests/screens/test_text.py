"""Text on the screen: what is indented stays so where it is wrapped."""

from textual.content import Content

from screens.text import Hanging


def wrapped(text: str, width: int) -> list[str]:
    return [line.rstrip() for line in Hanging(Content(text))._wrapped(width).plain.split("\n")]


def test_an_indented_line_is_wrapped_a_little_further_in() -> None:
    """Paragraphs, short lines and signs before a line as one would write them by hand."""
    assert wrapped("one two three", 8) == ["one two three"]  # a paragraph: wrapped by Textual
    assert wrapped("  do: one two three", 12) == ["  do: one", "    two", "    three"]
    assert wrapped("! one two three\nend", 10) == ["! one two", "  three", "end"]
    assert Hanging(Content("03:04 copy  one two three four"), 12)._wrapped(24).plain.split("\n")[1].startswith(" " * 12)
    assert wrapped("    short\n\n", 40) == ["    short", "", ""]


def test_every_word_is_there_at_every_width() -> None:
    """Also double-wide signs, words longer than the line, and widths at which there is no room to indent."""
    text = "    image  swr.cn-southwest-2/a/very/long/name:tag 模型模型模型模型模型, pulled where missing"
    for width in range(2, 90):
        content = Hanging(Content(text))
        height = content.get_height({}, width)
        lines = content._wrapped(width).wrap(width)
        assert height == len(lines)
        assert "".join("".join(line.plain for line in lines).split()) == "".join(text.split())
