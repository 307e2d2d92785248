"""The table of a launch on a terminal."""

import pytest
from rich.cells import cell_len
from rich.console import Console

from wizard.model.run import RunEvent, State
from wizard.words.progress import LiveTable


@pytest.mark.parametrize("columns", [40, 80, 160])
def test_what_is_echoed_for_ctrl_c_fits_behind_every_line(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it began a line of its own, the table was drawn one line too low and left an old line above itself."""
    monkeypatch.setenv("COLUMNS", str(columns))
    table = LiveTable([("prefill-0", "10.0.0.1"), ("router", "10.0.0.1")], color=False)
    table.show(RunEvent(1.0, "ready", "loading weights 43 %, 5:10 left " * 9, "prefill-0", "10.0.0.1", State.STARTING))
    console = Console(width=columns, no_color=True)
    with console.capture() as capture:
        console.print(table._table())
    table.close()
    lines = [line.rstrip() for line in capture.get().splitlines()]
    assert len(lines) == 3
    assert max(map(cell_len, lines)) <= columns - len("^C")
