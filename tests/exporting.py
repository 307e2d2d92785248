"""Short ways to a selection and its script, as the command line would make them."""

from wizard import choose, presets
from wizard.cli import parse
from wizard.export import EXPORTERS
from wizard.export.request import ExportRequest
from wizard.model.finding import Edit, EditKind
from wizard.model.selection import Selection
from wizard.words import export as word
from wizard.words.start import start

PRESETS = tuple(presets.files())


def selection_of(name: str, /, **flags: str) -> Selection:
    """The selection of ``--preset NAME --flag value …``."""
    edits = [Edit(EditKind(name), value) for name, value in flags.items()]
    return choose.apply_all(presets.preset(name).selection, edits)


def words_of(preset: str, flags: dict[str, str]) -> list[str]:
    """The command line of a preset with flags; empty values are left out."""
    return ["--preset", preset, *(f"--{name}={value}" for name, value in flags.items() if value), "--export"]


def request_of(preset: str, **flags: str) -> ExportRequest:
    """What the exporters are given for a command line."""
    from wizard import check

    started = start(parse(words_of(preset, flags)))
    return word.request_of(started, check.findings(started.selection))


def bash_script(preset: str, **flags: str) -> str:
    """The launch script of a command line."""
    return EXPORTERS["bash"](request_of(preset, **flags))


def hosts_for(preset: str, form: str = "10.0.0.{}") -> str:
    """As many addresses as the preset takes."""
    count = presets.preset(preset).selection.host_count
    return ",".join(form.format(number + 1) for number in range(count))
