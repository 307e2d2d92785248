"""One process as an operator would type it."""

from wizard.export.quote import join, quote
from wizard.model.flow import LaunchFlow, Process


def typed_lines(flow: LaunchFlow, process: Process) -> tuple[str, ...]:
    """Its variables as ``export`` lines, then its command line; what is not filled in stands as ``<NAME>``."""
    exports = (f"export {name}={quote(value)}" for name, value in flow.environment(process).items())
    return (*exports, join(flow.argv(process)))
