"""SIMULATED stand-in for the ``sglang_router`` package, for machines without its wheel."""
