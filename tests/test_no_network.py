"""Without a network everything but pulling an image works: nothing is connected to but the hosts that were given."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
WORDS = (
    ("--preset", "a2-single", "--export"),
    ("--preset", "a3-pd", "--hosts", "a.invalid,b.invalid", "--plan", "--json"),
    ("--preset", "a3-pd", "--hosts", "a.invalid,b.invalid", "--check"),
    ("--preset", "a3-pd", "--hosts", "a.invalid,b.invalid", "--model-path", "/m", "--launch", "--dry-run"),
    ("--presets",),
    ("--features",),
    ("--explain", "tp-size"),
    ("--runs", "--json"),
)
WATCHED = """
import json, sys
touched = []
sys.addaudithook(lambda event, arguments: touched.append(event) if event in {
    "socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "subprocess.Popen", "os.exec",
    "urllib.Request"} else None)
import io
from wizard import cli
for words in json.loads(sys.argv[1]):
    sys.stdout, sys.stderr = io.StringIO(), io.StringIO()
    code = cli.main(words)
    assert code in (0, 1), (words, code, sys.stderr.getvalue())
assert not touched, touched
"""
CONNECT = re.compile(r"connect\(\d+, \{sa_family=(AF_\w+)(.*)")
STRACE = shutil.which("strace")


def test_words_that_ask_no_host_touch_no_network() -> None:
    """No connection, no name looked up, no program started: not even for hosts whose names mean nothing."""
    import json

    words = json.dumps([list(one) for one in WORDS])
    done = subprocess.run([sys.executable, "-c", WATCHED, words], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("words", [("--detect", "--json"), ("--demo", "a3-single", "--fault", "none", "--yes")])
def test_no_system_call_leaves_this_machine(tmp_path: Path, words: tuple[str, ...]) -> None:
    """Every connect() of the wizard and of all that it starts goes to loopback or to a socket of this machine."""
    if STRACE is None or subprocess.run([STRACE, "true"], capture_output=True, check=False).returncode:
        pytest.skip("needs strace")
    trace = tmp_path / "trace"
    done = subprocess.run(
        [STRACE, "-f", "-qq", "-e", "trace=connect", "-o", str(trace), sys.executable, "-m", "wizard.cli", *words],
        capture_output=True, text=True, check=False, cwd=ROOT, timeout=300, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode in (0, 3), done.stderr
    calls = [found.groups() for line in trace.read_text(encoding="utf-8", errors="replace").splitlines()
             if (found := CONNECT.search(line))]  # fmt: skip
    outside = [
        rest for family, rest in calls
        if family not in {"AF_UNIX", "AF_UNSPEC", "AF_NETLINK"} and '"127.' not in rest and '"::1"' not in rest
    ]  # fmt: skip
    assert outside == []
    assert calls or words[0] == "--detect"
