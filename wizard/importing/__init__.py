"""An existing launch script, or a bare command line, becomes a selection. Nothing of it is ever run."""

from wizard.importing.assembly import Imported, ImportedProblem
from wizard.importing.restored import restored
from wizard.importing.selection import import_command, import_scripts
from wizard.importing.typed import TypedCommand, typed_command

__all__ = [
    "Imported",
    "ImportedProblem",
    "TypedCommand",
    "import_command",
    "import_scripts",
    "restored",
    "typed_command",
]
