"""Every theme can be read: contrast of at least 4.5 to 1, on every background that text stands on."""

import pytest
from textual.color import Color

from screens.app import WizardApp
from screens.themes import NAMES, PLAIN, THEMES
from screens.widgets.findings import FindingsList
from screens.widgets.rows import RowList
from tests.screens.test_choose import turn_to, wizard
from tests.screens.walking import settle
from wizard.model.finding import Edit, EditKind

TEXTS = ("foreground", "footer-key-foreground", *(f"text-{name}" for name in ("error", "warning", "success", "accent")))
GROUNDS = ("background", "surface", "panel")


def luminance(color: Color) -> float:
    parts = [value / 255 for value in color.rgb]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Color, other: Color) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_text_stands_out_from_what_it_stands_on(theme: object) -> None:
    """As the guidelines for accessible text ask."""
    colors = theme.to_color_system().generate() | theme.variables  # type: ignore[attr-defined]
    weak = []
    for ground in GROUNDS:
        back = Color.parse(colors[ground])
        for text in (*TEXTS, *(["text-disabled"] if theme.name != PLAIN else [])):  # type: ignore[attr-defined]  dim there
            if text in colors and not colors[text].startswith("auto"):
                ratio = contrast(back.blend(Color.parse(colors[text]), Color.parse(colors[text]).a), back)
                if ratio < 4.5:
                    weak.append((ground, text, round(ratio, 2)))
    cursor = Color.parse(colors["block-cursor-background"]), Color.parse(colors["block-cursor-foreground"])
    assert contrast(*cursor) >= 4.5
    assert not weak


@pytest.mark.asyncio
@pytest.mark.parametrize("name", NAMES[:3])
async def test_the_line_under_the_cursor_can_be_read_to_its_end(name: str) -> None:
    """Whatever colours its parts have of their own: in lists of choices, findings and answers."""
    app = wizard("a3-pd", "a3-pair")
    app.theme = name
    app.set_reactive(WizardApp.session, app.session.edited([Edit(EditKind.SET, "decode.tp-size=7")]))
    async with app.run_test(size=(80, 24)) as pilot:
        page = await turn_to(pilot, app, "role-decode")
        for listed in (page.list, app.screen.query_one(FindingsList)):
            if not listed.has_focus:
                await pilot.press("f")
                await settle(pilot)
            place = listed.cursor if isinstance(listed, RowList) else 0
            strip = listed.render_line(place - listed.scroll_offset.y)
            assert "!!" in strip.text or "ERROR" in strip.text
            for text, style, _ in strip:
                if text.strip() and style and style.bgcolor and style.bgcolor.triplet and style.color:
                    back, front = (Color(*color.triplet) for color in (style.bgcolor, style.color) if color.triplet)
                    assert contrast(back, front) >= 4.5, text
