"""Writing exports: whole or not at all, never over something else unasked."""

import stat
from pathlib import Path

import pytest

from wizard.errors import UsageError
from wizard.export.write import write_file, write_folder


def test_a_file_is_written_once(tmp_path: Path) -> None:
    """The same text again changes nothing; a script is executable."""
    place = tmp_path / "launch.sh"
    assert write_file(place, "one\n", overwrite=False) == "written"
    before = place.stat()
    assert write_file(place, "one\n", overwrite=False) == "unchanged"
    assert place.stat().st_mtime_ns == before.st_mtime_ns
    assert before.st_mode & stat.S_IXUSR


def test_a_different_file_is_kept_unless_told(tmp_path: Path) -> None:
    """Another text in the way is an error with a hint; with overwrite it is replaced."""
    place = tmp_path / "launch.sh"
    place.write_text("mine\n", encoding="utf-8")
    with pytest.raises(UsageError, match="exists and differs"):
        write_file(place, "new\n", overwrite=False)
    assert place.read_text(encoding="utf-8") == "mine\n"
    assert write_file(place, "new\n", overwrite=True) == "written"
    assert [path.name for path in tmp_path.iterdir()] == ["launch.sh"]


def test_a_folder_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    """One file in the way stops all of them."""
    (tmp_path / "b").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError):
        write_folder(tmp_path, {"a": "1", "b": "2"}, overwrite=False)
    assert not (tmp_path / "a").exists()


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """A missing parent folder gives a message, not a traceback."""
    with pytest.raises(UsageError, match="cannot be written"):
        write_file(tmp_path / "no" / "x.sh", "x", overwrite=False)
