"""Recorded machines: a folder that keeps what probes saw, and answers in their place.

    machine.json        format, what it is, and per host: address, folder, fault, clock, every section that is not plain
    HOST/SECTION.txt    the stdout of a command, as it was printed (masked)

A section of which only the text exists ended well and said nothing on stderr; so a folder can be written by hand.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from importlib import resources
from pathlib import Path
from typing import Any

from wizard.detect.sections import Captured, Section
from wizard.errors import UsageError
from wizard.model.hardware import Fault

FORMAT = 1
_INDEX = "machine.json"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
_HINT = "`glm-wizard --detect --record FOLDER` makes a recording"


def _machines() -> Path:
    return Path(str(resources.files("wizard"))) / "simulate" / "machines"


def bundled() -> tuple[str, ...]:
    """Names of the machines that come with the wizard."""
    folder = _machines()
    return tuple(sorted(path.name for path in folder.iterdir() if path.is_dir())) if folder.is_dir() else ()


def _bundled(folder: Path) -> Path:
    """The folder, or the bundled machine of that name where no such folder is."""
    return _machines() / folder if not folder.exists() and str(folder) in bundled() else folder


def _folder_name(address: str, place: int) -> str:
    return f"{place}-" + re.sub(r"[^A-Za-z0-9.-]", "_", address)[:80]


def write(folder: Path, captures: Sequence[Captured], model_path: str | None) -> None:
    """Saves what the probes saw.

    Raises:
        UsageError: the folder cannot be written, or holds something else.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"`{folder}` is a file", "give `--record` a new folder")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / _INDEX).is_file():
        raise UsageError(f"`{folder}` holds something else", "give `--record` a new folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        hosts = [_write_host(folder, captured, place) for place, captured in enumerate(captures)]
        index = {"format": FORMAT, "model_path": model_path, "hosts": hosts}
        (folder / _INDEX).write_text(json.dumps(index, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"`{folder}` cannot be written: {error.strerror}", "give `--record` another folder") from None


def _write_host(folder: Path, captured: Captured, place: int) -> dict[str, Any]:
    name = _folder_name(captured.address, place)
    (folder / name).mkdir(exist_ok=True)
    for old in (folder / name).glob("*.txt"):
        old.unlink()
    special: dict[str, dict[str, Any]] = {}
    for section, said in captured.sections.items():
        (folder / name / f"{section}.txt").write_bytes(said.output.encode("utf-8", "surrogatepass"))
        if said.status != 0 or said.errors:
            special[section] = {"status": said.status, "errors": said.errors}
    return {
        "address": captured.address,
        "folder": name,
        "fault": asdict(captured.fault) if captured.fault else None,
        "clock_offset_s": captured.clock_offset_s,
        "order": list(captured.sections),
        "sections": special,
    }


def read(folder: Path, model_path: str | None = None) -> tuple[tuple[Captured, ...], str | None]:
    """The recorded hosts, and the folder of weights that they are asked about.

    Args:
        folder: of the recording.
        model_path: the folder that is asked about, of which nothing is known if another was looked at; None: that one.

    Raises:
        UsageError: there is no recording, or it is broken.
    """
    folder = _bundled(folder)
    try:
        index = json.loads((folder / _INDEX).read_text(encoding="utf-8"))
        if index["format"] != FORMAT:
            raise UsageError(
                f"`{folder}` was recorded in format {index['format']}", "update glm-wizard, or record anew"
            )
        hosts, seen = tuple(_read_host(folder, host) for host in index["hosts"]), index.get("model_path")
        if model_path and model_path != seen:
            return tuple(map(_without_weights, hosts)), model_path
        return hosts, seen
    except FileNotFoundError as error:
        what = (
            f"`{folder}` is no recorded machine" if not (folder / _INDEX).exists() else f"`{error.filename}` is missing"
        )
        raise UsageError(what, f"{_HINT}; these come along: {', '.join(bundled())}") from None
    except OSError as error:
        raise UsageError(f"`{folder}` cannot be read: {error.strerror}", _HINT) from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"`{folder / _INDEX}` is broken: {error}", _HINT) from None


def _read_host(folder: Path, host: dict[str, Any]) -> Captured:
    own = folder / host["folder"]
    if own.parent != folder:
        raise ValueError(f"`{host['folder']}` is outside of the recording")
    special = host.get("sections", {})
    texts = {path.stem: path for path in own.glob("*.txt") if _NAME.fullmatch(path.stem)}
    order = [name for name in host.get("order", ()) if name in texts]
    sections = {}
    for name in (*order, *sorted(texts.keys() - set(order))):
        more = special.get(name, {})
        text = texts[name].read_bytes().decode("utf-8", "replace")
        sections[name] = Section(text, more.get("errors", ""), more.get("status", 0))
    fault = Fault(**host["fault"]) if host.get("fault") else None
    return Captured(host["address"], sections, fault, host.get("clock_offset_s"), is_recorded=True)


def _without_weights(captured: Captured) -> Captured:
    kept = {name: section for name, section in captured.sections.items() if not name.startswith("weights-")}
    return captured._replace(sections=kept)


def chosen(recorded: Sequence[Captured], addresses: Sequence[str]) -> tuple[Captured, ...]:
    """The recorded hosts for these addresses: by address, or, where none of them was recorded, dealt out in turn.

    Raises:
        UsageError: some of the addresses were recorded and some were not.
    """
    if not addresses:
        return tuple(recorded)
    known = {captured.address: captured for captured in recorded}
    missing = [address for address in addresses if address not in known]
    if not missing:
        return tuple(known[address] for address in addresses)
    if len(missing) < len(addresses) or not recorded:
        raise UsageError(f"`{missing[0]}` is not in the recording", f"it holds {', '.join(known) or 'no host'}")
    return tuple(recorded[place % len(recorded)]._replace(address=address) for place, address in enumerate(addresses))
