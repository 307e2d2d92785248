"""The command line: one flat grammar, parsed by argparse alone so that ``--help`` and ``--version`` answer at once.

Owns the words and their help. What a word does stands in ``wizard.words``; this is the one place that turns an error
into text and an exit code.
"""

import argparse
import gc
import sys
from collections.abc import Sequence
from typing import Any

from wizard import __version__, streams
from wizard.errors import ExitCode, UsageError, WizardError
from wizard.invocation import Invocation

_EPILOG = """\
roles      server | prefill, decode, router. A setting without ROLE. is made for every server role.
exit codes 0 done · 1 a check or diagnosis found errors, or the service failed · 2 usage · 3 a host could not be
           reached or probed · 4 interrupted
files      presets of your own: ~/.config/glm-wizard/presets/NAME.toml (a selection.toml as `--export --output DIR/`
           writes it, plus an [about] table with title, source and date)
formats    bash (one script) and json. Kubernetes, compose and systemd files are not written.
accessibility  `--prompt` asks in plain sentences with numbered choices, for screen readers and serial consoles; with
           `--plain` nothing is redrawn while one types. `--monitor --plain` tells a run line by line.
stdout is data, stderr is talk. NO_COLOR is respected. Secrets (API keys, tokens) are never written to a file.

examples
  glm-wizard --preset a2-single --export
  glm-wizard --preset a3-pd --hosts 10.0.0.1,10.0.0.2 --interface eth0 --model-path /models/glm --export --output out/
  glm-wizard --import old.sh --plan
  glm-wizard --explain max-running-requests
"""

EDIT_FLAGS = (
    ("set", "[ROLE.]OPTION=VALUE", "set a launch option; a switch stands alone"),
    ("unset", "[ROLE.]OPTION", "leave an option to SGLang's default"),
    ("env", "[ROLE.]NAME=VALUE", "export a variable"),
    ("unset-env", "[ROLE.]NAME", "do not export a variable"),
    ("feature", "[ROLE.]NAME", "switch a feature on (--features lists them)"),
    ("no-feature", "[ROLE.]NAME", "switch a feature off"),
    ("model-path", "PATH", "folder of the weights on every host, or a hub id"),
    ("quantization", "NAME", "quantisation of the weights: W8A8, W4A8, BF16, ..."),
    (
        "hosts",
        "A,B",
        "addresses (USER@A, A:PORT for ssh) by rank; prefill hosts, then decode hosts; or role=A,role=B; router=C",
    ),
    ("interface", "NIC", "network interface that owns the address; or HOST=NIC,HOST=NIC"),
    ("image", "IMAGE", "container image; its tag says the release"),
    ("release", "VERSION", "SGLang release whose option names are written"),
    ("runtime", "container|host", "run in the image, or directly (inside the image already, bare installation)"),
    ("series", "A2|A3", "Atlas 800I A2 or A3, where nothing can be probed"),
    ("accept", "CODE", "accept a finding by its code; it is written into the export"),
)
_ORDER = ("series", "release", "image", "runtime", "hosts", "interface")
"""Edits that later ones build on, whatever the order they were typed in."""


class _Edit(argparse.Action):
    """Keeps the edits in the order in which they were typed."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: str | None = None) -> None:  # noqa: ARG002
        # argparse takes the value of `--flag=--` for its own separator and hands over nothing
        namespace.edits.append((self.dest, "--" if values == [] else values))


class _Parser(argparse.ArgumentParser):
    """An argparse parser whose errors have the house's shape."""

    def error(self, message: str) -> Any:
        raise UsageError(message[:1].lower() + message[1:], "`glm-wizard --help` shows every flag")


