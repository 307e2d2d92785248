"""The rehearsal: which failure is played and healed by what, what it tells, and the whole journey for real."""

import io
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from tests.simulate.playing import wait_for
from tests.terminals import on_terminal
from wizard import choose, presets
from wizard.errors import UsageError, WizardError
from wizard.knowledge.diagnoses import catalogue
from wizard.model.finding import Edit, EditKind
from wizard.model.selection import Origin, Series
from wizard.session import Session
from wizard.simulate import faults
from wizard.simulate import narrator as narrating
from wizard.simulate.hosts import PretendedHosts, check_platform, free_offset
from wizard.simulate.narrator import Narrator
from wizard.simulate.pretend import WORD
from wizard.simulate.standin.server.sglang import faults as stories
from wizard.words import demo as demo_word

PD = presets.preset("a3-pd").selection
SINGLE = presets.preset("a3-single").selection


@pytest.mark.parametrize("name", [*faults.names(), *(name.replace("_", "-") for name in faults.names())])
@pytest.mark.parametrize("selection", [PD, SINGLE])
def test_every_failure_can_be_played(name: str, selection: object) -> None:
    """The stand-in understands what it is told, for a role that there is."""
    played = faults.played(name, selection)  # type: ignore[arg-type]
    asked = stories.asked(played.asked)
    assert [one.name for one in asked] == [played.name]
    assert asked[0].where[0] in selection.roles  # type: ignore[attr-defined]
    assert played.name in catalogue().failures


def test_the_usual_failure_is_healed_by_its_remedy() -> None:
    """The stand-in itself sees that the setting was changed."""
    played = faults.played("", PD)
    assert played.heals_itself
    condition = stories.asked(played.asked)[0]
    assert condition.holds({}, {"HCCL_BUFFSIZE": "650"})
    assert not condition.holds({}, {"HCCL_BUFFSIZE": "1024"})


@pytest.mark.parametrize("name", ["npu-oom", "kv_oom_runtime", "port-in-use", "npu_graph_error", "watchdog-timeout"])
def test_a_change_of_the_named_setting_heals(name: str) -> None:
    """Whatever the preset had there."""
    played = faults.played(name, PD)
    template = catalogue().failures[played.name].edits[0]
    changed = choose.apply(PD, Edit(EditKind.SET, f"decode.{template.name}=7"), Origin.FIX) if template.name != (
        "disable-cuda-graph"
    ) else choose.apply(PD, Edit(EditKind.SET, "decode.disable-cuda-graph"), Origin.FIX)  # fmt: skip
    fault = stories.asked(played.asked)[0]

    def options(selection: object) -> dict[str, object]:
        given = selection.roles["decode"].options  # type: ignore[attr-defined]
        return {key.replace("-", "_"): value for key, value in given.items()}

    assert fault.holds(options(PD), {})
    assert not fault.holds(options(changed), {})


@pytest.mark.parametrize("text", ["no-such", "npu-oom@lunch", "ssh-refused"])
def test_an_unknown_failure_is_refused(text: str) -> None:
    """With a name that would do."""
    with pytest.raises(UsageError) as refused:
        faults.played(text, PD)
    assert refused.value.hint


def test_the_word_stands_on_every_screenful() -> None:
    """However much is told."""
    text = io.StringIO()
    narrator = Narrator(Console(file=text, width=80), pauses=False, total=3)
    for step in range(3):
        narrator.step(f"step {step}", "why " * 60)
        narrator.lines(["line [/x] [red]"] * 70)
        narrator.command("glm-wizard " + "--set x=1 " * 30)
    lines = text.getvalue().splitlines()
    for first in range(len(lines) - 23):
        assert any(WORD in line for line in lines[first : first + 23])
    assert "line [/x] [red]" in lines


