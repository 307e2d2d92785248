"""``--diagnose FILE…``: what logs say, and what to change when something broke."""

import codecs
import gc
import os
import select
import stat
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from shlex import quote
from typing import IO, TYPE_CHECKING, NamedTuple, cast

from wizard.errors import ExitCode
from wizard.json_text import write_json
from wizard.monitor import diagnosis
from wizard.monitor.diagnosis import Diagnosis
from wizard.monitor.reader import LogReader, Reading
from wizard.monitor.text import printable
from wizard.wording import counted

if TYPE_CHECKING:
    from wizard.invocation import Invocation

_CHUNK_BYTES = 1024 * 1024
_WRITER_S = 2.0
"""How long somebody may take to begin writing into a pipe."""
_SHOWN = 400
"""Characters of a line that are shown to people; JSON gets all."""


class Report(NamedTuple):
    """A file, and what it said or why it could not be read."""

    path: str
    reading: Reading | None
    error: str | None = None

    @property
    def diagnosis(self) -> Diagnosis | None:
        """What broke, if anything did."""
        return self.reading.diagnosis if self.reading else None

    @property
    def is_strange(self) -> bool:
        """Whether there are lines, and none that SGLang or its router writes: then nothing can be said of it."""
        found = self.reading
        return (
            found is not None and found.lines > 0 and not (found.role or found.phases or found.ready or found.diagnosis)
        )


def run(invocation: "Invocation") -> ExitCode:
    """Reports on every file.

    Returns:
        USAGE when a file could not be read, else FAILED when a failure was found, else DONE.
    """
    gc.enable()  # a long log takes a while
    options = invocation.options
    reports = [read(path) for path in options.diagnose]
    if options.json:
        write_json(document(reports))
    else:
        _write(text(reports))
    unreadable = [report for report in reports if report.error]
    for report in unreadable:
        sys.stderr.write(f"error: `{printable(report.path)}` cannot be read: {report.error}\n")
    for report in (report for report in reports if report.is_strange):
        sys.stderr.write(f"note: `{printable(report.path)}` holds no line that SGLang or its router writes\n")
    if unreadable:
        sys.stderr.write(f"\nhint: {_elsewhere([report.path for report in unreadable])}\n")
        return ExitCode.USAGE
    return ExitCode.FAILED if any(one.diagnosis and one.diagnosis.is_failure for one in reports) else ExitCode.DONE


def _elsewhere(paths: list[str]) -> str:
    """The next step: a log of another host, of a container or of a run is named in other ways than a file."""
    from wizard.words.monitor import named

    for path in map(printable, paths):
        source = named(path) if quote(path) == path else None  # else words for a shell would have to be quoted
        if source is not None and (source.ssh or source.container):
            reads = f"docker logs {source.container} 2>&1" if source.container else f"cat {source.path}"
            away = f"ssh {source.ssh} " if source.ssh else ""
            return f"`{away}{reads} | glm-wizard --diagnose -`; `--monitor {path}` watches it"
    return "name log files that exist and that you may read; `-` reads what is piped in; `--monitor RUN` tells of a run"


def read(path: str) -> Report:
    """Reads one file to its end, piece by piece; ``-`` is standard input."""
    reader = LogReader()
    try:
        for data in _unicode(_pieces(path)):
            reader.feed(data)
    except (OSError, EOFError) as error:  # also a compressed log that was cut off
        return Report(path, None, (getattr(error, "strerror", None) or str(error)).lower())
    except ValueError as error:  # a NUL in the name
        return Report(path, None, str(error))
    reader.close()
    return Report(path, reader.reading())