def parser() -> argparse.ArgumentParser:
    """The whole grammar."""
    top = _Parser(
        prog="glm-wizard",
        usage="glm-wizard [WHAT] [CHANGES] [DO] [HOW] [-- COMMAND ...]",
        description="Put GLM-5.2 into service on Ascend NPU servers with SGLang. Alone it opens the full screen.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    top.set_defaults(edits=[])
    what = top.add_argument_group("what to start from")
    what.add_argument("--preset", metavar="NAME", help="a ready-made launch (--presets lists them)")
    what.add_argument("--config", metavar="FILE", help="a selection file (selection.toml of an export)")
    what.add_argument(
        "--import", metavar="FILE", dest="script", action="append", help="an existing launch script; again for more"
    )
    change = top.add_argument_group("changes, made in the order given")
    for name, metavar, text in EDIT_FLAGS:
        change.add_argument(f"--{name}", metavar=metavar, action=_Edit, dest=name, default=argparse.SUPPRESS, help=text)
    _add_words(top)
    how = top.add_argument_group("how")
    how.add_argument(
        "--output",
        metavar="PATH",
        help="a file (launch.sh), or a folder (out/): then with selection, runbook, verify.sh, bench.sh",
    )
    how.add_argument("--force", action="store_true", help="go on despite error findings; overwrite files that differ")
    how.add_argument(
        "--fix", action="store_true", help="make the fewest changes after which no error is left, and say them"
    )
    how.add_argument("--yes", action="store_true", help="answer questions with yes")
    how.add_argument(
        "--json",
        action="store_true",
        help="one JSON document on stdout; with --launch, --stop: events, one a line, the last one the run",
    )
    how.add_argument("--machine", metavar="FOLDER", help="replay a recorded machine instead of probing")
    how.add_argument("--probe", action="store_true", help="with --check, --export: ask the hosts first")
    how.add_argument("--record", metavar="FOLDER", help="with --detect: save what the probes saw")
    how.add_argument(
        "--dry-run", action="store_true", help="with --launch, --bench, --accuracy: show every command, start nothing"
    )
    how.add_argument("--diff", nargs=2, metavar="RUN", help="with --runs: two runs side by side, settings and figures")
    how.add_argument(
        "--bench",
        action="store_true",
        help="with --verify RUN: measure with sglang.bench_serving and the preset's workload, where the server runs",
    )
    how.add_argument(
        "--accuracy",
        nargs="?",
        const="",
        metavar="DATASET",
        help="with --verify RUN: EvalScope against the chat endpoint (gsm8k)",
    )
    how.add_argument(
        "--fault", metavar="NAME", help="with --demo: the failure to play (hccl-timeout, npu-oom, none, ...)"
    )
    how.add_argument(
        "--plain",
        action="store_true",
        help="with --monitor: lines instead of the full screen (--json: events); with --prompt: no line editing",
    )
    how.add_argument(
        "--speed", metavar="N", help="with --monitor FILE...: show finished logs as they were written, N times as fast"
    )
    how.add_argument("--no-color", action="store_true", help="no colour")
    how.add_argument("--verbose", action="store_true", help="say more on stderr")
    how.add_argument("--version", action="version", version=f"glm-wizard {__version__}")
    return top


def _add_words(top: argparse.ArgumentParser) -> None:
    group = top.add_argument_group("what to do (one of)")
    words = group.add_mutually_exclusive_group()
    words.add_argument(
        "--export", nargs="?", const="bash", metavar="FORMAT", help="print the launch script (bash), or json"
    )
    words.add_argument("--plan", action="store_true", help="what would be started, where, on which ports, and why")
    words.add_argument("--presets", nargs="?", const="", metavar="NAME", help="list the presets, or tell all about one")
    words.add_argument(
        "--features", nargs="?", const="", metavar="NAME", help="list the features, or tell all about one"
    )
    words.add_argument("--explain", metavar="NAME", help="an option, variable, feature, preset or finding code")
    words.add_argument("--detect", action="store_true", help="what the hosts are and whether they can serve")
    words.add_argument("--check", action="store_true", help="may this be launched?")
    words.add_argument(
        "--launch", action="store_true", help="start it here or over ssh, and see it through to the first answer"
    )
    words.add_argument(
        "--prompt",
        action="store_true",
        help="ask line by line: serial consoles, screen readers; with --json for programs",
    )
    words.add_argument(
        "--monitor",
        nargs="*",
        metavar="RUN|FILE",
        help="watch logs: of a run, files, HOST:/path, container:NAME, HOST:container:NAME, - (what is piped in)",
    )
    words.add_argument(
        "--bundle",
        nargs="*",
        metavar="RUN|FILE",
        help="what somebody who helps needs, as --output FILE.tar.gz; without keys, user names and addresses",
    )
    words.add_argument("--diagnose", nargs="*", metavar="FILE", help="what logs say: phases, figures, why it failed")
    words.add_argument("--runs", action="store_true", help="what was started, and what of it is alive")
    words.add_argument(
        "--stop", nargs="?", const="", metavar="RUN", help="stop a run in order, and prove that nothing is left"
    )
    words.add_argument(
        "--verify", nargs="?", const="", metavar="RUN|URL", help="does it answer what it should? exit 1 if not"
    )
    words.add_argument(
        "--completion", metavar="SHELL", help="print a script that completes this command line in bash, zsh or fish"
    )
    words.add_argument(
        "--demo", nargs="?", const="", metavar="PRESET", help="the whole journey on pretended hosts, SIMULATED"
    )


def parse(words: Sequence[str]) -> Invocation:
    """A command line as a value.

    Raises:
        UsageError: it does not follow the grammar.
    """
    own, command = list(words), None
    if "--" in own:
        place = own.index("--")
        own, command = own[:place], tuple(own[place + 1 :])
    grammar = parser()
    options, left = grammar.parse_known_args(own)
    _name(options, left)
    if left:
        grammar.error(f"unrecognized arguments: {' '.join(left)}")
    if options.diagnose == []:
        grammar.error("argument --diagnose: expected at least one argument")
    edits = sorted(options.edits, key=lambda edit: _ORDER.index(edit[0]) if edit[0] in _ORDER else len(_ORDER))
    return Invocation(options, tuple(edits), command)


def _name(options: argparse.Namespace, left: list[str]) -> None:
    """Names that another flag parted from their word, as in ``--monitor --plain FILE``, are the word's all the same."""
    asked = [names for names in (options.monitor, options.diagnose, options.bundle) if names is not None]
    if len(asked) == 1 and not any(one.startswith("-") and one != "-" for one in left):
        asked[0].extend(left)
        left.clear()


def main(words: Sequence[str] | None = None) -> int:
    """Runs a command line; returns the exit code. The only place where an error becomes text."""
    arguments = list(sys.argv[1:] if words is None else words)
    # Loading allocates much and frees nothing, so collecting while it happens is a tenth of the time to the first byte.
    # Words that run for long switch it on again.
    gc.disable()
    try:
        streams.prepare()
        code = _answered(arguments)
        sys.stdout.flush()
    except (OSError, SystemExit) as error:
        if not streams.is_gone(error):
            raise
        # The reader of a pipe went away (`| head`): nothing to say.
        streams.discard()
        return int(ExitCode.DONE)
    except KeyboardInterrupt:
        sys.stderr.write("\ninterrupted\n")
        return int(ExitCode.INTERRUPTED)
    finally:
        gc.enable()
    return code


def _answered(arguments: Sequence[str]) -> int:
    try:
        invocation = parse(arguments)
        if invocation.options.completion is not None:
            from wizard import completion

            return int(completion.run(invocation.options.completion, parser()))
        from wizard import words as stages

        is_word = stages.is_asked(invocation) and not stages.wants_screen(invocation)
        code = int(stages.run(invocation) if is_word else _full_screen(invocation))
        sys.stdout.flush()
    except WizardError as error:
        _say(error)
        return int(error.exit_code)
    except OSError as error:
        known = streams.told(error)
        if known is None:
            raise
        _say(known)
        return int(known.exit_code)
    return code


def _full_screen(invocation: Invocation) -> ExitCode:
    """Opens the screens: the one place where the wizard knows of them."""
    from wizard.words import refuse_idle, screen

    if invocation.options.monitor is not None:
        return _monitor_screen(invocation)
    refuse_idle(invocation.options)
    done = screen.instead(invocation)
    if done is not None:
        return done
    begun = screen.begun(invocation)
    from screens.app import run

    return run(begun, color=not invocation.options.no_color)


def _monitor_screen(invocation: Invocation) -> ExitCode:
    """Opens the monitor alone; it starts and stops nothing."""
    from wizard.words import monitor

    watching = monitor.begun(invocation.options.monitor, invocation.options.speed)
    from screens.monitor.app import watch

    return watch(watching, color=not invocation.options.no_color)


def _say(error: WizardError) -> None:
    text = f"error: {error.message}" + (f"\n\nhint: {error.hint}" if error.hint else "")
    encoding = sys.stderr.encoding or "utf-8"
    sys.stderr.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")


if __name__ == "__main__":
    sys.exit(main())
