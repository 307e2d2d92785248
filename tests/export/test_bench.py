"""bench.sh: the very commands that ``--verify RUN --bench`` runs, in the place where the server runs."""

import subprocess
from pathlib import Path

import pytest

from tests.exporting import PRESETS, hosts_for, request_of
from tests.recording import Host
from tests.shell import SHELLCHECK
from wizard.export.bench import script
from wizard.launch.order import Order, planned_run
from wizard.verify import benchmark, of_run

FILLED = {"model-path": "/models/a b"}
NPU = {"GLM_KEY": "s3cret"}


def flags_for(preset: str, **more: str) -> dict[str, str]:
    return {**FILLED, "runtime": "host", "hosts": hosts_for(preset), **more}


@pytest.mark.parametrize("preset", PRESETS)
def test_it_runs_what_verify_runs(tmp_path: Path, preset: str) -> None:
    """Word for word, for the benchmark and the accuracy run."""
    request = request_of(preset, **flags_for(preset))
    target = of_run(planned_run(Order(request), "2026-11-26T03:12:00+00:00"), {})
    host = Host(tmp_path / "h")
    host.program("evalscope", (host.programs / "python3").read_text(encoding="utf-8"))
    for words, command in (
        ((), benchmark.benchmark(target, request.about, "/models/a b")),
        (("accuracy",), benchmark.accuracy(target)),
    ):
        (started,) = host.run(script(request), *words).started[-1:]
        assert started.argv == command.words[1:]


def test_in_a_container_it_runs_inside(tmp_path: Path) -> None:
    """By the engine that is there, in the container of the first server; the key goes by name only."""
    preset = "a3-single"
    request = request_of(preset, **flags_for(preset, runtime="container", set="api-key=env:GLM_KEY"))
    host = Host(tmp_path / "h")
    assert host.run(script(request)).returncode != 0
    outcome = host.run(script(request), **NPU)
    (started,) = outcome.started
    assert started.argv[:4] == ("exec", "--env", "OPENAI_API_KEY", "glm-wizard-server")
    assert "sglang.bench_serving" in started.argv
    assert "s3cret" not in str(started.argv)
    assert "s3cret" not in script(request)


def test_what_is_not_filled_in_ends_it(tmp_path: Path) -> None:
    """With the word that misses, before anything is started."""
    outcome = Host(tmp_path / "h").run(script(request_of("a3-pd", runtime="host")))
    assert (outcome.returncode, outcome.started) == (2, ())
    assert "_ADDRESS> is not filled in" in outcome.stderr


def test_an_unknown_word_is_refused(tmp_path: Path) -> None:
    """With what it takes."""
    outcome = Host(tmp_path / "h").run(script(request_of("a3-single", **flags_for("a3-single"))), "speed")
    assert (outcome.returncode, outcome.started) == (2, ())
    assert "benchmark|accuracy" in outcome.stderr


def test_it_says_first_what_it_asks_of_the_service() -> None:
    """How many requests, that others wait longer, and the time where figures are published."""
    text = script(request_of("a3-pd-3p1d", **flags_for("a3-pd-3p1d")))
    assert "requests" in text
    assert "who uses it meanwhile waits longer" in text


@pytest.mark.parametrize("runtime", ["host", "container"])
def test_it_passes_shellcheck(tmp_path: Path, runtime: str) -> None:
    """As every script of the export."""
    path = tmp_path / "bench.sh"
    path.write_text(script(request_of("a3-pd", **flags_for("a3-pd", runtime=runtime))), encoding="utf-8")
    done = subprocess.run([SHELLCHECK, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
