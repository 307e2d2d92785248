"""``npu-smi info`` as text becomes devices and processes. Pure; never raises, whatever the text is.

Owns the table: title, header, pairs of lines, process section. Which series that makes is ``series``'s, why there is no
table is ``failure``'s. Read by cells and headers; a table that does not hold together is refused, not guessed at.
"""

import re
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from wizard.detect import cells as table
from wizard.detect import device_lines, process_rows
from wizard.detect.failure import classify, unreadable, untrusted
from wizard.model.hardware import Device, Fault, NpuProcess

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[()][A-Z0-9]|[\x00\x07\ufeff]")
_TITLE = re.compile(
    r"npu-smi\b(?:\s+(?!Version\b)([0-9A-Za-z][\w.+-]*)(?=\s|$))?(?:\s+Version:\s*([0-9A-Za-z][\w.+-]*)\s*$)?",
    re.IGNORECASE,
)
_IDLE = re.compile(r"No running processes found in NPU\s+([0-9]{1,9})\b", re.IGNORECASE)
_ELISION = re.compile(r"[.\u2026\s|]+")
_BARS = 3
"""A line with so many bars is of a table, wherever they stand."""
_UNREAD = "a row of the process table could not be read"
_RULE = re.compile(r"[-+=|_\s]+")
_HEADER = re.compile(r"\|\s*NPU\b.*\|\s*Health\b")


class NpuTable(NamedTuple):
    """What one ``npu-smi info`` says."""

    npu_smi_version: str | None
    driver_version: str | None
    devices: tuple[Device, ...]
    processes: tuple[NpuProcess, ...] | None
    """None when no process section was printed: then nothing is known about owners."""
    idle_npus: tuple[int, ...]
    second_header: tuple[str, ...]
    """The cells of the header's second line, which is what tells the layouts apart."""
    first_header: tuple[str, ...]
    warnings: tuple[str, ...]


class _RefusedError(Exception):
    """The table does not hold together."""


