"""What several sources say becomes one host: the best source wins, every fact keeps its origin, gaps say why."""

import pytest

from wizard.detect import read
from wizard.detect.sections import Captured, Section, Sections
from wizard.model.hardware import Fault, Host, Series

BROKEN = Section("dcmi module initialize failed. ret is -8005\n", "", 187)


def host(sections: Sections, *, model_path: str | None = None, is_recorded: bool = False) -> Host:
    """The host that said this."""
    return read.host(Captured("h", sections, is_recorded=is_recorded), model_path)


def test_torch_tells_what_npu_smi_cannot() -> None:
    """The devices that SGLang will see, and so the series; the fault stays."""
    found = host({"npu-smi-info": BROKEN, "torch-npu": Section("Ascend910_9391\n" * 16)})
    assert found.series is Series.A3
    assert len(found.hardware.torch_names or ()) == 16
    assert found.series_evidence == ("torch_npu Ascend910_9391",)
    assert found.fault
    assert not found.is_usable


def test_the_bus_is_asked_last_and_sources_that_disagree_make_it_unknown() -> None:
    """A container shows the whole machine's bus."""
    bus = Section("0000:c1:00.0 0x19e5 0xd802\n0000:c2:00.0 0x19e5 0xd803\n")
    mixed = host({"npu-smi-info": BROKEN, "pci": bus})
    assert mixed.series is None
    assert mixed.series_evidence == ("PCI id d802", "PCI id d803")
    assert host({"npu-smi-info": BROKEN, "pci": bus, "torch-npu": Section("Ascend910B3\n")}).series is Series.A2


def test_device_nodes_and_rights() -> None:
    """What is handed in, and whether this user may use it."""
    nodes = "/dev/davinci10 yes\n/dev/davinci2 no\n/dev/davinci_manager yes\n/dev/hisi_hdc yes\n"
    hardware = host({"npu-smi-info": BROKEN, "device-nodes": Section(nodes)}).hardware
    assert (hardware.device_nodes, hardware.has_manager, hardware.nodes_accessible) == ((2, 10), True, False)
    assert host({"npu-smi-info": BROKEN}).hardware.device_nodes is None


def test_versions_come_from_files_where_the_tool_is_silent() -> None:
    """With their origin; what no file says is unknown, with a reason."""
    sections = {
        "npu-smi-info": BROKEN,
        "driver-version": Section("Version=23.0.7\npackage_version=23.0.7\n"),
        "firmware-version": Section("Version=7.1.0.11.220\n"),
        "cann-version": Section("package_name=Ascend-cann-toolkit\nversion=8.2.RC1\n"),
        "python": Section("python=3.11.6\nsglang=0.5.23\nsglang-router=0.3.2\ntorch-npu=2.8.0\n"),
    }
    found = host(sections)
    software = found.software
    assert (software.driver_version, software.firmware_version, software.cann_version) == (
        "23.0.7", "7.1.0.11.220", "8.2.RC1",
    )  # fmt: skip
    assert (software.sglang_version, software.router_version, software.npu_smi_version) == ("0.5.23", "0.3.2", None)
    assert found.origins["driver_version"] == "driver/version.info"
    assert "driver_version" in host({"npu-smi-info": BROKEN}).unknown


def test_what_was_late_is_unknown_and_not_absent() -> None:
    """A hanging docker is no missing docker."""
    found = host({"docker-version": Section("Docker version 26.1.3"), "docker-info": Section("", "", 124)})
    assert found.unknown["docker-info"] == "no answer in time"
    assert (found.containers.engine, found.containers.daemon_answers) == ("docker", False)


def test_a_host_that_was_not_reached_says_nothing() -> None:
    """Its fault is ssh's, and nothing about it is guessed."""
    fault = Fault("refused", "m", "h")
    found = read.host(Captured("h", {}, fault), "/models")
    assert (found.was_reached, found.fault, found.series, found.weights) == (False, fault, None, None)
    assert found.system.container is None


def test_weights_that_were_not_recorded_are_not_made_up() -> None:
    """A replay knows only the folder it was asked for when it was made."""
    found = host({"npu-smi-info": BROKEN}, model_path="/other", is_recorded=True)
    assert found.weights
    assert found.weights.fault
    assert found.weights.fault.kind == "not_recorded"


@pytest.mark.parametrize(
    ("sections", "said"),
    [
        ({"system": Section("uid=1000\ngroups=1000 users\n"), "container": Section("")}, "usermod -aG HwHiAiUser"),
        ({"system": Section("uid=0\n"), "container": Section("docker\n"), "device-nodes": Section("")}, "--privileged"),
        (
            {
                "system": Section("uid=0\n"),
                "container": Section("docker\n"),
                "device-nodes": Section("/dev/davinci_manager yes\n"),
            },
            "another container",
        ),
        ({"system": Section("uid=0\n"), "container": Section(""), "modules": Section("")}, "modules are not loaded"),
        ({"system": Section("uid=0\n"), "container": Section(""), "modules": Section("drv_x\n")}, "lsmod"),
    ],
)
def test_a_driver_that_does_not_answer_is_explained_by_what_the_host_shows(
    sections: dict[str, Section], said: str
) -> None:
    """Rights, a container, modules: one number of the driver, many causes."""
    failed = Section("DrvMngGetConsoleLogLevel failed. (ret=4)\ndcmi module initialize failed. ret is -8005\n", "", 187)
    fault = read.host(Captured("h", sections | {"npu-smi-info": failed})).fault
    assert fault
    assert (fault.kind, fault.code) == ("driver_not_loaded", -8005)
    assert said in fault.hint
