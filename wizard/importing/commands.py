"""Simple commands: assignments, the builtins that matter, calls of functions, launches, containers, other hosts.

Owns what one command line of a script does to a way through it, and what it starts. Everything else has no effect.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from wizard.importing import assignments, builtins, conditions, expansion, launches
from wizard.importing.assignments import Assignment
from wizard.importing.conditions import Way
from wizard.importing.launches import EngineCall
from wizard.importing.record import Scene
from wizard.importing.state import Piece, Status, Text, World, as_source, known, plain, status, unknown
from wizard.importing.syntax import Node, Pipeline, Simple, Spot, Substitution, Word, mentions_launch

if TYPE_CHECKING:
    from wizard.importing.interpreter import Interpreter

_NEAR_LINES = 20
_GREP = re.compile(r"[ef]?grep\Z")


def simple(walk: "Interpreter", node: Simple, world: World) -> list[World]:
    """Walks over one command line."""
    given: list[Assignment] = []
    words = list(node.words)
    while words and (assignment := assignments.of_word(words[0])) is not None and not node.test:
        given.append(assignment)
        words.pop(0)
    _substituted(walk, node, world)
    if not words:
        for assignment in given:
            assignments.apply(assignment, world)
        return [world]
    if node.test:
        return [world]
    fields, spots = _fields(words, world)
    if not fields:
        return [world]
    builtins.echo_into(walk.record, fields, [expansion.single(word, world) for word in node.outputs])
    after = _builtin(walk, words, fields, world)
    if after is None:
        after = _started(walk, node, fields, spots, world, given)
    return after


def _fields(words: Sequence[Word], world: World) -> tuple[list[Text], list[Spot]]:
    fields: list[Text] = []
    spots: list[Spot] = []
    for word in words:
        found = expansion.fields(word, world)
        fields += found
        spots += [word.spot] * len(found)
    return fields[: expansion.MAX_WORDS], spots[: expansion.MAX_WORDS]


def _substituted(walk: "Interpreter", node: Simple, world: World) -> None:
    """``PID=$(nohup python3 -m sglang.launch_server …)``: what stands in ``$(…)`` is started as well."""
    for word in node.words:
        for part in word.parts:
            if isinstance(part, Substitution) and mentions_launch(part.body):
                walk.text(part.body, word.line, world.copy())


def _builtin(walk: "Interpreter", words: Sequence[Word], fields: Sequence[Text], world: World) -> list[World] | None:
    name = plain(fields[0])
    while name in ("builtin", "command") and len(words) > 1:
        words, fields = words[1:], fields[1:]
        name = plain(fields[0])
    if name == "eval":
        text = " ".join(as_source(text) for text in fields[1:])
        return walk.text(text, words[0].line, world) if text.strip() else [world]
    effect = builtins.BUILTINS.get(name)
    if effect is None:
        return None
    effect(walk.record, words, fields, world)
    return [world]


def _started(
    walk: "Interpreter", node: Simple, fields: list[Text], spots: list[Spot], world: World, given: Sequence[Assignment]
) -> list[World]:
    alias = world.variables.get(builtins.alias_key(plain(fields[0])))
    if isinstance(alias, tuple):
        extra = _Aliased(alias)
        fields, spots = [*extra.fields, *fields[1:]], [*([spots[0]] * len(extra.fields)), *spots[1:]]
    inner = world.copy() if given else world
    for assignment in given:
        assignments.apply(assignment, inner)
    extra_environment = {item.name: inner.scalar(item.name) or () for item in given}
    function = walk.record.functions.get(plain(fields[0]))
    if function is not None:
        return _called(walk, fields, world, extra_environment)
    builtins.tuning(walk.record, [plain(text) for text in fields if status(text) is not Status.UNKNOWN])
    scene = walk.scene.with_environment(extra_environment)
    started = _in_place(walk, fields, spots, world, scene)
    _heredocs(walk, node, fields, world, started)
    if plain(fields[0]) == "exec" and len(fields) > 1:
        world.jump = "exit"
    _lost_options(walk, node, fields)
    return [world]


class _Aliased:
    """The words of an alias."""

    def __init__(self, text: Text) -> None:
        self.fields = [known(word) for word in as_source(text).split()]


def _called(walk: "Interpreter", fields: list[Text], world: World, extra: Mapping[str, Text]) -> list[World]:
    name = plain(fields[0])
    function = walk.record.functions[name]
    if walk.record.metadata and name == "main" and world.positional is None:
        return [world]  # our own dispatcher: every process it can start is found by its function
    before = {key: (world.scalar(key), key in world.exported) for key in extra}
    for key, value in extra.items():
        world.assign(key, value)
        world.exported[key] = None
    after = walk.call(function, tuple(fields[1:]), world)
    for way in after:
        for key, (old, exported) in before.items():
            if old is None:
                way.variables.pop(key, None)
            else:
                way.assign(key, old)
            if not exported:
                way.exported.pop(key, None)
    return after


def _in_place(walk: "Interpreter", fields: list[Text], spots: list[Spot], world: World, scene: Scene) -> Scene:
    """What a command line starts, here or elsewhere. Returns where its input would be read."""
    words = [plain(text) for text in fields]
    talks = launches.talks(words)
    call = None if talks else launches.engine_call(words)
    if call is not None:
        scene = _in_container(walk, call, world, scene, spots[0].line)
        return _inside(walk, fields[call.rest :], spots[call.rest :], world, scene)
    remote = None if talks else launches.ssh_call(words)
    if remote is not None:
        scene = Scene(scene.container, remote[0], inherits=False)
        rest = " ".join(as_source(text) for text in fields[remote[1] :])
        if mentions_launch(rest):
            _walk_elsewhere(walk, rest, spots[0].line, world, scene)
        return scene
    return _inside(walk, fields, spots, world, scene)


def _inside(walk: "Interpreter", fields: list[Text], spots: list[Spot], world: World, scene: Scene) -> Scene:
    """A command's own words: a launch, or a text that holds one (``bash -c "…"``)."""
    words = [plain(text) for text in fields]
    found = launches.find(words)
    if found is not None:
        prefix = dict(_prefixed(fields[: found.start]))
        removed = {
            words[index + 1] for index in range(found.start - 1) if words[index] == "-u" and "env" in words[:index]
        }
        away = world.copy()
        for name in removed:
            away.exported.pop(name, None)
        walk.record.launch(found, fields, spots, away, scene.with_environment(prefix))
        world.seen = away.seen
    elif not launches.talks(words):
        for text, spot in zip(fields, spots, strict=True):
            source = as_source(text)
            if mentions_launch(source) and any(character.isspace() for character in source.strip()):
                _walk_elsewhere(walk, source, spot.line, world, scene.with_environment(dict(_prefixed(fields))))
    return scene


