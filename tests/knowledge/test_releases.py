"""Look-ups in the committed release files: which option a word means, in which release, by argparse's own rules."""

import argparse
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from wizard.knowledge.releases import (
    Ambiguous,
    Option,
    Release,
    known_releases,
    known_routers,
    nearest_release,
    release,
    router,
)

RELEASES = ("0.5.13.post1", "0.5.14", "0.5.16", "0.5.23")
PROGRAMS = [*(pytest.param(release(version), id=version) for version in RELEASES), pytest.param(router(), id="router")]

# Options of the published GLM-5.1, 5.2 and 5.3 launches on Ascend hosts, as they are spelled there.
RECIPE_OPTIONS = [
    "attention-backend",
    "attn-cp-size",
    "chunked-prefill-size",
    "context-length",
    "cp-strategy",
    "cuda-graph-backend-decode",
    "cuda-graph-backend-prefill",
    "cuda-graph-bs",
    "cuda-graph-bs-decode",
    "cuda-graph-max-bs",
    "cuda-graph-max-bs-decode",
    "deepep-mode",
    "device",
    "disable-cuda-graph",
    "disable-radix-cache",
    "disable-shared-experts-fusion",
    "disaggregation-bootstrap-port",
    "disaggregation-decode-enable-radix-cache",
    "disaggregation-mode",
    "disaggregation-transfer-backend",
    "dist-init-addr",
    "dp-size",
    "dtype",
    "enable-dp-attention",
    "enable-dp-lm-head",
    "enable-nsa-prefill-context-parallel",
    "enable-prefill-cp",
    "ep-size",
    "host",
    "load-balance-method",
    "max-prefill-tokens",
    "max-running-requests",
    "mem-fraction-static",
    "model-path",
    "moe-a2a-backend",
    "moe-dense-tp",
    "moe-dense-tp-size",
    "nnodes",
    "node-rank",
    "nsa-prefill-cp-mode",
    "port",
    "pp-size",
    "prefill-round-robin-balance",
    "quantization",
    "reasoning-parser",
    "served-model-name",
    "speculative-algorithm",
    "speculative-draft-model-quantization",
    "speculative-eagle-topk",
    "speculative-num-draft-tokens",
    "speculative-num-steps",
    "tokenizer-worker-num",
    "tool-call-parser",
    "tp-size",
    "trust-remote-code",
    "watchdog-timeout",
]
ROUTER_OPTIONS = ("decode", "host", "pd-disaggregation", "policy", "port", "prefill")


def name(found: Option | Ambiguous | None) -> str | None:
    """The canonical name, ``?`` where the word is ambiguous."""
    return "?" if isinstance(found, Ambiguous) else found and found.name


def test_known_releases_are_in_version_order() -> None:
    """Oldest first, router files apart."""
    assert known_releases() == RELEASES
    assert known_routers() == ("0.3.2",)


