"""Writing exports: whole or not at all, never over something else unasked."""

import errno
import os
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


@pytest.mark.parametrize("name", ["x" * 300, "a\0b", "file/below.sh"])
def test_a_name_that_cannot_be_one_is_refused(tmp_path: Path, name: str) -> None:
    """Too long, with a NUL, below a file: a message each time, and nothing is left beside it."""
    (tmp_path / "file").write_text("x", encoding="utf-8")
    for write in (
        lambda: write_file(f"{tmp_path}/{name}", "x", overwrite=False),
        lambda: write_folder(f"{tmp_path}/{name}/y", {"a": "x"}, overwrite=False),
    ):
        with pytest.raises(UsageError, match="cannot be written"):
            write()
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_full_disk_is_named_and_the_old_file_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old text whole, nothing beside it, and what to do."""
    place = tmp_path / "launch.sh"
    write_file(place, "old", overwrite=False)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UsageError, match="No space left") as refused:
        write_file(place, "new", overwrite=True)
    assert "free some space" in (refused.value.hint or "")
    assert place.read_text(encoding="utf-8") == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["launch.sh"]


def test_what_is_replaced_keeps_its_permissions_and_a_link_stays_one(tmp_path: Path) -> None:
    """A private file stays private; a new one is as the umask asks."""
    place = tmp_path / "real.sh"
    place.write_text("old", encoding="utf-8")
    place.chmod(0o600)
    link = tmp_path / "launch.sh"
    link.symlink_to("real.sh")
    write_file(link, "new", overwrite=True)
    assert link.is_symlink()
    assert place.read_text(encoding="utf-8") == "new"
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
