"""Whole logs read as the monitor reads them."""

from wizard.monitor.reader import LogReader, Reading


def read(text: str | bytes, piece: int = 1 << 20) -> Reading:
    """A whole log, given in pieces."""
    data, reader = text.encode() if isinstance(text, str) else text, LogReader()
    for place in range(0, len(data), piece):
        reader.feed(data[place : place + piece])
    reader.close()
    return reader.reading()


def found(text: str) -> tuple[str, int] | None:
    """The diagnosis and the line of a log."""
    told = read(text).diagnosis
    return (told.id, told.root_line) if told else None
