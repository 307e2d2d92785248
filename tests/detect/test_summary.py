"""The summary of a host: each thing that is wrong has its row, its state, and the command that cures it."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.detect import summary
from wizard.detect.summary import Row, State
from wizard.model.hardware import (
    Containers,
    Crossing,
    Device,
    Fault,
    Hardware,
    Host,
    Interface,
    NpuProcess,
    Reach,
    RocePing,
    RocePort,
    Series,
    Software,
    SuperPod,
    System,
    Weights,
)  # fmt: skip

GOOD = Host(
    "10.0.0.1",
    series=Series.A2,
    series_evidence=("name 910B3",),
    devices=tuple(Device(n, 0, None, n, "910B3", "OK", hbm_used_mb=3300, hbm_total_mb=65536) for n in range(8)),
    processes=(),
    software=Software(driver_version="25.2.0", firmware_version="7.8.0.2.212", firmware_wanted="7.7.0 to 7.8.99"),
    hardware=Hardware(device_nodes=tuple(range(8)), has_manager=True, nodes_accessible=True),
    system=System(
        container="none", is_root=True, has_bash=True, governors=("performance",), clock_offset_s=0.0,
        sysctls={"vm.swappiness": "10"}, limits={"locked_memory": "unlimited"}, shm_bytes=64 * 1024**3,
        home_free_bytes=10**11, paths={"/usr/local/Ascend/driver": "folder"},
    ),
    containers=Containers("docker", "26.1.3", True, True, ("quay.io/ascend/sglang:x",), free_disk_bytes=10**12,
                          image_folder="/var/lib/docker"),
    interfaces=(Interface("eth0", ("10.0.0.1",), True, 25000),),
    own_interface="eth0",
    own_address="10.0.0.1",
    roce=tuple(RocePort(n, "UP", f"29.0.0.{n}", health="Success", tls=0) for n in range(8)),
)  # fmt: skip


def test_a_host_in_order_has_nothing_to_cure() -> None:
    """Every row is ok, and each topic has one."""
    rows = summary.rows(GOOD)
    assert {row.state for row in rows} == {State.OK}
    assert [row.what for row in rows] == [
        "series", "health", "free HBM", "driver", "firmware", "rights", "engine", "image", "disk", "network", "RoCE",
        "tuning", "clock",
    ]  # fmt: skip


def _devices(**changes: Any) -> tuple[Device, ...]:
    return (*GOOD.devices[:7], replace(GOOD.devices[7], **changes))


def _system(**changes: Any) -> System:
    return replace(GOOD.system, **changes)


def _engine(**changes: Any) -> Containers:
    return replace(GOOD.containers, **changes)


WRONG: list[tuple[dict[str, Any], State, str, str]] = [
    ({"series": None}, State.UNKNOWN, "series", "cannot be told"),
    ({"series": Series.ATLAS_310}, State.FAIL, "series", "310"),
    ({"devices": _devices(health="Alarm")}, State.WARN, "health", "NPU 7 Alarm"),
    ({"devices": _devices(health=None)}, State.UNKNOWN, "health", "7 of 8"),
    ({"devices": tuple(replace(d, health="Critical") for d in GOOD.devices)}, State.FAIL, "health", "0 of 8"),
    ({"devices": _devices(hbm_used_mb=60000)}, State.WARN, "free HBM", "held by nobody seen here"),
    (
        {"devices": _devices(hbm_used_mb=60000), "processes": (NpuProcess(7, 0, 4711, "python3", 57000),)},
        State.WARN, "free HBM", "python3 (4711)",
    ),
    ({"devices": _devices(hbm_used_mb=None)}, State.UNKNOWN, "free HBM", "not said of 1"),
    ({"software": Software()}, State.UNKNOWN, "driver", "not said"),
    ({"software": replace(GOOD.software, firmware_version="7.9.0.1")}, State.WARN, "firmware", "7.9.0.1"),
    ({"hardware": replace(GOOD.hardware, nodes_accessible=False)}, State.FAIL, "rights", "may not open"),
    ({"hardware": replace(GOOD.hardware, has_manager=False)}, State.FAIL, "rights", "davinci_manager"),
    ({"system": _system(is_root=False)}, State.WARN, "root", "not root"),
    ({"system": _system(has_bash=False)}, State.FAIL, "bash", "not installed"),
    ({"system": _system(container=None)}, State.UNKNOWN, "container", "not said"),
    ({"system": _system(server_pids=(4711,))}, State.WARN, "servers", "4711"),
    ({"system": _system(governors=("powersave",))}, State.WARN, "tuning", "powersave"),
    ({"system": _system(sysctls={"kernel.numa_balancing": "1"})}, State.WARN, "tuning", "numa_balancing 1"),
    ({"system": _system(limits={"locked_memory": "65536"})}, State.WARN, "ulimit -l", "65536"),
    ({"system": _system(shm_bytes=64 * 1024**2)}, State.WARN, "shm", "0 GiB"),
    ({"system": _system(clock_offset_s=-12.5)}, State.WARN, "clock", "12.5 s behind"),
    ({"system": _system(home_free_bytes=10**6)}, State.WARN, "log disk", "1 MB"),
    ({"system": _system(paths={"/usr/local/Ascend/driver": "absent"})}, State.WARN, "mounts", "Ascend/driver"),
    ({"containers": Containers()}, State.WARN, "engine", "neither docker nor podman"),
    ({"containers": _engine(daemon_answers=False)}, State.WARN, "engine", "does not answer"),
    ({"containers": _engine(images=())}, State.WARN, "image", "no SGLang image"),
    ({"containers": _engine(free_disk_bytes=10**9)}, State.WARN, "disk", "1 GiB"),
    ({"containers": _engine(free_disk_bytes=None)}, State.UNKNOWN, "disk", "not said"),
    ({"interfaces": None, "own_interface": None}, State.UNKNOWN, "network", "could not be listed"),
    ({"own_interface": None}, State.UNKNOWN, "network", "eth0 10.0.0.1"),
    ({"interfaces": (Interface("eth0", ("10.0.0.1",), is_up=False),)}, State.WARN, "network", "down"),
    ({"roce": (RocePort(3, "DOWN", "29.0.0.3"),)}, State.WARN, "RoCE", "die 3 is down"),
    ({"roce": (RocePort(3, "UP"),)}, State.WARN, "RoCE", "die 3 has no address"),
    ({"roce": (RocePort(3, "UP", "29.0.0.3", health="Socket failed"),)}, State.WARN, "RoCE", "Socket failed"),
    ({"roce": (RocePort(0, "UP", "a", tls=0), RocePort(1, "UP", "b", tls=1))}, State.WARN, "RoCE TLS", "on for some"),
    ({"weights": Weights("/m", Fault("absent", "`/m` is not there", "copy it"))}, State.FAIL, "weights", "not there"),
    ({"fault": Fault("timeout", "npu-smi gave no answer", "dmesg")}, State.FAIL, "devices", "no answer"),
    ({"was_reached": False, "fault": Fault("refused", "refuses", "sshd?")}, State.FAIL, "reached", "refuses"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "state", "what", "found"), WRONG)
def test_each_thing_that_is_wrong_has_its_row(changes: dict[str, Any], state: State, what: str, found: str) -> None:
    """With what was found, and with what to do about it."""
    rows = {row.what: row for row in summary.rows(replace(GOOD, **changes))}
    assert rows[what].state is state
    assert found in rows[what].found
    assert rows[what].needed or rows[what].advice


def test_a_cure_can_be_pasted() -> None:
    """One line, and what is no command stands behind a sign that makes it a comment."""
    for changes, _, what, _ in WRONG:
        for row in summary.rows(replace(GOOD, **changes)):
            assert "\n" not in row.cure, what
            assert "`" not in row.cure
            assert "(" not in row.cure.partition("#")[0]


def test_whoever_has_no_npu_is_not_asked_to_tune_this_machine() -> None:
    """One row says it all."""
    bare = replace(GOOD, devices=(), hardware=Hardware(device_nodes=()), fault=Fault("not_installed", "m", "h"))
    assert [row.what for row in summary.rows(bare)] == ["devices"]


def _pair(**changes: Any) -> list[Host]:
    one = replace(GOOD, crossings=(Crossing("10.0.0.2", 5000, Reach.OPEN, "eth0"),))
    two = replace(GOOD, address="10.0.0.2", crossings=(Crossing("10.0.0.1", 5000, Reach.REFUSED, "eth0"),))
    return [one, replace(two, **changes)]


def _bad(hosts: list[Host]) -> list[Row]:
    return [row for row in summary.between(hosts) if row.state is not State.OK]


def test_hosts_that_are_alike_and_reach_each_other_are_in_order() -> None:
    """A refused connection is a way that is open. One host alone has nobody to differ from."""
    assert not _bad(_pair())
    assert "reach" in [row.what for row in summary.between(_pair())]
    assert not summary.between([GOOD])


@pytest.mark.parametrize(
    ("changes", "state", "what", "found"),
    [
        ({"series": Series.A3}, State.WARN, "same series", "10.0.0.1 A2, 10.0.0.2 A3"),
        ({"devices": GOOD.devices[:4]}, State.WARN, "same device count", "10.0.0.1 8, 10.0.0.2 4"),
        ({"software": replace(GOOD.software, driver_version="24.1.0")}, State.WARN, "same driver", "24.1.0"),
        ({"roce": (RocePort(0, "UP", "a", tls=1),)}, State.WARN, "same RoCE TLS", "off, 10.0.0.2 on"),
        ({"crossings": (Crossing("10.0.0.1", 5000, Reach.FILTERED),)}, State.FAIL, "reach", "firewall"),
        ({"crossings": (Crossing("10.0.0.1", 5000, Reach.UNREACHABLE),)}, State.FAIL, "reach", "unreachable"),
        ({"crossings": (Crossing("a", 5000, Reach.UNRESOLVED),)}, State.FAIL, "reach", "name is not known"),
        ({"crossings": (Crossing("a", 5000, None),)}, State.UNKNOWN, "reach", "could not be tried"),
        ({"crossings": (Crossing("10.0.0.1", 5000, Reach.OPEN, "lo"),)}, State.WARN, "reach", "leaves by lo"),
        ({"roce_pings": (RocePing(3, "29.0.0.9", 3, 0),)}, State.WARN, "RoCE ping", "die 3"),
    ],
)
def test_what_differs_or_is_blocked_between_hosts_is_named(
    changes: dict[str, Any], state: State, what: str, found: str
) -> None:
    """With both hosts."""
    (row,) = _bad(_pair(**changes))
    assert (row.state, row.what) == (state, what)
    assert found in row.found


def test_images_of_one_name_and_pods_are_compared() -> None:
    """A tag may have been pulled at different times; what only one host knows is no difference."""
    one, two = _pair()
    one = replace(one, containers=_engine(image_ids={"i": "sha256:" + "a" * 64}), super_pod=SuperPod(3, 384, 1))
    assert not _bad([one, two])
    two = replace(two, containers=_engine(image_ids={"i": "sha256:" + "b" * 64}), super_pod=SuperPod(4, 384, 1))
    assert [row.what for row in _bad([one, two])] == ["same super pod", "same image"]


@given(st.text(max_size=20), st.text(max_size=20))
def test_any_version_and_name_has_its_rows(version: str, name: str) -> None:
    """Nothing raises."""
    software = Software(driver_version=version, firmware_version=version, firmware_wanted=f"{name} to {version}")
    assert summary.rows(replace(GOOD, address=name, software=software, own_interface=name))
