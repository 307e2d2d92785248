"""A walk over a script that runs nothing: every way through its conditions, with what is set and started on it.

Owns control flow. A condition that is known is followed; one that is not splits the way, and ways that can no longer be
told apart become one again. Everything is counted: a script that would go on for ever is left with a note.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from wizard.importing import assignments, commands, conditions, expansion
from wizard.importing.conditions import EITHER, Way
from wizard.importing.record import Record, Scene
from wizard.importing.shell import parse
from wizard.importing.state import Status, Text, World, plain, unknown
from wizard.importing.syntax import (
    AndOr,
    Block,
    Case,
    Compute,
    Count,
    For,
    Function,
    If,
    Node,
    Pipeline,
    Simple,
    While,
    mentions_launch,
)

MAX_NESTING = 60
MAX_RECURSION = 2
MAX_TEXTS = 5


class Limits(NamedTuple):
    """How far a script is followed."""

    steps: int = 12_000
    worlds: int = 96
    rounds: int = 300


STRAIGHT = Limits(worlds=1, rounds=2)
"""For a script that is too much otherwise: one way through it, loops twice."""


class ExhaustedError(Exception):
    """The script was followed as far as it will be."""


class Interpreter:
    """One walk over one text."""

    def __init__(self, record: Record, limits: Limits | None = None) -> None:
        self.record = record
        self.limits = limits or Limits()
        self.scene = Scene()
        self._steps = 0
        self._nesting = 0
        self._texts = 0
        self._calls: list[str] = []
        self._walks: dict[type[Node], Callable[[Any, World], list[World]]] = {
            Simple: lambda node, world: commands.simple(self, node, world),
            Compute: self._compute,
            Pipeline: self._pipeline,
            AndOr: lambda node, world: [after for _, after in self._and_or(node, world, surely=True)],
            Block: self._group,
            If: self._if,
            For: self._for,
            Count: self._count,
            While: self._while,
            Case: self._case,
            Function: self._define,
        }

    def text(self, text: str, line: int, world: World) -> list[World]:
        """Walks over a text inside the script: what ``bash -c`` or a here-document holds."""
        if self._texts >= MAX_TEXTS:
            self.record.note(line, "", "scripts inside scripts are too deep here; not read")
            return [world]
        self._texts += 1
        try:
            body, notes = parse(text, line)
            for note in notes:
                self.record.note(note.line, note.text, note.message)
            return self.block(body, [world])
        finally:
            self._texts -= 1

    def block(self, block: Block, worlds: Iterable[World]) -> list[World]:
        """Walks over commands, one after the other, on every way."""
        ways = list(worlds)
        for node in block.commands:
            after: list[World] = []
            for world in ways:
                after += [world] if world.jump else self.node(node, world)
            ways = self.merged(after, node.line)
        return ways

    def merged(self, worlds: list[World], line: int) -> list[World]:
        """Ways that can no longer be told apart become one; the likeliest stays."""
        if len(worlds) < 2:
            return worlds
        found: dict[object, World] = {}
        for world in worlds:
            key = world.key()
            if key not in found or world.cost < found[key].cost:
                found[key] = world
        ways = list(found.values())
        if len(ways) > self.limits.worlds:
            self.record.note(line, "", "there are too many ways through the conditions; the likeliest were followed")
            ways = sorted(ways, key=lambda world: world.cost)[: self.limits.worlds]
        return ways

    def node(self, node: Node, world: World) -> list[World]:
        """Walks over one command."""
        self._steps += 1
        if self._steps > self.limits.steps:
            self.record.note(node.line, "", "the script goes on for too long; the rest was not followed")
            raise ExhaustedError
        if self._nesting >= MAX_NESTING:
            self.record.note(node.line, "", "nested too deeply; not followed")
            return [world]
        self._nesting += 1
        try:
            return self._walks[type(node)](node, world)
        finally:
            self._nesting -= 1

    def _define(self, node: Function, world: World) -> list[World]:
        self.record.functions[node.name] = node
        return [world]

    def call(self, function: Function, arguments: tuple[Text, ...], world: World) -> list[World]:
        """Walks over a function's body."""
        self.record.entered.add(function.name)
        if self._calls.count(function.name) >= MAX_RECURSION:
            self.record.note(function.line, function.name, f"`{function.name}` calls itself; not followed further")
            return [world]
        self._calls.append(function.name)
        outer = (world.positional, world.function, world.hidden)
        world.positional, world.function, world.hidden, world.succeeded = arguments, function.name, {}, None
        try:
            after = self.node(function.body, world)
        finally:
            self._calls.pop()
        for way in after:
            for name, value in way.hidden.items():
                if value is None:
                    way.variables.pop(name, None)
                else:
                    way.variables[name] = value
            way.positional, way.function, way.hidden = outer[0], outer[1], dict(outer[2])
            way.jump = way.jump if way.jump == "exit" else ""
        return self.merged(after, function.line)

    def _group(self, node: Block, world: World) -> list[World]:
        if not node.subshell:
            return self.block(node, [world])
        self.block(node, [world.copy()])
        return [world]

    def _pipeline(self, node: Pipeline, world: World) -> list[World]:
        if len(node.commands) == 1:
            return self.node(node.commands[0], world)
        commands.tuning_of_pipeline(self, node, world)
        for command in node.commands:
            self.node(command, world.copy())
        return [world]

    # ------------------------------------------------------------------------------------------------ conditions

    def outcomes(self, node: Node, world: World, *, surely: bool) -> list[tuple[bool, World]]:
        """The ways behind a command, each with whether it succeeded. ``surely``: a command is expected to succeed."""
        if isinstance(node, Block) and node.commands and not node.subshell:
            before = self.block(Block(node.commands[:-1], node.line), [world])
            last = node.commands[-1]
            ended = [(True, way) for way in before if way.jump]
            return ended + [pair for way in before if not way.jump for pair in self.outcomes(last, way, surely=surely)]
        if isinstance(node, AndOr):
            return self._and_or(node, world, surely=surely)
        if isinstance(node, Pipeline) and len(node.commands) == 1:
            pairs = self.outcomes(node.commands[0], world, surely=surely and not node.negated)
            return [(truth is not node.negated, way) for truth, way in pairs]
        if isinstance(node, Compute):
            return self._split(self._computed(node, world), world)
        ways = commands.test_ways(node, world)
        if ways is not None:
            negated = isinstance(node, Pipeline) and node.negated
            return self._split(tuple(way.negated() for way in ways) if negated else ways, world)
        return self._ran(node, world, surely=surely)

    def _ran(self, node: Node, world: World, *, surely: bool) -> list[tuple[bool, World]]:
        found: list[tuple[bool, World]] = []
        for way in self.node(node, world):
            truth, way.succeeded = way.succeeded, None
            if truth is not None or surely or way.jump:
                found.append((truth is not False, way))
            else:
                found += [(True, way), (False, way.copy())]
        return found

    @staticmethod
    def _split(ways: tuple[Way, ...], world: World) -> list[tuple[bool, World]]:
        if len(ways) == 1 and not ways[0].sets and not ways[0].address:
            world.cost += ways[0].cost
            return [(ways[0].truth, world)]
        return [(way.truth, conditions.take(way, world)) for way in ways]

    def _computed(self, node: Compute, world: World) -> tuple[Way, ...]:
        found = expansion.number(node.expression, world)
        if found is None:
            return EITHER
        truth = bool(found.value)
        return (Way(truth),) if found.status is Status.KNOWN else (Way(truth), Way(not truth, cost=1))

    def _and_or(self, node: AndOr, world: World, *, surely: bool) -> list[tuple[bool, World]]:
        pairs = self.outcomes(node.first, world, surely=surely and not _either_starts(node))
        for operator, following in node.rest:
            after: list[tuple[bool, World]] = []
            for truth, way in pairs:
                if way.jump or truth is (operator == "||"):
                    after.append((truth, way))
                else:
                    after += self.outcomes(following, way, surely=surely)
            pairs = after
        return pairs

    def _if(self, node: If, world: World) -> list[World]:
        after: list[World] = []
        left = [world]
        for condition, body in node.branches:
            pairs = [pair for way in left for pair in self.outcomes(condition, way, surely=False)]
            taken = [way for truth, way in pairs if truth]
            left = [way for truth, way in pairs if not truth]
            after += self.block(body, self.merged(taken, node.line))
        after += self.block(node.otherwise, left) if node.otherwise is not None else left
        return after

    def _case(self, node: Case, world: World) -> list[World]:
        after: list[World] = []
        left = [world]
        for arm_patterns, body in node.arms:
            taken: list[World] = []
            for pattern in arm_patterns:
                missed: list[World] = []
                for way in left:
                    subject, wanted = expansion.single(node.subject, way), expansion.single(pattern, way)
                    ways = conditions.of_pattern(subject, node.subject.parameter, wanted, way)
                    if plain(wanted) == "*":
                        ways = (Way(truth=True),)
                    for truth, split in self._split(ways, way):
                        (taken if truth else missed).append(split)
                left = self.merged(missed, node.line)
            after += self.block(body, self.merged(taken, node.line))
        return after + left

    # ----------------------------------------------------------------------------------------------------- loops

    def _rounds(self, body: Block, worlds: list[World]) -> tuple[list[World], list[World]]:
        """One round of a loop: the ways that go on with it, and those that left it."""
        inside: list[World] = []
        outside: list[World] = []
        for way in self.block(body, worlds):
            if way.jump == "break":
                way.jump = ""
                outside.append(way)
            elif way.jump in ("return", "exit"):
                outside.append(way)
            else:
                way.jump = ""
                inside.append(way)
        return inside, outside

    def _for(self, node: For, world: World) -> list[World]:
        items: list[Text] = []
        if node.words is None:
            items = list(world.positional) if world.positional is not None else [unknown("${1}")]
        else:
            items = [text for word in node.words for text in expansion.fields(word, world)]
        if len(items) > self.limits.rounds:
            self.record.note(
                node.line, node.name, f"a loop of {len(items)} rounds; the first {self.limits.rounds} were followed"
            )
        ways, done = [world], list[World]()
        for item in items[: self.limits.rounds]:
            for way in ways:
                way.assign(node.name, item)
            ways, left = self._rounds(node.body, ways)
            ways, done = self.merged(ways, node.line), done + left
        return ways + done

    def _count(self, node: Count, world: World) -> list[World]:
        assignments.compute(node.start, world)
        ways, done = [world], list[World]()
        for _ in range(self.limits.rounds):
            going: list[World] = []
            for way in ways:
                found = expansion.number(node.condition, way) if node.condition.strip() else None
                (going if found is None or found.value else done).append(way)
                if found is None:
                    self.record.note(node.line, node.condition.strip(), "how often this loop runs is not known; once")
            if not going:
                return done
            known_end = expansion.number(node.condition, going[0]) is not None
            ways, left = self._rounds(node.body, going)
            done += left
            if not known_end:
                return ways + done
            for way in ways:
                assignments.compute(node.step, way)
            ways = self.merged(ways, node.line)
        self.record.note(
            node.line, node.condition.strip(), f"a loop without end; {self.limits.rounds} rounds were followed"
        )
        return ways + done

    def _while(self, node: While, world: World) -> list[World]:
        """A loop on a condition is followed once, and also passed by."""
        pairs = self.outcomes(node.condition, world, surely=False)
        ways, left = self._rounds(node.body, [way.copy() for _, way in pairs])
        return [way for truth, way in pairs if not truth] + ways + left

    def _compute(self, node: Compute, world: World) -> list[World]:
        assignments.compute(node.expression, world)
        return [world]


def _either_starts(node: AndOr) -> bool:
    """Whether what stands behind ``||`` starts something, so that both sides matter."""
    return any(
        operator == "||" and isinstance(following, Simple) and _mentions(following) for operator, following in node.rest
    )


def _mentions(node: Simple) -> bool:
    return mentions_launch(" ".join(word.source for word in node.words))
