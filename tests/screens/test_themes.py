"""Every theme can be read: contrast of at least 4.5 to 1, on every background that text stands on."""

import pytest
from textual.color import Color

from screens.themes import THEMES

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
        for text in TEXTS:
            if text in colors and not colors[text].startswith("auto"):
                ratio = contrast(back.blend(Color.parse(colors[text]), Color.parse(colors[text]).a), back)
                if ratio < 4.5:
                    weak.append((ground, text, round(ratio, 2)))
    cursor = Color.parse(colors["block-cursor-background"]), Color.parse(colors["block-cursor-foreground"])
    assert contrast(*cursor) >= 4.5
    assert not weak
