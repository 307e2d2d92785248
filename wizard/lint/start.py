"""One start of a server or router in a script, with its options read and the line of each."""

from collections.abc import Sequence
from dataclasses import dataclass

from wizard.importing.arguments import Arguments, parse_arguments
from wizard.importing.launches import ROUTER
from wizard.importing.placeholders import is_placeholder
from wizard.importing.script import Command
from wizard.knowledge import releases
from wizard.knowledge.releases import Release
from wizard.model.finding import Finding, Severity

PAGES = "defect of published launch scripts, seen in the GLM-5.2 pages for Ascend and in scripts made from them"


@dataclass(frozen=True)
class Start:
    """A command of a script and what it asks for."""

    command: Command
    arguments: Arguments

    @property
    def role(self) -> str:
        """``server``, ``prefill``, ``decode`` or ``router``."""
        if self.command.program == ROUTER:
            return "router"
        mode = self.text("disaggregation-mode")
        return mode if mode in ("prefill", "decode") else "server"

    def text(self, option: str) -> str:
        """The value of an option as text; empty where it is not given or only known when the script runs."""
        value = self.arguments.options.get(option, "")
        words = self.arguments.spans.get(option, range(0))
        if any(index in self.command.unknown for index in words):
            return ""
        return " ".join(map(str, value)) if isinstance(value, tuple) else "" if value is True else str(value)

    def given(self, option: str) -> bool:
        """Whether the option stands in the command."""
        return option in self.arguments.options

    def variable(self, name: str) -> str:
        """The value of an exported variable; empty where it is not exported or not known."""
        value = self.command.environment.get(name, "")
        return "" if name in self.command.unknown_variables or is_placeholder(value) else value

    def line(self, option: str = "") -> int:
        """The line of an option, else of the command."""
        words = self.arguments.spans.get(option, range(0))
        index = words.start
        return self.command.lines[index] if len(words) and index < len(self.command.lines) else self.command.line

    def where(self, option: str = "") -> str:
        """``launch.sh:12``."""
        return f"{self.command.name}:{self.line(option)}"


def started(command: Command, release: Release) -> Start:
    """A command with its options read as the release reads them."""
    known = releases.router() if command.program == ROUTER else release
    words = command.arguments
    if words and not words[0].startswith("-") and command.words[-len(words) - 1 : -len(words)] == ("serve",):
        words = ("--model-path", *words)
    return Start(command, parse_arguments(words, known))


def several_hosts(start: Start, starts: Sequence[Start]) -> bool:
    """Whether the server must talk with other hosts: several ranks, or prefill and decode apart."""
    if start.role in ("prefill", "decode"):
        addresses = {other.command.address or other.text("host") for other in starts if other.role != "router"}
        return len(addresses) > 1 or len({other.role for other in starts} & {"prefill", "decode"}) == 1
    ranks = start.text("nnodes")
    return ranks.isdecimal() and int(ranks) > 1


def finding(code: str, severity: Severity, message: str, hint: str, *, where: str, options: tuple[str, ...]) -> Finding:
    """A finding about a script."""
    return Finding(code, severity, message, hint, options, (), PAGES, (), where)
