"""A command's words → what they start: server or router, behind which wrappers, in which container, on which host.

Owns the recognition of programs by their words. Options of the server itself are not looked at.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from wizard.importing.script import Container

SERVER = "sglang.launch_server"
ROUTER = "sglang_router.launch_router"

_MODULES = {SERVER: SERVER, ROUTER: ROUTER, "sglang_router": ROUTER}
_FILES = {"launch_server.py": SERVER, "launch_router.py": ROUTER}
_PYTHON = re.compile(r"(?:python|pypy)[\d.]*\Z", re.ASCII)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TALKING = _words(
    """echo printf grep egrep fgrep zgrep rg pgrep pkill ps cat sed awk kill killall which type whereis pip pip3 find ls
    lsof fuser tail head log logger say info warn die comm diff test [ [[ wc man history read trap xargs"""
)
"""Commands that may name a launch without starting one."""
QUIET_WRAPPERS = _words(
    "exec nohup sudo setsid time command builtin env stdbuf nice ionice timeout unbuffer catchsegv eval"
)
"""Wrappers that a start by the wizard does not need."""
_ENGINES = frozenset(["docker", "podman", "nerdctl"])
_ENGINE_VALUES = _words(
    """--name --device -v --volume --mount -e --env --env-file --network --net --ipc --shm-size -w --workdir -u --user
    --entrypoint --hostname -h --ulimit --cap-add --cap-drop --security-opt --pid --memory -m --memory-swap --cpus
    --cpuset-cpus --cpuset-mems --restart --runtime --gpus --label -l --add-host -p --publish --log-opt --log-driver
    --platform --pull --device-cgroup-rule --group-add --sysctl --tmpfs --dns --cgroupns --userns --volumes-from
    --cidfile --stop-timeout --stop-signal --expose --ip --link --pids-limit --uts --oom-score-adj"""
)
"""Options of ``docker run`` that are followed by a value."""
_SSH_VALUES = _words("-b -c -D -E -e -F -I -i -J -L -l -m -O -o -p -Q -R -S -W -w -B")


class Found(NamedTuple):
    """A launch among the words of a command."""

    program: str
    start: int
    """Index of the program's first word."""
    arguments: int
    """Index of the first word behind it."""


def find(words: Sequence[str]) -> Found | None:
    """The launch in a command's words, wrappers in front allowed."""
    if not words or _name(words[0]) in _TALKING:
        return None
    for index, word in enumerate(words):
        following = words[index + 1] if index + 1 < len(words) else ""
        if word == "-m" and following in _MODULES and index:
            return Found(_MODULES[following], _interpreter(words, index), index + 2)
        if _name(word) in _FILES:
            return Found(_FILES[_name(word)], _interpreter(words, index), index + 1)
        if _name(word) == "sglang" and following == "serve":
            return Found(SERVER, index, index + 2)
        if _name(word) in ("smg", "sglang-router") and following == "launch":
            return Found(ROUTER, index, index + 2)
    return None


def _interpreter(words: Sequence[str], before: int) -> int:
    """Where the call of Python begins that ends in the word at ``before``."""
    for index in range(before - 1, max(before - 8, -1), -1):
        if _PYTHON.match(_name(words[index])):
            return index
    return before - 1 if before and not words[before - 1].startswith("-") and words[before] == "-m" else before


def _name(word: str) -> str:
    return word.rpartition("/")[2]


def talks(words: Sequence[str]) -> bool:
    """Whether a command only speaks about what its words say."""
    return bool(words) and _name(words[0]) in _TALKING


class EngineCall(NamedTuple):
    """``docker run …`` or ``docker exec …``."""

    container: Container
    runs: bool
    """``run`` or ``create``; False for ``exec``."""
    rest: int
    """Index of the first word that is run inside."""


def engine_call(words: Sequence[str]) -> EngineCall | None:
    """The container that a command starts or enters."""
    for index, word in enumerate(words[:8]):
        action, *rest = [*words[index + 1 : index + 3], "", ""]
        start = index + 2
        if action == "container":
            action, start = rest[0], index + 3
        if _name(word) in _ENGINES or (word.startswith("<") and action in ("run", "exec")):
            return _engine_call(words, start, action) if action in ("run", "create", "exec") else None
    return None


def _engine_call(words: Sequence[str], start: int, action: str) -> EngineCall:
    given: list[tuple[str, str]] = []
    position = start
    while position < len(words) and words[position].startswith("-"):
        option, equals, value = words[position].partition("=")
        position += 1
        if not equals and option in _ENGINE_VALUES and position < len(words):
            value = words[position]
            position += 1
        given.append((option, value))
    target = words[position] if position < len(words) else ""
    image, name = (target, "") if action != "exec" else ("", target)

    def values(*names: str) -> tuple[str, ...]:
        return tuple(value for option, value in given if option in names)

    environment = dict(pair.partition("=")[::2] for pair in values("-e", "--env"))
    container = Container(
        image=image,
        name=name or next(iter(values("--name")), ""),
        mounts=values("-v", "--volume", "--mount"),
        devices=values("--device"),
        shm_size=next(iter(values("--shm-size")), ""),
        environment=environment,
        engine=_name(words[start - 2]) if start >= 2 else "docker",
        privileged=any(value.lower() in ("", "true", "1") for value in values("--privileged")),
        runtime=next(iter(values("--runtime")), ""),
    )
    return EngineCall(container, action != "exec", position + 1)


def ssh_call(words: Sequence[str]) -> tuple[str, int] | None:
    """The host of ``ssh HOST COMMAND…``, and where the command begins."""
    start = next((index for index, word in enumerate(words[:6]) if _name(word) == "ssh"), None)
    if start is None:
        return None
    position = start + 1
    while position < len(words) and words[position].startswith("-"):
        position += 2 if words[position] in _SSH_VALUES else 1
    if position >= len(words):
        return None
    return words[position].rpartition("@")[2], position + 1