@pytest.mark.parametrize(
    ("text", "expected", "exact"),
    [
        ("0.5.16", "0.5.16", True),
        ("v0.5.14", "0.5.14", True),
        ("0.5.13.post1", "0.5.13.post1", True),
        ("0.5.13", "0.5.13.post1", False),
        ("0.5.13.post2", "0.5.13.post1", False),
        ("v0.5.15", "0.5.14", False),
        ("0.5.15.post1", "0.5.14", False),
        ("0.5.16.post2", "0.5.16", False),
        ("0.5.16rc1", "0.5.16", False),
        ("0.5.19", "0.5.16", False),
        ("0.5.20", "0.5.23", False),
        ("0.5.24.dev12+gabcdef0", "0.5.23", False),
        ("0.6.0", "0.5.23", False),
        ("1.0.0", "0.5.23", False),
        ("0.4.9", "0.5.13.post1", False),
        ("main", "0.5.23", False),
        ("", "0.5.23", False),
        ("not a release", "0.5.23", False),
        ("v0.5.14-cann9.0.0-a3", "0.5.14", True),
        ("cann9.0.0-a3-v0.5.16", "0.5.16", True),
        ("v0.5.10-npu.rc1-a3", "0.5.13.post1", False),
        ("main-cann9.0.0-910b", "0.5.23", False),
        ("10.0.0.1:5000/ascend/sglang:v0.5.14-cann9.0.0-a3", "0.5.14", True),
    ],
)
def test_nearest_release(text: str, expected: str, exact: bool) -> None:
    """Whatever is named, a known release stands in for it; CANN numbers and addresses are no releases."""
    assert nearest_release(text) == (expected, exact)
    assert release(text).version == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        # canonical names, aliases, dashes, values
        ("tp-size", ("tp-size",) * 4),
        ("--tensor-parallel-size", ("tp-size",) * 4),
        ("--ep", ("ep-size",) * 4),
        ("--data-parallel-size=4", ("dp-size",) * 4),
        ("--served-model-name", ("served-model-name",) * 4),
        ("--no-lora-strict-loading", ("lora-strict-loading",) * 4),
        # prefixes
        ("--moe-dense-tp", ("moe-dense-tp-size",) * 4),
        ("--tp", ("tp-size",) * 4),
        ("--mem", ("mem-fraction-static",) * 4),
        ("--mem=0.8", ("mem-fraction-static",) * 4),
        ("--pp", ("?",) * 4),
        ("--he", (None,) * 4),
        ("--h", ("?",) * 4),
        # what argparse does not take
        ("tp_size", (None,) * 4),
        ("--tp_size=4", (None,) * 4),
        ("-tp", (None,) * 4),
        ("--help", (None,) * 4),
        ("--nonsense", (None,) * 4),
        # what moved between the releases
        ("--cuda-graph-bs", ("cuda-graph-bs", "cuda-graph-bs", "cuda-graph-bs", "?")),
        ("--cuda-graph-max-bs", ("cuda-graph-max-bs", "cuda-graph-max-bs", "cuda-graph-max-bs", "?")),
        ("--cuda-graph-max-bs-decode", (None, *("cuda-graph-max-bs-decode",) * 3)),
        ("--enable-nsa-prefill-context-parallel", (*("enable-nsa-prefill-context-parallel",) * 3, None)),
        ("--nsa-prefill-cp-mode", (*("nsa-prefill-cp-mode",) * 3, None)),
        ("--enable-prefill-cp", (None, *("enable-prefill-cp",) * 3)),
        ("--prefill-round-robin-balance", (*("prefill-round-robin-balance",) * 3, None)),
        ("--attn-dp-size", (None, None, None, "attn-dp-size")),
        ("--enable-dp-attention", ("enable-dp-attention",) * 4),
        ("--disable-cuda-graph", ("disable-cuda-graph",) * 4),
        ("--page", ("page-size", "page-size", "page-size", "?")),
        ("--trust", ("trust-remote-code", "trust-remote-code", "trust-remote-code", "?")),
    ],
)
def test_resolve(word: str, expected: tuple[str | None, ...]) -> None:
    """What each release takes a word for: an option, none, or (``?``) an ambiguous abbreviation."""
    assert tuple(name(release(version).resolve(word)) for version in RELEASES) == expected


def test_an_ambiguous_abbreviation_names_what_it_could_be() -> None:
    """In the release that split the graph sizes, the old option is refused with both new ones."""
    assert release("0.5.23").resolve("--cuda-graph-bs=16") == Ambiguous(
        "--cuda-graph-bs", ("--cuda-graph-bs-decode", "--cuda-graph-bs-prefill")
    )


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("tp-size", "tp-size"),
        ("--tensor-parallel-size", "tp-size"),
        ("moe-dense-tp", None),
        ("--tp-size=4", None),
        ("", None),
    ],
)
def test_option_takes_declared_spellings_only(word: str, expected: str | None) -> None:
    """No abbreviations, no values."""
    assert name(release("0.5.16").option(word)) == expected


@pytest.mark.parametrize(
    ("version", "option_name", "facts"),
    [
        ("0.5.13.post1", "model-path", {"kind": "str", "required": True, "default": None}),
        ("0.5.13.post1", "tp-size", {"flags": ("--tensor-parallel-size", "--tp-size"), "kind": "int", "default": 1}),
        ("0.5.16", "tp-size", {"flags": ("--tp-size", "--tensor-parallel-size"), "kind": "int", "default": 1}),
        ("0.5.13.post1", "cuda-graph-bs", {"kind": "int", "nargs": "+", "deprecated": None}),
        ("0.5.14", "cuda-graph-bs", {"kind": "int", "nargs": "+", "deprecated": "cuda-graph-bs-decode"}),
        (
            "0.5.16",
            "nsa-prefill-cp-mode",
            {"choices": ("in-seq-split", "round-robin-split"), "deprecated": "cp-strategy"},
        ),
        ("0.5.16", "prefill-round-robin-balance", {"kind": "flag", "deprecated": True}),
        ("0.5.16", "disable-cuda-graph", {"kind": "flag", "deprecated": True}),
        ("0.5.16", "grpc-mode", {"deprecated": "smg-grpc-mode"}),
        ("0.5.23", "enable-dp-attention", {"kind": "flag", "deprecated": "attn-dp-size"}),
        ("0.5.23", "enable-hierarchical-cache", {"flags": ("--enable-hierarchical-cache", "--enable-hicache")}),
        ("0.5.23", "context-length", {"kind": "size", "default": None}),
        ("0.5.23", "max-prefill-tokens", {"kind": "size", "default": 16384}),
        ("0.5.23", "cuda-graph-config", {"kind": "json"}),
        ("0.5.23", "json-model-override-args", {"kind": "str", "default": "{}"}),
        ("0.5.23", "mem-fraction-static", {"kind": "float", "default": None}),
        ("0.5.23", "dllm-fdfo", {"kind": "flag", "negatable": True, "default": True}),
        ("0.5.23", "cuda-graph-backend-prefill", {"choices": ("full", "breakable", "disabled")}),
        ("0.5.23", "deepep-mode", {"choices": ("auto", "normal", "low_latency"), "default": "auto"}),
    ],
)
def test_facts_of_an_option(version: str, option_name: str, facts: dict[str, Any]) -> None:
    """Kinds, choices, defaults and deprecations are those of the release's own parser."""
    option = release(version).option(option_name)
    assert option is not None
    assert {key: getattr(option, key) for key in facts} == facts


