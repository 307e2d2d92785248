"""The host around the devices: sections of the probe become facts. Pure; what is not there stays None."""

import re
from types import MappingProxyType

from wizard.detect.cells import integer
from wizard.detect.sections import Section, Sections
from wizard.model.hardware import Containers, Interface, System
from wizard.model.listening import from_kernel

_VIRTUAL = re.compile(r"lo$|docker|virbr|veth|br-|cni|flannel|cali|ifb|dummy|tunl|kube")
_ADDRESS = re.compile(r"^\d+: (\S+)\s+inet6?\s+([0-9a-fA-F.:]+)/(\d+)", re.MULTILINE)
_LISTENER = re.compile(r"([0-9A-Fa-f]{8}|[0-9A-Fa-f]{32}):([0-9A-Fa-f]{4})")
_USER = re.compile(r'users:\(\("([^"]{1,40})",pid=([0-9]{1,9})')
_VERSION = re.compile(r"[0-9]+(?:\.[0-9A-Za-z]+)+")


def output(sections: Sections, name: str) -> str | None:
    """A section's stdout when its command ended well, else None."""
    section = sections.get(name)
    return section.output if section and section.status == 0 else None


def values(text: str | None) -> dict[str, str]:
    """``key=value`` lines, quotes around a value taken off."""
    pairs = (line.partition("=") for line in (text or "").splitlines() if "=" in line)
    return {key.strip(): value.strip().strip('"') for key, _, value in pairs}


def _lines(text: str | None) -> tuple[str, ...]:
    return tuple(line.strip() for line in (text or "").splitlines() if line.strip())


def _free_bytes(text: str | None, column: int = 3) -> int | None:
    rows = _lines(text)
    fields = rows[-1].split() if len(rows) > 1 else []
    number = integer(fields[column]) if len(fields) > column else None
    return None if number is None else number * 1024


def _kib(text: str, name: str) -> int | None:
    match = re.search(rf"^{name}:\s*([0-9]{{1,15}}) kB", text, re.MULTILINE)
    return int(match[1]) * 1024 if match else None


def system(sections: Sections, clock_offset_s: float | None) -> System:
    """The operating system and its tuning."""
    basic = values(output(sections, "system"))
    memory = output(sections, "memory") or ""
    heard = _listening(output(sections, "listening"))
    pages = re.search(r"^HugePages_Total:\s*([0-9]{1,12})", memory, re.MULTILINE)
    kinds = _lines(output(sections, "container"))
    governors = output(sections, "governors")
    return System(
        hostname=basic.get("hostname") or None,
        architecture=basic.get("architecture") or None,
        os_name=values(output(sections, "os-release")).get("PRETTY_NAME"),
        kernel=basic.get("kernel") or None,
        is_root=basic["uid"] == "0" if basic.get("uid") else None,
        groups=tuple(basic.get("groups", "").split()),
        container=kinds[0] if kinds else "none" if "container" in sections else None,
        has_bash=bool(basic["bash"]) if "bash" in basic else None,
        cpu_count=integer(basic.get("cpus")),
        memory_total_bytes=_kib(memory, "MemTotal"),
        memory_available_bytes=_kib(memory, "MemAvailable"),
        shm_bytes=_free_bytes(output(sections, "shm"), 1),
        governors=_lines(governors) if governors and governors.strip() else None,
        sysctls=MappingProxyType(
            {
                key.replace("/", "."): " ".join(value.split())
                for key, value in values(output(sections, "sysctls")).items()
            }
        ),
        limits=MappingProxyType({key: basic[key] for key in ("locked_memory", "open_files") if basic.get(key)}),
        hugepages_total=int(pages[1]) if pages else None,
        proxies=_lines(output(sections, "proxies")),
        listening_ports=None if heard is None else tuple(sorted(heard)),
        listening_on=MappingProxyType(heard or {}),
        port_owners=MappingProxyType(_owners(output(sections, "port-owners"))),
        server_pids=tuple(int(pid) for pid in (output(sections, "servers") or "").split() if pid.isdecimal()),
        home_free_bytes=_free_bytes(output(sections, "home-disk")),
        paths=MappingProxyType(_paths(output(sections, "paths"))),
        clock_offset_s=clock_offset_s,
    )


