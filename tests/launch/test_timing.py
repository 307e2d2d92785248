"""What a start took, phase by phase, and what is said about it the next time. Replayed logs, scaled clocks."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.launch.making import run_of
from wizard.launch import timing
from wizard.launch.progress import Progressing
from wizard.launch.sighting import Seen
from wizard.launch.timing import Earlier
from wizard.model.run import Run
from wizard.monitor.reader import LogReader

LINES = (
    (0, "server_args=ServerArgs(model_path='/models/glm')"),
    (4, "Init torch distributed begin."),
    (10, "Load weight begin. avail mem=60.00 GB"),
    (300, "Loading safetensors checkpoint shards:  50% Completed | 50/100 [04:50<04:50,  5.80s/it]"),
    (590, "KV Cache is allocated. #tokens: 100000"),
    (600, "Capture npu graph begin. This can take up to several minutes."),
    (730, "max_total_num_tokens=100000, chunked_prefill_size=8192"),
    (735, "The server is fired up and ready to roll!"),
)
SECONDS = {"init": 4, "dist_init": 6, "load_weights": 580, "kv_cache": 10, "graph_capture": 130, "serve": 5}
HOSTS = {"hosts": "10.0.0.1", "model-path": "/models/glm"}


def log(factor: float, count: int = len(LINES)) -> bytes:
    """The first lines of a start that takes so many times as long."""
    began = datetime(2026, 11, 26, 3, 12, tzinfo=UTC)
    return b"".join(
        f"[{began + timedelta(seconds=at * factor):%Y-%m-%d %H:%M:%S} TP0] {text}\n".encode()
        for at, text in LINES[:count]
    )


def run(name: str, times: dict[str, float], **changes: str) -> Run:
    made = run_of("a3-single", HOSTS | changes).evolve(name=name)
    return made.evolve(processes=(made.processes[0].evolve(times=times),))


@pytest.mark.parametrize("factor", [1, 3, 10])
def test_phases_are_measured_by_the_stamps_of_the_log(factor: int) -> None:
    """Whatever the clock of whoever reads it: a start that is ten times as slow has phases ten times as long."""
    reader = LogReader()
    reader.feed(log(factor))
    assert timing.durations(reader.reading()) == {name: seconds * factor for name, seconds in SECONDS.items()}


def test_a_phase_that_has_not_ended_has_no_time() -> None:
    """Nor has one during which the clock was set back."""
    reader = LogReader()
    reader.feed(log(1, 3))
    assert timing.durations(reader.reading()) == {"init": 4, "dist_init": 6}
    back = LogReader()
    back.feed(log(-1))
    assert timing.durations(back.reading()) == {}


def test_the_same_place_with_the_same_weights_is_compared() -> None:
    """The newest is the last time, the worst of all is the slowest; other hosts, weights and rehearsals are others."""
    now = run("now", {})
    known = [
        run("now", {"load_weights": 1}),
        run("a", {"load_weights": 580, "ready": 735}),
        run("b", {"load_weights": 700}),
        run("c", {"load_weights": 9000}, hosts="10.0.0.2"),
        run("d", {"load_weights": 9000}, **{"model-path": "/models/other"}),
        run("e", {"load_weights": 9000}).evolve(is_simulated=True),
    ]
    found = timing.earlier(known, now, now.processes[0])
    assert found == Earlier({"load_weights": 580, "ready": 735}, {"load_weights": 700, "ready": 735}, "a")
    assert timing.earlier([], now, now.processes[0]) is timing.NEVER


def test_progress_says_what_it_took_the_last_time() -> None:
    """Beside the phase, and beside what is left; a phase that was too short to tell says nothing."""
    progressing = Progressing(0, Earlier({"load_weights": 580.0, "kv_cache": 0.0}, {}))
    told = []
    for count in range(3, 6):
        piece = log(1, count)[progressing.offset :]
        told.append(progressing.feed(Seen("server", log_bytes=1, piece_at=progressing.offset, piece=piece)))
    assert told == [
        "loading weights, last time 9:40",
        "loading weights 50 %, 4:50 left, last time 9:40",
        "allocating the KV cache",
    ]


def test_a_phase_that_is_slower_than_ever_is_told_once() -> None:
    """Measured by the wizard's clock, from when it saw the phase begin."""
    progressing = Progressing(0, Earlier({"load_weights": 500.0}, {"load_weights": 580.0}))
    progressing.feed(Seen("server", log_bytes=1, piece=log(1, 3)))
    assert progressing.slow(1000.0) == ""
    assert progressing.slow(1580.0) == ""
    assert progressing.slow(1590.0) == "loading weights: 9:50 by now, longer than ever before (9:40)"
    assert progressing.slow(1700.0) == ""


def test_pulling_the_same_image_says_what_it_took_before() -> None:
    """Where it was really pulled: a look at an image that is there takes no time."""
    now = run("now", {}).evolve(image="sglang:a")
    known = [
        now.evolve(name="b", times={"10.0.0.1": {"copy": 2.0, "image": 0.1}}),
        now.evolve(name="c", times={"10.0.0.1": {"image": 730.0}}),
        now.evolve(name="d", image="sglang:b", times={"10.0.0.2": {"image": 900.0}}),
    ]
    assert timing.of_host(known, now, "10.0.0.1", timing.IMAGE) == ", last time 12:10"
    assert timing.of_host(known, now, "10.0.0.2", timing.IMAGE) == ""


@pytest.mark.parametrize(
    ("times", "words"),
    [
        ({}, ""),
        ({"ready": 735.4}, "12:15"),
        (SECONDS | {"ready": 4000.0}, "1:06:40 (weights 9:40, graphs 2:10, ranks 6 s)"),
        ({"load_weights": 580.0}, "weights 9:40"),
    ],
)
def test_times_are_told_with_their_longest_phases(times: dict[str, float], words: str) -> None:
    """The whole first."""
    assert timing.told(times) == words
