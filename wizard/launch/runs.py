"""The record of runs on the operator's machine: one folder a run, written whole or not at all, found again by name.

Owns ``$XDG_STATE_HOME/glm-wizard/runs/RUN/`` with ``run.json``, the script that was started and the events. What is
really alive is not written here: only the hosts know, and ``wizard.launch.live`` asks them.
"""

import errno
import fcntl
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from wizard.errors import BusyError, LaunchError, UsageError
from wizard.model.run import FORMAT, Run
from wizard.names import nearest

RECORD = "run.json"
SCRIPT = "launch.sh"
EVENTS = "events.jsonl"
SELECTION = "selection.toml"
_LOCK = ".lock"
_NAME = re.compile(r"(?!\.)[A-Za-z0-9_.-]+\Z")


class Broken(NamedTuple):
    """A folder of a run whose record cannot be read."""

    name: str
    path: Path
    reason: str


def home() -> Path:
    """Where the runs of this user are. A relative ``XDG_STATE_HOME`` is ignored, as its specification asks."""
    given = os.environ.get("XDG_STATE_HOME", "")
    state = Path(given) if given.startswith("/") else Path.home() / ".local" / "state"
    return state / "glm-wizard" / "runs"


def folder(name: str) -> Path:
    """The folder of a run."""
    return home() / name


def load_all() -> tuple[Run, ...]:
    """Every run whose record can be read, the newest first."""
    return _read_all()[0]


def broken() -> tuple[Broken, ...]:
    """The runs whose record cannot be read, and why. They take nothing from the others."""
    return _read_all()[1]


def find(name: str = "") -> Run:
    """The run of that name, or the only one that begins so; the newest where no name is given.

    Raises:
        UsageError: there is none, there are several, or its record cannot be read.
    """
    known, unreadable = _read_all()
    exact = [run for run in known if run.name == name]
    matching = exact or [run for run in known if run.name.startswith(name)]
    for one in unreadable:
        if name and (one.name == name or (not matching and one.name.startswith(name))):  # nobody means another run
            raise UsageError(f"the record of `{one.name}` cannot be read: {one.reason}", f"it is `{one.path}`")
    if len(matching) == 1 or (matching and not name):
        return matching[0]
    if matching:
        raise UsageError(
            f"{len(matching)} runs begin with `{name}`", "one of: " + ", ".join(f"`{run.name}`" for run in matching[:8])
        )
    if not known:
        raise UsageError("there is no run yet", "`--preset NAME --launch` starts one; `--runs` lists them")
    meant = nearest(name, [run.name for run in known])
    raise UsageError(
        f"there is no run `{name}`", f"did you mean `{meant}`?" if meant else "`--runs` lists them; a prefix will do"
    )


def create(run: Run, files: dict[str, str]) -> Run:
    """Makes the folder of a new run and puts its files there; the name gets a number where it is taken.

    Raises:
        LaunchError: the folder or a file cannot be written.
    """
    name, number = run.name, 1
    while True:
        try:
            folder(name).mkdir(parents=True, mode=0o700)
            break
        except FileExistsError:
            number += 1
            name = f"{run.name}-{number}"
        except OSError as error:
            raise _unwritable(folder(name), error) from None
    made = run.evolve(name=name)
    try:
        for file, text in files.items():
            write(folder(name) / file, text)
        save(made)
    except LaunchError:
        _discard(folder(name))
        raise
    return made


def save(run: Run) -> None:
    """Writes the record of a run: the old one stays until the new one is whole.

    Raises:
        LaunchError: it cannot be written.
    """
    text = json.dumps(run.model_dump(mode="json"), ensure_ascii=False, indent=1)
    write(folder(run.name) / RECORD, text + "\n")


def write(path: Path, text: str) -> None:
    """Writes a file beside its place, to the disk, and moves it there.

    Raises:
        LaunchError: it cannot be written.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with beside.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise _unwritable(path, error) from None


def script(run: Run) -> str:
    """The script that the run was started with.

    Raises:
        LaunchError: it is gone.
    """
    path = folder(run.name) / SCRIPT
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise LaunchError(
            f"the script of `{run.name}` cannot be read: {error.strerror}",
            f"`{path}` is what its hosts were given; without it `--stop {run.name}` still works, starting does not",
        ) from None


@contextmanager
def held(name: str) -> Iterator[None]:
    """Only one wizard at a time acts on a run. The hold ends with the process, however that ends.

    Raises:
        BusyError: another wizard has it.
    """
    hint = f"watch it: `glm-wizard --monitor {name}`; Ctrl-C in the other one leaves it, and ends no server"
    with _locked(folder(name) / _LOCK, f"acting on `{name}`", hint):
        yield


@contextmanager
def held_plan(plan: str) -> Iterator[None]:
    """Only one wizard at a time launches a plan, also before there is a run of it.

    Raises:
        LaunchError: another wizard does.
    """
    try:
        home().mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise _unwritable(home(), error) from None
    hint = "watch it: `glm-wizard --monitor`; Ctrl-C in the other one leaves it, and ends no server"
    with _locked(home() / f".plan-{plan}.lock", "launching the same plan", hint):
        yield


@contextmanager
def _locked(path: Path, doing: str, hint: str) -> Iterator[None]:
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _unwritable(path, error) from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            owner = os.pread(handle, 32, 0).decode("ascii", "replace").strip()
            raise BusyError(f"another wizard (pid {owner or 'unknown'}) is {doing} at the moment", hint) from None
        with suppress(OSError):  # a full disk must not keep anybody from stopping a run
            os.ftruncate(handle, 0)
            os.pwrite(handle, str(os.getpid()).encode("ascii"), 0)
        yield
    finally:
        os.close(handle)


def _read_all() -> tuple[tuple[Run, ...], tuple[Broken, ...]]:
    known: list[Run] = []
    unreadable: list[Broken] = []
    try:
        folders = sorted(path for path in home().iterdir() if path.is_dir())
    except OSError:
        return (), ()
    for path in folders:
        record = _read(path / RECORD)
        if isinstance(record, Run):
            known.append(record)
        else:
            unreadable.append(Broken(path.name, path / RECORD, record))
    known.sort(key=lambda run: (run.created, run.name), reverse=True)
    return tuple(known), tuple(unreadable)


def _read(path: Path) -> Run | str:
    """The record, or why it is none."""
    try:
        data = json.loads(path.read_bytes())
    except OSError as error:
        return (error.strerror or str(error)).lower()
    except (ValueError, RecursionError):
        return "it is not JSON"
    if not isinstance(data, dict):
        return "it is not the record of a run"
    if isinstance(data.get("format"), int) and data["format"] > FORMAT:
        return f"a newer glm-wizard wrote it (format {data['format']}, this one reads {FORMAT})"
    try:
        run = Run(**data)
    except (ValueError, TypeError) as error:
        return f"it is not the record of a run: {str(error).splitlines()[0]}"
    if run.name != path.parent.name or not _NAME.match(run.name):
        return f"it is the record of `{run.name}`, in another folder"
    return run


def _discard(path: Path) -> None:
    """Takes back the folder of a run that could not be recorded, so that nothing half-written is left."""
    with suppress(OSError):
        for file in path.iterdir():
            file.unlink(missing_ok=True)
        path.rmdir()


def _unwritable(path: Path, error: OSError) -> LaunchError:
    hint = "is the folder yours? XDG_STATE_HOME puts runs elsewhere"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        hint = f"free some space on the disk of `{home()}`; XDG_STATE_HOME puts runs elsewhere"
    return LaunchError(f"`{path}` cannot be written: {(error.strerror or str(error)).lower()}", hint)
