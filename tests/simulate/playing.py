"""Starts stand-ins as real processes, waits for what they do, and ends exactly those."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tests.monitor import reading
from tests.waiting import LIMIT_S, wait_for
from wizard.monitor.reader import Reading
from wizard.simulate.pretend import Pretended, environment


class Played(NamedTuple):
    """A stand-in that runs."""

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def text(self) -> str:
        """Its log."""
        return self.log.read_text(encoding="utf-8")

    def reading(self) -> Reading:
        """What the monitor makes of its log."""
        return read(self.log)

    def until(self, text: str) -> None:
        """Waits until the log holds ``text``."""
        wait_for(lambda: text in self.text or self.process.poll() is not None, self.log)
        assert text in self.text, self.text[-3000:]

    def ended(self) -> int:
        """Waits for its end; the exit code."""
        return self.process.wait(LIMIT_S)

    def stop(self) -> int:
        """Tells it to stop and waits."""
        self.process.send_signal(signal.SIGTERM)
        return self.ended()


def read(log: Path) -> Reading:
    """What the monitor makes of a log."""
    return reading.read(log.read_bytes())


@contextlib.contextmanager
def play(folder: Path, *words: str, module: str = "sglang.launch_server", **pretended: Any) -> Iterator[Played]:
    """A stand-in with this command line; ended when the block ends."""
    name = f"{len(list(folder.glob('*.log')))}"
    variables = pretended.pop("variables", {})
    host = Pretended(folder / "host", **{"start_s": 0.05, "wait_s": 10.0, **pretended})
    log = folder / f"{name}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", module, *words],
            stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True,
            env=environment(host, os.environ | variables), cwd=folder,
        )  # fmt: skip
    try:
        yield Played(process, log)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(LIMIT_S)


def server(host: str, port: int, **options: Any) -> list[str]:
    """The command line of a small server."""
    words = ["--model-path", "/models/GLM-5.2-w8a8", "--host", host, "--port", str(port)]
    for name, value in options.items():
        words += [f"--{name.replace('_', '-')}", *([] if value is True else [str(value)])]
    return words


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nobody has; derived ports up to 300 above are most likely free, too."""
    with socket.socket() as door:
        door.bind((host, 0))
        return min(int(door.getsockname()[1]), 60000)


def ask(url: str, body: object = None, headers: dict[str, str] | None = None) -> tuple[int, str]:
    """Status and text of a request; status 0 where there is no whole answer."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers or {})  # noqa: S310
    try:
        with _opened(request) as answer:
            return answer.status, answer.read().decode()
    except (OSError, http.client.HTTPException) as error:  # nobody answers, or not to the end
        return 0, str(error)


def _opened(request: urllib.request.Request) -> Any:
    """The answer, whatever its status."""
    try:
        return urllib.request.urlopen(request, timeout=LIMIT_S)  # noqa: S310
    except urllib.error.HTTPError as refused:
        return refused
