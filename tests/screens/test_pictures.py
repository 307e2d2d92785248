"""The pictures of the README come out the same at every run, and tell nothing about where they were made."""

from pathlib import Path

import pytest

from screens.screenshots import PICTURES, picture, stable

FOLDER = Path(__file__).parents[2] / "docs" / "screens"


@pytest.mark.asyncio
async def test_a_picture_is_the_same_at_every_run() -> None:
    """Byte for byte."""
    shot = next(shot for shot in PICTURES if shot.name == "launch")
    assert stable(await picture(shot)) == stable(await picture(shot))


@pytest.mark.parametrize("shot", PICTURES, ids=lambda shot: shot.name)
def test_every_picture_is_there(shot: object) -> None:
    """`python -m screens.screenshots` wrote it."""
    assert (FOLDER / f"{shot.name}.svg").read_text(encoding="utf-8").startswith("<svg")  # type: ignore[attr-defined]
