"""`--detect` as people and programs meet it: the document, the tables, the verdict, the exit code."""

import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard import cli, reach
from wizard.detect import command, host, probe, recording, summary, tables, words
from wizard.detect.sections import Section
from wizard.errors import UsageError
from wizard.model.hardware import Device, Fault, Host, Interface, NpuProcess, Series, System

DEVICE_KEYS = ["npu_id", "chip_id", "phy_id", "name", "health", "bus_id", "power_w", "temp_c", "aicore_pct",
               "hbm_used_mb", "hbm_total_mb"]  # fmt: skip


def document(capsys: pytest.CaptureFixture[str], *flags: str) -> tuple[int, list[dict[str, object]]]:
    """Exit code and hosts of `--detect --json`."""
    code = cli.main(["--detect", "--json", *flags])
    return code, json.loads(capsys.readouterr().out)["hosts"]


def test_the_document_has_its_contracted_shape(capsys: pytest.CaptureFixture[str]) -> None:
    """Names and types that programs rely on; unknown is null."""
    code, (found,) = document(capsys, "--machine", "a3-idle")
    assert code == 0
    keys = ("address", "series", "usable", "npu_smi_version", "driver_version", "error")
    assert {key: found[key] for key in keys} == {
        "address": "localhost", "series": "A3", "usable": True, "npu_smi_version": "25.2.0", "driver_version": "25.2.0",
        "error": None,
    }  # fmt: skip
    devices = found["devices"]
    assert isinstance(devices, list)
    assert all(list(device) == DEVICE_KEYS for device in devices)
    assert devices[1]["power_w"] is None
    _, (busy,) = document(capsys, "--machine", "a2-busy")
    processes = busy["processes"]
    assert isinstance(processes, list)
    assert list(processes[0]) == ["npu_id", "chip_id", "pid", "name", "memory_mb"]


def test_an_error_has_kind_code_message_and_hint(capsys: pytest.CaptureFixture[str]) -> None:
    """And the exit code says that a host could not be probed, while its other facts stay."""
    code, (found,) = document(capsys, "--machine", "driver-broken")
    assert code == 3
    error = found["error"]
    assert isinstance(error, dict)
    assert list(error) == ["kind", "code", "message", "hint"]
    assert (error["kind"], error["code"]) == ("driver_not_loaded", -8005)
    assert (found["driver_version"], found["series"], found["usable"]) == ("25.2.0", "A2", False)


VERDICTS = {
    "a2-idle": "ready: 8 devices free with 512 GiB of HBM",
    "a2-busy": "2 of 8 devices free with 128 GiB of HBM",
    "a3-idle": "ready: 16 devices free with 1024 GiB of HBM",
    "a3-sick-die": "15 of 16 devices free with 960 GiB of HBM",
    "a3-pair": "ready: 32 devices free with 2048 GiB of HBM",
    "a3-four": "ready: 64 devices free with 4096 GiB of HBM",
    "a2-pair": "ready: 16 devices free with 1024 GiB of HBM",
    "container-without-tools": "not ready: localhost could not be read",
    "driver-broken": "not ready: localhost could not be read",
    "no-npu": "not ready: localhost could not be read",
}


@pytest.mark.parametrize(("name", "verdict"), VERDICTS.items())
def test_tables_fit_80_columns_and_end_in_a_verdict(
    name: str, verdict: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """On any bundled machine."""
    cli.main(["--detect", "--machine", name, "--no-color"])
    lines = capsys.readouterr().out.splitlines()
    assert max(len(line) for line in lines if not line.strip().startswith("$ ")) <= 80
    assert "RECORDED" in lines[0]
    assert lines[-1].split(";")[0] == verdict


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (Host("h", series=None, devices=(Device(0, health="OK"),)), "`--series`"),
        (Host("h", series=Series.ATLAS_310, devices=(Device(0, health="OK"),)), "series 310 is neither"),
        (Host("h", series=Series.A2, devices=(Device(0, health="Alarm"),)), "no device is well"),
    ],
)
def test_a_host_that_cannot_serve_says_why(found: Host, said: str) -> None:
    """Unknown, another series, or sick."""
    assert said in words.verdict([found], summary.rows(found))[0]


def test_a_machine_without_npu_says_what_was_looked_for_and_how_to_rehearse(capsys: pytest.CaptureFixture[str]) -> None:
    """A few lines, with commands that exist."""
    cli.main(["--detect", "--machine", "no-npu"])
    text = " ".join(capsys.readouterr().out.split())
    for said in ("npu-smi is not installed here", "looked for", "/dev/davinci* none", "--machine a3-idle"):
        assert said in text
    assert len(text) < 1200


