"""Style sheets are parsed once for each theme, and look the same as if they were parsed every time."""

from typing import Any

import pytest
from textual.css import stylesheet
from textual.css.stylesheet import Stylesheet

from screens.stylesheet import Sheet
from tests.screens.walking import an_app, settle


@pytest.mark.asyncio
async def test_opening_a_dialog_parses_only_what_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second dialog of the same kind parses nothing; another theme parses all again, and colours change."""
    app = an_app("choose")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("f2")
        await settle(pilot)
        await pilot.press("escape")
        await settle(pilot)
        parsed: list[Any] = []
        real = stylesheet.parse
        monkeypatch.setattr(stylesheet, "parse", lambda *given, **more: parsed.append(given) or real(*given, **more))
        await pilot.press("f2")
        await settle(pilot)
        assert parsed == []
        before = app.screen.styles.background, app.screen.query_one(".box").styles.background
        app.use_theme("light")
        await settle(pilot)
        assert len(parsed) > 20
        assert (app.screen.styles.background, app.screen.query_one(".box").styles.background) != before
        app.use_theme("dark")
        await settle(pilot)
        sheet = app.stylesheet
        assert isinstance(sheet, Sheet)
        whole = Stylesheet(variables=app.get_css_variables())
        whole.source = dict(sheet.source)
        whole.parse()
        assert [rule.selectors for rule in sheet.rules] == [rule.selectors for rule in whole.rules]
