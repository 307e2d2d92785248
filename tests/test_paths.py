"""Paths as people type them."""

import pytest

from wizard import paths

STRANGE = ["", "x" * 5000, "/" + "x" * 300, "~nobody-of-this-name/x", "a\0b", "/proc/self/mem/x", "模型"]


@pytest.mark.parametrize("text", STRANGE)
def test_a_strange_path_is_none_that_is_there(text: str) -> None:
    """Asking about a path that cannot be is answered, not raised."""
    path = paths.typed(text)
    assert not paths.is_file(path)
    assert paths.is_folder(path) is (text == "")
    assert paths.is_there(path) is (text == "")


def test_a_home_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """``~`` is the home folder of whoever types it."""
    monkeypatch.setenv("HOME", "/srv/home")
    assert str(paths.typed("~/glm")) == "/srv/home/glm"
    assert str(paths.typed("~nobody-of-this-name/x")) == "~nobody-of-this-name/x"
