"""Asks a machine: runs the probe scripts and keeps what they print. Nothing is understood here.

``captured`` asks everything, side by side, and always comes back: with sections, with the reason why there are none, or
with both when a host dies in the middle.
"""

import secrets
import shlex
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import resources

from wizard.detect import recording
from wizard.detect.sections import Captured, Section, split
from wizard.reach import TIMED_OUT, Shell, pretended


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a probe may take. Whatever a card or a daemon does, these hold."""

    command_s: int = 7
    """One call of ``npu-smi info``, which hangs when a card is sick."""
    short_s: int = 3
    """Every other command."""
    whole_s: float = 10.0
    """One script: what is not done by then is left out."""


def script(name: str, mark: str, limits: Limits, model_path: str | None) -> str:
    """The text that a shell is fed: values, what scripts share, and the script of that name."""
    folder = resources.files("wizard.detect")
    values = (
        f"mark={mark} limit_s={limits.command_s} short_s={limits.short_s} model_path={shlex.quote(model_path or '')}\n"
    )
    return values + "".join(folder.joinpath(file).read_text(encoding="utf-8") for file in ("prelude.sh", f"{name}.sh"))


def captured(shell: Shell, limits: Limits, model_path: str | None = None, calls: str = "") -> Captured:
    """Runs every script on the machine at once, and puts what they printed together.

    Args:
        shell: the way to the machine.
        limits: how long anything may take.
        model_path: a folder of weights to look at.
        calls: the ways to other hosts that are to be tried.
    """
    mark = f"@@{secrets.token_hex(8)}"
    names = ["npu", "host", *(["weights"] if model_path else [])]
    started = time.time()
    with ThreadPoolExecutor(len(names) + 1) as pool:
        scripts = [script(name, mark, limits, model_path) for name in names]
        scripts.append(f"{script('cross', mark, limits, None)}{calls}\nlinks\n")
        answers = list(pool.map(lambda text: shell.run(text, limit_s=limits.whole_s), scripts))
    sections: dict[str, Section] = {}
    for answer in answers:
        sections |= split(answer.text, mark)
    # a section without an end says better than this fault which command was late
    faults = (answer.fault for answer in answers if answer.fault and answer.fault.kind != TIMED_OUT)
    found = Captured(shell.address, sections, next(faults, None), _clock_offset(sections, started, time.time()))
    return _pretended(found)


def _pretended(captured: Captured) -> Captured:
    """What a host said; a pretended one says what was recorded, and only of the use of its devices what is so now."""
    folder = pretended.recording(captured.address)
    if folder is None:
        return captured
    recorded = recording.read(folder)[0][0].sections
    live = {name: captured.sections[name] for name in ("npu-smi-info",) if name in captured.sections}
    return captured._replace(sections={**recorded, **live}, is_recorded=True)


def crossed(shell: Shell, captured: Captured, calls: str, limits: Limits) -> Captured:
    """The same host, with what came of the ways to the others."""
    if not calls or not captured.sections:
        return captured
    return captured._replace(sections={**captured.sections, **ways(shell, calls, limits)})


def ways(shell: Shell, calls: str, limits: Limits) -> dict[str, Section]:
    """What came of the ways to other hosts."""
    mark = f"@@{secrets.token_hex(8)}"
    answer = shell.run(f"{script('cross', mark, limits, None)}{calls}\nwait\n", limit_s=limits.short_s + 2)
    return split(answer.text, mark)


def _clock_offset(sections: Mapping[str, Section], started: float, ended: float) -> float | None:
    """How far the host's clock is outside of the time the probe took; 0 when it is inside."""
    lines = sections["system"].output.splitlines() if "system" in sections else []
    text = next((line.removeprefix("clock=") for line in lines if line.startswith("clock=")), "")
    try:
        clock = float(text.removesuffix("%N").removesuffix("N"))
    except ValueError:
        return None
    early, late = clock - started, clock - ended
    return round(early, 1) if early < -1 else round(late, 1) if late > 1 else 0.0