def test_router_options() -> None:
    """The router's workers are repeatable, each with its own number of words."""
    prefill, decode = router().option("prefill"), router().option("--decode")
    assert prefill is not None
    assert decode is not None
    assert (prefill.repeatable, prefill.nargs) == (True, "+")
    assert (decode.repeatable, decode.nargs) == (True, 1)
    assert router().program == "sglang_router.launch_router"
    assert all(router("9.9.9").option(used) for used in ROUTER_OPTIONS)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("tp_size", "tp-size"),
        ("--max-runing-requests", "max-running-requests"),
        ("--chunked-prefil-size=4096", "chunked-prefill-size"),
        ("Served-Model-Name", "served-model-name"),
        ("tensor-paralel-size", "tp-size"),
    ],
)
def test_suggest(text: str, first: str) -> None:
    """The nearest name comes first, and there are three at most, each once."""
    suggested = release("0.5.23").suggest(text)
    assert suggested[0] == first
    assert len(set(suggested)) == len(suggested) <= 3


def test_nothing_is_suggested_for_what_is_near_nothing() -> None:
    """A word unlike every option has no neighbours."""
    assert release("0.5.23").suggest("qqqqqqqq") == ()


@pytest.mark.parametrize("used", RECIPE_OPTIONS)
def test_every_option_of_the_recipes_is_known(used: str) -> None:
    """Each is an option, or an unambiguous abbreviation, in at least one release."""
    assert any(isinstance(release(version).resolve(used), Option) for version in RELEASES)


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_files_are_consistent(program: Release) -> None:
    """Names and flags are unique, a name is one of its flags, and a replacement is an option of the same release."""
    names = [option.name for option in program.options]
    flags = [flag for option in program.options for flag in option.flags]
    assert len(set(names)) == len(names)
    assert len(set(flags)) == len(flags)
    for option in program.options:
        assert option.flag in option.flags
        assert all(flag.startswith("--") for flag in option.flags)
        assert option.kind in {"int", "float", "str", "flag", "json", "size"}
        assert option.kind != "flag" or option.nargs is None
        assert not isinstance(option.deprecated, str) or program.option(option.deprecated)


class Recorded(argparse.Action):
    """Notes which option argparse took a word for."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: str | None = None) -> None:
        """Keep the option's name."""
        namespace.found = self.dest


class Strict(argparse.ArgumentParser):
    """An ArgumentParser that raises at once."""

    def error(self, message: str) -> Any:
        """Raise instead of printing the usage."""
        raise ValueError(message)


def argparse_of(program: Release) -> Strict:
    """A real parser with the program's flags."""
    parser = Strict(prog="x")
    for option in program.options:
        parser.add_argument(*option.flags, dest=option.name, action=Recorded, nargs="*", default=argparse.SUPPRESS)
    return parser


def words(option: Option) -> Iterator[str]:
    """Spellings to try: every flag, as it is, with a value, misspelt, and cut short in each of its words."""
    for flag in option.flags:
        parts = flag[2:].split("-")
        yield from (flag, f"{flag}=1", flag.replace("-", "_").replace("__", "--", 1), f"{flag}x")
        for length in range(1, len(parts)):
            stem = "--" + "-".join(parts[:length])
            yield from (stem, f"{stem}-{parts[length][:1]}")
        yield flag[:-1]


@pytest.mark.parametrize("program", PROGRAMS)
def test_resolve_agrees_with_argparse(program: Release) -> None:
    """For every option and its abbreviations the answer is that of a real parser with the same flags."""
    parser = argparse_of(program)
    for word in dict.fromkeys(word for option in program.options for word in words(option)):
        if "--help".startswith(word):
            continue
        try:
            expected = getattr(parser.parse_known_args([word])[0], "found", None)
        except ValueError:
            expected = "?"
        assert name(program.resolve(word)) == expected, word


def test_pydantic_is_not_needed() -> None:
    """The look-up is used before anything heavy is loaded, and loads nothing heavy itself."""
    code = (
        "import sys; from wizard.knowledge import releases, spelling; spelling.respell({'tp': 1}, releases.release());"
        "print([name for name in ('pydantic', 'rich', 'difflib', 'plumbum', 'textual') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
