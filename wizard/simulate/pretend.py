"""The environment in which programs find the stand-ins instead of the real ones, per pretended host.

Owns which variable does what from the wizard's side; the programs themselves stand in ``standin`` and read
``sglang/settings.py``. An unchanged launch script started in such an environment plays on any machine.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

STANDIN = Path(__file__).with_name("standin")
MACHINES = Path(__file__).with_name("machines")
WORD = "SIMULATED"
"""Stands wherever something pretended is shown."""


class Pretended(NamedTuple):
    """A host that does not exist: a folder for its state, and the recording that its tools answer from."""

    folder: Path
    machine: Path | None = None
    """Folder of one recorded host: holds ``npu-smi-info.txt``."""
    release: str = ""
    start_s: float | None = None
    fault: str = ""
    simple_router: bool = True
    """Whether the stand-in plays the router, too; otherwise the installed wheel does."""
    heartbeat_s: float | None = None
    wait_s: float | None = None
    owner: int | None = None
    """The pid that the stand-ins end with; None: they outlive whoever starts them, as servers do."""


def environment(host: Pretended, given: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variables of a shell on a pretended host, on top of ``given`` (default: this process's)."""
    base = dict(os.environ if given is None else given)
    server, router = STANDIN / "server", STANDIN / "router"
    paths = [str(server), *([str(router)] if host.simple_router else [])]
    added = {
        "PATH": os.pathsep.join([str(STANDIN / "bin"), base.get("PATH", os.defpath)]),
        "PYTHONPATH": os.pathsep.join([*paths, *filter(None, [base.get("PYTHONPATH", "")])]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "XDG_STATE_HOME": str(host.folder / "state"),
        "GLM_WIZARD_SIMULATE_HOST": str(host.folder),
        "GLM_WIZARD_SIMULATE_MACHINE": str(host.machine or ""),
        "GLM_WIZARD_SIMULATE_RELEASE": host.release,
        "GLM_WIZARD_SIMULATE_FAULT": host.fault,
    }
    numbers = {"START_S": host.start_s, "HEARTBEAT_S": host.heartbeat_s, "WAIT_S": host.wait_s, "OWNER": host.owner}
    added |= {f"GLM_WIZARD_SIMULATE_{name}": str(value) for name, value in numbers.items() if value is not None}
    return base | added
