"""``--cuda-graph-config``: what each release takes in it, and what it stops at.

Source: ``srt/model_executor/cuda_graph_config.py`` of SGLang 0.5.14, 0.5.16 and 0.5.23.
"""

import json
from collections.abc import Mapping
from typing import NamedTuple

from wizard.check.resolved import Server
from wizard.check.rule import Rule

_ALL = ("full", "breakable", "tc_piecewise", "disabled")
_NEW = ("full", "breakable", "disabled")
_OLD_KEYS = ("backend", "max_bs", "bs", "tc_compiler")


class Phase(NamedTuple):
    """What a release takes for one phase."""

    keys: tuple[str, ...]
    backends: tuple[str, ...]


_NEWEST = {
    "decode": Phase(("backend", "max_bs", "bs"), _NEW),
    "prefill": Phase(
        (
            "backend",
            "max_bs",
            "bs",
            "max_context_size",
            "full_prefill_max_req",
            "full_prefill_prefix_chunk_tokens",
            "max_seq_len",
        ),
        _NEW,
    ),
}
PHASES: Mapping[str, Mapping[str, Phase]] = {
    "0.5.14": {"decode": Phase(_OLD_KEYS, _ALL), "prefill": Phase(_OLD_KEYS, _ALL[1:])},
    "0.5.16": {"decode": Phase(_OLD_KEYS, _ALL), "prefill": Phase((*_OLD_KEYS, "full_prefill_max_req"), _ALL)},
}
"""Release → phase → what is taken; later releases: as 0.5.23."""


def problem(text: str, release: str) -> str:
    """What is wrong with the content of ``--cuda-graph-config``; JSON that cannot be read is found elsewhere."""
    try:
        phases = json.loads(text)
    except ValueError:
        return ""
    if not isinstance(phases, dict):
        return "it must be a JSON object"
    known = PHASES.get(release, _NEWEST)
    for name, settings in phases.items():
        if name not in known:
            return f"`{name}` is neither decode nor prefill"
        if not isinstance(settings, dict):
            return f"`{name}` must hold an object"
        strange = [key for key in settings if key not in known[name].keys]
        if strange:
            return f"`{strange[0]}` is none of {', '.join(known[name].keys)}"
        if settings.get("backend", "disabled") not in known[name].backends:
            return f"`{settings['backend']}` is no graph backend of {name} in {release}"
    return _decode_sizes(phases.get("decode") or {})


def _decode_sizes(settings: Mapping[str, object]) -> str:
    """What is wrong with the batch sizes of decode; those of prefill are not looked into."""
    sizes, largest = settings.get("bs"), settings.get("max_bs")
    if sizes is not None and not (isinstance(sizes, list) and sizes and all(map(_is_number, sizes))):
        return "`bs` of decode must be a list of batch sizes"
    if sizes is None and largest is not None and not isinstance(largest, int):
        return "`max_bs` of decode must be a whole number"
    return ""


def _is_number(value: object) -> bool:
    return isinstance(value, int | float)


def _wrong(server: Server) -> str:
    launch, release = server.launch, server.launch.release.version
    for name, phase in PHASES.get(release, {}).items():
        chosen = launch.text(f"cuda-graph-backend-{name}")
        if launch.given(f"cuda-graph-backend-{name}") and chosen in _ALL and chosen not in phase.backends:
            return f"`{chosen}` is no graph backend of {name} in {release}"
    given = launch.given("cuda-graph-config")
    return problem(launch.text("cuda-graph-config") or "{}", release) if given else ""


_OPTIONS = ("cuda-graph-config", "cuda-graph-backend-prefill")
RULES: tuple[Rule, ...] = (
    Rule(
        "sglang.graph-config",
        _OPTIONS,
        _wrong,
        lambda s: f"graphs of each phase: {_wrong(s)}",
        lambda s: [{name: None} for name in _OPTIONS if s.launch.given(name)][:1],
        "The text is an object of phases (decode, prefill), each with backend, max_bs and bs.",
        'Write it as {"decode": {"bs": [1, 2, 4]}}.',
        "SGLang 0.5.14, 0.5.16 and 0.5.23, srt/model_executor/cuda_graph_config.py",
    ),
)
