"""What a walk through the questions does in the world: looks at hosts, writes exports, keeps the draft."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from wizard import drafts
from wizard.detect import command, recording
from wizard.errors import UsageError
from wizard.export import EXPORTERS, FOLDER_FILES, selection_toml
from wizard.export.next_steps import next_steps
from wizard.export.request import ExportRequest
from wizard.export.write import write_file, write_folder
from wizard.model.hardware import Host
from wizard.prompts.walk import Verbatim, Walk
from wizard.session import Session


class World:
    """The tools of a real walk."""

    def __init__(self, machine: Path | None = None, say: Callable[[str], None] = lambda _: None) -> None:
        self._machine = machine
        self._say = say

    def look(self, addresses: Sequence[str], model_path: str) -> tuple[Host, ...]:
        """Probes hosts side by side, or replays the recorded machine."""
        if self._machine is not None:
            captures, path = recording.read(self._machine, model_path)
            return command.hosts(recording.chosen(captures, addresses), path)
        self._say(f"looking at {', '.join(addresses) or 'this machine'}, a few seconds")
        return command.hosts(command.asked(addresses, model_path=model_path or None), model_path or None)

    def write(self, session: Session, form: str, path: str, *, overwrite: bool) -> tuple[str, ...]:
        """Writes an export or the selection; a folder gets everything."""
        try:
            path = str(Path(path).expanduser()) + ("/" if path.endswith("/") else "")
        except RuntimeError:
            raise UsageError(f"there is no home folder for `{path}` here", "type the path in full") from None
        request = session.export_request("json" if form == "json" else "bash")
        if form == "folder":
            files = {name: render(request) for name, render in FOLDER_FILES.items()}
            written = [f"{state}: {place}" for place, state in write_folder(path, files, overwrite=overwrite)]
            return (*written, *_next(request, form, path))
        render = {"script": EXPORTERS["bash"], "json": EXPORTERS["json"], "save": selection_toml}[form]
        written = [f"{write_file(path, render(request), overwrite=overwrite)}: {path}"]
        return (*written, *(_next(request, "bash", path) if form == "script" else ()))


def _next(request: ExportRequest, form: str, path: str) -> Iterator[str]:
    """What comes after an export, in sentences and lines to copy."""
    yield "What comes next:"
    for number, step in enumerate(next_steps(request.flow, form, path), start=1):
        yield f"{number}. {step.words}"
        yield from map(Verbatim, step.commands)


def kept(walk: Walk) -> str:
    """Keeps an unfinished walk and says how to take it up. One that chose nothing takes no other's place."""
    earlier = None if walk.session.was_changed else drafts.unfinished()
    if earlier is not None:
        waits = f"nothing was chosen; {earlier.path} is as it was"
        return f"{waits}\n\nhint: `glm-wizard --config {earlier.path} --prompt` takes it up"
    place = drafts.keep(walk.session.selection)
    if place is None:
        return "what was chosen could not be saved: is the disk full?"
    return f"kept in {place}\n\nhint: `glm-wizard --config {place} --prompt` goes on from there"
