"""``--detect``: which machines to ask, asking them side by side, and telling."""

import json
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from wizard import reach
from wizard.detect import probe, read, recording, report
from wizard.detect.probe import Limits
from wizard.detect.sections import Captured
from wizard.errors import ExitCode, UsageError
from wizard.model.hardware import Host
from wizard.names import ADDRESS

AT_ONCE = 32
"""Hosts asked at the same time."""


def _asked(address: str, limits: Limits, model_path: str | None) -> Captured:
    shell = reach.shell(address)
    try:
        return probe.captured(shell, limits, model_path)
    finally:
        shell.close()


def asked(
    addresses: Sequence[str],
    *,
    model_path: str | None = None,
    limits: Limits | None = None,
    done: Callable[[Captured, float], None] | None = None,
) -> tuple[Captured, ...]:
    """Asks all hosts side by side; this machine when no address is given.

    Args:
        addresses: hosts as the operator names them; an alias of ~/.ssh/config will do.
        model_path: a folder of weights to look at.
        limits: how long anything may take.
        done: told of every host as soon as it is done, with the seconds it took.

    Raises:
        UsageError: an address that cannot be one.
    """
    for address in addresses:
        if not ADDRESS.match(address):
            raise UsageError(f"`{address}` is no address or host name", "`--hosts 10.0.0.1,10.0.0.2`")
    limits, started = limits or Limits(), time.monotonic()

    def ask(address: str) -> Captured:
        captured = _asked(address, limits, model_path)
        if done:
            done(captured, time.monotonic() - started)
        return captured

    names = tuple(dict.fromkeys(addresses)) or ("localhost",)
    with ThreadPoolExecutor(min(AT_ONCE, len(names))) as pool:
        try:
            return tuple(pool.map(ask, names))
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            reach.end_all()
            raise


def _progress(captured: Captured, seconds: float) -> None:
    outcome = captured.fault.message if captured.fault else "asked"
    sys.stderr.write(f"{captured.address}: {outcome} ({seconds:.1f} s)\n")


def hosts(captures: Sequence[Captured], model_path: str | None) -> tuple[Host, ...]:
    """What the hosts are that said this."""
    return tuple(read.host(captured, model_path) for captured in captures)


def run(
    addresses: Sequence[str],
    *,
    machine: Path | None,
    record: Path | None,
    as_json: bool,
    model_path: str | None,
    color: bool,
) -> ExitCode:
    """Asks, records and tells.

    Returns:
        DONE, or UNREACHABLE when a host could not be reached or its devices could not be read.

    Raises:
        UsageError: a recording that cannot be read or written, or an address that cannot be one.
    """
    if machine is not None:
        recorded, recorded_path = recording.read(machine)
        captures = recording.chosen(recorded, addresses)
        if model_path and model_path != recorded_path:
            captures = tuple(recording.without_weights(captured) for captured in captures)
        model_path = model_path or recorded_path
    else:
        captures = asked(addresses, model_path=model_path, done=_progress if len(addresses) > 1 else None)
    if record is not None:
        recording.write(record, captures, model_path)
        sys.stderr.write(f"recorded in {record}\n")
    found = hosts(captures, model_path)
    if as_json:
        # written in ASCII: a terminal of another encoding gets the same document
        json.dump(report.as_json(found), sys.stdout, indent=2)
        sys.stdout.write("\n")
    else:
        from wizard.detect import tables

        tables.show(found, color=color)
    return ExitCode.UNREACHABLE if any(host.fault for host in found) else ExitCode.DONE