def _unicode(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same in UTF-8: what PowerShell redirects into a file is UTF-16, and says so in its first two bytes."""
    first = next(pieces, b"")
    if not first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        yield first.removeprefix(codecs.BOM_UTF8)
        yield from pieces
        return
    decoder = codecs.getincrementaldecoder("utf-16")("replace")
    for data in chain((first,), pieces):
        yield decoder.decode(data).encode("utf-8", "replace")


def _pieces(path: str) -> Iterator[bytes]:
    if path == "-":
        if sys.stdin.isatty():
            sys.stderr.write("note: reading what is typed here; Ctrl-D ends it\n")
        source: IO[bytes] = sys.stdin.buffer
    else:
        mode = Path(path).stat().st_mode
        if stat.S_ISFIFO(mode):
            yield from _piped(path)
            return
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode) and path != os.devnull:
            raise OSError("not a file")
        source = _opened(path)
    with source:
        while data := source.read(_CHUNK_BYTES):
            yield data


def _piped(path: str) -> Iterator[bytes]:
    """What comes through a named pipe; opening one waits for whoever writes to it, maybe for ever."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb", buffering=0) as source:
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        if not poll.poll(_WRITER_S * 1000):
            data = source.read(_CHUNK_BYTES)
            if data == b"":
                raise OSError("a pipe that nobody writes to")
            if data is None:
                sys.stderr.write(f"note: waiting for what is written to `{printable(path)}`; Ctrl-C ends it\n")
            yield data or b""
        os.set_blocking(handle, True)
        while data := source.read(_CHUNK_BYTES):
            yield data


def _opened(path: str) -> IO[bytes]:
    if path.endswith(".gz"):
        import gzip

        return cast("IO[bytes]", gzip.open(path))
    return Path(path).open("rb")


def document(reports: list[Report]) -> dict[str, object]:
    """The documented shape of ``--diagnose --json``. What is not known is null."""
    return {"files": [_as_json(report) for report in reports], "cause": _cause(reports), "verdict": verdict(reports)}


def verdict(reports: list[Report]) -> str:
    """One line: ready, or how many errors, warnings and files that could not be checked."""
    found = [report.diagnosis for report in reports if report.diagnosis]
    errors = sum(one.is_failure for one in found)
    unreadable = sum(report.error is not None or report.is_strange for report in reports)
    if not found and not unreadable:
        return _outcome([report.reading for report in reports if report.reading])
    warnings = len(found) - errors
    return f"{counted(errors, 'error')}, {counted(warnings, 'warning')}, {unreadable} could not be checked"


def _outcome(readings: list[Reading]) -> str:
    """Where nothing is wrong: a log does not tell whether its process still runs."""
    stopped = sum(reading.stopped_line is not None for reading in readings)
    ready = sum(reading.ready and reading.stopped_line is None for reading in readings)
    if ready == len(readings):
        return "ready"
    if len(readings) > 1:
        return f"nothing wrong, {ready} of {len(readings)} ready" + (f", {stopped} stopped" if stopped else "")
    reading = readings[0]
    if reading.stopped_line is not None:
        return f"nothing wrong, {'was ready, ' if reading.ready else ''}stopped on line {reading.stopped_line}"
    if not reading.lines:
        return "nothing wrong, the log is empty"
    return "nothing wrong, not ready as far as the log goes" + (
        f": it ends in {reading.phase}" if reading.phase else ""
    )


def text(reports: list[Report]) -> str:
    """The same for people."""
    blocks = ["\n".join(_lines(report)) for report in reports if report.reading]
    cause = _cause(reports)
    if cause and len(reports) > 1:
        blocks.append(printable(f"first cause: {cause['path']}, line {cause['line']}: {cause['diagnosis']}"))
    return "\n\n".join((*blocks, verdict(reports))) + "\n"


def _as_json(report: Report) -> dict[str, object]:
    reading, found = report.reading, report.diagnosis
    last = reading.last if reading else None
    instance = reading.instance if reading else None
    return {
        "path": report.path,
        "role": reading.role if reading else None,
        "ready": reading.ready if reading else None,
        "ready_line": reading.ready_line if reading else None,
        "phases": list(reading.phases) if reading else None,
        "diagnosis": found.id if found else None,
        "root_line": found.root_line if found else None,
        "remedy": found.remedy.as_json() if found else None,
        "last": {
            "throughput_tok_s": reading.throughput_tok_s if reading else None,
            "running_req": last.running_req if last else None,
            "queue_req": last.queue_req if last else None,
            "token_usage": last.token_usage if last else None,
            "accept_len": last.accept_len if last else None,
        },
        "instance": instance._asdict() if instance else None,
        "lines": reading.lines if reading else None,
        "phase": reading.phase if reading else None,
        "progress": reading.progress._asdict() if reading and reading.progress else None,
        "requests": dict(reading.requests) if reading else None,
        "stopped_line": reading.stopped_line if reading else None,
        **_found_as_json(found),
        "telling": [{"line": line, "text": told} for line, told in reading.telling] if reading else [],
        "error": report.error,
    }


