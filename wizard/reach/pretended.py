"""Hosts that are only pretended: while a rehearsal runs, their addresses lead to a shell of this machine.

The variable names a file that the rehearsal writes: address → the variables of a shell there. Whoever has it in the
environment, in another terminal too, reaches the same pretended hosts. Owns reading that file.
"""

import json
import os
from pathlib import Path

VARIABLE = "GLM_WIZARD_PRETENDED"


def environment(address: str) -> dict[str, str] | None:
    """The variables of a shell on a pretended host; None where the host is a real one."""
    return _hosts().get(address)


def recording(address: str) -> Path | None:
    """The folder of the recorded machine that a pretended host stands for."""
    name = (environment(address) or {}).get("GLM_WIZARD_SIMULATE_MACHINE", "")
    return Path(name).parent if name else None


def are_there() -> bool:
    """Whether a rehearsal is going on."""
    return bool(_hosts())


def _hosts() -> dict[str, dict[str, str]]:
    name = os.environ.get(VARIABLE, "")
    if not name:
        return {}
    try:
        found = json.loads(Path(name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
