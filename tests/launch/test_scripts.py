"""What hosts are told: valid shell, every value quoted, secrets only where they are needed."""

import io
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.launch.making import order_of, run_of
from tests.shell import SHELLCHECK
from wizard.errors import UsageError
from wizard.launch import events, scripts, starting
from wizard.launch.places import Place, Places
from wizard.launch.runs import SCRIPT
from wizard.launch.starting import Refusal
from wizard.model.run import Identity, RunEvent
from wizard.reach.local import LocalShell
from wizard.words import acting

SHELL = sorted((Path(scripts.__file__).with_name("shell")).glob("*.sh"))


@pytest.mark.parametrize("path", SHELL, ids=lambda path: path.name)
def test_the_parts_pass_shellcheck(path: Path) -> None:
    """As POSIX sh: a host may have nothing else."""
    done = subprocess.run([SHELLCHECK, "-s", "sh", str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@given(st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), max_size=40))
def test_any_value_stays_a_value(text: str) -> None:
    """A folder or a secret of any text is text for the shell, and nothing of it is run."""
    run = run_of("a3-single")
    process = run.processes[0].evolve(folder=f"/{text}", identity=Identity(pid=1, start_ticks=2, boot_id=text or "b"))
    told = [
        scripts.look([process]),
        scripts.start(run, process, "true\n", ["MODEL_PATH"], {"API_KEY": text}),
        scripts.signal("TERM", text, [(1, 2)]),
        scripts.copy(run, "true\n", f"/{text}"),
    ]
    for script in told:
        done = subprocess.run(["sh", "-n"], input=script.encode(), capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
    held = 'printf "%s" "$run_folder"'
    values = scripts.copy(run, "true\n", text).partition("# shellcheck")[0]
    done = subprocess.run(["sh"], input=f"{values}{held}".encode(), capture_output=True, check=False)
    assert done.stdout.decode() == text


def test_a_variable_of_the_flow_on_the_host_does_not_win() -> None:
    """What runs is what was shown: the host's own MODEL_PATH is taken away before the script starts."""
    run = run_of("a3-single")
    script = scripts.start(run, run.processes[0], "true\n", ["MODEL_PATH", "API_KEY"], {"API_KEY": "x"})
    assert "\nunset MODEL_PATH\n" in script
    assert "export API_KEY=x\n" in script


def test_another_script_on_a_host_is_refused_with_both_hashes(tmp_path: Path) -> None:
    """The one that was copied is fine; an edited one and one of another plan are told by their hashes, and not run."""
    order, other = order_of("a3-single"), order_of("a3-single", {"set": "tp-size=8"})
    script, older = order.files()[SCRIPT], other.files()[SCRIPT]
    run = run_of("a3-single").evolve(name="x")
    place = Place("localhost")

    def copied(text: str) -> object:
        return starting.copied(places, place, run, text, str(tmp_path))

    with Places(lambda address, _: LocalShell(address)) as places:
        assert copied(script) == copied(script) == str(tmp_path)
        for there, told in (
            (script.replace("exec python3", "exec echo"), f"{run.plan}-edited-"),
            (older, other.flow.plan_hash()),
            ("true\n", "-edited-"),
        ):
            (tmp_path / SCRIPT).write_text(there, encoding="utf-8")
            refused = copied(script)
            assert isinstance(refused, Refusal)
            assert f"holds plan {told}" in refused.message
            assert f"this launch is plan {run.plan}" in refused.message


def test_what_a_host_says_moves_no_cursor() -> None:
    """Escape codes of a log or of an engine do not reach the terminal."""
    line = events.as_line(RunEvent(0.0, "prepare", "\x1b[2Jpulling \x07[/red]", "server", "h"))
    assert "\x1b" not in line
    assert "\x07" not in line
    assert "[/red]" in line


@pytest.mark.parametrize(
    ("typed", "answer"), [("", False), ("\n", False), ("n\n", False), ("yes\n", True), ("Y\n", True)]
)
def test_no_is_the_answer_to_every_question(monkeypatch: pytest.MonkeyPatch, typed: str, answer: bool) -> None:
    """What would end something needs a typed yes; Enter, and the end of the input, are no."""
    monkeypatch.setattr(acting, "can_ask", lambda: True)
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    assert acting.asked("stop it?", "`--yes`") is answer


def test_a_question_that_nobody_can_answer_names_the_flag(monkeypatch: pytest.MonkeyPatch) -> None:
    """No terminal: it never hangs."""
    monkeypatch.setattr(acting, "can_ask", lambda: False)
    with pytest.raises(UsageError) as refused:
        acting.asked("stop it?", "`--stop x --yes` stops without asking")
    assert "--yes" in (refused.value.hint or "")