@dataclass(slots=True)
class _Reader:
    """The state while reading: which section, and the first line of a pair that waits for its second."""

    first_header: list[str] = field(default_factory=list)
    second_header: list[str] = field(default_factory=list)
    process_columns: tuple[tuple[str, ...], ...] = ()
    in_processes: bool = False
    pending: device_lines.FirstLine | None = None
    is_elided: bool = False
    closing: str = ""
    """The last line that was no talk."""
    rules: int = 0
    """How many of them stand one behind the other: two divide the devices from the processes."""
    versions: tuple[str | None, str | None] = (None, None)
    devices: list[Device] = field(default_factory=list)
    processes: list[NpuProcess] = field(default_factory=list)
    idle: list[int] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def line(self, line: str, *, is_last: bool) -> None:
        """Takes one line that is not blank."""
        if line.startswith(("|", "+")):
            self.closing = line
        self.rules = self.rules + 1 if line.startswith("+") else 0 if not is_last else self.rules
        if self.second_header and line.startswith("|") and (line == "|" or not line.endswith("|")):
            self._cut(is_last=is_last)
        elif line.startswith("|") and not _ELISION.fullmatch(line):
            self._row(table.cells(line), line)
        elif _ELISION.fullmatch(line):
            self._break_pair("lines are left out in the middle of a device", may_drop=True)
            self.is_elided = True
        elif line.startswith("+"):
            if self.second_header and not self.in_processes and not _RULE.fullmatch(line):
                raise _RefusedError("a rule of it runs into another line")
            self._break_pair("a rule stands between the two lines of a device", may_drop=self.is_elided)
        elif line.startswith("[WARNING]"):
            self.warnings.append(line.removeprefix("[WARNING]").strip())
        elif self.second_header and line.count("|") >= _BARS:
            self._broken()

    def _broken(self) -> None:
        """A line of the table that does not begin as one: something was written into it."""
        if not self.in_processes:
            raise _RefusedError("other text stands before a line of it")
        self.warnings.append(_UNREAD)

    def _cut(self, *, is_last: bool) -> None:
        """A line has no end: a device in pieces makes the table worthless, a process only itself."""
        if not self.in_processes and not (is_last and self.rules > 1 and self.pending is None):
            raise _RefusedError("the output ends in the middle of a device" if is_last else "a line of it has no end")
        self._enter_processes()
        self.warnings.append("the output ends in the middle of the process table" if is_last else _UNREAD)

    def _break_pair(self, reason: str, *, may_drop: bool) -> None:
        if self.pending is None:
            return
        if not may_drop:
            raise _RefusedError(reason)
        self.warnings.append(f"{reason}: NPU {self.pending.npu_id} is left out")
        self.pending = None

    def _row(self, row: list[str], line: str) -> None:
        title = _TITLE.match(row[0]) if len(row) == 1 else None
        idle = _IDLE.search(line)
        if title:
            self._title(title)
        elif idle:
            self._enter_processes()
            self.idle.append(int(idle[1]))
        elif "process id" in line.lower() or (self.second_header and row and row[0].startswith("NPU")):
            if "Health" in row:
                raise _RefusedError("two tables follow one another")
            self._enter_processes()
            self.process_columns = process_rows.columns(row)
        elif not self.first_header or not self.second_header:
            self._header(row)
        elif self.in_processes or (self.pending is None and process_rows.is_process(row)):
            self._process(row)
        else:
            self._device(row)

    def _title(self, title: re.Match[str]) -> None:
        if self.first_header or self.versions != (None, None):
            raise _RefusedError("two tables follow one another")
        self.versions = (title[1], title[2])

    def _enter_processes(self) -> None:
        if not self.second_header:
            raise _RefusedError("the process section stands before the devices")
        self._break_pair("the second line of a device is missing", may_drop=self.is_elided)
        self.in_processes = True

    def _header(self, row: list[str]) -> None:
        if not self.first_header:
            if row and row[0].startswith("NPU") and "Health" in row[:-1]:
                self.first_header = row
            elif row and row[0][:1].isdigit():
                raise _RefusedError("rows stand before the header")
            # everything else in front of the table is talk of a library that was loaded before the tool
        elif "bus-id" in (cell.lower() for cell in row[:-1]) and len(row) == len(self.first_header):
            self.second_header = row
        else:
            raise _RefusedError("the second line of the header is missing")

    def _device(self, row: list[str]) -> None:
        if self.pending is None:
            self.pending = device_lines.first(row, self.first_header)
            is_orphan = self.is_elided and device_lines.second(row, self.second_header, device_lines.NOBODY) is not None
            if self.pending is None and not is_orphan:
                raise _RefusedError("a line is not the first of a device")
            return
        device = device_lines.second(row, self.second_header, self.pending)
        if device is None:
            raise _RefusedError(f"the second line of NPU {self.pending.npu_id} does not fit its header")
        if any((device.npu_id, device.chip_id) == (known.npu_id, known.chip_id) for known in self.devices):
            raise _RefusedError(f"NPU {device.npu_id} chip {device.chip_id} is listed twice")
        self.devices.append(device)
        self.pending, self.is_elided = None, False

    def _process(self, row: list[str]) -> None:
        self.in_processes = True
        before = self.processes[-1] if self.processes else None
        if before and len(row) > 2 and not row[0] and not row[1]:
            # the rest of a name that did not fit its column
            self.processes[-1] = replace(before, name=f"{before.name}{row[2]}")
            return
        if before and row and not row[0]:
            # a further process of the same chip
            row = [f"{before.npu_id}" + ("" if before.chip_id is None else f" {before.chip_id}"), *row[1:]]
        process = process_rows.process(row, self.process_columns)
        if process is None and device_lines.first(row, self.first_header) is not None:
            raise _RefusedError("devices stand behind the processes")
        if process is None:
            self.warnings.append(_UNREAD)
        else:
            self.processes.append(process)

    def finish(self) -> NpuTable:
        """The table, once every line is taken."""
        if self.pending is not None:
            raise _RefusedError(f"the output ends in the middle of NPU {self.pending.npu_id}")
        if not self.second_header:
            raise _RefusedError("the header is incomplete")
        if not self.devices:
            raise _RefusedError("no device is listed")
        if not self.in_processes:
            is_whole = _RULE.fullmatch(self.closing) and self.closing.endswith("+")
            self.warnings.append(
                "the output ends behind the devices"
                + ("" if is_whole else ", in the middle of the table: some may be missing")
            )
        return NpuTable(
            *self.versions,
            tuple(self.devices),
            tuple(self.processes) if self.in_processes else None,
            tuple(self.idle),
            tuple(self.second_header),
            tuple(self.first_header),
            tuple(dict.fromkeys(self.warnings)),
        )


def _bare(line: str) -> str:
    """The line without colours, marks of quoting, and blanks around it."""
    return _ESCAPES.sub("", line).strip().lstrip("> ")


def _without_prefix(lines: list[str]) -> list[str]:
    """The lines without what a collector of logs put before each of them: a host's name, a tag."""
    header = next((line for line in lines if _HEADER.search(line)), "")
    prefix = header[: header.find("|")].rstrip()
    if not prefix or any(line.startswith("|") for line in lines):
        return lines
    return [line[len(prefix) :].strip() if line.startswith(prefix) else line for line in lines]


def read_info(text: str, *, status: int | None = None, errors: str = "") -> NpuTable | Fault:
    """What ``npu-smi info`` printed, or why there is no table to trust.

    Args:
        text: its stdout, where the tool prints its failures too.
        status: its exit status, if known: only used where the text says nothing.
        errors: its stderr: the shell's and the loader's words.
    """
    lines = [line for line in _without_prefix([_bare(line) for line in text.splitlines()]) if line]
    if not any(line.startswith("|") for line in lines):
        return classify(text, status=status, errors=errors)
    reader = _Reader()
    try:
        for place, line in enumerate(lines):
            reader.line(line, is_last=place == len(lines) - 1)
        return reader.finish()
    except _RefusedError as reason:
        return untrusted(str(reason)) if reader.first_header else unreadable(str(reason))
