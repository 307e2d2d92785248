"""What the walk over a script has found so far: launches, containers, tuning, notes.

Also decides which of several ways to reach one launch is the one the script takes by itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from wizard.importing.launches import QUIET_WRAPPERS, ROUTER, Found
from wizard.importing.script import Command, Container, Note
from wizard.importing.state import Status, Text, World, plain, status
from wizard.importing.syntax import Function, Spot

MAX_COMMANDS = 400
MAX_NOTES = 200
Occurrence = tuple[Spot, int]
_IDENTITY = ("--node-rank", "--disaggregation-mode", "--host")


@dataclass(slots=True)
class Record:
    """Everything found in one text."""

    name: str
    commands: list[tuple[Command, Occurrence]] = field(default_factory=list)
    """With where it stands, and how often that had started something before on the same way."""
    notes: dict[Note, None] = field(default_factory=dict)
    containers: list[Container] = field(default_factory=list)
    functions: dict[str, Function] = field(default_factory=dict)
    entered: set[str] = field(default_factory=set)
    """Functions that were called."""
    sourced: dict[str, None] = field(default_factory=dict)
    scaling_governor: str = ""
    sysctl: dict[str, str] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)

    def note(self, line: int, text: str, message: str) -> None:
        """Remembers something once."""
        if len(self.notes) < MAX_NOTES:
            self.notes[Note(line, text, message, self.name)] = None

    def launch(self, found: Found, fields: Sequence[Text], spots: Sequence[Spot], world: World, scene: "Scene") -> None:
        """Remembers a launch."""
        kept = [
            index
            for index in range(found.arguments, len(fields))
            if not self._is_callers(fields[index], spots[index].line)
        ]
        words = [plain(text) for text in fields]
        spot = spots[0]
        line = spot.line
        environment = {**world.environment(), **scene.environment} if scene.inherits else dict(scene.environment)
        command = Command(
            words=(*words[found.start : found.arguments], *(words[index] for index in kept)),
            program=found.program,
            arguments=tuple(words[index] for index in kept),
            line=line,
            lines=tuple(spots[index].line for index in kept),
            unknown=frozenset(n for n, index in enumerate(kept) if status(fields[index]) is Status.UNKNOWN),
            environment=MappingProxyType({name: plain(value) for name, value in environment.items()}),
            unknown_variables=frozenset(n for n, value in environment.items() if status(value) is Status.UNKNOWN),
            unset=tuple(world.unset),
            sourced=tuple(self.sourced),
            container=scene.container,
            address=scene.address or world.address,
            function=world.function,
            name=self.name,
            cost=world.cost,
        )
        self._wrappers(words[: found.start], line)
        if len(self.commands) < MAX_COMMANDS:
            self.commands.append((command, (spot, world.seen.get(spot, 0))))
        world.seen[spot] = world.seen.get(spot, 0) + 1

    def _is_callers(self, text: Text, line: int) -> bool:
        """``"$@"`` of the script itself: words that its caller may add."""
        if len(text) == 1 and text[0].status is Status.UNKNOWN and text[0].text in ("$@", "$*", "${@}", "${*}"):
            self.note(line, text[0].text, f"`{text[0].text}`: what the script's caller adds is not known; left out")
            return True
        return False

    def _wrappers(self, words: Sequence[str], line: int) -> None:
        rest = list(words)
        while rest and (rest[0].startswith("-") or "=" in rest[0] or rest[0].rpartition("/")[2] in QUIET_WRAPPERS):
            rest.pop(0)
        if rest and not rest[0].isdecimal():
            shown = " ".join(rest[:6])
            self.note(line, shown, f"it is started through `{shown}`, which is not kept")

    def chosen(self) -> tuple[Command, ...]:
        """One command for each launch: where ways differ, the one that follows the script's defaults."""
        groups: dict[tuple[object, ...], list[Command]] = {}
        for command, occurrence in _on_their_hosts(self.commands):
            groups.setdefault((*_identity(command), *occurrence), []).append(command)
        found: list[Command] = []
        for group in groups.values():
            best = min(group, key=lambda command: (command.cost, bool(command.address), len(command.unknown)))
            others = [command for command in group if command.words != best.words]
            if others:
                words = [word for word in others[0].words if word not in best.words]
                differs = f" (another way adds `{words[0]}`)" if words and words[0].startswith("--") else ""
                self.note(best.line, "", f"this start depends on conditions; the defaults were taken{differs}")
            found.append(best)
        return _without_repeats(found)


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a command runs: directly, in a container, on another host."""

    container: Container | None = None
    address: str = ""
    inherits: bool = True
    """Whether what the script exported reaches it."""
    environment: Mapping[str, Text] = field(default_factory=dict)
    """Variables set in front of it or passed to its container."""

    def with_environment(self, more: Mapping[str, Text]) -> "Scene":
        """The same place with more variables."""
        return replace(self, environment={**self.environment, **more}) if more else self


def _identity(command: Command) -> tuple[object, ...]:
    values: list[object] = [command.program, command.address if command.program != ROUTER else ""]
    return (*values, *(_value(command, option) for option in _IDENTITY))


def _value(command: Command, option: str) -> str | None:
    """The known value of an option, found by its usual spelling."""
    index = command.arguments.index(option) + 1 if option in command.arguments else 0
    if not 0 < index < len(command.arguments) or index in command.unknown:
        return None
    return command.arguments[index]


def _on_their_hosts(commands: Sequence[tuple[Command, Occurrence]]) -> list[tuple[Command, Occurrence]]:
    """The commands without those of "none of the listed hosts", unless these are a rank of their own."""
    ranks: dict[Occurrence, set[str | None]] = {}
    for command, occurrence in commands:
        if command.address:
            ranks.setdefault(occurrence, set()).add(_value(command, "--node-rank"))
    kept: list[tuple[Command, Occurrence]] = []
    for command, occurrence in commands:
        taken = ranks.get(occurrence)
        rank = _value(command, "--node-rank")
        if command.address or command.program == ROUTER or not taken or (rank is not None and rank not in taken):
            kept.append((command, occurrence))
    return kept


def _without_repeats(commands: list[Command]) -> tuple[Command, ...]:
    """The same launch met twice (two ways, or two branches) is one launch."""
    seen: dict[tuple[object, ...], Command] = {}
    for command in commands:
        key = (command.words, tuple(command.environment.items()), command.address, command.container, command.line)
        seen.setdefault(key, command)
    return tuple(seen.values())
