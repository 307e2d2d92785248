"""What an operator does with an export, in a few lines: copy it, start it, ask it. Pure."""

from collections.abc import Iterator
from typing import NamedTuple

from wizard.export.quote import join
from wizard.model.flow import LaunchFlow, Process, resolve


class Step(NamedTuple):
    """A sentence, and the commands that do it."""

    words: str
    commands: tuple[str, ...] = ()


def next_steps(flow: LaunchFlow, form: str, path: str) -> tuple[Step, ...]:
    """What comes after an export.

    Args:
        flow: what was exported.
        form: ``bash``, ``folder`` or ``json``.
        path: where it was written.
    """
    if form == "json":
        return (Step("A program reads it: argv, environment, order and ports of every process stand in it."),)
    folder = path.rstrip("/")
    script = f"{folder}/launch.sh" if form == "folder" else path
    return tuple(_steps(flow, script, f"{folder}/verify.sh" if form == "folder" else "", folder))


def _steps(flow: LaunchFlow, script: str, verify: str, folder: str) -> Iterator[Step]:
    blank = [variable.name for variable in flow.unfilled()]
    if blank:
        yield Step(f"Fill in {', '.join(blank)} at the top of the script, or export again with them.")
    ways = tuple(dict.fromkeys(filter(None, (_copied(flow, process, script) for process in flow.processes))))
    if ways:
        yield Step("Copy the script to every host, the same file everywhere:", ways)
    name = script.rpartition("/")[2] if ways else script
    where = "On each host, at about the same time" if ways else "On the host that is to serve"
    yield Step(f"{where}; it starts what belongs there:", (join(("bash", name)),))
    if flow.router is not None:
        place = resolve(flow.router.address, flow.values())
        yield Step(f"When the servers answer, the router on {place}:", (join(("bash", name, flow.router.name)),))
    url = flow.endpoint
    ask = ("bash", verify) if verify else ("glm-wizard", "--verify", url) if url and "<" not in url else ()
    if ask:
        yield Step("When it is ready, does it answer?", (join(ask),))
    if verify:
        yield Step(f"{folder}/RUNBOOK.md tells how to run it detached, watch it, stop it and roll back.")


def _copied(flow: LaunchFlow, process: Process, script: str) -> str:
    """How the script gets to the host of a process; empty where it is not known, or is wherever one is."""
    address = resolve(process.address, flow.values())
    if not address or address.startswith("<"):
        return ""
    way = process.ssh or address
    if way.startswith("ssh://"):
        host, _, port = way.removeprefix("ssh://").rpartition(":")
        return join(("scp", "-P", port, script, f"{host}:"))
    user, at, name = way.rpartition("@")
    boxed = f"[{name}]" if ":" in name else name
    return join(("scp", script, f"{user}{at}{boxed}:"))


def lines(steps: tuple[Step, ...]) -> str:
    """The steps as text: numbered sentences, commands on lines of their own."""
    told = []
    for number, step in enumerate(steps, start=1):
        told += [f"{number}. {step.words}", *(f"   {command}" for command in step.commands)]
    return "\n".join(told)
