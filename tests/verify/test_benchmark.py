"""Commands built for a run, and results read."""

import shlex
import subprocess

import pytest

from wizard import presets
from wizard.verify import benchmark, measuring
from wizard.verify.target import Target

TARGET = Target("http://10.0.0.9:6688", "glm-5", True)
OUTPUT = """
============ Serving Benchmark Result ============
Backend:                                 sglang
Traffic request rate:                    inf
Successful requests:                     200
Benchmark duration (s):                  118.42
Request throughput (req/s):              1.69
Input token throughput (tok/s):          27020.10
Output token throughput (tok/s):         1688.76
Concurrency:                             61.20
Accept length:                           2.61
---------------Time to First Token----------------
Mean TTFT (ms):                          4210.55
P99 TTFT (ms):                           9000.01
-----Time per Output Token (excl. 1st token)------
Mean TPOT (ms):                          34.04
==================================================
"""
EVALSCOPE = """
+-------+---------+----------+--------+-----+-------+---------+
| Model | Dataset | Metric   | Subset | Num | Score | Cat.0   |
+=======+=========+==========+========+=====+=======+=========+
| glm-5 | gsm8k   | mean_acc | main   | 1319 | 0.953 | default |
+-------+---------+----------+--------+-----+-------+---------+
"""


def options(command: benchmark.Command) -> dict[str, str]:
    """Option → value."""
    words = command.words[3:]
    return dict(zip(words[::2], words[1::2], strict=True))


def test_the_workload_is_the_presets_and_the_address_this_runs() -> None:
    """Only what depends on the run is replaced."""
    about = presets.preset("a3-pd-3p1d").about
    found = options(benchmark.benchmark(TARGET, about, "/models/glm"))
    published = dict(zip(about.benchmark[::2], about.benchmark[1::2], strict=True))
    changed = {name for name in found if found[name] != published.get(name)}
    assert changed == {"--host", "--model", "--tokenizer"}
    assert (found["--host"], found["--port"]) == ("10.0.0.9", "6688")


@pytest.mark.parametrize("name", sorted(presets.files()))
def test_every_preset_has_a_workload(name: str) -> None:
    """Where none is published, the load of the performance page."""
    found = options(benchmark.benchmark(TARGET, presets.preset(name).about, "/m"))
    assert int(found["--num-prompts"]) > 0
    assert found["--host"] == "10.0.0.9"


def test_figures_stand_beside_the_published_ones() -> None:
    """Units are those of the table, and what was not measured is not zero."""
    about = presets.preset("a3-pd-3p1d").about
    rows = {row.name: row for row in benchmark.compared(benchmark.figures(OUTPUT), about)}
    row = rows["time per output token, mean"]
    assert (row.here, row.published) == (34.04, 50)
    assert rows["time to first token, mean"].here == pytest.approx(4.21055)
    assert rows["output"].here == 1688.76
    assert all(row.here is None for row in benchmark.compared({}, None))


@pytest.mark.parametrize("text", ["", "Traceback (most recent call last):\nValueError: x", "Mean TPOT (ms): 3"])
def test_no_result_is_no_figure(text: str) -> None:
    """Nothing is read from what is no result."""
    assert benchmark.figures(text) == {}
    assert benchmark.scores(text) == {}


def test_the_score_of_a_dataset() -> None:
    """From EvalScope's table."""
    assert benchmark.scores(EVALSCOPE) == {"gsm8k": 0.953}


def test_a_key_is_shown_as_its_variable_only() -> None:
    """On no line that is shown or kept; the host's shell gets it on its standard input."""
    command = benchmark.accuracy(TARGET._replace(api_key="s3cret"))
    assert "s3cret" not in measuring.shown(command)
    assert '"$OPENAI_API_KEY"' in measuring.script(command, "", "s3cret")
    script = measuring.script(benchmark.benchmark(TARGET, None), "glm-wizard-server", "s3cret")
    assert [line for line in script.splitlines() if "s3cret" in line] == ["export OPENAI_API_KEY=s3cret"]
    assert "EMPTY" in benchmark.accuracy(TARGET).words


def test_odd_names_stay_single_words() -> None:
    """Nothing that a preset or a path holds is shell."""
    odd = "/m $(touch /tmp/x) 'a' \"b\""
    command = benchmark.benchmark(TARGET._replace(served_name=odd), None, odd)
    line = next(line for line in measuring.script(command, "", "").splitlines() if "bench_serving" in line)
    words = shlex.split(line)
    assert words[words.index("--tokenizer") + 1] == odd
    printed = subprocess.run(
        ["bash", "-c", f"printf '%s\\0' {measuring.shown(command)}"], capture_output=True, text=True, check=True
    )
    assert printed.stdout.split("\0")[:-1] == list(command.words)