def test_text_from_outside_is_neither_markup_nor_control(capsys: pytest.CaptureFixture[str]) -> None:
    """Brackets stay, escape sequences are shown as what they are."""
    device = Device(0, 0, None, name="[red]910B3[/x]", health="OK", hbm_used_mb=9000, hbm_total_mb=65536)
    row = NpuProcess(0, 0, 7, "\x1b]0;evil\x07", 8000)
    tables.show([Host("[b]h[/b]", series=Series.A2, devices=(device,), processes=(row,))], color=False)
    out = capsys.readouterr().out
    assert "[b]h[/b]" in out
    assert "[red]910B3[/x]" in out
    assert "\x1b" not in out
    assert "\x07" not in out


@given(st.text(max_size=40), st.text(max_size=40), st.sampled_from(list(Series)))
def test_any_host_can_be_shown(name: str, note: str, series: Series) -> None:
    """Whatever a machine calls itself."""
    device = Device(3, None, None, name=name or None, health=note or None)
    shown = Host(name or "h", series=series, devices=(device,), notes=(note,), fault=Fault("k", note, name))
    assert words.headline(shown)
    assert list(words.about(shown)) + list(words.looked_for(shown))
    assert words.verdict([shown], summary.rows(shown))[0]


def test_several_hosts_are_shown_at_a_glance_and_their_devices_in_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """One line a host above, like devices together below; `--verbose` gives every device its line."""
    cli.main(["--detect", "--machine", "a3-pair", "--no-color"])
    text = capsys.readouterr().out
    assert "192.0.2.12  A3           16    16  1024 GiB" in text
    assert text.count("Ascend910  OK") == 2
    assert "0-15" in text
    cli.main(["--detect", "--machine", "a3-pair", "--no-color", "--verbose"])
    assert capsys.readouterr().out.count("Ascend910  OK") == 32


def test_a_command_to_copy_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """However narrow the terminal: a broken line would paste as two commands."""
    system = System(sysctls={"vm.swappiness": "60", "kernel.numa_balancing": "1"}, governors=("powersave",))
    tables.show([Host("h", series=Series.A2, devices=(Device(0, health="OK"),), system=system)], color=False)
    wanted = "$ cpupower frequency-set -g performance; sysctl -w vm.swappiness=0; sysctl -w kernel.numa_balancing=0"
    assert wanted in capsys.readouterr().out


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("::1", True),
        ("127.0.0.11", False),
        ("node-7", False),
        ("192.0.2.77", False),
    ],
)
def test_this_machine_needs_no_ssh(address: str, *, expected: bool) -> None:
    """Its own addresses are asked directly; other loopback addresses may be other machines."""
    assert reach.is_this_machine(address) is expected


@pytest.mark.parametrize("address", ["-oProxyCommand=x", "a b", "a;b", ""])
def test_an_address_cannot_be_an_option(address: str) -> None:
    """Nothing that ssh would take for a flag reaches it."""
    with pytest.raises(UsageError):
        command.asked([address])


def test_a_recording_that_is_none_is_a_usage_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the names of those that come along."""
    assert cli.main(["--detect", "--machine", str(tmp_path)]) == 2
    assert "a2-idle" in capsys.readouterr().err


ADDRESSES = r"""1: lo    inet 127.0.0.1/8 scope host lo\       valid_lft forever
2: enp67s0f0    inet 10.1.2.3/24 brd 10.1.2.255 scope global enp67s0f0\       valid_lft forever
2: enp67s0f0    inet6 fd00::3/64 scope global \       valid_lft forever
7: bond0.12@bond0    inet 172.16.0.9/16 scope global bond0.12
"""


def test_interfaces_and_the_one_that_owns_an_address() -> None:
    """Addresses, state and speed by name; docker's bridge and lo are never the answer."""
    sections = {
        "interfaces": Section("bond0.12 up 50000\ndocker0 down -\nenp67s0f0 up 25000\nlo unknown -\n"),
        "addresses": Section(ADDRESSES),
    }
    found = host.interfaces(sections)
    assert found
    assert found[0] == Interface("bond0.12", ("172.16.0.9",), is_up=True, speed_mbps=50000)
    assert found[2].addresses == ("10.1.2.3", "fd00::3")
    assert host.own(found, "172.16.0.9", {}) == ("bond0.12", "172.16.0.9")
    assert host.own(found, "10.9.9.9", {}) == (None, None)
    assert host.own(found, "localhost", {}) == (None, None)
    assert host.own(found[1:], "localhost", {}) == ("enp67s0f0", "10.1.2.3")
    assert host.own(found, "alias", {"system": Section("ssh_to=10.1.2.3\n")}) == ("enp67s0f0", "10.1.2.3")


