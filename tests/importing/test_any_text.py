"""No text makes the import fail, hang, or run anything."""

import subprocess
from typing import NoReturn

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.strategies import TEXT
from wizard.errors import ImportScriptError
from wizard.importing import import_command, import_scripts

GO = "python3 -m sglang.launch_server --tp-size 8 --model-path /m\n"
WORDS = """if then else fi elif for in do done while case esac function f(){ } { ( ) (( )) [[ ]] [ ] ; & && || | ! ;; *)
    X=1 X=$X$X A=(1 A+=(x) $X ${X:-d} ${A[@]} ${!A[@]} $((i+1)) $1 $@ {0..9} {a,b} a=~b 10.0.0.1 -eq == =~ -z
    export unset local shift exec eval break return exit read alias f $(hostname) /dev/davinci0 --foo"""
PIECES = [
    *WORDS.split(),
    *"'|\"|$'|\\|#|$|$(|${|`|<<EOF\n|EOF\n|\\\n|\n".split("|"),  # noqa: SIM905 - as they stand in a script
    "for ((i=0;i<3;i++)); do", "bash -c '", "ssh h", "docker run -e X=1 img", "cat > x <<EOF\n", GO.strip(), GO,
    "python3 -m sglang_router.launch_router --prefill http://a:1 2 --decode http://b:2",
    "--node-rank $i", "--nnodes 2", "--dist-init-addr a:1", "--host $X", "--disaggregation-mode prefill",
    "--disaggregation-mode decode", "--disaggregation-mode $R", "--api-key k", "\x00", "é模",
]  # fmt: skip


def tried(text: str) -> None:
    """Imports a text; the only error there may be is that nothing starts in it."""
    try:
        import_scripts([("a.sh", text)])
    except ImportScriptError as error:
        assert error.hint


@given(st.one_of(TEXT, st.lists(st.sampled_from(PIECES), max_size=40).map(" ".join)))
@settings(max_examples=300, deadline=None)
def test_any_text(text: str) -> None:
    """Broken shell, half a script, or no script at all."""
    tried(text)


@given(st.lists(st.one_of(TEXT, st.sampled_from(PIECES)), max_size=8))
@settings(max_examples=100, deadline=None)
def test_any_words(words: list[str]) -> None:
    """The same for a command line."""
    try:
        imported = import_command(["python3", "-m", "sglang.launch_server", *words])
    except ImportScriptError as error:
        assert error.hint
        return
    assert imported.selection.server_roles


@pytest.mark.parametrize(
    "text",
    [
        "for a in {0..999}; do for b in {0..999}; do for c in {0..999}; do X=$a; done; done; done\n" + GO,
        "X=aaaaaaaaaaaaaaaa\n" + "X=$X$X\n" * 200 + GO,
        "A=(a b c)\n" + "A+=(${A[@]})\n" * 60 + GO,
        "f() { f; f; }\nf\n" + GO,
        "".join(f"if [ -f x{i} ]; then export X{i}=1; fi\n" for i in range(100)) + GO,
        "while true; do " * 20 + GO + "done\n" * 20,
        'X=\'eval "$X"\'\neval "$X"\n' + GO,
        "for ((;;)); do X=$X.; done\n" + GO,
        "X=" + "a" * 2000 + "\nY=${X%%*a*a*a*a*a*b}\n" + GO,
    ],
    ids=["nested", "doubling", "array", "recursion", "conditions", "while", "eval", "endless", "pattern"],
)
def test_what_goes_on_for_ever_is_left(text: str) -> None:
    """Endless loops, doubling texts, recursion, many conditions: bounded, and the launch behind is still found."""
    assert import_scripts([("a.sh", text)]).selection.server_roles == ("server",)


@pytest.mark.parametrize(
    "opening", ["(", "{ ", "${", "$(", "`", "'\"", "((", "[[ ", "if ", "<<E\n", "bash -c '", "\\\n"]
)
def test_what_opens_thousands_of_times(opening: str) -> None:
    """Depth costs no recursion."""
    tried(opening * 5000 + "\n" + GO)


def test_nothing_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Substitutions and backticks are looked at, never executed."""

    def refuse(*_args: object, **_kwargs: object) -> NoReturn:
        raise AssertionError("a process was started")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    monkeypatch.setattr("os.system", refuse)
    tried(f"X=$(touch /tmp/x)\nY=`id`\neval $(id)\nsource <(id)\n{GO}")
