"""Ways to fail: one for every entry of the failure catalogue, and the ways a process can misbehave without a word.

A fault is asked for as ``NAME[@PHASE][:WHERE][?CONDITION]``, several parted by commas:

- ``PHASE``: ``init``, ``dist_init``, ``load_weights``, ``kv_cache``, ``graph_capture``, ``serve`` (as soon as it is
  ready) or ``request`` (at the first real request); without it the phase in which this failure is usual
- ``WHERE``: ``prefill``, ``decode``, ``server``, ``router``, ``rank-1``, or a port number; several that must all hold
  are parted by ``/``
- ``CONDITION``: the fault stays only as long as it holds, so that the right change heals it:
  ``mem-fraction-static>0.76``, ``HCCL_BUFFSIZE<800``, ``disable-cuda-graph=``

Example: ``npu_oom@graph_capture:decode?mem-fraction-static>0.76``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

PHASES = ("init", "dist_init", "load_weights", "kv_cache", "graph_capture", "serve", "request")
_WRITTEN = re.compile(r"([\w-]+)(?:@(\w+))?(?::([\w/.-]+))?(?:\?([\w-]+)([<>=])(.*))?")
MANNERS = {
    "ignore_term": "does not end on TERM",
    "never_ready": "goes through all phases and never gets ready",
    "rubbish_answers": "is healthy, and answers rubbish",
    "silent": "writes nothing after its first lines, and goes on",
    "exit": "ends without a word; @PHASE says when",
}
"""Faults that print nothing, and what they do."""


class Fault(NamedTuple):
    """A failure that was asked for."""

    name: str
    phase: str = ""
    """Empty: the usual one."""
    where: tuple[str, ...] = ()
    setting: str = ""
    relation: str = ""
    value: str = ""

    def holds(self, options: Mapping[str, Any], environment: Mapping[str, str]) -> bool:
        """Whether its condition holds; always where there is none."""
        if not self.setting:
            return True
        is_variable = self.setting.isupper()
        found = environment.get(self.setting) if is_variable else options.get(self.setting.replace("-", "_"))
        if self.relation == "=":
            return ("" if found in (None, False) else str(found)) == self.value
        try:
            number, limit = float(found or 0), float(self.value)
        except (TypeError, ValueError):
            return False
        return number > limit if self.relation == ">" else number < limit


def asked(text: str) -> list[Fault]:
    """The faults that a text asks for.

    Raises:
        ValueError: it is not written as the module says.
    """
    faults = []
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        found = _WRITTEN.fullmatch(part)
        if not found:
            raise ValueError(f"{part!r} is no fault: NAME[@PHASE][:WHERE][?CONDITION]")
        name, phase, where, setting, relation, value = found.groups()
        if phase and phase not in PHASES:
            raise ValueError(f"{phase!r} is no phase: {', '.join(PHASES)}")
        places = tuple(filter(None, (where or "").split("/")))
        faults.append(Fault(name.replace("-", "_"), phase or "", places, setting or "", relation or "", value or ""))
    return faults


def here(faults: list[Fault], options: Mapping[str, Any], environment: Mapping[str, str]) -> list[Fault]:
    """Those that are meant for the process with these options."""
    role = options.get("disaggregation_mode")
    names = {
        role if role in ("prefill", "decode") else options.get("role", "server"),
        f"rank-{options.get('node_rank', 0)}",
        str(options.get("port", "")),
    }
    return [one for one in faults if set(one.where) <= names and one.holds(options, environment)]
