"""The container runtime for real: Debian's podman with an image made of this machine's own bash and Python.

No Ascend image can be run here, so the server inside is a stand-in; engine, image, mounts and signals are real.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.launch.cluster import STUB, Cluster, Launched, order, program, stopped
from wizard.launch import live
from wizard.model.run import State

pytestmark = [pytest.mark.ssh, pytest.mark.slow]
IMAGE = "localhost/glm-wizard-test:1"
PROGRAMS = ("bash", "sh", "grep", "sed", "sha256sum", "cat", "cut", "env", "dirname", "basename", "uname")
CONFIG = """
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
"""


class Podman:
    """An engine with a store of its own, within the limits of a sandbox: no limit is raised, no cgroup of systemd."""

    def __init__(self, folder: Path) -> None:
        (folder / "containers.conf").write_text(CONFIG, encoding="utf-8")
        self.words = f"podman --root {folder}/store --runroot {folder}/run --storage-driver vfs"
        self.variables = {"CONTAINERS_CONF": str(folder / "containers.conf")}

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*self.words.split(), *words], capture_output=True, text=True, check=False, timeout=120,
            env={**os.environ, **self.variables},
        )  # fmt: skip


def libraries(path: Path) -> set[Path]:
    """What a program is linked with."""
    said = subprocess.run(["ldd", str(path)], capture_output=True, text=True, check=False).stdout
    words = [word for line in said.splitlines() for word in line.split() if word.startswith("/")]
    return {Path(word) for word in words}


def tree(root: Path) -> None:
    """A root file system: bash, a few tools, this Python with its library, the stand-in of the server."""
    python, library = Path(sys.executable).resolve(), Path(sysconfig.get_path("stdlib"))
    skipped = shutil.ignore_patterns(
        "test", "tests", "__pycache__", "idlelib", "site-packages", "dist-packages", "config-*"
    )
    shutil.copytree(library, root / library.relative_to("/"), ignore=skipped)
    files = {Path(found) for name in PROGRAMS if (found := shutil.which(name, path="/usr/bin:/bin"))} | {python}
    linked = {one for file in [*files, *(library / "lib-dynload").glob("*.so")] for one in libraries(file)}
    for file in files | linked:
        place = root / file.relative_to("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, place)
    for name in ("bin", "lib64", "lib"):  # where the kernel and shebangs look for them
        (root / name).mkdir(exist_ok=True)
    for name in PROGRAMS:
        if not (root / "bin" / name).exists():
            (root / "bin" / name).symlink_to(f"/usr/bin/{name}")
    shutil.copytree(STUB, root / "stub")
    (root / "faults").mkdir()
    (root / "tmp").mkdir()
    (root / "usr" / "local" / "bin").mkdir(parents=True, exist_ok=True)
    program(
        root / "usr" / "local" / "bin" / "python3", f'export PYTHONPATH=/stub STUB_FOLDER=/faults\nexec {python} "$@"'
    )


@pytest.fixture
def podman(tmp_path: Path) -> Iterator[Podman]:
    """A real engine that holds the image; every container of it ends with the test."""
    absent = [
        name
        for name in ("podman", "runc", "catatonit")
        if not shutil.which(name, path="/usr/bin:/usr/sbin:/usr/libexec/podman")
    ]
    if absent:
        pytest.skip(f"needs {', '.join(absent)} (Debian: podman runc catatonit)")
    short = Path(tempfile.mkdtemp(prefix="glmw-", dir="/tmp"))  # podman takes no run folder of over 50 characters
    engine = Podman(short)
    root = tmp_path / "root"
    root.mkdir()
    tree(root)
    subprocess.run(["tar", "-C", str(root), "-cf", str(tmp_path / "image.tar"), "."], check=True)
    made = engine.run("import", str(tmp_path / "image.tar"), IMAGE)
    tried = engine.run("run", "--rm", "--init", "--privileged", "--network", "host", IMAGE, "bash", "-c", "echo well")
    try:
        if tried.stdout != "well\n":
            pytest.skip(f"podman runs no container here: {made.stderr[-300:]} {tried.stderr[-300:]}")
        yield engine
    finally:
        engine.run("rm", "--all", "--force")
        engine.run("rmi", "--all", "--force")
        shutil.rmtree(short, ignore_errors=True)


def test_a_preset_is_launched_in_a_container_and_leaves_none(cluster: Cluster, podman: Podman, tmp_path: Path) -> None:
    """The unchanged script runs itself inside; the run knows its container; it is asked to end, and none is left."""
    address = cluster.boot(0)
    variables = "".join(f"export {name}={value}\n" for name, value in podman.variables.items())
    engine = podman.words.replace("podman", str(shutil.which("podman")), 1)
    program(cluster.tools(address) / "podman", f'{variables}exec {engine} "$@"')
    weights = tmp_path / "weights"
    weights.mkdir()
    launched = Launched(order(cluster, "a3-single", "runtime container", f"image {IMAGE}", f"model-path {weights}"))
    run = launched.done()
    assert run.state is State.READY, launched.told()
    assert run.facts[address]["image"] == podman.run("image", "inspect", "--format", "{{.Id}}", IMAGE).stdout.strip()
    assert podman.run("ps", "--format", "{{.Names}}").stdout == "glm-wizard-server\n"
    assert live.live(run).state is State.READY
    after, told = stopped(run)
    assert after.state is State.STOPPED, told
    assert podman.run("ps", "--all", "--quiet").stdout == ""
