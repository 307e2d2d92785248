"""Hosts as found: container engine or installation, image, disk, weights, tuning, clocks, servers that run already."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import NamedTuple

from wizard.check.facts import Facts, Machine, several
from wizard.check.host_rule import HostRule
from wizard.knowledge import facts as knowledge
from wizard.model.finding import Edit, EditKind, Finding, Fix, Severity
from wizard.model.hardware import Host
from wizard.model.selection import RuntimeKind

GB = 10**9
_FREE_FOR_LOGS = GB
_CLOCK_S = 2.0
"""Clocks further apart make the logs of several ranks unreadable side by side."""
_UNTOLD = frozenset(("hub_id", "not_recorded"))
"""Faults of a folder of weights that only say that it was not looked into."""
_DRIVER = "/usr/local/Ascend/driver"
_UNITS = {"k": 2**10, "m": 2**20, "g": 2**30}


def _in_container(machine: Machine) -> bool:
    return machine.runtime.kind is RuntimeKind.CONTAINER and machine.found.was_reached


def _directly(machine: Machine) -> bool:
    return machine.runtime.kind is RuntimeKind.HOST and machine.found.was_reached


def _no_engine(machine: Machine) -> str:
    looked = machine.found.system.container is not None
    return (
        "neither docker nor podman is installed"
        if _in_container(machine) and looked and not machine.found.containers.engine
        else ""
    )


def _inside(machine: Machine) -> tuple[Fix, ...]:
    """Without an image, where the host is the inside of a container, or SGLang is installed."""
    ready = machine.found.system.container not in (None, "none") or machine.found.software.sglang_version
    return (Fix("run directly, without an image", (Edit(EditKind.RUNTIME, "host"),)),) if ready else ()


def _no_daemon(machine: Machine) -> str:
    asked = _in_container(machine) and machine.found.containers.daemon_answers is False
    return f"{machine.found.containers.engine} is installed, its daemon does not answer" if asked else ""


def _has_image(machine: Machine) -> bool | None:
    """Whether the image of the selection is on the host; None: not known."""
    images, wanted = machine.found.containers.images, machine.runtime.image
    return None if images is None or not wanted else wanted in images or f"docker.io/{wanted}" in images


def _no_image(machine: Machine) -> str:
    missing = _in_container(machine) and machine.found.containers.engine and _has_image(machine) is False
    return (
        f"the image {machine.runtime.image} is not there yet; whether it can be pulled was not tried" if missing else ""
    )


def _no_disk(machine: Machine) -> str:
    free, wanted = machine.found.containers.free_disk_bytes, knowledge.container_facts().free_disk_gb
    if not _in_container(machine) or free is None or _has_image(machine) is not False or free >= wanted * GB:
        return ""
    return f"{free / GB:.0f} GB are free in {machine.found.containers.image_folder}, an image needs about {wanted}"


def _no_log_space(machine: Machine) -> str:
    free = machine.found.system.home_free_bytes
    return f"{free / GB:.1f} GB are free for logs and run records" if free is not None and free < _FREE_FOR_LOGS else ""


def _no_driver_folder(machine: Machine) -> str:
    absent = _in_container(machine) and machine.found.system.paths.get(_DRIVER) == "absent"
    return f"{_DRIVER} is not there to be mounted into the container" if absent else ""


def _no_scripts(machine: Machine) -> str:
    paths = machine.found.system.paths
    absent = [path for path in machine.selection.tuning.scripts if paths.get(path) == "absent"]
    return f"CANN's environment scripts are not there: {', '.join(absent)}" if _directly(machine) and absent else ""


def _no_sglang(machine: Machine) -> str:
    software = machine.found.software
    absent = _directly(machine) and machine.servers and software.python_version and not software.sglang_version
    return "SGLang is not installed for its python3" if absent else ""


def _in_image(machine: Machine) -> tuple[Fix, ...]:
    engine = machine.found.containers.engine and machine.found.containers.daemon_answers is not False
    return (
        (Fix("run in the image", (Edit(EditKind.RUNTIME, "container"),)),) if engine and machine.runtime.image else ()
    )


def _other_release(machine: Machine) -> str:
    found, wanted = machine.found.software.sglang_version, machine.selection.release
    other = _directly(machine) and found and wanted and found != wanted
    return f"SGLang {found} is installed, the options are written for {wanted}" if other else ""


def _found_release(machine: Machine) -> tuple[Fix, ...]:
    found = {other.found.software.sglang_version for other in machine.facts.machines}
    release = machine.found.software.sglang_version
    return (
        (Fix(f"write the options of {release}", (Edit(EditKind.RELEASE, release),)),)
        if release and len(found) == 1
        else ()
    )


def _governor(machine: Machine) -> str:
    found = machine.found.system
    slow = [name for name in found.governors or () if name != "performance"]
    sets = machine.selection.tuning.scaling_governor == "performance" and found.is_root
    return f"its CPUs run with the governor {', '.join(slow)}, which slows down scheduling" if slow and not sets else ""


def _sysctl(machine: Machine) -> str:
    found = machine.found.system
    if found.is_root is not False:
        return ""
    wanted = machine.selection.tuning.sysctl
    other = [f"{name} = {found.sysctls[name]}, not {value}" for name, value in wanted.items()
             if name in found.sysctls and found.sysctls[name] != value]  # fmt: skip
    return f"only root can change {'; '.join(other)}" if other else ""


def _proxies(machine: Machine) -> str:
    left = [name for name in machine.found.system.proxies if name not in machine.selection.tuning.unset]
    return (
        f"{', '.join(left)} reaches the server: requests between hosts go through a proxy"
        if _directly(machine) and left
        else ""
    )


def _servers(machine: Machine) -> str:
    pids = machine.found.system.server_pids
    return f"SGLang runs here already: pid {', '.join(map(str, pids[:4]))}" if pids else ""


def _no_bash(machine: Machine) -> str:
    return "bash is not installed; the launch script needs it" if machine.found.system.has_bash is False else ""


def _small_shm(machine: Machine) -> str:
    size, text = machine.found.system.shm_bytes, machine.runtime.shm_size.lower().rstrip("b")
    unit = _UNITS.get(text[-1:], 1)
    wanted = int(text.rstrip("kmg")) * unit if text.rstrip("kmg").isdigit() else 0
    small = _directly(machine) and size is not None and size < wanted
    return (
        f"its shared memory has {(size or 0) / 2**30:.1f} GiB, {machine.runtime.shm_size} are advised" if small else ""
    )


def _no_weights(machine: Machine) -> str:
    weights = machine.found.weights
    fault = weights.fault if weights and machine.servers else None
    return fault.message if fault and fault.kind not in _UNTOLD else ""


def _weights_hint(machine: Machine) -> str:
    weights = machine.found.weights
    return weights.fault.hint if weights and weights.fault else ""


def _unseen_weights(machine: Machine) -> str:
    weights = machine.found.weights
    fault = weights.fault if weights and machine.servers else None
    return fault.message if fault and fault.kind in _UNTOLD else ""


def _incomplete(machine: Machine) -> str:
    weights = machine.found.weights
    if weights is None or weights.fault or not (weights.missing_shards or weights.unfinished_files):
        return ""
    missing, unfinished = len(weights.missing_shards), len(weights.unfinished_files)
    parts = [f"{missing} of {weights.shard_count or missing} shards are missing"] if missing else []
    parts += [f"{unfinished} downloads are unfinished"] if unfinished else []
    first = (weights.missing_shards or weights.unfinished_files)[0]
    return f"the weights in {weights.path} are not whole: {', '.join(parts)} ({first}, …)"


def _other_kind(machine: Machine) -> str:
    found, chosen = _kind(machine), machine.selection.model.quantization.upper()
    return f"the weights are {found}, {chosen} was chosen" if found and chosen and found != chosen else ""


def _kind(machine: Machine) -> str:
    """Quantisation of the weights that were found, where it is one that is published."""
    weights, model = machine.found.weights, machine.facts.model
    found = (weights.quantization or "").upper() if weights and not weights.fault else ""
    return found if model and any(item.quantization.upper() == found for item in model.weights) else ""


def _found_kind(machine: Machine) -> tuple[Fix, ...]:
    kinds = {_kind(other) for other in machine.facts.machines}
    kind = _kind(machine)
    return (Fix(f"say that they are {kind}", (Edit(EditKind.QUANTIZATION, kind),)),) if len(kinds) == 1 else ()


class Equal(NamedTuple):
    """Something that must be the same on all hosts of a launch."""

    code: str
    severity: Severity
    what: str
    value: Callable[[Machine], str | None]
    hint: str


def _image_id(machine: Machine) -> str | None:
    ids = machine.found.containers.image_ids
    found = ids.get(machine.runtime.image) if _in_container(machine) else None
    return found.removeprefix("sha256:")[:12] if found else None


EQUAL = (
    Equal("host.releases-differ", Severity.ERROR, "SGLang",
          lambda m: m.found.software.sglang_version if _directly(m) else None, "install one release on all hosts"),
    Equal("host.images-differ", Severity.ERROR, "the image", _image_id, "pull or load the same image on all hosts"),
    Equal("host.drivers-differ", Severity.WARNING, "the driver", lambda m: m.found.software.driver_version,
          "install one driver on all hosts"),
    Equal("host.cann-differs", Severity.WARNING, "CANN",
          lambda m: m.found.software.cann_version if _directly(m) else None,
          "install one release of CANN on all hosts"),
    Equal("host.packages-differ", Severity.WARNING, "torch-npu",
          lambda m: m.found.software.torch_npu_version if _directly(m) else None,
          "install the same packages on all hosts"),
    Equal("host.weights-differ", Severity.ERROR, "the fingerprint of the weights",
          lambda m: m.found.weights.fingerprint[:12] if m.found.weights and m.found.weights.fingerprint else None,
          "copy the same weights to all hosts"),
)  # fmt: skip


def unequal(facts: Facts) -> Iterator[Finding]:
    """``host.…-differ``: hosts of one launch that are not alike, with both values."""
    for rule in EQUAL:
        values: dict[str, list[str]] = defaultdict(list)
        for machine in facts.machines:
            value = rule.value(machine) if machine.servers else None
            if value:
                values[value].append(machine.address)
        if len(values) > 1:
            said = "; ".join(f"{value} on {', '.join(addresses)}" for value, addresses in values.items())
            hosts = tuple(address for addresses in values.values() for address in addresses)
            yield Finding(rule.code, rule.severity, f"{rule.what} differs between hosts: {said}", rule.hint, (), hosts,
                          "what was read on the hosts")  # fmt: skip


def clocks(facts: Facts) -> Iterator[Finding]:
    """``host.clock``: clocks of one launch that are apart."""
    offsets = {m.address: m.found.system.clock_offset_s for m in facts.machines}
    known = {address: offset for address, offset in offsets.items() if offset is not None}
    if len(known) < 2 or max(known.values()) - min(known.values()) <= _CLOCK_S:
        return
    ahead, behind = max(known, key=lambda a: known[a]), min(known, key=lambda a: known[a])
    apart = known[ahead] - known[behind]
    message = f"the clock of {ahead} is {apart:.0f} s ahead of that of {behind}"
    yield Finding("host.clock", Severity.WARNING, message, "let chrony or ntpd set the clocks", (), (ahead, behind),
                  "what was read on the hosts")  # fmt: skip


class Unread(NamedTuple):
    """Something about a host that a rule needs and that could not be read."""

    what: str
    key: str
    """Its name among ``Host.unknown``."""
    is_missing: Callable[[Host], bool]
    matters: Callable[[Machine], object]
    unexplained: str = "could not be read"
    """What is said of it where the host gives no reason."""
    hint: str = "`--detect` shows what was asked"

    def said(self, machine: Machine) -> str:
        """That it could not be read, and why; empty where it could, and where nothing needs it."""
        if not (machine.found.was_reached and self.is_missing(machine.found) and self.matters(machine)):
            return ""
        why = machine.found.unknown.get(self.key, "")
        return f"{self.what} could not be read: {why}" if why else f"{self.what} {self.unexplained}"


UNREAD = (
    Unread("which series it is", "npu", lambda h: h.series is None, lambda m: m.servers),
    Unread("the health of its devices", "npu", lambda h: any(d.is_healthy is None for d in h.devices),
           lambda m: m.servers),
    Unread("how much memory of its devices is in use", "npu", lambda h: any(d.is_busy is None for d in h.devices),
           lambda m: m.servers),
    Unread("its addresses", "addresses", lambda h: h.interfaces is None, bool),
    Unread("which ports are taken", "listening", lambda h: h.system.listening_ports is None, bool),
    Unread("its RoCE ports", "hccn", lambda h: h.roce is None, several),
    Unread("its clock", "clock", lambda h: h.system.clock_offset_s is None, several),
    Unread("its CPU governor", "governors", lambda h: h.system.governors is None, lambda m: m.servers),
    Unread("which images it has", "images", lambda h: h.containers.images is None,
           lambda m: _in_container(m) and m.found.containers.engine and m.found.containers.daemon_answers is not False),
    Unread("how much disk is free for images", "image-disk", lambda h: h.containers.free_disk_bytes is None,
           lambda m: _in_container(m) and m.found.containers.engine),
    Unread("its weights", "weights", lambda h: h.weights is None,
           lambda m: m.servers and m.selection.model.path.startswith("/"),
           "were not looked at yet", "the preflight of Review and Launch looks at them; so does `--probe`"),
)  # fmt: skip


RULES: tuple[Callable[[Facts], Iterator[Finding]], ...] = (
    HostRule("host.engine", Severity.ERROR, _no_engine, "install docker or podman, or use `--runtime host`", _inside),
    HostRule("host.daemon", Severity.ERROR, _no_daemon, "start it, or join the group docker", _inside),
    HostRule("host.image", Severity.UNKNOWN, _no_image, "pull or load it before the launch", options=("image",)),
    HostRule("host.disk", Severity.WARNING, _no_disk, "free space, or move the image folder"),
    HostRule("host.log-space", Severity.WARNING, _no_log_space, "free space in the home directory"),
    HostRule("host.driver", Severity.ERROR, _no_driver_folder, "install the driver, or use a host that has it"),
    HostRule("host.cann", Severity.ERROR, _no_scripts, "install CANN, or run in the image", _in_image),
    HostRule("host.sglang", Severity.ERROR, _no_sglang, "install SGLang, or run in the image", _in_image),
    HostRule(
        "host.release",
        Severity.WARNING,
        _other_release,
        "choose the installed one with `--release`",
        _found_release,
        ("release",),
    ),
    HostRule("host.governor", Severity.WARNING, _governor, "set it to performance as root"),
    HostRule("host.sysctl", Severity.WARNING, _sysctl, "set it as root"),
    HostRule("host.proxies", Severity.WARNING, _proxies, "unset them before the start"),
    HostRule("host.server", Severity.WARNING, _servers, "end it first if it is not wanted any more"),
    HostRule("host.bash", Severity.ERROR, _no_bash, "install bash"),
    HostRule("host.shm", Severity.WARNING, _small_shm, "remount /dev/shm larger, or run in the image", _in_image),
    HostRule("host.weights", Severity.ERROR, _no_weights, _weights_hint, options=("model-path",)),
    HostRule("host.weights-unseen", Severity.UNKNOWN, _unseen_weights, _weights_hint, options=("model-path",)),
    HostRule("host.weights-incomplete", Severity.ERROR, _incomplete, "finish the download", options=("model-path",)),
    HostRule(
        "host.weights-kind", Severity.WARNING, _other_kind, "choose what is there", _found_kind, ("quantization",)
    ),
    unequal,
    clocks,
    *(HostRule("host.unread", Severity.UNKNOWN, item.said, item.hint) for item in UNREAD),
)
