"""Talking to a process: a limit that holds, whatever the process and its children do, and nothing left behind."""

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, NamedTuple

OUTPUT_BYTES = 64_000_000
"""More than this no script has to say: it is ended, so that a mad one cannot fill the memory."""

_RUNNING: set[int] = set()
"""Leaders of the sessions that are talking."""


class Talk(NamedTuple):
    """What a process said, and whether it came to its own end."""

    output: bytes
    errors: str
    has_ended: bool


def talk(process: "subprocess.Popen[bytes]", text: bytes, limit_s: float) -> Talk:
    """Feeds a process and reads until it ends or the limit is over; then its whole session is ended.

    Its stdin stays open until then: closing it is what ends a script on another host. The process must lead a session.
    """
    _RUNNING.add(process.pid)
    said: dict[str, bytearray] = {"stdout": bytearray(), "stderr": bytearray()}
    try:
        has_ended = _exchange(process, text, time.monotonic() + limit_s, said)
    finally:
        end(process)
        _RUNNING.discard(process.pid)
    return Talk(bytes(said["stdout"]), said["stderr"].decode("utf-8", "replace"), has_ended)


def _exchange(process: "subprocess.Popen[bytes]", text: bytes, deadline: float, said: dict[str, bytearray]) -> bool:
    left = memoryview(text)
    with selectors.DefaultSelector() as selector:
        for name, pipe in (("stdin", process.stdin), ("stdout", process.stdout), ("stderr", process.stderr)):
            if pipe is not None:
                os.set_blocking(pipe.fileno(), False)
                selector.register(pipe, selectors.EVENT_WRITE if name == "stdin" else selectors.EVENT_READ, name)
        while True:
            wait_s = deadline - time.monotonic()
            if wait_s <= 0 or sum(map(len, said.values())) > OUTPUT_BYTES:
                return False
            has_exited = process.poll() is not None
            ready = selector.select(0 if has_exited else min(wait_s, 0.1))
            for key, _ in ready:
                if key.data != "stdin":
                    if not _read(key.fd, said[key.data]):
                        selector.unregister(key.fileobj)
                    continue
                left = left[_written(key.fd, left) :]
                if not left:
                    selector.unregister(key.fileobj)
            if has_exited and not any(key.data != "stdin" for key, _ in ready):
                return True


def _read(descriptor: int, into: bytearray) -> bool:
    """Whether there may be more."""
    try:
        piece = os.read(descriptor, 65536)
    except BlockingIOError:
        return True
    except OSError:
        return False
    into += piece
    return bool(piece)


def _written(descriptor: int, text: memoryview) -> int:
    """How much went out. A process that no longer reads says on its stderr why: everything counts as gone."""
    try:
        return os.write(descriptor, text[:65536])
    except BlockingIOError:
        return 0
    except OSError:
        return len(text)


def read_until(
    process: "subprocess.Popen[bytes]", mark: bytes, limit_s: float, heard: bytearray | None = None
) -> bytes | None:
    """Reads a process's stdout up to and with the mark, and not a byte more; None when it ends or is late.

    What was read without finding the mark is in ``heard``, where that is given.
    """
    descriptor, deadline = output_of(process), time.monotonic() + limit_s
    said = bytearray() if heard is None else heard
    _RUNNING.add(process.pid)
    try:
        with selectors.DefaultSelector() as selector:
            selector.register(descriptor, selectors.EVENT_READ)
            while not said.endswith(mark):
                wait_s = deadline - time.monotonic()
                if wait_s <= 0 or not selector.select(wait_s):
                    return None
                piece = os.read(descriptor, 1)
                if not piece:
                    return None
                said += piece
    finally:
        _RUNNING.discard(process.pid)
    return bytes(said)


def output_of(process: "subprocess.Popen[bytes]") -> int:
    """The descriptor of a process's stdout, past every buffer.

    Raises:
        ValueError: its stdout is no pipe.
    """
    if process.stdout is None:
        raise ValueError("the stdout of this process is no pipe")
    return process.stdout.fileno()


def send(process: "subprocess.Popen[bytes]", text: bytes) -> None:
    """Feeds a process that will be read later. One that has ended already says why on its stderr."""
    if process.stdin is not None:
        with suppress(OSError):
            process.stdin.write(text)
            process.stdin.flush()


def end(process: "subprocess.Popen[bytes]", grace_s: float = 0) -> None:
    """Ends a process and its session, closes its pipes and collects it.

    Args:
        process: the leader of a session.
        grace_s: how long it may take to end by itself once its stdin is closed.
    """
    _close(process.stdin)
    if grace_s:
        with suppress(subprocess.TimeoutExpired):
            process.wait(grace_s)
    end_session(process.pid)
    process.wait()
    _close(process.stdout, process.stderr)


def _close(*pipes: IO[bytes] | None) -> None:
    for pipe in pipes:
        if pipe is not None:
            with suppress(OSError):
                pipe.close()


def end_all() -> None:
    """Ends what is being asked at the moment: for an operator who does not want to wait for the limits."""
    for leader in tuple(_RUNNING):
        end_session(leader)


def end_session(leader: int) -> None:
    """Kills every process of a session: `timeout` moves its child into a group of its own, so a group is not enough."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
    for process in _members(leader):
        with suppress(ProcessLookupError, PermissionError):
            os.kill(process, signal.SIGKILL)


def _members(leader: int) -> Iterator[int]:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        if len(fields) > 3 and fields[3] == str(leader):
            yield int(folder.name)
