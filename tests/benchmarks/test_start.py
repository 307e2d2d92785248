"""How long the first two rows of the budget take, as ratios to importing pydantic in the same run."""

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROUNDS = 15
PYDANTIC = [sys.executable, "-c", "from pydantic import BaseModel"]
ARGPARSE = [sys.executable, "-c", "import argparse"]
EXPORT = [sys.executable, "-m", "wizard.cli", "--preset", "a2-single", "--export"]
HELP = [sys.executable, "-m", "wizard.cli", "--help"]


def seconds(words: list[str]) -> float:
    """One whole process."""
    start = time.perf_counter()
    # an installed wizard is compiled, as the packages that it is compared with are
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run(words, cwd=ROOT, capture_output=True, check=True, env=environment)
    return time.perf_counter() - start


def ratio(words: list[str], other: list[str]) -> tuple[float, float]:
    """Median of the pairwise ratios of two commands run in turn, and the median seconds of the first."""
    seconds(words), seconds(other)
    pairs = [(seconds(words), seconds(other)) for _ in range(ROUNDS)]
    return statistics.median(one / two for one, two in pairs), statistics.median(one for one, _ in pairs)


@pytest.mark.benchmark
def test_export_is_at_most_twice_the_import_of_pydantic() -> None:
    """The main job, whole process, against the cheapest that has pydantic. The budget is 2, the rest noise."""
    found, own = ratio(EXPORT, PYDANTIC)
    print(f"\nexport a2-single: {found:.2f} x importing pydantic, median {own:.3f} s")
    assert found <= 2.5


@pytest.mark.benchmark
def test_help_costs_little_more_than_argparse() -> None:
    """--help against importing argparse alone; printing it is more than importing."""
    found, own = ratio(HELP, ARGPARSE)
    print(f"\n--help: {found:.2f} x importing argparse, median {own:.3f} s")
    assert found <= 2.5
