"""When a process that runs is given up: a cause stands in its log and it came no further."""

import pytest

from wizard.launch.hopeless import Standstill
from wizard.monitor.reader import LogReader, Reading

BEGUN = b"[2026-11-26 03:12:00 TP0] server_args=ServerArgs(model_path='/models/glm')\n"
LOADS = b"[2026-11-26 03:12:01 TP0] Load weight begin. avail mem=60.00 GB\n"
TAKEN = b"ERROR:    [Errno 98] error while attempting to bind on address ('10.0.0.1', 8000): address already in use\n"
PEER = b"[2026-11-26 03:12:01 TP0] RuntimeError: Gloo connectFullMesh failed with Connection closed by peer\n"
OOM = b"[2026-11-26 03:12:01 TP0] RuntimeError: NPU out of memory. Tried to allocate 20.00 GiB\n"
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
    """A cause that did not keep it from its next phase healed, as far as anybody can tell."""
    still = Standstill(5.0)
    assert still.cause(read(BEGUN, TAKEN), 100.0) is None
    further = read(BEGUN, TAKEN, LOADS)
    assert still.cause(further, 105.0) is None
    assert still.cause(further, 600.0) is None
    assert still.cause(further, 706.0) is not None


def test_other_causes_must_be_silent_for_longer() -> None:
    """A rank that ran out of memory may still be writing, or be ended by the others."""
    still = Standstill(5.0)
    assert still.cause(read(BEGUN, OOM), 100.0) is None
    assert still.news is not None  # told at once
    assert still.cause(read(BEGUN, OOM), 110.0) is None
    assert still.news is None
    assert still.cause(read(BEGUN, OOM, b"a word\n"), 119.0) is None
    assert still.cause(read(BEGUN, OOM, b"a word\n"), 130.0) is None
    found = still.cause(read(BEGUN, OOM, b"a word\n"), 139.0)
    assert found is not None
    assert "oom" in found.id


@pytest.mark.parametrize(
    "pieces", [(BEGUN, LOADS), (BEGUN, PEER), (BEGUN, LOADS, READY)], ids=["well", "a peer's fault", "ready"]
)
def test_no_cause_of_its_own_ends_nothing(pieces: tuple[bytes, ...]) -> None:
    """What another process may have caused is for that process to say."""
    still = Standstill(0.0)
    assert still.cause(read(*pieces), 100.0) is None
    assert still.cause(read(*pieces), 1000.0) is None