def _found_as_json(found: Diagnosis | None) -> dict[str, object]:
    return {
        "severity": ("error" if found.is_failure else "warning") if found else None,
        "known": found.is_known if found else None,
        "root_text": found.text if found else None,
        "meaning": found.meaning if found else None,
        "source": found.source if found else None,
        "time": found.time if found else None,
        "others": [{"diagnosis": name, "line": line} for name, line in found.others] if found else [],
    }


def _cause(reports: list[Report]) -> dict[str, object] | None:
    """The failure that came first over all files."""
    found = {str(place): report.diagnosis for place, report in enumerate(reports) if report.diagnosis}
    name = diagnosis.first(found)
    if name is None:
        return None
    return {
        "path": reports[int(name)].path,
        "line": found[name].root_line,
        "diagnosis": found[name].id,
        "consequences": [reports[int(other)].path for other, one in found.items() if other != name and one.is_failure],
    }


def _lines(report: Report) -> list[str]:
    reading = report.reading
    if reading is None:
        return []
    rows = [
        ("role", reading.role or "unknown"),
        ("phase", _phase(reading)),
        ("ready", _ready(reading)),
        ("last", _figures(reading)),
        *(_failure(reading.diagnosis) if reading.diagnosis else ()),
        *((f"line {line}", told) for line, told in reading.telling),
    ]
    body = (f"  {name:<10} {printable(value)[:_SHOWN]}" for name, value in rows if value)
    return [f"{printable(report.path)} ({counted(reading.lines, 'line')})", *body]


def _phase(reading: Reading) -> str:
    trail = " > ".join(reading.phases) or "unknown"
    progress = reading.progress
    if progress is None or reading.ready:
        return trail
    left = "" if progress.left_s is None else f", about {progress.left_s:.0f} s left"
    return f"{trail} ({progress.done}/{progress.total}{left})"


def _ready(reading: Reading) -> str:
    if reading.ready_line is not None:
        return f"yes, line {reading.ready_line}"
    return "yes, it serves requests" if reading.ready else "no"


def _figures(reading: Reading) -> str:
    last, rate = reading.last, reading.throughput_tok_s
    if last is None:
        return "unknown"
    parts = [
        f"{rate:.2f} token/s" if rate is not None else "",
        f"{last.running_req} running",
        f"{last.queue_req} queued",
        f"KV usage {last.token_usage:.2f}" if last.token_usage is not None else "",
        f"accept length {last.accept_len:.2f}" if last.accept_len is not None else "",
    ]
    line, every = ", ".join(part for part in parts if part), reading.instance
    if every is None or every.dp_ranks < 2:
        return line
    total = "" if every.throughput_tok_s is None else f"{every.throughput_tok_s:.2f} token/s, "
    return f"{line}; all {every.dp_ranks} ranks: {total}{every.running_req} running, {every.queue_req} queued"


def _failure(found: Diagnosis) -> list[tuple[str, str]]:
    flags = " ".join(word for edit in found.remedy.edits for word in edit.flag())
    others = ", ".join(f"{name} (line {line})" for name, line in found.others)
    return [
        ("error" if found.is_failure else "warning", found.id),
        (f"line {found.root_line}", found.text),
        ("means", found.meaning),
        ("change", found.remedy.text),
        ("flags", flags),
        ("besides", others),
        ("source", found.source),
    ]


def _write(shown: str) -> None:
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(shown.encode(encoding, "replace").decode(encoding))
