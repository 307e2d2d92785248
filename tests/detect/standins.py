"""Stand-ins for `npu-smi`, each failing, or answering, in its own way."""

from pathlib import Path

from wizard.detect.probe import Limits

QUICK = Limits(command_s=1, short_s=1, whole_s=4)

SCRIPTS = {
    "driver": 'echo "dcmi module initialize failed. ret is -8005"; exit 187',
    "hangs": "while :; do sleep 1; done",
    "stubborn": 'trap "" TERM INT HUP; while :; do sleep 1; done',
    "noise": "head -c 4000 /dev/urandom",
    "empty": "exit 0",
    "library": 'echo "npu-smi: error while loading shared libraries: libdrvdsmi_host.so: cannot open" >&2; exit 127',
}


def install(folder: Path, script: str) -> Path:
    """An executable `npu-smi` in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "npu-smi"
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def printing(folder: Path, text: str) -> Path:
    """An `npu-smi` that prints a table for `info` and says what else it cannot do."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "table.txt").write_text(text, encoding="utf-8")
    return install(folder, f'[ $# -eq 1 ] && exec cat "{folder}/table.txt"\necho "Error parameter of -t"; exit 1')
