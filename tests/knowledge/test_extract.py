"""The extractor, run on small packages built as the real ones are, and (marker ``sglang``) on the real ones."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from wizard.knowledge import extract
from wizard.knowledge.releases import FOLDER, known_releases, known_routers, parse

SCRIPT = Path(extract.__file__)

SERVER_ARGS = """
import argparse, enum
import missing_accelerator.language as language
import torch_like_missing
from missing_accelerator import Config
print("noise of the import")


class Backend(enum.Enum):
    FULL = "full"


class DeprecatedAliasStoreAction(argparse.Action):
    def __init__(self, option_strings, dest, new_flag=None, **kwargs):
        self.new_flag = new_flag
        super().__init__(option_strings, dest, **kwargs)


class DeprecatedAction(argparse.Action):
    def __init__(self, option_strings, dest, error_message=None, nargs=0, **kwargs):
        self.error_message = error_message
        super().__init__(option_strings, dest, nargs=nargs, **kwargs)


@language.jit
def kernel(x: language.constexpr, y: Config | None = None):
    return x


class Derived(torch_like_missing.nn.Module):
    pass


def size(text):
    return int(text[:-1]) * 1000 if text.endswith("k") else int(text)


def prepare_server_args(argv):
    import json
    parser = argparse.ArgumentParser()
    add = parser.add_argument
    add("--model-path", "--model", required=True, help="a sentence that must not be written")
    add("--tensor-parallel-size", "--tp-size", type=int, default=1)
    add("--context-length", type=size)
    add("--mem-fraction-static", type=float)
    add("--graph-config", type=json.loads)
    add("--graph-bs-decode", type=int, nargs="+", default=[1])
    add("--graph-bs", type=int, nargs="+", action=DeprecatedAliasStoreAction, new_flag="--graph-bs-decode")
    add("--graph-backend", choices=[Backend.FULL, "disabled"], default=Backend.FULL)
    add("--graph-off", action=DeprecatedAction, help="x")
    add("--graph-gone", action=DeprecatedAction, error_message="use another one")
    add("--old-both", action="store_true", help="[Deprecated] Use --graph-{a,b}=1 instead.")
    add("--old-one", action="store_true", help="Deprecated, use --graph-backend=disabled.")
    add("--sampling", choices={"b", "a"})
    add("--checksum", nargs="?", const="", default=argparse.SUPPRESS)
    add("--worker", action="append", nargs="+")
    add("--strict", action=argparse.BooleanOptionalAction)
    return parser.parse_args(argv)
"""

ROUTER = """
import argparse


