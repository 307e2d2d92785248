"""SIMULATED stand-in for the ``sglang`` package: starts no model, answers from a handful of sentences.

Found before the real package where its folder comes first on ``PYTHONPATH``. Standard library only, Python 3.9 or
newer.
"""

__version__ = "0.0.0+simulated"
