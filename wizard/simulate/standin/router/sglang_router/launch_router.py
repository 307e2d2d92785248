"""SIMULATED stand-in for ``python3 -m sglang_router.launch_router``.

Needs the stand-in of ``sglang`` on the path, too.
"""

import importlib
import sys

if __name__ == "__main__":
    sys.exit(importlib.import_module("sglang.router").main())
