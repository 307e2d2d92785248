"""Selection files: what is saved comes back, and a mistake is named with file, line, key and what would be right."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.strategies import TEXT, selections
from wizard import selection_file, toml_text
from wizard.errors import SelectionError
from wizard.model.selection import Selection


@given(selections())
@settings(max_examples=150)
def test_load_gives_back_what_was_saved(selection: Selection) -> None:
    """Saving and loading is the identity, and the second file is byte for byte the first."""
    text = selection_file.dumps(selection)
    loaded = selection_file.loads(text)
    assert loaded == selection
    assert [list(role.options) for role in loaded.roles.values()] == [list(r.options) for r in selection.roles.values()]
    assert selection_file.dumps(loaded) == text


@given(TEXT)
def test_any_text_is_quoted_and_read_back(text: str) -> None:
    """A TOML string holds any text."""
    assert toml_text.parse(f"x = {toml_text.quoted(text)}", "x") == {"x": text}


@given(st.text(max_size=300))
def test_any_file_is_read_or_refused_with_a_message(text: str) -> None:
    """Nothing in a file makes the reader fail in any other way than with its own error."""
    try:
        selection_file.loads(text)
    except SelectionError as error:
        assert "selection.toml" in error.message
        assert error.hint


GOOD = """\
scenario = "single"

[model]
path = "/models"

[roles.server.options]
tp-size = 16

[[hosts]]
address = "10.0.0.1"
"""


@pytest.mark.parametrize(
    ("old", "new", "place", "reason", "hint"),
    [
        ('scenario = "single"', 'scenaria = "single"', ":1", "`scenaria` is not a known key", "`scenario`"),
        ('scenario = "single"', 'scenario = "twin"', ":1", "`scenario` cannot be 'twin'", "selection.toml"),
        ('path = "/models"', "path = 5", ":4", "`model.path` cannot be 5", "selection.toml"),
        ('path = "/models"', 'pfad = "/models"', ":4", "`model.pfad` is not a known key", "`path`"),
        ("tp-size = 16", "tp-size = {a = 1}", ":7", "`roles.server.options.tp-size` cannot be", "list of them"),
        ("tp-size = 16", "tp-size = ", ":7", "not valid TOML", "quotes"),
        ("address =", "adress =", ":10", "`hosts.0.adress` is not a known key", "`address`"),
        ("[roles.server.options]", "[roles.servr.options]", "", "role `servr` does not belong", "selection.toml"),
        (
            'scenario = "single"',
            'scenario = "pd"',
            "",
            "role `server` does not belong to scenario `pd`",
            "selection.toml",
        ),
        ('scenario = "single"', "format = 99", "", "reads formats up to 1", "update glm-wizard"),
        ('scenario = "single"', "format = true", "", "`format` must be a whole number", "format = 1"),
    ],
)
def test_a_mistake_is_named(old: str, new: str, place: str, reason: str, hint: str) -> None:
    """Unknown keys, wrong types and other versions give file, line, key and a hint."""
    assert old in GOOD
    with pytest.raises(SelectionError) as caught:
        selection_file.loads(GOOD.replace(old, new), "my.toml")
    assert f"my.toml{place}" in caught.value.message
    assert reason in caught.value.message
    assert hint in (caught.value.hint or "")


def test_a_secret_in_a_file_is_replaced_by_its_variable() -> None:
    """A key written into a file by hand does not live on in any value or later file."""
    selection = selection_file.loads(GOOD.replace("tp-size = 16", 'api-key = "sk-very-secret"'))
    assert selection.role("server").options["api-key"] == "env:API_KEY"
    assert "sk-very-secret" not in selection_file.dumps(selection)


@pytest.mark.parametrize("name", ["missing.toml", "folder"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: pytest.TempPathFactory, name: str) -> None:
    """A path that is not there or is a folder gives a message, not a traceback."""
    from pathlib import Path

    place = Path(str(tmp_path)) / name
    if name == "folder":
        place.mkdir()
    with pytest.raises(SelectionError) as caught:
        selection_file.load(place)
    assert str(place) in caught.value.message
