"""Keys of one's own: used where they clash with nothing, else said; the README's table is the keys there are."""

from pathlib import Path

import pytest

from screens import keymap, settings
from screens.app import WizardApp
from screens.settings import Settings
from screens.terminal import Terminal
from screens.widgets.key_bar import KeyBar
from tests.screens.walking import settle
from wizard import presets, session

README = Path(__file__).parents[2] / "README.md"


@pytest.mark.asyncio
async def test_an_own_key_does_what_the_wizards_did_and_the_bottom_line_says_it() -> None:
    """The old key does nothing any more; what clashes is said and changes nothing."""
    start = session.started(presets.preset("a3-pd").selection)
    own = Settings(keys={"findings": "F", "command": "x"})
    app = WizardApp(start, "choose", terminal=Terminal(), settings=own)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        assert any("`x` for command is taken by" in note.message for note in app._notifications)
        await settle(pilot)
        assert ("F", "findings") in [(key.shown, key.words) for key in app.screen.query_one(KeyBar).shown]
        await pilot.press("f")
        await settle(pilot)
        assert not app.screen.has_class("-panel")
        await pilot.press("F")
        await settle(pilot)
        assert app.screen.has_class("-panel")
        await pilot.press("F", "c")
        await settle(pilot)
        assert app.screen.has_class("-panel")


@pytest.mark.parametrize(
    ("name", "key", "said"),
    [
        ("findigns", "F", "there is no `findigns` among the keys; `findings`?"),
        ("findings", "two keys", "is no key"),
        ("findings", "enter", "is taken by: a key that always does the same"),
        ("findings", "c", "is taken by: command"),
        ("findings", "u", "is taken by: use hosts"),
        ("search", "?", "is taken by: help"),
        ("quit", "w", "is taken by: switch with what it needs"),
        ("quit", "v", "is taken in the monitor by: events"),
    ],
)
def test_what_cannot_be_is_said(name: str, key: str, said: str) -> None:
    """In a sentence, with the nearest name or what has the key."""
    checked = keymap.checked({name: key})
    assert not checked.keys
    assert said in checked.problems[0]


def test_two_may_change_places_but_not_meet() -> None:
    """What is given away is free for others."""
    assert keymap.checked({"findings": "c", "command": "f"}).problems == ()
    assert len(keymap.checked({"findings": "F", "command": "F"}).problems) == 1


def test_own_keys_outlive_a_change_of_theme(tmp_path: Path) -> None:
    """Saving the settings writes them again; any text is read back."""
    path = tmp_path / "screen.toml"
    own = Settings("light", True, {"findings": "F", 'odd"name': "\\"})
    assert settings.save(own, path) is None
    assert settings.load(path) == own


def test_the_table_of_the_readme_is_up_to_date() -> None:
    """`python -m screens.keymap` wrote it."""
    text = README.read_text(encoding="utf-8")
    assert "<!-- keys -->" in text
    assert keymap.renewed(text) == text
