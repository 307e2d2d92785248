"""The unfinished selection survives leaving, whole or not at all."""

from pathlib import Path

import pytest

from wizard import drafts, presets, selection_file, session
from wizard.model.finding import Edit, EditKind
from wizard.prompts import world
from wizard.prompts.walk import Walk


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path


def test_a_draft_comes_back_as_it_was_left() -> None:
    assert drafts.unfinished() is None
    selection = presets.preset("a3-pd").selection
    place = drafts.keep(selection)
    assert place == drafts.path()
    found = drafts.unfinished()
    assert found is not None
    assert found.selection == selection
    assert selection_file.load(found.path) == selection
    drafts.discard()
    drafts.discard()
    assert drafts.unfinished() is None


def test_a_failed_write_leaves_the_old_draft(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (presets.preset(name).selection for name in ("a3-pd", "a3-single"))
    drafts.keep(first)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    assert drafts.keep(second) is None
    found = drafts.unfinished()
    assert found is not None
    assert found.selection == first
    assert [item.name for item in drafts.path().parent.iterdir()] == [drafts.FILE]


def test_a_broken_draft_is_not_offered() -> None:
    drafts.keep(presets.preset("a3-pd").selection)
    drafts.path().write_text("x = [", encoding="utf-8")
    assert drafts.unfinished() is None


def test_who_chose_nothing_takes_no_others_place() -> None:
    """Begun beside unfinished work and left, or exported as it came: what waits is still there."""
    waiting, other = (presets.preset(name).selection for name in ("a3-pd", "a3-single"))
    drafts.keep(waiting)
    place = drafts.path()
    begun = Walk(session.started(other), "scenario")
    assert f"nothing was chosen; {place} is as it was" in world.kept(begun)
    drafts.settled(other, was_changed=False)
    found = drafts.unfinished()
    assert found is not None
    assert found.selection == waiting
    drafts.settled(waiting, was_changed=False)
    assert drafts.unfinished() is None
    changed = begun.changed([Edit(EditKind.MODEL_PATH, "/m")], "hosts")
    assert f"kept in {place}" in world.kept(changed)
    drafts.keep(waiting)
    drafts.settled(changed.session.selection, was_changed=changed.session.was_changed)
    assert drafts.unfinished() is None
