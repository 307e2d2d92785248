"""How the stand-in behaves: everything that is asked of it by environment variables.

=============================== ============================================================================
``GLM_WIZARD_SIMULATE_RELEASE``   whose options are accepted and whose log lines are printed; default 0.5.14
``GLM_WIZARD_SIMULATE_START_S``   seconds from the first line to ready; default 2
``GLM_WIZARD_SIMULATE_WAIT_S``    seconds that ranks and roles wait for one another; default 30
``GLM_WIZARD_SIMULATE_TOKEN_S``   seconds per generated token; default 0.002
``GLM_WIZARD_SIMULATE_HEARTBEAT_S`` seconds between batch lines of pretended load once it serves; default 0: none
``GLM_WIZARD_SIMULATE_FAULT``     how to fail, see ``faults``; several are parted by commas
``GLM_WIZARD_SIMULATE_HOST``      folder of the pretended host: which server holds which devices
``GLM_WIZARD_SIMULATE_MACHINE``   folder of the recorded host that the stand-in of ``npu-smi`` answers from
``GLM_WIZARD_SIMULATE_KNOWLEDGE`` folder of the option lists; default: the project's
``GLM_WIZARD_SIMULATE_OWNER``     a pid: once it is gone, so is this program; default: none
=============================== ============================================================================
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

PREFIX = "GLM_WIZARD_SIMULATE_"
NOTICE = "SIMULATED by glm-wizard: no model is loaded, no NPU is used"
HEADER = ("X-Simulated", "SIMULATED by glm-wizard")
_KNOWLEDGE = Path(__file__).resolve().parents[4] / "knowledge" / "releases"


class Settings(NamedTuple):
    """What the environment asks for."""

    release: str = "0.5.14"
    start_s: float = 2.0
    wait_s: float = 30.0
    token_s: float = 0.002
    heartbeat_s: float = 0.0
    fault: str = ""
    host: str = ""
    knowledge: Path = _KNOWLEDGE
    owner: int = 0

    @property
    def is_new(self) -> bool:
        """Whether the release writes its log as 0.5.23 does; the releases up to 0.5.16 write as 0.5.13 does."""
        return version(self.release) >= (0, 5, 17)


def settings(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of an environment; what is not a number counts as not set."""
    given = os.environ if environment is None else environment

    def number(name: str, default: float) -> float:
        try:
            return max(0.0, float(given.get(PREFIX + name, "")))
        except ValueError:
            return default

    base = Settings()
    return Settings(
        given.get(PREFIX + "RELEASE") or base.release,
        number("START_S", base.start_s),
        number("WAIT_S", base.wait_s),
        number("TOKEN_S", base.token_s),
        number("HEARTBEAT_S", base.heartbeat_s),
        given.get(PREFIX + "FAULT", ""),
        given.get(PREFIX + "HOST", ""),
        Path(given.get(PREFIX + "KNOWLEDGE") or base.knowledge),
        int(number("OWNER", 0)),
    )


def version(release: str) -> tuple[int, ...]:
    """The numbers of a release, for comparing."""
    return tuple(int(part) for part in release.split(".")[:3] if part.isdigit())