def _prefixed(fields: Sequence[Text]) -> list[tuple[str, Text]]:
    """The ``A=1`` words of ``env A=1 B=2 program``."""
    found: list[tuple[str, Text]] = []
    for text in fields:
        if text and text[0].status is not Status.UNKNOWN:
            name, equals, rest = text[0].text.partition("=")
            if equals and name.isidentifier():
                found.append((name, ((Piece(rest, text[0].status),) if rest else ()) + text[1:]))
    return found


def _walk_elsewhere(walk: "Interpreter", text: str, line: int, world: World, scene: Scene) -> None:
    """Walks over a text that runs in another shell: its changes stay there."""
    inner = world.copy()
    if not scene.inherits:
        inner.exported, inner.variables, inner.unset = dict.fromkeys(scene.environment), dict(scene.environment), {}
        scene = Scene(scene.container, scene.address)
    outer, walk.scene = walk.scene, scene
    try:
        walk.text(text, line, inner)
    finally:
        walk.scene = outer
    world.seen = inner.seen


def _in_container(walk: "Interpreter", call: EngineCall, world: World, scene: Scene, line: int) -> Scene:
    container = call.container
    if call.runs and container.image:
        container = replace(container, line=line)
        walk.record.containers.append(container)
    elif not call.runs:
        started = [known_one for known_one in walk.record.containers if known_one.name == container.name]
        container = started[-1] if started else container
    passed: dict[str, Text] = {}
    for name, value in {**container.environment, **call.container.environment}.items():
        passed[name] = known(value) if value else world.scalar(name) or unknown(f"${{{name}}}")
    return Scene(container, scene.address, inherits=False, environment=passed)


