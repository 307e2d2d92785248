"""Where the real router is, for the tests that start it."""

import os
import shutil
import subprocess
import sys
from functools import cache

NO_ROUTER = "sglang-router is not installed here; SGLANG_ROUTER_PYTHON names a Python that has it"


def router_python() -> str | None:
    """A Python that has the router's wheel: the one that SGLANG_ROUTER_PYTHON names, else this one."""
    return _found(os.environ.get("SGLANG_ROUTER_PYTHON", ""))


@cache
def _found(named: str) -> str | None:
    for python in (named, sys.executable):
        if python and shutil.which(python):
            words = [python, "-c", "import sglang_router"]
            if subprocess.run(words, capture_output=True, check=False, cwd="/").returncode == 0:
                return python
    return None
