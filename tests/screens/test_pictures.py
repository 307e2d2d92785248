"""The pictures of the README are of the screens as they are, and tell nothing about where they were made."""

import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from screens.screenshots import PICTURES, Picture, picture

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "screens"


def test_the_readme_shows_every_picture() -> None:
    """Each by its file, and no file that nobody sees."""
    shown = re.findall(r"\(docs/screens/([a-z-]+)\.svg\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert sorted(shown) == sorted(shot.name for shot in PICTURES) == sorted(file.stem for file in FOLDER.iterdir())


@pytest.fixture
def in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """At the root of the file system, by the clock of Greenwich."""
    monkeypatch.chdir("/")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.slow
@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="pictures differ a little between Pythons")
@pytest.mark.parametrize("shot", PICTURES, ids=lambda shot: shot.name)
@pytest.mark.asyncio
async def test_every_picture_is_of_the_screen_as_it_is(shot: Picture, in_utc: None) -> None:
    """Byte for byte what `python -m screens.screenshots` writes now."""
    assert await picture(shot) == (FOLDER / f"{shot.name}.svg").read_text(encoding="utf-8")
