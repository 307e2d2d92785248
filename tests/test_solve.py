"""Fix all: after it no error is left, or it says what stays; the set of changes is small."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wizard import check, choose, cli, presets, reproduce
from wizard.errors import WizardError
from wizard.model.finding import Edit, EditKind
from wizard.model.selection import Selection
from wizard.solve import fix_all

NAMES = [name for name in presets.files() if not presets.preset(name).yours]


def errors(selection: Selection) -> set[str]:
    return {finding.code for finding in check.blocking(check.findings(selection), selection.accepted)}


def changed(name: str, *flags: tuple[str, str]) -> Selection:
    edits = tuple(Edit(EditKind(kind), value) for kind, value in flags)
    return choose.apply_all(presets.preset(name).selection, edits)


def test_nothing_wrong_needs_no_change() -> None:
    """A preset is left as it is."""
    selection = presets.preset("a3-pd").selection
    solution = fix_all(selection)
    assert (solution.selection, solution.fixes, solution.left, solution.why) == (selection, (), (), "")


@pytest.mark.parametrize(
    ("name", "flags"),
    [
        ("a3-single", [("set", "page-size=0")]),
        ("a3-single", [("set", "page-size=0"), ("set", "max-running-requests=-1")]),
        ("a3-pd", [("set", "decode.page-size=64")]),
        ("a3-multi", [("set", "dp-size=5"), ("set", "chunked-prefill-size=1")]),
    ],
)
def test_broken_presets_are_mended(name: str, flags: list[tuple[str, str]]) -> None:
    """Afterwards no error is left, and no more was changed than was broken."""
    broken = changed(name, *flags)
    solution = fix_all(broken)
    assert errors(broken)
    assert not solution.left, solution.why
    assert not errors(solution.selection)
    assert 1 <= len(solution.fixes) <= 2 * len(flags)
    assert reproduce.same(choose.apply_all(broken, solution.edits), solution.selection)


OPTIONS = st.sampled_from(["dp-size", "tp-size", "ep-size", "page-size", "chunked-prefill-size", "mem-fraction-static"])


@settings(max_examples=40, deadline=None)
@given(name=st.sampled_from(NAMES), option=OPTIONS, value=st.sampled_from(["0", "-1", "2", "3", "7", "1000"]))
def test_a_solution_is_what_it_says(name: str, option: str, value: str) -> None:
    """Whatever is broken: what is said to be left is what is left, and an empty rest means no error."""
    try:
        broken = changed(name, ("set", f"{option}={value}"))
    except WizardError:
        return
    solution = fix_all(broken)
    assert {finding.code for finding in solution.left} == errors(solution.selection)
    assert bool(solution.left) == bool(solution.why)


def test_the_command_line_says_what_it_fixed(capsys: pytest.CaptureFixture[str]) -> None:
    """--fix makes the changes, tells each as flags, and leaves no error."""
    assert cli.main(["--preset", "a3-single", "--set", "page-size=0", "--check"]) == 1
    capsys.readouterr()
    assert cli.main(["--preset", "a3-single", "--set", "page-size=0", "--check", "--fix"]) == 0
    said = capsys.readouterr().err
    assert "fixed: " in said
    assert "--set page-size=" in said or "--unset page-size" in said