def test_containers_and_ports_are_read() -> None:
    """Engine, daemon, runtime, images, disk; ports from the kernel's table."""
    sections = {
        "docker-version": Section("Docker version 26.1.3, build x\n"),
        "docker-info": Section("root=/var/lib/docker\nserver=26.1.3\nruntime=ascend\nruntime=runc\n"),
        "images": Section(
            "lmsysorg/sglang:v1 sha256:aa sha256:bb\n<none>:<none> sha256:cc <none>\nmine:v2 sha256:dd <none>\nold:v3\n"
        ),
        "image-disk": Section("Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/a 9 1 100 1% /\n"),
    }
    found = host.containers(sections)
    assert (found.engine, found.engine_version, found.daemon_answers, found.ascend_runtime) == (
        "docker", "26.1.3", True, True,
    )  # fmt: skip
    assert (found.images, found.free_disk_bytes) == (("lmsysorg/sglang:v1", "mine:v2", "old:v3"), 102400)
    assert found.image_ids == {"lmsysorg/sglang:v1": "sha256:aa", "mine:v2": "sha256:dd"}
    assert found.image_digests == {"lmsysorg/sglang:v1": "sha256:bb"}
    down = host.containers({**sections, "docker-info": Section("root=\nserver=\n", "Cannot connect", 1)})
    assert (down.daemon_answers, down.ascend_runtime) == (False, None)
    listeners = (
        'LISTEN 0 128 0.0.0.0:22 0.0.0.0:* users:(("sshd",pid=7,fd=3))\nLISTEN 0 5 [::]:8000 [::]:*\nnoise\n'
        'LISTEN 0 5 *:9000 *:* users:(("python3",pid=4711,fd=9),("python3",pid=4712,fd=9))\n'
    )
    found_system = host.system(
        {
            "listening": Section(
                "00000000:0016\n0100007F:1F40\n00000000000000000000000001000000:1F40\n"
                "0000000000000000FFFF00000100007F:1F40\n00000000000000000000000000000000:0016\n[x]:9\n0100007:9\n"
            ),
            "port-owners": Section(listeners),
            "paths": Section("folder /usr/local/Ascend/driver\nabsent /etc/hccn.conf\nstrange\n"),
            "servers": Section("4711\n4712\n"),
        },
        None,
    )
    assert found_system.listening_ports == (22, 8000)
    assert found_system.listening_on == {22: ("0.0.0.0", "::"), 8000: ("127.0.0.1", "::1")}
    assert found_system.port_owners == {22: "sshd 7", 9000: "python3 4711"}
    assert found_system.paths == {"/usr/local/Ascend/driver": "folder", "/etc/hccn.conf": "absent"}
    assert found_system.server_pids == (4711, 4712)


def test_progress_is_talk(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """stdout is data: with several hosts progress goes to stderr."""
    recorded = {name: recording.read(Path(name))[0][0]._replace(address=name) for name in ("a2-idle", "no-npu")}
    monkeypatch.setattr(probe, "captured", lambda shell, *_: recorded[shell.address])
    out = io.StringIO()
    monkeypatch.setattr("sys.stderr", out)
    assert cli.main(["--detect", "--json", "--hosts", "a2-idle,no-npu"]) == 3
    hosts = json.loads(capsys.readouterr().out)["hosts"]
    assert [item["address"] for item in hosts] == ["a2-idle", "no-npu"]
    assert "a2-idle: asked" in out.getvalue()


def test_hosts_that_cannot_be_read_are_named_whole_at_80_columns(capsys: pytest.CaptureFixture[str]) -> None:
    """Neither a name nor the kind of its fault is cut off or broken."""
    faults = {"node-7.cluster.local": "unknown_name", "10.0.0.12": "driver_not_loaded", "localhost": "not_installed"}
    tables.show(
        [Host(name, fault=Fault(kind, "it is so", "do this"), was_reached=False) for name, kind in faults.items()],
        color=False,
    )
    lines = capsys.readouterr().out.splitlines()
    overview = "\n".join(lines[: lines.index("")])
    assert max(map(len, lines[:-1])) <= 80, "the verdict is one line, however long"
    words = overview.split()
    assert {*faults, *["unknown", "name", "driver", "not", "loaded", "installed"]} <= set(words)
