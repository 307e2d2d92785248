"""Keys of one's own: the table ``[keys]`` of ``screen.toml``, judged before it is used.

Only keys of the frame can be changed, as those of single widgets stand in their texts. Owns the judging; putting a key
in another's place is Textual's. ``python -m screens.keymap`` renews the table of keys of the README.
"""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

from textual.binding import Binding, BindingType
from textual.keys import _character_to_key

_KEY = re.compile(r"((ctrl|shift|alt)\+)*([a-z0-9_]+|[^\s])", re.IGNORECASE)
TAKEN = ("ctrl+q", "ctrl+c", "enter", "escape", "tab", "shift+tab", "up", "down", "left", "right", "f1", "f3")
"""Keys that always do what they do."""


class Checked(NamedTuple):
    """The keys that can be used, and what is wrong with the others."""

    keys: Mapping[str, str]
    problems: tuple[str, ...]


def rebindable() -> dict[str, Binding]:
    """What can have another key: its name → the key it has."""
    return {binding.id: binding for _, binding in declared() if binding.id}


def declared() -> Iterator[tuple[str, Binding]]:
    """Every key of the frame and of the stages it surrounds, with where it works."""
    from screens.app import WizardApp
    from screens.base_app import BaseApp
    from screens.choose.hosts import HostsPage
    from screens.choose.model import ModelPage
    from screens.choose.options import OptionsPage
    from screens.choose.page import ListPage
    from screens.choose.switches import SwitchesPage
    from screens.detect.card import HostCard
    from screens.detect.screen import DetectScreen
    from screens.launch.screen import LaunchScreen
    from screens.review.screen import ReviewScreen
    from screens.stage import StageScreen
    from screens.widgets.command_preview import CommandPreview
    from screens.widgets.findings import FindingsList
    from screens.widgets.rows import ChoiceList

    places: dict[str, tuple[type, ...]] = {
        "everywhere": (BaseApp, WizardApp, StageScreen),
        "Detect": (DetectScreen, HostCard),
        "Choose": (ChoiceList, ListPage, ModelPage, HostsPage, SwitchesPage, OptionsPage),
        "Review": (ReviewScreen,),
        "Launch": (LaunchScreen,),
        "findings": (FindingsList,),
        "command": (CommandPreview,),
    }
    for where, classes in places.items():
        for owner in classes:
            yield from ((where, binding) for binding in _own(owner))


def of_monitor() -> Iterator[Binding]:
    """Every key of the monitor, which has a frame of its own."""
    from screens.monitor.body import MonitorBody
    from screens.widgets.log_pane import LogPane

    yield from (*_own(MonitorBody), *_own(LogPane))


def _own(owner: type) -> Iterator[Binding]:
    bindings: list[BindingType] = owner.__dict__.get("BINDINGS", [])
    return iter(Binding.make_bindings(bindings))


def _of_apps() -> frozenset[str]:
    """Names of the keys that work in the monitor, too."""
    from screens.app import WizardApp
    from screens.base_app import BaseApp

    return frozenset(binding.id for owner in (BaseApp, WizardApp) for binding in _own(owner) if binding.id)


def checked(wanted: Mapping[str, str]) -> Checked:
    """The wanted keys that clash with nothing; each of the others keeps the wizard's key, and a sentence says why."""
    known = rebindable()
    used: dict[str, str] = dict.fromkeys(TAKEN, "a key that always does the same")
    for _, binding in declared():
        if binding.id not in wanted:
            used.setdefault(binding.key, binding.description or binding.action)
    watching = {binding.key: binding.description for binding in of_monitor()}
    keys: dict[str, str] = {}
    problems: list[str] = []
    for name, text in wanted.items():
        key = _character_to_key(text) if len(text) == 1 else text
        if name not in known:
            near = get_close_matches(name, known, 1)
            problems.append(f"screen.toml: there is no `{name}` among the keys" + f"; `{near[0]}`?" * bool(near))
        elif not _KEY.fullmatch(text):
            problems.append(f"screen.toml: `{text}` for {name} is no key; `F`, `f6` and `ctrl+g` are")
        elif key in used:
            problems.append(f"screen.toml: the key `{text}` for {name} is taken by: {used[key]}")
        elif key in watching and name in _of_apps():
            problems.append(f"screen.toml: the key `{text}` for {name} is taken in the monitor by: {watching[key]}")
        else:
            keys[name], used[key] = key, name
    return Checked(keys, tuple(problems))


def table() -> Iterator[str]:
    """The keys as a table of the README."""
    yield "| key | where | what it does | name for `[keys]` |"
    yield "|---|---|---|---|"
    rows: dict[tuple[str, str, str], tuple[list[str], str]] = {}
    for where, binding in (*declared(), *(("Monitor", binding) for binding in of_monitor())):
        words, action = binding.tooltip or binding.description, binding.action
        if action.startswith("pane("):
            words, action = "Go to the pane of that number", "pane"
        if words and binding.key not in ("up", "down"):
            keys, _ = rows.setdefault((where, action, words), ([], binding.id or ""))
            keys.append(binding.key_display or _shown(binding.key))
    for (where, _, words), (keys, name) in rows.items():
        shown = "`1` … `9`" if keys == list("123456789") else " ".join(f"`{key}`" for key in dict.fromkeys(keys))
        yield f"| {shown} | {where} | {words} | {f'`{name}`' if name else ''} |".replace("`|`", "`\\|`")


_NAMES = {
    "plus": "+", "minus": "-", "pageup": "PageUp", "pagedown": "PageDown", "escape": "Esc", "shift": "Shift",
    "ctrl": "Ctrl", "up": "↑", "down": "↓", "left": "←", "right": "→",
}  # fmt: skip


def _shown(key: str) -> str:
    parts = key.split("+") if len(key) > 1 else [key]
    return "+".join(_NAMES.get(part, part.title() if len(part) > 1 else part) for part in parts)


def renewed(text: str) -> str:
    """The README with the table of keys as it should be."""
    block = "<!-- keys -->\n" + "\n".join(table()) + "\n<!-- end of keys -->"
    return re.sub(r"<!-- keys -->\n.*?<!-- end of keys -->", lambda _: block, text, flags=re.DOTALL)


if __name__ == "__main__":
    readme = Path(__file__).parents[1] / "README.md"
    readme.write_text(renewed(readme.read_text(encoding="utf-8")), encoding="utf-8")