def _heredocs(walk: "Interpreter", node: Simple, fields: Sequence[Text], world: World, scene: Scene) -> None:
    """A script that the script writes, or gives to a shell."""
    writes = bool(node.outputs) or plain(fields[0]).rpartition("/")[2] in ("cat", "tee")
    for heredoc in node.heredocs:
        if not mentions_launch(heredoc.body):
            continue
        body = heredoc.body if heredoc.quoted else as_source(expansion.from_text(heredoc.body, world))
        place = (
            Scene(scene.container, scene.address, inherits=False, environment=scene.environment) if writes else scene
        )
        _walk_elsewhere(walk, body, heredoc.line, world, place)


def _lost_options(walk: "Interpreter", node: Simple, fields: Sequence[Text]) -> None:
    """A line that begins with an option, behind a launch: something in the middle of the command cut it off."""
    first = plain(fields[0])
    last = walk.record.commands[-1][0] if walk.record.commands else None
    if last is None or not first.startswith("--") or node.line - max((last.line, *last.lines)) > _NEAR_LINES:
        return
    lost = " ".join(word for word in (plain(text) for text in fields) if word.startswith("--"))
    causes = "a comment, an empty line or a blank behind a backslash"
    walk.record.note(node.line, first, f"`{lost}` is not given to the server: {causes} ends the command before it")


def tuning_of_pipeline(walk: "Interpreter", node: Pipeline, world: World) -> None:
    """``echo performance | tee …/scaling_governor``."""
    simples = [command for command in node.commands if isinstance(command, Simple)]
    for first, second in pairwise(simples):
        words, targets = (_fields(item.words, world)[0] for item in (first, second))
        if targets and plain(targets[0]).rpartition("/")[2] == "tee":
            builtins.echo_into(walk.record, words, targets[1:])
        elif len(targets) > 1 and plain(targets[1]).rpartition("/")[2] == "tee":
            builtins.echo_into(walk.record, words, targets[2:])


def test_ways(node: Node, world: World) -> tuple[Way, ...] | None:
    """The ways of a command that is a test; None for any other."""
    if isinstance(node, Simple) and node.words:
        name = node.words[0].bare
        if name in ("[", "[[", "test"):
            return conditions.of_test(node.words, world)
        return {"true": (Way(truth=True),), ":": (Way(truth=True),), "false": (Way(truth=False),)}.get(name)
    if isinstance(node, Pipeline):
        return _greps_address(node, world)
    return None


def _greps_address(node: Pipeline, world: World) -> tuple[Way, ...] | None:
    """``hostname -I | grep -q ADDRESS``."""
    last = node.commands[-1]
    first = " | ".join(
        " ".join(word.source for word in command.words) for command in node.commands[:-1] if isinstance(command, Simple)
    )
    if not isinstance(last, Simple) or not last.words or not _GREP.match(last.words[0].bare):
        return None
    sources = "".join(
        as_source(expansion.single(word, world))
        for command in node.commands[:-1]
        if isinstance(command, Simple)
        for word in command.words
    )
    patterns = [text for word in last.words[1:] for text in expansion.fields(word, world)]
    wanted = [text for text in patterns if not plain(text).startswith("-")]
    if len(wanted) == 1 and status(wanted[0]) is not Status.UNKNOWN and conditions.is_local(f"{first} {sources}"):
        return conditions.of_address(plain(wanted[0]), world)
    return None
