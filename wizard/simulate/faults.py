"""Which failure a rehearsal plays, where, and what heals it: from the name of a failure to what the stand-in is told.

Owns that choice. How a failure looks is the stand-in's, what it means and how it is remedied the catalogue's.
"""

from typing import NamedTuple

from wizard.errors import UsageError
from wizard.knowledge.diagnoses import catalogue
from wizard.model.finding import EditKind
from wizard.model.selection import Selection
from wizard.names import nearest
from wizard.simulate.standin.server.sglang import fault_lines, faults

USUAL = "hccl_buffsize_small"
"""Happens with GLM-5.x and DeepEP in earnest, late in the start, and one variable heals it."""
NONE = "none"
_CONDITIONS = {"hccl_buffsize_small": "HCCL_BUFFSIZE<1024"}


class Played(NamedTuple):
    """A failure to play."""

    name: str
    """Of the catalogue; empty: none."""
    asked: str
    """What the stand-in is told."""
    heals_itself: bool
    """Whether the change that the remedy asks for is seen by the stand-in; otherwise it is told that all is well."""


def played(text: str, selection: Selection) -> Played:
    """The failure an operator named: ``hccl-timeout``, ``npu_oom@load_weights:decode``, ``none``; empty: the usual.

    Raises:
        UsageError: no such failure, or not written as it should be.
    """
    if text == NONE:
        return Played("", "", False)
    try:
        found = faults.asked(text or USUAL)
    except ValueError as error:
        raise UsageError(f"`--fault {text}`: {error}", "`--fault hccl-timeout`, or `--fault none`") from None
    fault = found[0]
    if fault.name not in names():
        meant = nearest(fault.name.replace("_", "-"), [name.replace("_", "-") for name in names()])
        hint = f"did you mean `{meant}`?" if meant else "`--fault none` plays none"
        raise UsageError(f"there is no failure `{fault.name.replace('_', '-')}` to play", f"{hint} {_some()}")
    if fault.where or fault.setting or len(found) > 1:
        return Played(fault.name, text, bool(fault.setting))
    role = role_of(fault.name, selection)
    condition = _CONDITIONS.get(fault.name) or _condition(fault.name, role, selection)
    asked = f"{fault.name}{f'@{fault.phase}' if fault.phase else ''}:{role}{f'?{condition}' if condition else ''}"
    return Played(fault.name, asked, bool(condition))


def names() -> tuple[str, ...]:
    """Every failure that can be played in a service."""
    return tuple(name for name in fault_lines.STORIES if not name.startswith("ssh_"))


def role_of(name: str, selection: Selection) -> str:
    """The role that shows a failure."""
    if name.startswith("router_"):
        return "router" if "router" in selection.roles else "server"
    if "decode" in selection.roles:
        return "prefill" if name == "pd_bootstrap_timeout" else "decode"
    return "server"


def _condition(name: str, role: str, selection: Selection) -> str:
    """The setting that the remedy changes, as it is now: once it is another, the failure is healed."""
    edits = catalogue().failures[name].edits
    edit = next((one for one in edits if "." not in one.name), None)
    if edit is None or edit.kind not in (EditKind.SET, EditKind.ENV) or role not in selection.roles:
        return ""
    settings = selection.roles[role]
    given = settings.options if edit.kind is EditKind.SET else settings.environment
    value = given.get(edit.name, "")
    return "" if isinstance(value, tuple) else f"{edit.name}={'' if value is False else value}"


def _some() -> str:
    return "(for example hccl-timeout, npu-oom, port-in-use, weights-missing, context-too-long)"
