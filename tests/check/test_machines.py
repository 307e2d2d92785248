"""Hosts as they were found: a good pair has no findings, each defect has its own, what is unread is never well."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from wizard import check, choose, presets
from wizard.check.codes import CODES
from wizard.check.host_rule import HostRule
from wizard.check.hosts import EQUAL, UNREAD
from wizard.check.hosts import RULES as HOST_RULES
from wizard.detect import command, recording
from wizard.model.finding import Edit, EditKind, Finding, Severity
from wizard.model.hardware import Crossing, Fault, Host, Reach, Series, SuperPod, Weights
from wizard.model.selection import Origin, Selection

PATH = "/models/glm"
ADDRESSES = ("192.0.2.11", "192.0.2.12")


def selection(name: str = "a3-multi", *edits: Edit) -> Selection:
    """A preset with weights in a folder and its hosts."""
    chosen = presets.preset(name).selection
    hosts = Edit(EditKind.HOSTS, ",".join(ADDRESSES[: chosen.host_count]))
    return choose.apply_all(chosen, (Edit(EditKind.MODEL_PATH, PATH), hosts, *edits))


def pair(chosen: Selection) -> tuple[Host, ...]:
    """Two A3 hosts on which everything is as it should be."""
    captures, _ = recording.read(Path("a3-pair"))
    weights = Weights(PATH, total_bytes=774 * 10**9, shard_count=9, quantization="W8A8", fingerprint="f" * 16,
                      has_mtp_weights=True)  # fmt: skip
    found = []
    for host in command.hosts(captures, None):
        image = chosen.runtime.image
        containers = replace(host.containers, images=(image,), image_ids=MappingProxyType({image: "sha256:aa"}))
        paths = MappingProxyType(dict.fromkeys(("/usr/local/Ascend/driver", *chosen.tuning.scripts), "folder"))
        versions = {"sglang_version": chosen.release, "cann_version": "9.0.0", "torch_npu_version": "2.8.0"}
        software = replace(host.software, **versions)
        system = replace(host.system, paths=paths)
        found.append(replace(host, weights=weights, containers=containers, software=software, system=system))
    return tuple(found)


Change = Callable[[Host], Host]


def system(**values: Any) -> Change:
    """A change of the operating system."""
    return lambda host: replace(host, system=replace(host.system, **values))


def software(**values: Any) -> Change:
    """A change of what is installed."""
    return lambda host: replace(host, software=replace(host.software, **values))


def containers(**values: Any) -> Change:
    """A change of the container engine."""
    return lambda host: replace(host, containers=replace(host.containers, **values))


def weights(**values: Any) -> Change:
    """A change of the folder of weights."""
    return lambda host: replace(host, weights=replace(host.weights, **values))  # type: ignore[type-var]


def hardware(**values: Any) -> Change:
    """A change of what was found without npu-smi."""
    return lambda host: replace(host, hardware=replace(host.hardware, **values))


def host(**values: Any) -> Change:
    """A change of the host."""
    return lambda found: replace(found, **values)


def device(**values: Any) -> Change:
    """A change of the third die."""
    return lambda found: replace(
        found, devices=(*found.devices[:2], replace(found.devices[2], **values), *found.devices[3:])
    )


def roce(**values: Any) -> Change:
    """A change of the third RoCE port."""

    def change(found: Host) -> Host:
        ports = found.roce or ()
        return replace(found, roce=(*ports[:2], replace(ports[2], **values), *ports[3:]))

    return change


def interface(**values: Any) -> Change:
    """A change of the interface that owns the address."""
    return lambda found: replace(
        found,
        interfaces=tuple(
            replace(item, **values) if item.name == found.own_interface else item for item in found.interfaces or ()
        ),
    )


NO_TOOL = Fault("not_installed", "npu-smi is not installed here", "mount it")
DIRECT = Edit(EditKind.RUNTIME, "host")
CASES: dict[str, tuple[Severity, Change, tuple[Edit, ...]]] = {
    "hardware.unreachable": (Severity.ERROR, host(was_reached=False, fault=Fault("timeout", "no answer", "ping")), ()),
    "hardware.unreadable": (Severity.ERROR, lambda h: hardware(driver_modules=False)(replace(h, fault=NO_TOOL)), ()),
    "hardware.untold": (Severity.UNKNOWN, host(fault=NO_TOOL, devices=()), ()),
    "hardware.series": (Severity.ERROR, host(series=Series.A2), ()),
    "hardware.too-few": (Severity.ERROR, lambda h: replace(h, devices=h.devices[:8]), ()),
    "hardware.sick": (Severity.ERROR, device(health="Alarm"), ()),
    "hardware.busy": (Severity.ERROR, device(hbm_used_mb=60_000), ()),
    "hardware.access": (Severity.ERROR, hardware(nodes_accessible=False), ()),
    "hardware.firmware": (Severity.WARNING, software(firmware_version="7.9.0.1.1"), ()),
    "hardware.driver": (Severity.WARNING, software(driver_version="24.1.rc3"), ()),
    "hardware.driver-untold": (Severity.UNKNOWN, software(driver_version=None), ()),
    "network.address": (Severity.ERROR, interface(addresses=("203.0.113.9",)), ()),
    "network.interface": (Severity.ERROR, host(), (Edit(EditKind.INTERFACE, "eth7"),)),
    "network.interface-down": (Severity.ERROR, interface(is_up=False), ()),
    "network.interface-variable": (Severity.ERROR, host(), (Edit(EditKind.ENV, "GLOO_SOCKET_IFNAME=ib9"),)),
    "network.port-taken": (Severity.ERROR, system(listening_ports=(22, 8000)), ()),
    "network.unreachable": (Severity.ERROR, host(crossings=(Crossing(ADDRESSES[1], 22, Reach.FILTERED),)), ()),
    "network.roce-link": (Severity.ERROR, roce(link="DOWN"), ()),
    "network.roce-address": (Severity.ERROR, roce(address=None), ()),
    "network.roce-twice": (Severity.ERROR, roce(address="198.51.100.10"), ()),
    "network.roce-tls": (Severity.ERROR, roce(tls=1), ()),
    "host.engine": (Severity.ERROR, containers(engine=None, images=None), ()),
    "host.daemon": (Severity.ERROR, containers(daemon_answers=False, images=None), ()),
    "host.image": (Severity.UNKNOWN, containers(images=()), ()),
    "host.disk": (Severity.WARNING, containers(images=(), free_disk_bytes=10**9), ()),
    "host.log-space": (Severity.WARNING, system(home_free_bytes=10**6), ()),
    "host.driver": (Severity.ERROR, system(paths=MappingProxyType({"/usr/local/Ascend/driver": "absent"})), ()),
    "host.cann": (
        Severity.ERROR,
        system(paths=MappingProxyType({"/usr/local/Ascend/nnal/atb/set_env.sh": "absent"})),
        (DIRECT,),
    ),
    "host.sglang": (Severity.ERROR, software(sglang_version=None), (DIRECT,)),
    "host.release": (Severity.WARNING, software(sglang_version="0.5.16"), (DIRECT,)),
    "host.governor": (Severity.WARNING, system(governors=("powersave",), is_root=False), ()),
    "host.sysctl": (Severity.WARNING, system(is_root=False), ()),
    "host.proxies": (Severity.WARNING, system(proxies=("all_proxy",)), (DIRECT,)),
    "host.server": (Severity.WARNING, system(server_pids=(4711,)), ()),
    "host.bash": (Severity.ERROR, system(has_bash=False), ()),
    "host.shm": (Severity.WARNING, system(shm_bytes=64 * 2**20), (DIRECT,)),
    "host.weights": (Severity.ERROR, weights(fault=Fault("absent", "`/models/glm` is not there", "mount it")), ()),
    "host.weights-unseen": (Severity.UNKNOWN, weights(fault=Fault("hub_id", "reads as a hub id", "download it")), ()),
    "host.weights-incomplete": (Severity.ERROR, weights(missing_shards=("model-2.safetensors",)), ()),
    "host.weights-kind": (Severity.WARNING, weights(quantization="W4A8"), ()),
    "host.releases-differ": (Severity.ERROR, software(sglang_version="0.5.16"), (DIRECT,)),
    "host.images-differ": (
        Severity.ERROR,
        lambda h: containers(image_ids=MappingProxyType({h.containers.images[0]: "sha256:bb"}))(h),
        (),
    ),  # type: ignore[index]
    "host.drivers-differ": (Severity.WARNING, software(driver_version="24.1.0"), ()),
    "host.cann-differs": (Severity.WARNING, software(cann_version="8.0.0"), (DIRECT,)),
    "host.packages-differ": (Severity.WARNING, software(torch_npu_version="2.1.0"), (DIRECT,)),
    "host.weights-differ": (Severity.ERROR, weights(fingerprint="0" * 16), ()),
    "host.clock": (Severity.WARNING, system(clock_offset_s=30.0), ()),
}
OUTSIDE = {"hardware.not-looked", "hardware.image", "host.unread"}
"""Codes with a test of their own below."""


def case(code: str) -> tuple[Selection, tuple[Host, ...], tuple[Finding, ...]]:
    """What was chosen, the hosts with the first one changed, and what is said about them."""
    _, change, edits = CASES[code]
    chosen = selection("a3-multi", *edits)
    first, second = pair(chosen)
    hosts = (change(first), second)
    return chosen, hosts, check.findings(chosen, hosts)


def spoken(found: tuple[Finding, ...], *severities: Severity) -> set[str]:
    """Codes of findings of some severities."""
    return {item.code for item in found if item.severity in severities}


@pytest.mark.parametrize("name", ["a3-multi", "a3-pd", "a3-single"])
def test_nothing_is_wrong_with_good_hosts(name: str) -> None:
    """No error, no warning, nothing unread; the estimate of memory may stay."""
    chosen = selection(name)
    found = check.findings(chosen, pair(chosen)[: chosen.host_count])
    assert spoken(found, *(set(Severity) - {Severity.INFO})) <= {"memory.share"}


@pytest.mark.parametrize("code", CASES)
def test_a_defect_is_found(code: str) -> None:
    """Each defect gives the finding of its code, about the host that has it, with something to do."""
    _, _, found = case(code)
    item = next((item for item in found if item.code == code), None)
    assert item is not None, spoken(found, *Severity)
    assert item.severity is CASES[code][0]
    assert item.hint
    assert item.source
    assert code in ("network.interface-variable", "network.interface") or ADDRESSES[0] in item.hosts


@pytest.mark.parametrize(
    ("host", "taken", "is_told"),
    [
        ("auto", ("127.0.0.1",), False),
        ("auto", (ADDRESSES[0],), True),
        ("auto", ("0.0.0.0",), True),
        ("auto", ("127.0.0.1", "::"), True),
        ("0.0.0.0", ("127.0.0.1",), True),
        ("127.0.0.1", ("127.0.0.1",), True),
        ("some-name", ("127.0.0.1",), True),
    ],
)
def test_a_listener_on_another_address_is_in_nobodys_way(host: str, taken: tuple[str, ...], is_told: bool) -> None:
    """As the kernel has it: two of them on one port do not collide where each has an address of its own."""
    chosen = selection("a3-multi", Edit(EditKind.SET, f"host={host}"))
    first, second = pair(chosen)
    port = int(str(chosen.role("server").options.get("port", 30000)))
    first = system(listening_ports=(port,), listening_on=MappingProxyType({port: taken}))(first)
    assert ("network.port-taken" in spoken(check.findings(chosen, (first, second)), Severity.ERROR)) is is_told


@pytest.mark.parametrize("code", CASES)
def test_a_way_out_of_a_defect_leads_out(code: str) -> None:
    """A fix removes the finding from its host and adds no error."""
    chosen, hosts, found = case(code)
    before = spoken(found, Severity.ERROR)
    for item in found:
        for way in item.fixes if item.code == code else ():
            after = check.findings(choose.apply_all(chosen, way.edits, Origin.FIX), hosts)
            assert (code, item.hosts) not in {(other.code, other.hosts) for other in after}, way
            assert spoken(after, Severity.ERROR) <= before, way


def test_every_code_about_hosts_has_a_case() -> None:
    """No rule about hosts without a test, none that cannot be explained."""
    known = {code for code in CODES if code.partition(".")[0] in ("network", "host", "hardware")}
    elsewhere = {"hardware.devices", "hardware.sizes", "host.weights-path", "network.loopback", "network.port-twice"}
    assert CASES.keys() | OUTSIDE | elsewhere == known
    assert {rule.code for rule in (*HOST_RULES, *EQUAL) if isinstance(rule, HostRule | type(EQUAL[0]))} <= known


UNREADABLE: dict[str, Change] = {
    "which series it is": host(series=None),
    "the health of its devices": device(health=None),
    "how much memory of its devices is in use": device(hbm_used_mb=None),
    "its addresses": host(interfaces=None, own_interface=None),
    "which ports are taken": system(listening_ports=None),
    "its RoCE ports": host(roce=None),
    "its clock": system(clock_offset_s=None),
    "its CPU governor": system(governors=None),
    "which images it has": containers(images=None),
    "how much disk is free for images": containers(free_disk_bytes=None),
    "its weights": host(weights=None),
}


def test_everything_that_may_be_unread_is_listed() -> None:
    """The table and the test know the same."""
    assert UNREADABLE.keys() == {item.what for item in UNREAD}


@pytest.mark.parametrize("what", UNREADABLE)
def test_host_unread(what: str) -> None:
    """A probe that gave nothing moves one item to what could not be checked, never to well."""
    chosen = selection()
    first, second = pair(chosen)
    before = check.findings(chosen, (first, second))
    after = check.findings(chosen, (UNREADABLE[what](first), second))
    more = [item for item in after if item.code == "host.unread"]
    said = "were not looked at yet" if what == "its weights" else "could not be read"
    assert [item.message for item in more] == [f"{ADDRESSES[0]}: {what} {said}"]
    assert not [item for item in before if item.code == "host.unread"]
    assert spoken(after, Severity.ERROR) <= spoken(before, Severity.ERROR)


@pytest.mark.parametrize("change", [containers(images=()), host(weights=None)], ids=["host.image", "host.unread"])
def test_what_is_to_be_said_of_several_hosts_is_said_once(change: Change) -> None:
    """One finding that names them all; hosts that differ keep one each."""
    chosen = selection()
    first, second = pair(chosen)
    before = set(check.findings(chosen, (first, second)))
    both = [item for item in check.findings(chosen, (change(first), change(second))) if item not in before]
    one = [item for item in check.findings(chosen, (first, change(second))) if item not in before]
    assert [item.hosts for item in both if item.code in ("host.image", "host.unread")] == [ADDRESSES]
    assert [item.hosts for item in one if item.code in ("host.image", "host.unread")] == [ADDRESSES[1:]]
    assert all(item.message.startswith(f"{', '.join(ADDRESSES)}, each: ") for item in both if item.hosts == ADDRESSES)


def test_hardware_not_looked() -> None:
    """Without hosts one finding says so; with one of two, it names the other."""
    chosen = selection()
    for hosts, about in (((), ()), (pair(chosen)[:1], (ADDRESSES[1],))):
        (item,) = [item for item in check.findings(chosen, hosts) if item.code == "hardware.not-looked"]
        assert (item.severity, item.hosts) == (Severity.UNKNOWN, about)
    assert "could not be checked" in check.verdict(check.findings(chosen))


def test_hardware_not_looked_at_enough_hosts() -> None:
    """Where no host is named yet, fewer that were looked at than are needed are not taken for all of them."""
    chosen = selection()
    unnamed = chosen.evolve(hosts=())
    for hosts, count in ((pair(chosen), 0), (pair(chosen)[:1], 1)):
        told = [item.message for item in check.findings(unnamed, hosts) if item.code == "hardware.not-looked"]
        assert len(told) == count
        assert all("2 hosts are needed, only 1 looked at" in message for message in told)


@pytest.mark.parametrize(
    ("cann", "driver", "codes"),
    [
        ("9.0.0", "25.0.rc1", set()),
        ("9.0.0", "24.1.0.3", {"hardware.driver"}),
        ("9.1.0", "25.0.2", {"hardware.driver"}),
        ("9.1.0", "26.0.rc1", set()),
        ("8.5.0", "25.5.1", set()),
        ("7.0.0", "25.5.1", {"hardware.driver-untold"}),
        ("9.0.0", None, {"hardware.driver-untold"}),
        ("9.0.0", "driver", {"hardware.driver-untold"}),
    ],
)
def test_a_driver_fits_the_image_or_is_told_with_both_versions(cann: str, driver: str | None, codes: set[str]) -> None:
    """Unknown is unknown, never well."""
    chosen = selection("a3-single", Edit(EditKind.IMAGE, f"quay.io/ascend/sglang:v0.5.16-cann{cann}-a3"))
    found = check.findings(chosen, (software(driver_version=driver)(pair(chosen)[0]),))
    said = [item for item in found if item.code.startswith("hardware.driver")]
    assert {item.code for item in said} == codes
    assert all(
        cann in item.message and (driver or "could not be read") in item.message for item in said if driver != "driver"
    )


def test_hardware_image() -> None:
    """An image for A2 on A3 hosts is an error, and the fix names one for A3."""
    chosen = selection("a3-single", Edit(EditKind.IMAGE, "quay.io/ascend/sglang:v0.5.16-cann9.0.0-910b"))
    (item,) = [item for item in check.findings(chosen) if item.code == "hardware.image"]
    after = choose.apply_all(chosen, item.fixes[0].edits, Origin.FIX)
    assert "hardware.image" not in spoken(check.findings(after), *Severity)
    assert not check.blocking(check.findings(after))


def test_busy_devices_are_left_for_free_ones() -> None:
    """A launch for half a host is moved to the half that is free."""
    chosen = choose.apply_all(
        presets.preset("a3-single").selection,
        (Edit(EditKind.SET, "tp-size=8"), Edit(EditKind.QUANTIZATION, "W4A8"), Edit(EditKind.MODEL_PATH, PATH)),
    )
    (found, _) = pair(chosen)
    busy = replace(found, devices=tuple(replace(d, hbm_used_mb=60_000) for d in found.devices[:8]) + found.devices[8:])
    (item,) = [item for item in check.findings(chosen, (busy,)) if item.code == "hardware.busy"]
    assert [edit.value for edit in item.fixes[0].edits] == ["base-gpu-id=8"]


def test_devices_of_one_super_pod_need_no_roce() -> None:
    """Hosts of one super pod reach each other's devices without RoCE ports."""
    chosen = selection()
    down = [replace(roce(link="DOWN")(found), super_pod=SuperPod(3, 384, n)) for n, found in enumerate(pair(chosen))]
    assert not [item for item in check.findings(chosen, down) if item.code.startswith("network.roce")]


def test_a_host_found_as_localhost_is_matched_by_its_addresses() -> None:
    """This machine was asked as `localhost`, and the selection names one of its addresses."""
    chosen = selection("a3-single")
    local = replace(pair(chosen)[0], address="localhost")
    found = check.findings(chosen, (replace(local, devices=local.devices[:8]),))
    (item,) = [item for item in found if item.code == "hardware.too-few"]
    assert item.hosts == (ADDRESSES[0],)
