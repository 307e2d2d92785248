"""``--detect``: which machines to ask, asking them side by side, and telling."""

import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from wizard import reach
from wizard.detect import crossing, probe, read, recording, report
from wizard.detect.probe import Limits
from wizard.detect.sections import Captured
from wizard.errors import ExitCode, UsageError
from wizard.json_text import write_json
from wizard.model.hardware import Host
from wizard.names import HostName, host_name

AT_ONCE = 32
"""Hosts asked at the same time."""


def asked(
    addresses: Sequence[str | HostName],
    *,
    model_path: str | None = None,
    limits: Limits | None = None,
    done: Callable[[Captured, float], None] | None = None,
    port: int = crossing.RENDEZVOUS_PORT,
) -> tuple[Captured, ...]:
    """Asks all hosts side by side, then whether they reach one another; this machine when no address is given.

    Args:
        addresses: hosts as the operator names them; an alias of ~/.ssh/config will do.
        model_path: a folder of weights to look at.
        limits: how long anything may take.
        done: told of every host as soon as it is done, with the seconds it took.
        port: where the hosts will meet.

    Raises:
        UsageError: an address that cannot be one.
    """
    names = tuple(dict.fromkeys(_named(address) for address in addresses)) or (HostName("localhost"),)
    limits, started = limits or Limits(), time.monotonic()
    shells = [reach.shell(name.address, name.ssh) for name in names]
    ssh = {shell: name.ssh for shell, name in zip(shells, names, strict=True)}

    def ask(shell: reach.Shell, calls: str) -> Captured:
        captured = probe.captured(shell, limits, model_path, calls)._replace(ssh=ssh[shell])
        if done:
            done(captured, time.monotonic() - started)
        return captured

    def cross(shell: reach.Shell, captured: Captured, calls: str) -> Captured:
        return probe.crossed(shell, captured, calls, limits)

    with ThreadPoolExecutor(min(AT_ONCE, len(names))) as pool:
        try:
            known = [name.address for name in names]
            calls = [crossing.calls(known, place, port) for place in range(len(names))]
            captures = tuple(pool.map(ask, shells, calls))
            return tuple(pool.map(cross, shells, captures, _later_calls(captures, port)))
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            reach.end_all()
            raise
        finally:
            for shell in shells:
                shell.close()


def _named(address: str | HostName) -> HostName:
    name = host_name(address) if isinstance(address, str) else address
    if name is None:
        raise UsageError(f"`{address}` is no address or host name", "`--hosts 10.0.0.1,10.0.0.2`")
    return name


def with_ways(found: Sequence[Host], port: int = crossing.RENDEZVOUS_PORT) -> tuple[Host, ...]:
    """The hosts with what comes of the ways between them: for hosts that were asked one by one. Asks them again."""
    known = [host.address for host in found]
    shells = [reach.shell(host.address, host.ssh) for host in found]

    def ask(place: int) -> Host:
        if not found[place].was_reached:
            return found[place]
        calls = "\n".join([crossing.calls(known, place, port), crossing.later_calls(found, place, port)])
        sections = probe.ways(shells[place], calls, Limits())
        ways, pings = crossing.ways(sections), crossing.pings(sections)
        return replace(found[place], crossings=ways, roce_pings=pings)

    with ThreadPoolExecutor(min(AT_ONCE, max(1, len(found)))) as pool:
        try:
            return tuple(pool.map(ask, range(len(found))))
        finally:
            for shell in shells:
                shell.close()


def _later_calls(captures: Sequence[Captured], port: int) -> list[str]:
    """What each host is to try once it is known what the others are."""
    if len(captures) == 1:
        return [""]
    found = hosts(captures, None)
    return [crossing.later_calls(found, place, port) for place in range(len(found))]


def told(captured: Captured, seconds: float) -> None:
    """Says that a host was asked, or why it could not be: talk, for whoever waits."""
    outcome = captured.fault.message if captured.fault else "asked"
    sys.stderr.write(f"{captured.address}: {outcome} ({seconds:.1f} s)\n")


def hosts(captures: Sequence[Captured], model_path: str | None) -> tuple[Host, ...]:
    """What the hosts are that said this."""
    return tuple(read.host(captured, model_path) for captured in captures)


def recorded(folder: Path) -> tuple[Host, ...]:
    """The hosts of a recorded machine, with the folder of weights that was looked at then.

    Raises:
        UsageError: there is no such recording, or it cannot be read.
    """
    return hosts(*recording.read(folder))


class Shown(NamedTuple):
    """How it is told."""

    as_json: bool = False
    color: bool = True
    is_whole: bool = False
    """Every device, and what is in order as well."""


def run(
    addresses: Sequence[HostName], *, machine: Path | None, record: Path | None, model_path: str | None, shown: Shown
) -> ExitCode:
    """Asks, records and tells.

    Returns:
        DONE, or UNREACHABLE when a host could not be reached or its devices could not be read.

    Raises:
        UsageError: a recording that cannot be read or written, or an address that cannot be one.
    """
    if machine is not None:
        known, model_path = recording.read(machine, model_path)
        captures = recording.chosen(known, [name.address for name in addresses])
    else:
        captures = asked(addresses, model_path=model_path, done=told if len(addresses) > 1 else None)
    if record is not None:
        recording.write(record, captures, model_path)
        sys.stderr.write(f"recorded in {record}\n")
    found = hosts(captures, model_path)
    if shown.as_json:
        write_json(report.as_json(found))
    else:
        from wizard.detect import tables

        tables.show(found, color=shown.color, is_whole=shown.is_whole)
    return ExitCode.UNREACHABLE if any(host.fault for host in found) else ExitCode.DONE
