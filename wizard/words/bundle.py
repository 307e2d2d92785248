"""``--bundle RUN|FILE… --output FILE.tar.gz``: what somebody who helps needs to see, without what is nobody's business.

Owns what goes in. What is left out of it is ``redaction``'s. It only reads, here and on the run's hosts.
"""

import gc
import getpass
import gzip
import io
import json
import os
import re
import shlex
import socket
import sys
import tarfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from wizard import check, reach
from wizard.detect import command, report
from wizard.errors import ExitCode, UsageError, WizardError
from wizard.export import EXPORTERS
from wizard.launch import events, marks
from wizard.model.hardware import Host
from wizard.model.run import Run
from wizard.monitor.reader import LogReader
from wizard.monitor.source import PIPED, Source
from wizard.names import HostName
from wizard.session import Session, started
from wizard.wording import counted
from wizard.words import diagnose, monitor
from wizard.words.redaction import SECRET_NAMES, Redaction
from wizard.words.talk import say

if TYPE_CHECKING:
    from wizard.invocation import Invocation

_FIRST_BYTES, _LAST_BYTES = 512 * 1024, 4 * 1024 * 1024
"""Of a long log, so much of its beginning, which says how it was started, and of its end."""
_READ_S = 60.0
_NAMED_SECRET = re.compile(SECRET_NAMES, re.IGNORECASE)
_HINT = "`--bundle RUN --output bundle.tar.gz`; log files will do as well"


def run(invocation: "Invocation") -> ExitCode:
    """Gathers, leaves out, writes.

    Raises:
        UsageError: no output was named, there is no such run or file, or the file is there already.
    """
    gc.enable()
    options = invocation.options
    path = _target(options.output, force=options.force)
    if PIPED in options.bundle:
        raise UsageError("what is piped in cannot be bundled", "write it to a file first")
    watching = monitor.begun(options.bundle)
    try:
        sources = [one.source for one in watching.watched]
    finally:
        for one in watching.watched:
            one.close()
    found = watching.run
    say("reading logs and asking the hosts; nothing is changed on them")
    files = dict(_files(found, sources))
    redaction = _redaction(found, sources)
    clean = {name: redaction.text(text) for name, text in files.items()}
    clean["README.txt"] = _readme(found, sorted(clean), redaction.counts)
    _write(path, {redaction.text(name): text for name, text in clean.items()})
    told = ", ".join(counted(count, kind) for kind, count in redaction.counts.items())
    say(f"left out or replaced: {told}. Look through it before you send it: nobody can know what is secret to you")
    sys.stdout.write(f"{path}\n")
    return ExitCode.DONE


def _target(output: str | None, *, force: bool) -> Path:
    if not output:
        raise UsageError("`--bundle` needs a file to write to", _HINT)
    path = Path(output)
    if path.is_dir() or output.endswith("/"):
        raise UsageError(f"`{output}` is a folder", _HINT)
    if path.exists() and not force:
        raise UsageError(f"`{output}` is there already", "another name, or `--force` to replace it")
    return path


def _files(found: Run | None, sources: Iterable[Source]) -> Iterator[tuple[str, str]]:
    """Name and content of every file, before anything is left out."""
    sources = list(sources)
    logs = {source.name.replace("/", "-"): _log(source) for source in sources}
    for name, data in logs.items():
        yield f"logs/{name}.log", data.decode("utf-8", "replace")
    reports = [_diagnosed(name, data) for name, data in logs.items()]
    yield "diagnosis.json", _json(diagnose.document(reports))
    hosts = _detected(sources)
    yield "detect.json", _json(report.as_json(hosts))
    if found is None:
        return
    yield "run.json", _json(found.model_dump(mode="json", exclude={"selection"}))
    yield "selection.toml", found.selection
    yield "events.jsonl", "".join(json.dumps(events.as_data(one)) + "\n" for one in events.read(found.name))
    yield "marks.jsonl", "".join(json.dumps(one._asdict()) + "\n" for one in marks.read(found.name))
    yield from _judged(found, hosts)


def _judged(found: Run, hosts: tuple[Host, ...]) -> Iterator[tuple[str, str]]:
    """The plan and the findings of a run's selection, or why there are none."""
    from wizard import selection_file

    try:
        session = started(selection_file.loads(found.selection), hosts)
        yield "findings.json", _json([one.as_json() for one in check.findings(session.selection, hosts)])
        yield "plan.json", _plan(session)
    except WizardError as error:
        yield "plan-error.txt", f"{error.message}\n"


def _plan(session: Session) -> str:
    return EXPORTERS["json"](session.export_request("json"))


def _detected(sources: list[Source]) -> tuple[Host, ...]:
    """What the hosts of the logs are now."""
    names = [HostName(source.address, source.ssh) for source in sources if source.address]
    with suppress(WizardError):
        captures = command.asked(list(dict.fromkeys(names)) or [HostName("localhost")])
        return command.hosts(captures, None)
    return ()


