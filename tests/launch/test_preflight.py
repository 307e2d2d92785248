"""What the preflight says when it stops a launch: what blocks, what to accept, and which run is in the way."""

from pathlib import Path

import pytest

from tests.launch.making import order_of, run_of
from wizard.errors import ExitCode, WizardError
from wizard.launch import preflight, runs
from wizard.model.finding import Finding, Severity
from wizard.model.run import State

HOSTS = {"hosts": "10.0.0.1", "model-path": "/models/glm"}


def error(code: str, host: str = "10.0.0.1") -> Finding:
    return Finding(code, Severity.ERROR, "it is taken", hosts=(host,))


def refused(*found: Finding) -> WizardError:
    """What the launch of a preset ends with."""
    with pytest.raises(WizardError) as stopped:
        preflight._stopped_by(order_of("a3-single", HOSTS), found)
    return stopped.value


@pytest.mark.parametrize("code", ["hardware.busy", "network.port-taken"])
def test_a_run_of_ones_own_that_is_in_the_way_is_named(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the word that ends it; not one that was stopped, nor one elsewhere."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    run = run_of("a3-single", HOSTS)
    for name, state in (("there", State.READY), ("over", State.STOPPED)):
        runs.create(run.evolve(name=name, processes=[one.evolve(state=state) for one in run.processes]), {})
    hint = refused(error(code)).hint or ""
    assert hint.startswith("`--stop there` ends the run that was started there; apply a fix")
    assert "over" not in hint
    assert "--stop" not in (refused(error(code, "10.0.0.2")).hint or "")
    assert "--stop" not in (refused(error("ascend.experts")).hint or "")


def test_what_is_left_of_a_run_that_failed_is_in_the_way_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On this machine, which a run knows by no address, and where one of two servers failed and the other goes on."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    here = run_of("a3-single", {"model-path": "/models/glm"})
    stuck = [one.evolve(state=State.FAILED, still_runs=True) for one in here.processes]
    runs.create(here.evolve(name="here", state=State.FAILED, processes=stuck), {})
    both = run_of("a3-pd", {"hosts": "10.0.0.1,10.0.0.2", "model-path": "/models/glm"})
    states = {"prefill-0": State.READY, "decode-0": State.FAILED, "router": State.PLANNED}
    half = [one.evolve(state=states[one.name]) for one in both.processes]
    runs.create(both.evolve(name="half", state=State.FAILED, processes=half), {})
    assert "`--stop here`" in (refused(error("hardware.busy", "localhost")).hint or "")
    assert "`--stop half`" in (refused(error("hardware.busy")).hint or "")
    assert "--stop" not in (refused(error("hardware.busy", "10.0.0.2")).hint or "")


def test_every_code_that_blocks_can_be_accepted_as_it_is_told() -> None:
    """Each once; a host that cannot be asked ends in the exit code of such hosts."""
    told = refused(error("hardware.busy"), error("hardware.busy"), error("ascend.experts"))
    assert "`--accept hardware.busy --accept ascend.experts`" in (told.hint or "")
    assert told.exit_code is ExitCode.FAILED
    assert refused(error("hardware.unreadable")).exit_code is ExitCode.UNREACHABLE
