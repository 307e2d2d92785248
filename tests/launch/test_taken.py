"""A port that somebody else has: the flags that are offered do move the process to another one."""

import re

import pytest

from tests.launch.making import order_of
from wizard import choose
from wizard.launch import taken
from wizard.launch.order import planned_run
from wizard.model.finding import Edit, EditKind
from wizard.plan import launch_flow


@pytest.mark.parametrize(
    ("preset", "hosts"), [("a3-single", "10.0.0.1"), ("a3-multi", "10.0.0.1,10.0.0.2"), ("a3-pd", "10.0.0.1,10.0.0.2")]
)
def test_the_flags_that_are_offered_free_the_port(preset: str, hosts: str) -> None:
    """Of every port of every process, derived ones and the store that the roles share included."""
    order = order_of(preset, {"hosts": hosts})
    for process in planned_run(order, "2026-11-26T03:12:00+00:00").processes:
        for port in order.flow.process(process.name).ports:
            told = taken.other_port(order.flow, process, port.number)
            flags = re.findall(r"--(set|env) (\S+?)(?=[ `])", told.partition("; ")[0])
            assert flags, told
            edits = [Edit(EditKind(kind), value) for kind, value in flags]
            moved = launch_flow(choose.apply_all(order.request.selection, edits)).process(process.name)
            assert port.number not in {one.number for one in moved.ports}, (process.name, port, told)
