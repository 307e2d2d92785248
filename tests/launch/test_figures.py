"""Own benchmarks beside published figures: the same plan first, then the newest; a broken one is none."""

import json

import pytest

from tests.launch.making import run_of
from wizard import presets
from wizard.launch import figures, runs
from wizard.model.run import Run

ABOUT = presets.preset("glm51-a3-pd-64k").about
HOSTS = {"hosts": "10.0.0.1", "model-path": "/models/glm"}


def kept(run: Run, hour: int, output_tok_s: float, error: str | None = None) -> None:
    """A result as ``--verify RUN --bench`` leaves it."""
    data = {
        "at": f"2026-11-26T{hour:02}:12:00+00:00", "host": "10.0.0.1", "error": error,
        "result": {"output_tok_s": output_tok_s, "tpot_ms": 41.5},
    }  # fmt: skip
    (runs.folder(run.name) / f"benchmark-20261126-{hour:02}1200.json").write_text(json.dumps(data))


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run that is recorded."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
    return runs.create(run_of("a3-single", HOSTS), {})


def test_the_newest_of_the_same_plan_counts(run: Run) -> None:
    """Else of another plan, which is said; played runs are for played runs."""
    other = runs.create(run.evolve(name="other", plan="f" * 12), {})
    kept(other, 9, 900)
    own = figures.own(run.title, run.plan)
    assert own is not None
    assert (own.run, own.result["output_tok_s"]) == ("other", 900)
    assert figures.beside(None, own, run.plan)[-1].endswith("run other (another plan, ffffffffffff)")
    kept(run, 3, 300)
    kept(run, 4, 400)
    kept(run, 5, 500, error="exit 1")
    own = figures.own(run.title, run.plan)
    assert own is not None
    assert (own.run, own.result["output_tok_s"]) == (run.name, 400)
    assert figures.own(run.title, run.plan, is_simulated=True) is None
    assert figures.own("another title", run.plan) is None


def test_a_result_that_cannot_be_read_is_none(run: Run) -> None:
    """Half a file, or another shape."""
    for number, text in enumerate(("", "[]", "{}", '{"error": null, "result": {"a": "b"}, "at": 1, "host": ""}')):
        (runs.folder(run.name) / f"benchmark-2026112{number}-031200.json").write_text(text)
    assert figures.own(run.title, run.plan) is None


def test_both_stand_side_by_side_with_date_and_host(run: Run) -> None:
    """What is published alone says how to measure; nothing at all says nothing."""
    assert figures.beside(None, None, run.plan) == ()
    (alone,) = figures.beside(ABOUT, None, run.plan)
    assert ABOUT.figures.kind in alone
    assert "--verify RUN --bench" in alone
    kept(run, 4, 1234.5)
    told = figures.beside(ABOUT, figures.own(run.title, run.plan), run.plan)
    assert told[0].endswith(ABOUT.figures.kind)
    assert any("1,234.5 token/s" in line for line in told)
    assert any("41.5 ms" in line and f"{ABOUT.figures.tpot_ms:g} ms" in line for line in told)
    assert told[-1] == f"  measured 2026-11-26 04:12 on 10.0.0.1, run {run.name} (this plan)"
    assert max(map(len, told)) <= 76
