"""Who is asked, and how: the edge between the Detect stage and real hosts, loaded when the first one is asked."""

from collections.abc import Sequence
from typing import Protocol

from wizard.model.hardware import Host

THIS_MACHINE = "localhost"


class Asking(Protocol):
    """A host that can be asked, as ``wizard.detect.question.Question`` is."""

    address: str

    def answer(self) -> Host:
        """What it is; blocks."""
        ...

    def cancel(self) -> None:
        """Stops that."""
        ...


def to_ask(target: str, path: str | None) -> Asking:
    """A host that really is asked."""
    from wizard.detect.question import Question

    return Question(target, path)


def with_ways(hosts: Sequence[Host]) -> tuple[Host, ...]:
    """Asks hosts that really are there for the ways between them."""
    from wizard.detect import command

    return command.with_ways(hosts)


def is_bystander(host: Host) -> bool:
    """Whether it is this machine and has no NPU at all, so that nobody means to serve from it."""
    hardware = host.hardware
    is_bare = not host.devices and not hardware.pci_ids and not hardware.device_nodes
    return host.address == THIS_MACHINE and host.was_reached and is_bare and not host.is_recorded