@pytest.mark.parametrize(("typed", "leaves"), [(b"\x1b", True), (b"\x1b[B", False), (b"\x1bOP", False), (b"x", False)])
def test_an_arrow_is_not_the_key_that_leaves(typed: bytes, leaves: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """It begins with the same sign, and does nothing; Enter goes on after it."""
    outside, inside = pty.openpty()
    narrator = Narrator(Console(file=io.StringIO()), pauses=True, total=1)
    with os.fdopen(outside, "wb", buffering=0) as keys, os.fdopen(inside) as terminal:
        monkeypatch.setattr(sys, "stdin", terminal)
        keys.write(typed)
        assert (narrator._key("?") in narrating._OFF) is leaves
        keys.write(b"\r")
        assert narrator._key("?") in narrating._ON


def test_no_flag_is_broken_where_it_is_told() -> None:
    """In a sentence or beside a head, however wide the terminal is."""
    for width in range(60, 80):
        text = io.StringIO()
        narrator = Narrator(Console(file=text, width=width), pauses=False, total=1)
        narrator.say("lower --mem-fraction-static. " * 9)
        narrator.item("change   ", "lower --mem-fraction-static. " * 9)
        assert text.getvalue().count("--mem-fraction-static") == 18, width


def test_the_pretended_tools_touch_no_kernel_setting(tmp_path: Path) -> None:
    """What the script would tune stays as it is, even for root."""
    hosts = PretendedHosts(tmp_path, Series.A3, 1, start_s=1, release="0.5.14")
    (address,) = hosts.addresses
    script = (
        "printf new | tee /proc/self/comm >/dev/null; read -r name </proc/$$/comm; sysctl -w vm.swappiness=0\n"
        'printf "%s\\n" "$name"; printf kept | tee here/file >/dev/null; cat here/file; ip -o addr show; npu-smi info'
    )
    (tmp_path / "here").mkdir()
    answer = hosts.way(address).run(f"cd {tmp_path}\n{script}", limit_s=20)
    assert answer.code == 0, answer.errors
    lines = answer.text.splitlines()
    assert lines[:2] == ["SIMULATED: sysctl -w vm.swappiness=0", "sh"]
    assert lines[2].startswith("kept")
    assert f"inet {address}/" in answer.text
    assert answer.text.count("Ascend910") == 16


def test_ports_move_away_from_what_is_served_already() -> None:
    """A server on all addresses takes a port on the pretended hosts, too."""
    import socket

    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port = door.getsockname()[1]
        door.listen()
        assert free_offset(["127.0.0.1"], [port]) >= 1000
        assert free_offset(["127.0.0.99"], [port]) == 0


def test_a_preset_can_be_moved_to_other_ports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each role has its own ports; the plan that comes out has no error that the preset has not."""
    monkeypatch.setattr(demo_word, "free_offset", lambda *_: 1000)
    for name in ("a3-single", "a2-single", "a3-multi", "a3-pd", "a3-pd-3p1d"):
        preset = presets.preset(name)
        selection = preset.selection
        folder = tmp_path / name
        hosts = PretendedHosts(folder, selection.series, selection.host_count, start_s=1, release=selection.release)
        session = demo_word.on_hosts(Session(selection, preset), hosts)
        assert not isinstance(session.planned, WizardError)
        assert session.blocking == (), (name, session.blocking)


def demo(folder: Path, *words: str) -> subprocess.Popen[str]:
    """The word in a process of its own, its files in ``folder``."""
    command = [sys.executable, "-m", "wizard.cli", "--demo", *words, "--output", str(folder / "kept"), "--yes"]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        env=os.environ | {"COLUMNS": "100"},
    )  # fmt: skip


def left(folder: Path) -> list[int]:
    """What was started by a rehearsal and still runs."""
    mark = f"GLM_WIZARD_SIMULATE_HOST={folder / 'kept'}".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (process / "environ").read_bytes():
                found.append(int(process.name))
        except OSError:
            continue
    return found


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("a3-pd",), ("hccl_buffsize", "+ decode: HCCL_BUFFSIZE = 1024", "with the changed plan")),
        (("a3-multi", "--fault", "hccl-timeout"), ("cause is taken away by hand", "the plan stays as it is")),
        (("a3-single", "--fault", "port-in-use"), ("+ server: port",)),
        (("a2-single", "--fault", "none"), ()),
    ],
)
def test_the_whole_journey(tmp_path: Path, words: tuple[str, ...], told: tuple[str, ...]) -> None:
    """From detect to stop: it answers Paris in the end, and nothing is left."""
    process = demo(tmp_path, *words)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 0, said
    for text in ("SIMULATED", "Paris", "it answers", "nothing is left", *told):
        assert text.lower() in said.lower(), said
    assert left(tmp_path) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("how", "at"),
    [
        (signal.SIGKILL, "loading weights"),
        (signal.SIGHUP, "loading weights"),
        *((signal.SIGINT, at) for at in ("1/6 Detect", "copy ", "started as", "loading weights", "5/6 Verify")),
    ],
)
def test_a_rehearsal_that_is_broken_off_leaves_nothing(tmp_path: Path, how: signal.Signals, at: str) -> None:
    """Ctrl-C at any step, the terminal closed, or the whole wizard killed while servers run."""
    process = demo(tmp_path, "a3-single", "--fault", "none")
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if at in line:
                break
        assert left(tmp_path) or at not in ("loading weights", "5/6 Verify")
        process.send_signal(how)
        rest, _ = process.communicate(timeout=30)
        assert process.returncode in (4, -signal.SIGKILL)
        assert how is signal.SIGKILL or "SIMULATED: nothing is left." in rest
        wait_for(lambda: left(tmp_path) == [])
    finally:
        process.kill()
        process.wait()


@pytest.mark.slow
def test_on_a_terminal_one_key_goes_on_looks_or_leaves(tmp_path: Path) -> None:
    """Enter, f for the same on a full screen and back, q; other keys do nothing."""
    words = ["--demo", "a3-single", "--fault", "none", "--output", str(tmp_path / "kept")]
    with on_terminal([sys.executable, "-m", "wizard.cli", *words], folder=tmp_path) as seen:
        seen.until(b"q: stop and leave")
        seen.press("f\r")  # not offered yet
        seen.until(b"1/6 Detect")
        seen.until(b"f: try it yourself")
        seen.press("f")
        seen.until(b"\x1b[?1049h")
        seen.until(b"Scenario")
        seen.seen = b""
        seen.press("q")
        seen.until(b"\x1b[?1049l")
        seen.until(b"f: try it yourself")  # what is typed while the screen closes goes to neither
        seen.press("\r")
        seen.until(b"2/6 Choose")
        seen.press("q")
        seen.until(b"nothing is left.")
        assert seen.ended() == 4
    assert left(tmp_path) == []


def test_elsewhere_than_on_linux_it_says_so_first() -> None:
    """What it needs, and what works instead."""
    with pytest.raises(UsageError, match="Linux only") as refused:
        check_platform("darwin")
    assert "recorded machines" in (refused.value.hint or "")
