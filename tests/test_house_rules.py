"""Rules of the house that a machine can hold: what is loaded, how long files are, that data travels."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = [path for folder in ("wizard", "screens", "presets") for path in sorted((ROOT / folder).rglob("*.py"))]

TESTS = [
    path
    for path in sorted((ROOT / "tests").rglob("test_*.py"))
    if "benchmarks" not in path.parts  # they measure what happens in a time
]


def loaded(code: str) -> set[str]:
    """The top-level modules that are loaded after running ``code``."""
    script = (
        f"import sys, io\nsys.stdout = io.StringIO()\n{code}\nsys.stdout = sys.__stdout__\nprint(*sorted(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(done.stdout.split())


def test_parsing_loads_nothing_heavy() -> None:
    """--help, --version and a mistyped flag need argparse alone."""
    modules = loaded("import wizard.cli; wizard.cli.parser()")
    assert not modules & {"pydantic", "textual", "questionary", "plumbum", "rich", "tomllib", "asyncio"}


def test_exporting_loads_no_interface() -> None:
    """The main job loads neither textual nor questionary, plumbum or rich."""
    modules = loaded("import wizard.cli; assert wizard.cli.main(['--preset', 'a3-pd', '--export']) == 0")
    assert "pydantic" in modules
    assert not modules & {"textual", "questionary", "plumbum", "rich", "asyncio", "difflib"}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_stay_short_and_say_what_they_are(path: Path) -> None:
    """A source file has at most 350 lines and a docstring."""
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 350
    assert text.startswith('"""') or path.name == "extract.py"


def test_code_stays_in_its_own_words() -> None:
    """No name of a vague kind."""
    assert not [path for path in SOURCES if path.stem in {"utils", "helpers", "manager", "misc", "common"}]


@pytest.mark.parametrize("path", TESTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_test_sleeps(path: Path) -> None:
    """They wait until something is so; a pause of some length stands in a loop that looks whether it is."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    looking = {id(node) for loop in ast.walk(tree) if isinstance(loop, ast.While) for node in ast.walk(loop)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
            assert name != "sleep", f"line {node.lineno}"
            assert name != "pause" or not node.args or id(node) in looking, f"line {node.lineno}"


def test_import_contracts_are_kept() -> None:
    """The directions between the rooms hold."""
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