def _diagnosed(name: str, data: bytes) -> diagnose.Report:
    reader = LogReader()
    reader.feed(data)
    reader.close()
    return diagnose.Report(f"logs/{name}.log", reader.reading())


def _log(source: Source) -> bytes:
    """The beginning and the end of a log, or why it cannot be read."""
    if source.path and reach.is_here(source.address, source.ssh):
        return _local(Path(source.path))
    if not source.path and not source.container:
        return b"(not started: it has no log)\n"
    shell = reach.shell(source.address or "localhost", source.ssh)
    try:
        answer = shell.run(_script(source), limit_s=_READ_S)
    finally:
        shell.close()
    return answer.output if answer.fault is None else f"(cannot be read: {answer.fault.message})\n".encode()


def _script(source: Source) -> str:
    """What prints the beginning and the end of a log on its host."""
    if not source.path:
        name = shlex.quote(source.container)
        return f"{{ docker logs --tail 20000 {name} || podman logs --tail 20000 {name}; }} 2>&1"
    file, whole = shlex.quote(source.path), _FIRST_BYTES + _LAST_BYTES
    return (
        f"size=$(wc -c <{file}) || exit 1\n"
        f'if [ "$size" -le {whole} ]; then cat {file}; else\n'
        f"head -c {_FIRST_BYTES} {file}; printf '\\n(%s bytes are left out here)\\n' $((size - {whole}))\n"
        f"tail -c {_LAST_BYTES} {file}; fi"
    )


def _local(path: Path) -> bytes:
    try:
        if path.suffix == ".gz":
            with gzip.open(path) as file:
                return _ends(file.read())
        size = path.stat().st_size
        with path.open("rb") as file:
            if size <= _FIRST_BYTES + _LAST_BYTES:
                return file.read()
            first = file.read(_FIRST_BYTES)
            file.seek(size - _LAST_BYTES)
            return first + _left_out(size - _FIRST_BYTES - _LAST_BYTES) + file.read(_LAST_BYTES)
    except (OSError, EOFError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise UsageError(f"`{path}` cannot be read: {reason}", _HINT) from None


def _ends(data: bytes) -> bytes:
    left = len(data) - _FIRST_BYTES - _LAST_BYTES
    return data if left <= 0 else data[:_FIRST_BYTES] + _left_out(left) + data[-_LAST_BYTES:]


def _left_out(count: int) -> bytes:
    return f"\n({count} bytes are left out here)\n".encode()


def _redaction(found: Run | None, sources: Iterable[Source]) -> Redaction:
    """What is known to be nobody's business: who and where one is, whom one reaches, what variables keep."""
    users = {os.environ.get(name, "") for name in ("USER", "LOGNAME", "SUDO_USER")}
    with suppress(OSError, KeyError):
        users.add(getpass.getuser())
    hosts = {socket.gethostname(), socket.getfqdn()}
    places = [(source.address, source.ssh) for source in sources]
    places += [(one.address, one.ssh) for one in found.processes] if found else []
    for address, ssh in places:
        login, _, host = ssh.removeprefix("ssh://").rpartition("@")
        users.add(login)
        hosts |= {address, host.partition(":")[0]}
    secrets = [value for name, value in os.environ.items() if _NAMED_SECRET.fullmatch(name)]
    return Redaction(users - {""}, hosts - {""}, secrets)


def _readme(found: Run | None, names: list[str], counts: dict[str, int]) -> str:
    what = f"the run {found.name}" if found else "log files"
    lines = [
        f"Made by glm-wizard --bundle from {what}.",
        "Keys, tokens, user names, addresses and host names were replaced, the same by the same in every file:",
        *(f"  {kind}: {count}" for kind, count in counts.items()),
        "",
        *names,
    ]
    return "\n".join(lines) + "\n"


def _write(path: Path, files: dict[str, str]) -> None:
    """The archive, whole or not at all; only its owner can read it.

    Raises:
        UsageError: it cannot be written.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        # the name within the gzip header would say what the file was called here
        with (
            os.fdopen(handle, "wb") as out,
            gzip.GzipFile("", "wb", fileobj=out, mtime=0) as packed,
            tarfile.open(fileobj=packed, mode="w") as archive,
        ):
            for name, text in sorted(files.items()):
                data = text.encode("utf-8", "replace")
                entry = tarfile.TarInfo(f"bundle/{name}")
                entry.size, entry.mode = len(data), 0o600
                archive.addfile(entry, io.BytesIO(data))
        beside.replace(path)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UsageError(f"`{path}` cannot be written: {reason}", "name another place with `--output`") from None
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)


def _json(data: object) -> str:
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"
