"""The keys of the monitor, in the order in which the bottom line shows them."""

from textual.binding import Binding, BindingType

KEYS: list[BindingType] = [
    Binding("slash", "search", "search", key_display="/", tooltip="Search the whole log for a regular expression"),
    Binding("n", "next(1)", "next hit", tooltip="The next line found, further down"),
    Binding("N", "next(-1)", "previous hit", tooltip="The line found before, further up"),
    Binding("e", "errors", "errors", tooltip="Show errors only, then warnings too, then everything"),
    Binding("r", "rank", "rank", tooltip="Show the lines of one rank; those that wrote lately are offered"),
    Binding("z", "zoom", "zoom", tooltip="One pane alone, and back to all"),
    Binding("d", "drawer('diagnosis')", "diagnosis", tooltip="Why it fails: cause, lines, remedy"),
    Binding("tab", "other(1)", "next pane", tooltip="Go to the next pane"),
    Binding("m", "mark", "mark", tooltip="Mark the chosen line, or the newest; again: take the mark away"),
    Binding("y", "copy", "copy", tooltip="Copy the chosen lines through the terminal (OSC 52)"),
    Binding("w", "save", "save", tooltip="Write the log to a file: what is shown, or all of it"),
    Binding("a", "merged", "all in one", tooltip="All logs in one pane, by time"),
    Binding("u", "drawer('npus')", "NPUs", tooltip="Health, HBM, AICore, power and temperature of every NPU"),
    Binding("v", "drawer('events')", "events", tooltip="What has happened, in order"),
    Binding("i", "only", "only", tooltip="Show only lines that match a regular expression"),
    Binding("x", "without", "without", tooltip="Hide lines that match a regular expression"),
    Binding("F", "follow_all", "follow all", tooltip="All panes go to their newest lines and stay there"),
    Binding("apostrophe", "drawer('marks')", "marks", key_display="'", tooltip="List the marks; Enter goes there"),
    Binding("t", "stamps", "time stamps", tooltip="Time stamps: the hour, as in the log, or none"),
    Binding("l", "wrap", "long lines", tooltip="Wrap long lines, or cut them"),
    Binding("h", "answers", "requests", tooltip="Show the lines of answered requests, or fold them away"),
    Binding(
        "o", "mouse", "mouse", tooltip="Give the mouse back to the terminal, for its own selection; again: take it"
    ),
    Binding("shift+tab", "other(-1)", "previous pane", show=False, tooltip="Go to the pane before"),
    Binding("escape", "back", "back", show=False, tooltip="End the search, then the filter, then zoom"),
    *(Binding(str(n), f"pane({n})", f"pane {n}", show=False, tooltip=f"Go to pane {n}") for n in range(1, 10)),
]
