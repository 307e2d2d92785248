"""What is wrong with one start: settings that cannot work where the script uses them."""

import re
from collections.abc import Callable, Iterator, Sequence

from wizard.importing.arguments import ProblemKind
from wizard.importing.placeholders import LOOPBACK
from wizard.lint.start import Start, finding, several_hosts
from wizard.model.finding import Finding, Severity

_INTERFACES = ("HCCL_SOCKET_IFNAME", "GLOO_SOCKET_IFNAME")
_QUANTISED = re.compile(r"w[48]a(?:8|16)", re.IGNORECASE)
_MTP = ("NEXTN", "EAGLE", "EAGLE3")


def repeated(start: Start, _starts: Sequence[Start]) -> Iterator[Finding]:
    """``script.option-twice``: of two values the last one holds, and nobody sees it."""
    for problem in start.arguments.problems:
        if problem.kind is ProblemKind.REPEATED:
            where = f"{start.command.name}:{_line(start, problem.index)}"
            yield finding("script.option-twice", Severity.WARNING, problem.message, "keep one of them",
                          where=where, options=(problem.option,))  # fmt: skip


def _line(start: Start, index: int) -> int:
    return start.command.lines[index] if index < len(start.command.lines) else start.command.line


def loopback_host(start: Start, starts: Sequence[Start]) -> Iterator[Finding]:
    """``script.loopback-host``: an address that means each host itself, where others must reach it."""
    address = start.text("host")
    if start.role == "router" or address not in LOOPBACK or not several_hosts(start, starts):
        return
    apart = start.role in ("prefill", "decode")
    message = (
        f"--host {address}: the router and the other servers cannot reach this {start.role} server"
        if apart
        else f"--host {address}: only the host itself can ask this server, which runs over several hosts"
    )
    severity = Severity.ERROR if apart else Severity.WARNING
    yield finding("script.loopback-host", severity, message, "give the address that the other hosts use",
                  where=start.where("host"), options=("host",))  # fmt: skip


def loopback_interface(start: Start, starts: Sequence[Start]) -> Iterator[Finding]:
    """``script.loopback-interface``: the network interface that leads to no other host."""
    names = tuple(name for name in _INTERFACES if start.variable(name) == "lo")
    if names and start.role != "router" and several_hosts(start, starts):
        message = f"{' and '.join(names)} = lo: no other host can be reached through it, but this server needs them"
        hint = "name the interface that owns the host's address: `ip -o -4 addr`"
        yield finding("script.loopback-interface", Severity.ERROR, message, hint, where=start.where(), options=names)


def quantization(start: Start, _starts: Sequence[Start]) -> Iterator[Finding]:
    """``script.quantization``: quantised weights that are loaded as if they were not."""
    found = _QUANTISED.search(start.text("model-path"))
    if start.role != "router" and found and not start.given("quantization"):
        message = f"the weights are {found.group().upper()} by their name, but --quantization modelslim is missing"
        yield finding("script.quantization", Severity.ERROR, message, "add `--quantization modelslim`",
                      where=start.where("model-path"), options=("quantization",))  # fmt: skip


def draft_quantization(start: Start, _starts: Sequence[Start]) -> Iterator[Finding]:
    """``script.draft-quantization``: MTP layers of a quantised checkpoint are not quantised."""
    speculates = start.text("speculative-algorithm").upper() in _MTP and not start.given("speculative-draft-model-path")
    name = "speculative-draft-model-quantization"
    if speculates and start.text("quantization") == "modelslim" and not start.given(name):
        message = (
            "the MTP layer of a W8A8 or W4A8 checkpoint is not quantised; without saying so its weights do not load"
        )
        yield finding("script.draft-quantization", Severity.WARNING, message, f"add `--{name} unquant`",
                      where=start.where("speculative-algorithm"), options=(name,))  # fmt: skip


RULES: tuple[Callable[[Start, Sequence[Start]], Iterator[Finding]], ...] = (
    repeated, loopback_host, loopback_interface, quantization, draft_quantization,
)  # fmt: skip
