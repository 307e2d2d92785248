"""Shell words are read exactly: quoting, expansion, splitting. Expected values are what bash gives."""

import shlex

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.strategies import NASTY, TEXT
from wizard.export.quote import join, quote
from wizard.importing.reader import read_script

BEFORE = "X='x y'; A=(one 'two three' four); I=1; E=(); declare -A M=([k]=v)\n"
LAUNCH = "python3 -m sglang.launch_server "


def arguments(text: str) -> list[str]:
    """The words behind the one launch of a text."""
    (command,) = read_script("", text).commands
    return list(command.arguments)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("a b", ["a", "b"]),
        ("'a b' \"c d\" e\\ f", ["a b", "c d", "e f"]),
        (r"$'a\n\x41\'\101\u00e9\t'", ["a\nA'Aé\t"]),
        (r"$'\xe6\xa8\xa1'", ["模"]),
        (r'"a\"b\\c\$d\e"', ['a"b\\c$d\\e']),
        ("'' \"\"", ["", ""]),
        ("a\\\n  b \\\n c", ["a", "b", "c"]),
        ("a # b\n", ["a"]),
        ("a#b", ["a#b"]),
        ("$X \"$X\" '$X'", ["x", "y", "x y", "$X"]),
        ("a$X'b c'", ["ax", "yb c"]),
        ("${A[@]}", ["one", "two", "three", "four"]),
        ('"${A[@]}"', ["one", "two three", "four"]),
        ('"-${A[@]}-"', ["-one", "two three", "four-"]),
        ('"${A[*]}"', ["one two three four"]),
        ('"${E[@]}" "x${E[@]}"', ["x"]),
        ("${!A[@]} ${#A[@]} ${#X}", ["0", "1", "2", "3", "3"]),
        ("${A[I]} ${A[$I+1]} ${A[-1]}", ["two", "three", "four", "four"]),
        ("${M[k]}", ["v"]),
        ("$((8998 + I)) $((2 * (3 + 4) % 5)) $((I > 0 ? 7 : 8))", ["8999", "4", "7"]),
        ("{0..3} a{b,c}d", ["0", "1", "2", "3", "abd", "acd"]),
        ("${X%y} ${X#x } ${X/x/z} ${X:0:1} ${X^^}", ["x", "y", "z", "y", "x", "X", "Y"]),
        ('${E:-d e} "${E:-d e}"', ["d", "e", "d e"]),
        ("${X:+--flag}", ["--flag"]),
        ("$(seq 2 4) $(echo $X)", ["2", "3", "4", "x", "y"]),
        ("--a=b -1 --", ["--a=b", "-1", "--"]),
    ],
)
def test_words(words: str, expected: list[str]) -> None:
    """A launch gets the words that bash would give it."""
    assert arguments(BEFORE + LAUNCH + words) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("$Y", ["<Y>"]),
        ('"${Y}:5000"', ["<Y>:5000"]),
        ("${1:-8}", ["8"]),
        ("$(hostname -I | awk '{print $1}')", ["<$(hostname -I | awk '{print $1}')>"]),
        ("`hostname`", ["<$(hostname)>"]),
        ("${Y:-'a b'} \"${Y:-c d}\"", ["a b", "c d"]),
    ],
)
def test_what_only_the_running_script_knows_stays_visible(words: str, expected: list[str]) -> None:
    """Nothing is run and nothing is guessed: an unknown value reads ``<NAME>`` and is marked."""
    (command,) = read_script("", LAUNCH + words).commands
    assert list(command.arguments) == expected
    assert bool(command.unknown) == any("<" in word for word in expected)


def test_a_placeholder_with_blanks_stays_one_word() -> None:
    """What will be filled in for it has no blanks, so an unquoted use does not split it."""
    assert arguments(f"IP='<your node1 ip>'\n{LAUNCH} --host $IP:1") == ["--host", "<your node1 ip>:1"]


@given(st.lists(NASTY, max_size=6))
@settings(max_examples=150, deadline=None)
def test_quoted_words_come_back(words: list[str]) -> None:
    """Any words, quoted by the export or by Python, are read as exactly these words."""
    assert arguments(LAUNCH + join(words)) == words
    assert arguments(LAUNCH + shlex.join(words)) == words


@given(TEXT)
@settings(max_examples=100, deadline=None)
def test_a_value_with_a_default_comes_back(text: str) -> None:
    """``NAME=${NAME:-value}``, the way exported scripts hold their values."""
    script = f'X=${{X:-{quote(text)}}}\n{LAUNCH} "$X"'
    assert arguments(script) == ([text] if text else ["<X>"])
