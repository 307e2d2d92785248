"""Where the linter of shell scripts is: beside this Python, else on the path."""

import shutil
import sys
from pathlib import Path

SHELLCHECK = shutil.which("shellcheck", path=str(Path(sys.executable).parent)) or "shellcheck"
