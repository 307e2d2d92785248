"""When a process that runs is given up: a cause stands in its log and it came no further."""

import pytest

from wizard.launch.hopeless import Standstill
from wizard.monitor.reader import LogReader, Reading

BEGUN = b"[2026-11-26 03:12:00 TP0] server_args=ServerArgs(model_path='/models/glm')\n"
LOADS = b"[2026-11-26 03:12:01 TP0] Load weight begin. avail mem=60.00 GB\n"
TAKEN = b"ERROR:    [Errno 98] error while attempting to bind on address ('10.0.0.1', 8000): address already in use\n"
PEER = b"[2026-11-26 03:12:01 TP0] RuntimeError: Gloo connectFullMesh failed with Connection closed by peer\n"
READY = b"[2026-11-26 03:12:02 TP0] The server is fired up and ready to roll!\n"


def read(*pieces: bytes) -> Reading:
    reader = LogReader()
    for piece in pieces:
        reader.feed(piece)
    return reader.reading()


def test_a_cause_that_stands_is_one() -> None:
    """Not at once: it may go on."""
    still = Standstill(5.0)
    told = read(BEGUN, TAKEN)
    assert still.cause(told, 100.0) is None
    assert still.cause(told, 104.9) is None
    found = still.cause(told, 105.0)
    assert found is not None
    assert found.id == "port_in_use"


def test_who_comes_further_has_hope() -> None:
    """A new phase begins the time anew."""
    still = Standstill(5.0)
    assert still.cause(read(BEGUN, TAKEN), 100.0) is None
    assert still.cause(read(BEGUN, TAKEN, LOADS), 105.0) is None
    assert still.cause(read(BEGUN, TAKEN, LOADS), 110.0) is not None


@pytest.mark.parametrize("pieces", [(BEGUN, LOADS), (BEGUN, PEER)], ids=["well", "a peer's fault"])
def test_no_cause_of_its_own_ends_nothing(pieces: tuple[bytes, ...]) -> None:
    """What another process may have caused is for that process to say."""
    still = Standstill(0.0)
    assert still.cause(read(*pieces), 100.0) is None
    assert still.cause(read(*pieces), 1000.0) is None