def parse_router_args(args):
    parser = argparse.ArgumentParser()
    parser.add_argument("--policy", choices=["b", "a"])
    return parser.parse_args(args)
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """An unpacked wheel of a release with all kinds of options, which imports packages that are not here."""
    files = {
        "sglang/__init__.py": "",
        "sglang/srt/__init__.py": "",
        "sglang/srt/server_args.py": SERVER_ARGS,
        "sglang-9.8.7.dist-info/METADATA": "Metadata-Version: 2.1\nName: sglang\nVersion: 9.8.7\n",
        "sglang_router/__init__.py": "",
        "sglang_router/launch_router.py": ROUTER,
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    return tmp_path


def run(*arguments: str, piped: bool = False, python: str = sys.executable) -> subprocess.CompletedProcess[str]:
    """Run the script as a file, or piped into the interpreter as into a container."""
    script = SCRIPT.read_text(encoding="utf-8") if piped else None
    command = [python, "-" if piped else str(SCRIPT), *arguments]
    return subprocess.run(
        command,
        input=script,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )


def options(text: str) -> dict[str, dict[str, Any]]:
    """The options of a file by name, without what an option of no particularity has anyway."""
    usual = {"type": "str", "nargs": None, "choices": None, "default": None, "deprecated": None}
    return {
        entry.pop("name"): {key: value for key, value in entry.items() if key not in usual or value != usual[key]}
        for entry in json.loads(text)["options"]
    }


def test_facts_of_every_kind_of_option(package: Path) -> None:
    """Types, choices, defaults, deprecations and particularities are what argparse knows."""
    done = run("--from", str(package))
    assert done.returncode == 0, done.stderr
    assert options(done.stdout) == {
        "model-path": {"flags": ["--model-path", "--model"], "required": True},
        "tp-size": {"flags": ["--tensor-parallel-size", "--tp-size"], "type": "int", "default": 1},
        "context-length": {"flags": ["--context-length"], "type": "size"},
        "mem-fraction-static": {"flags": ["--mem-fraction-static"], "type": "float"},
        "graph-config": {"flags": ["--graph-config"], "type": "json"},
        "graph-bs-decode": {"flags": ["--graph-bs-decode"], "type": "int", "nargs": "+", "default": [1]},
        "graph-bs": {"flags": ["--graph-bs"], "type": "int", "nargs": "+", "deprecated": "graph-bs-decode"},
        "graph-backend": {"flags": ["--graph-backend"], "choices": ["full", "disabled"], "default": "full"},
        "graph-off": {"flags": ["--graph-off"], "type": "flag", "deprecated": True},
        "graph-gone": {"flags": ["--graph-gone"], "type": "flag", "deprecated": True, "refused": True},
        "old-both": {"flags": ["--old-both"], "type": "flag", "default": False, "deprecated": True},
        "old-one": {"flags": ["--old-one"], "type": "flag", "default": False, "deprecated": "graph-backend"},
        "sampling": {"flags": ["--sampling"], "choices": ["a", "b"]},
        "checksum": {"flags": ["--checksum"], "nargs": "?", "const": ""},
        "worker": {"flags": ["--worker"], "nargs": "+", "repeatable": True},
        "strict": {"flags": ["--strict", "--no-strict"], "type": "flag", "negatable": True},
    }


def test_the_file_is_one_option_per_line_without_sentences(package: Path) -> None:
    """Help texts are not written, what the import prints stays out of it, and the file can be loaded."""
    text = run("--from", str(package)).stdout
    assert "sentence" not in text
    assert "noise" not in text
    lines = text.splitlines()
    assert [line.startswith('{"name": ') for line in lines] == [False, *[True] * 16, False]
    loaded = parse(json.loads(text))
    assert (loaded.version, loaded.program, loaded.help_flags) == ("9.8.7", "sglang.launch_server", ("-h", "--help"))
    assert loaded.source == "sglang 9.8.7 wheel, sglang/srt/server_args.py, own parser"


def test_only_what_is_missing_is_stood_in_for(package: Path) -> None:
    """Packages without which the import fails, each told on stderr."""
    told = [line for line in run("--from", str(package)).stderr.splitlines() if line.startswith("stand-in")]
    assert told == ["stand-in for missing_accelerator", "stand-in for torch_like_missing"]


def test_piped_into_an_interpreter_it_writes_the_same(package: Path, tmp_path: Path) -> None:
    """As with ``docker exec -i NAME python3 -``: no file of this project is needed."""
    output = tmp_path / "out.json"
    piped = run("--from", str(package), "--release", "9.8.7", piped=True)
    assert run("--from", str(package), "--release", "9.8.7", "--output", str(output)).stdout == ""
    assert piped.stdout == output.read_text(encoding="utf-8") != ""


def test_router(package: Path) -> None:
    """The router's parser is the one of its own launcher; its lists have no order of their own."""
    text = run("--from", str(package), "--router", "--release", "1.2.3").stdout
    assert json.loads(text)["program"] == "sglang_router.launch_router"
    assert options(text) == {"policy": {"flags": ["--policy"], "choices": ["a", "b"]}}


def test_a_folder_without_the_package_is_a_short_error(tmp_path: Path) -> None:
    """Nothing is written, and the next step is named."""
    done = run("--from", str(tmp_path))
    assert (done.returncode, done.stdout) == (1, "")
    assert "`--from`" in done.stderr
    assert "Traceback" not in done.stderr


def interpreters(folder: Path, version: str) -> list[str]:
    """Interpreters to try: the release's own environment, the others beside it, and this one."""
    own = folder / f"env-{version}/bin/python"
    others = sorted(path for path in folder.glob("env-[0-9]*/bin/python") if path != own)
    return [str(path) for path in (own, *others) if path.exists()] + [sys.executable]


@pytest.fixture
def unpacked() -> Path:
    """The folder that holds ``src-RELEASE``, the unpacked wheels, and maybe ``env-RELEASE`` with their dependencies."""
    folder = os.environ.get("SGLANG_UNPACKED_DIR")
    if not folder:
        pytest.skip("SGLANG_UNPACKED_DIR is not set: the folder with the unpacked wheels, src-RELEASE")
    return Path(folder)


@pytest.mark.sglang
@pytest.mark.parametrize("version", known_releases())
def test_the_committed_file_is_what_the_release_says(unpacked: Path, version: str) -> None:
    """Extracted again from the unpacked wheel, the file is the same to the letter."""
    source = unpacked / f"src-{version}"
    if not source.is_dir():
        pytest.skip(f"{source} is not there")
    tries = (
        run("--from", str(source), "--release", version, python=python) for python in interpreters(unpacked, version)
    )
    done = next((attempt for attempt in tries if attempt.returncode == 0), None)
    assert done is not None, "no interpreter here can import the release"
    assert done.stdout == (FOLDER / f"{version}.json").read_text(encoding="utf-8")


@pytest.mark.sglang
def test_the_committed_router_file_is_what_the_router_says(unpacked: Path) -> None:
    """The router's file, from an environment in which it is installed."""
    packages = next(unpacked.glob("env-router/lib/python*/site-packages"), None)
    if packages is None:
        pytest.skip("no env-router with the router beside the unpacked wheels")
    python = str(unpacked / "env-router/bin/python")
    version = known_routers()[-1]
    done = run("--router", "--from", str(packages), "--release", version, python=python)
    assert done.stdout == (FOLDER / f"router-{version}.json").read_text(encoding="utf-8")
