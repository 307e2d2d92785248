"""How long all checks of the largest preset take: they run at every key press."""

import statistics
import time
from dataclasses import replace
from pathlib import Path

import pytest

from wizard import check, choose, presets
from wizard.detect import command, recording
from wizard.model.finding import Edit, EditKind
from wizard.model.hardware import Host
from wizard.model.selection import Selection

ROUNDS = 300


def _largest() -> Selection:
    """The preset with the most hosts, each with an address."""
    chosen = max((presets.preset(name).selection for name in presets.files()), key=lambda item: item.host_count)
    addresses = ",".join(f"10.0.0.{number + 1}" for number in range(chosen.host_count))
    return choose.apply(chosen, Edit(EditKind.HOSTS, addresses))


def _found(chosen: Selection) -> tuple[Host, ...]:
    """A recorded A3 host for every address of a selection."""
    captures, _ = recording.read(Path("a3-pair"))
    host = command.hosts(captures, None)[0]
    return tuple(replace(host, address=item.address) for item in chosen.hosts)


@pytest.mark.benchmark
@pytest.mark.parametrize("detected", [False, True], ids=["chosen", "detected"])
def test_all_checks_of_the_largest_preset_take_milliseconds(detected: bool) -> None:
    """Median of all checks on the preset with the most hosts. The aim is 5 ms; the assertion leaves room for noise."""
    chosen = _largest()
    hosts = _found(chosen) if detected else ()
    check.findings(chosen, hosts)
    taken_s = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        check.findings(chosen, hosts)
        taken_s.append(time.perf_counter() - start)
    median_ms = statistics.median(taken_s) * 1000
    with_hosts = f" with {len(hosts)} hosts as found" if hosts else ""
    print(f"\nall checks of {chosen.preset}{with_hosts}: median {median_ms:.2f} ms, {1000 / median_ms:.0f} a second")
    assert median_ms <= 10