def _listening(text: str | None) -> dict[int, tuple[str, ...]] | None:
    """Port → the addresses that are listened on there."""
    if text is None:
        return None
    heard: dict[int, set[str]] = {}
    for match in filter(None, map(_LISTENER.fullmatch, _lines(text))):
        heard.setdefault(int(match[2], 16), set()).add(from_kernel(match[1]))
    return {port: tuple(sorted(addresses)) for port, addresses in heard.items()}


def _owners(text: str | None) -> dict[int, str]:
    """Ports by ``ss -ltnp``: the last word of the fourth column, and who listens there."""
    owners = {}
    for line in _lines(text):
        fields, user = line.split(), _USER.search(line)
        number = integer(fields[3].rpartition(":")[2]) if len(fields) > 3 else None
        if number is not None and user:
            owners[number] = f"{user[1]} {user[2]}"
    return owners


def _paths(text: str | None) -> dict[str, str]:
    pairs = (line.partition(" ") for line in _lines(text))
    return {path: kind for kind, _, path in pairs if kind in {"file", "folder", "absent"} and path}


def containers(sections: Sections) -> Containers:
    """The container engine, its daemon and its images."""
    engine = next((name for name in ("docker", "podman") if f"{name}-version" in sections), None)
    if engine is None:
        return Containers()
    version = _VERSION.search(sections[f"{engine}-version"].output)
    info = sections.get(f"{engine}-info", Section("", "", None))
    facts = values(info.output)
    answers = info.status == 0 and bool(facts.get("server"))
    images = output(sections, "images")
    named = [words for words in (line.split() for line in _lines(images)) if "<none>" not in words[0]]
    return Containers(
        engine=engine,
        engine_version=version[0] if version else None,
        daemon_answers=answers,
        ascend_runtime="runtime=ascend" in _lines(info.output) if answers else None,
        images=None if images is None else tuple(dict.fromkeys(words[0] for words in named)),
        image_ids=MappingProxyType({words[0]: words[1] for words in named if len(words) > 1}),
        image_digests=MappingProxyType({w[0]: w[2] for w in named if len(w) > 2 and w[2].startswith("sha256:")}),
        image_folder=facts.get("root") or None,
        free_disk_bytes=_free_bytes(output(sections, "image-disk")),
    )


def interfaces(sections: Sections) -> tuple[Interface, ...] | None:
    """The host's network interfaces with their addresses; None when they could not be listed."""
    text = output(sections, "interfaces")
    if text is None:
        return None
    addresses: dict[str, list[str]] = {}
    for name, address, _ in _ADDRESS.findall(output(sections, "addresses") or ""):
        addresses.setdefault(name.partition("@")[0], []).append(address)
    return tuple(_interface(line.split(), addresses) for line in _lines(text))


def _interface(words: list[str], addresses: dict[str, list[str]]) -> Interface:
    name, state, speed = (*words, "", "")[:3]
    number = integer(speed)
    return Interface(
        name=name,
        addresses=tuple(addresses.get(name, ())),
        is_up=True if state == "up" else False if state == "down" else None,
        speed_mbps=number if number and number > 0 else None,
    )


def own(found: tuple[Interface, ...] | None, address: str, sections: Sections) -> tuple[str | None, str | None]:
    """The interface and the address by which the others reach the host.

    A host that was named by an alias is known by the address ssh came to; this machine by its only real interface.
    """
    for number in (address, values(output(sections, "system")).get("ssh_to") or address):
        owners = [interface.name for interface in found or () if number in interface.addresses]
        if owners:
            return owners[0], number
    real = [
        item for item in found or () if item.addresses and item.is_up is not False and not _VIRTUAL.match(item.name)
    ]
    return (real[0].name, real[0].addresses[0]) if address == "localhost" and len(real) == 1 else (None, None)
