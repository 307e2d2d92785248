"""Files whole or absent: a writer is killed (-9) at every step of writing, and the old or the new file is there."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
KILLER = """
import os, signal, sys

def killed_at(step):
    # a writer that is killed at its step-th touch of the disk; whether it came to its end before
    child = os.fork()
    if child == 0:
        steps = 0
        def touched(*_):
            nonlocal steps
            steps += 1
            if steps == step:
                os.kill(os.getpid(), signal.SIGKILL)
        def hook(event, arguments):
            if event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR):
                touched()
            elif event in {"os.rename", "os.remove", "os.chmod", "os.chown", "os.mkdir", "os.truncate"}:
                touched()
        fsync = os.fsync
        os.fsync = lambda handle: (touched(), fsync(handle), touched())
        sys.addaudithook(hook)
        write("new" * 20000)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0

write("old")
step = 1
while not killed_at(step):
    found = read()
    assert found in ("old", "new" * 20000), (step, found[:50])
    write("old")
    step += 1
assert step > 3, step
print(step - 1)
"""
WRITERS = {
    "a run's record": """
from wizard.launch import runs
from wizard.model.run import Run
run = Run(name="x", created="2026-11-26T03:12:00+00:00", plan="0")
runs.create(run, {})
def write(text): runs.save(run.evolve(title=text))
def read(): return runs.find("x").title
""",
    "a selection": """
from pathlib import Path
from wizard import presets, selection_file
from wizard.export.write import write_file
selection = presets.preset("a3-single").selection
def write(text):
    changed = selection.evolve(model=selection.model.evolve(path=text))
    write_file(FOLDER + "/selection.toml", selection_file.dumps(changed), overwrite=True)
def read(): return selection_file.load(Path(FOLDER + "/selection.toml")).model.path
""",
    "a draft": """
from wizard import drafts, presets
selection = presets.preset("a3-single").selection
def write(text): drafts.keep(selection.evolve(model=selection.model.evolve(path=text)))
def read(): return drafts.unfinished().selection.model.path
""",
}


@pytest.mark.parametrize("what", WRITERS)
def test_a_writer_killed_at_any_step_leaves_the_old_file_or_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Before it opens, between writing and moving, after moving: what is read is whole."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    code = f"FOLDER = {json.dumps(str(tmp_path))}\n{WRITERS[what]}\n{KILLER}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= 3
