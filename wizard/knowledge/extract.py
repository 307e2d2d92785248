"""Ask a release's own parser which launch options it takes, and write them as one JSON file.

Owns the reading of a *real* SGLang release (or router): its package is imported, the parser is built by the function
that its launcher calls, and what argparse knows of every option is written down: names, types, choices, defaults,
deprecations. Sentences of the release (help texts) are looked at for the word "deprecated" and never written.
It does not look at what the release does with the values afterwards.

The file is self-contained and needs only the standard library, so that it also runs inside an image that knows nothing
of this project::

    docker exec -i NAME python3 - < wizard/knowledge/extract.py > 0.5.16.json
    python -m wizard.knowledge.extract --from FOLDER --release 0.5.16 --output wizard/knowledge/releases/0.5.16.json

Where a package that the release imports is missing (an unpacked wheel on a machine without its dependencies), a
stand-in takes its place: only for packages without which the import fails, each told on stderr. An NPU is presented
where torch and triton know none, since imports ask for the device.
"""

from __future__ import annotations

import argparse
import contextlib
import enum
import importlib
import importlib.abc
import importlib.machinery
import importlib.metadata
import importlib.util
import json
import os
import re
import sys
import traceback
import types
from pathlib import Path
from typing import Any, NamedTuple, NoReturn


class Program(NamedTuple):
    """A launcher, its distribution, and the function that builds its parser."""

    distribution: str
    launcher: str
    module: str
    build: str


SERVER = Program("sglang", "sglang.launch_server", "sglang.srt.server_args", "prepare_server_args")
ROUTER = Program("sglang-router", "sglang_router.launch_router", "sglang_router.launch_router", "parse_router_args")

# Of options with several names, the one that the official GLM-5.2 pages for Ascend use.
OFFICIAL = {"attn-cp-size", "dist-init-addr", "dp-size", "ep-size", "model-path", "moe-dp-size", "pp-size", "tp-size"}


# --- stand-ins: what takes part in any import-time expression, called, subscripted, inherited from, used as a decorator


class _AnyType(type):
    def __getattr__(cls, name: str) -> Any:
        return _anything(name)

    def __or__(cls, _other: Any) -> Any:
        return Any

    __ror__ = __or__

    def __getitem__(cls, _key: Any) -> Any:
        return cls


class _Anything(metaclass=_AnyType):
    def __init__(self, *_args: Any, **_kwargs: Any) -> None:
        pass

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: Any) -> Any:
        return {"type": "any"}

    def __getattr__(self, name: str) -> Any:
        return _anything(name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        decorates = len(args) == 1 and not kwargs and isinstance(args[0], types.FunctionType | type)
        return args[0] if decorates else _Anything()

    def __getitem__(self, _key: Any) -> Any:
        return _Anything()

    def __or__(self, _other: Any) -> Any:
        return Any

    __ror__ = __or__

    def __iter__(self) -> Any:
        return iter(())


def _anything(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    return _AnyType(name, (_Anything,), {}) if name[0].isupper() else _Anything()


class _StandIn(types.ModuleType):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__path__: list[str] = []
        self.__version__ = "99.0.0"

    def __getattr__(self, name: str) -> Any:
        value = _anything(name)
        setattr(self, name, value)
        return value


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self, packages: frozenset[str]) -> None:
        self.packages = packages

    def find_spec(self, fullname: str, _path: Any = None, _target: Any = None) -> importlib.machinery.ModuleSpec | None:
        stood_in = fullname.split(".", maxsplit=1)[0] in self.packages
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True) if stood_in else None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return _StandIn(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        pass


def present_npu() -> None:
    """Let torch and triton know an NPU where they know none, as on the hosts that the files are for."""
    with contextlib.suppress(ImportError):
        torch: Any = importlib.import_module("torch")
        if not hasattr(torch, "npu"):
            torch.npu = sys.modules["torch.npu"] = _StandIn("torch.npu")
            torch.npu.is_available = lambda: True
            torch.npu.device_count = lambda: 16
    with contextlib.suppress(ImportError):
        triton: Any = importlib.import_module("triton")
        if isinstance(triton, _StandIn):
            target = types.SimpleNamespace(backend="npu")
            active = types.SimpleNamespace(get_current_target=lambda: target)
            vars(triton)["runtime"] = types.SimpleNamespace(driver=types.SimpleNamespace(active=active))


# --- the parser, taken from the launcher's own function at the moment it would parse


class _Built(BaseException):
    """Carries the finished parser out of the launcher, past every ``except Exception``."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        super().__init__()
        self.parser = parser


def build_parser(program: Program) -> argparse.ArgumentParser:
    """The parser as the release's launcher builds it."""

    def stop(self: argparse.ArgumentParser, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise _Built(self)

    plugins = "sglang.srt.plugins"
    if program is SERVER and importlib.util.find_spec(plugins):
        importlib.import_module(plugins).load_plugins()  # the launcher does so first: plugins may add options
    build = getattr(importlib.import_module(program.module), program.build)
    original = argparse.ArgumentParser.parse_args
    argparse.ArgumentParser.parse_args = stop  # type: ignore[method-assign]
    try:
        build([])
    except _Built as built:
        return built.parser
    finally:
        argparse.ArgumentParser.parse_args = original  # type: ignore[method-assign]
    raise RuntimeError(f"`{program.module}.{program.build}` parsed nothing")


# --- the facts of one option


def kind(action: argparse.Action) -> str:
    """What a value of the option is, found by giving its converter samples."""
    if action.nargs == 0:
        return "flag"
    results = {}
    for sample in ("{}", "[]", "64k", "7", "0.5"):
        try:
            results[sample] = action.type(sample) if callable(action.type) else sample
        except Exception:  # noqa: BLE001 - a foreign converter may refuse in any way
            results[sample] = None
    if isinstance(results["{}"], dict) or isinstance(results["[]"], list):
        return "json"
    if results["64k"] == 64_000:
        return "size"
    if isinstance(results["7"], int):
        return "int"
    return "float" if isinstance(results["0.5"], float) else "str"


def plain(value: Any) -> Any:
    """The value as JSON has it; a set has no order of its own, so it is sorted."""
    if value is argparse.SUPPRESS:
        return None
    if isinstance(value, enum.Enum):
        return plain(value.value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(plain(item) for item in value)
    return [plain(item) for item in value] if hasattr(value, "__iter__") else str(value)


def name_of(action: argparse.Action) -> str:
    """The option's canonical name: the official pages' spelling, otherwise its first long flag."""
    names = [flag.lstrip("-") for flag in action.option_strings if flag.startswith("--")]
    return next((name for name in names if name in OFFICIAL), names[0])


def deprecation(action: argparse.Action, by_flag: dict[str, argparse.Action]) -> str | bool | None:
    """None, the name of the one option that the release names as the replacement, or True: it names none or several."""
    says = str(getattr(action, "new_flag", None) or "")
    sentence = action.help or ""
    marked = type(action).__name__.startswith("Deprecated")
    if not marked and not re.match(r"\W*deprecated\b", sentence, re.IGNORECASE):
        return None
    if not says:
        named = re.search(r"(?:use|alias for)\s+'?(--[a-z0-9][a-z0-9-]*)", sentence, re.IGNORECASE)
        says = named.group(1) if named else ""
    flag = re.match(r"--[a-z0-9][a-z0-9-]*(?![a-z0-9{-])", says)
    other = by_flag.get(flag.group()) if flag else None
    return True if other is None or other is action else name_of(other)


def facts(action: argparse.Action, by_flag: dict[str, argparse.Action]) -> dict[str, Any]:
    """All that is written of one option."""
    option: dict[str, Any] = {
        "name": name_of(action),
        "flags": list(action.option_strings),
        "type": kind(action),
        "nargs": None if action.nargs == 0 else action.nargs,
        "choices": None if action.choices is None else plain(action.choices),
        "default": plain(action.default),
        "deprecated": deprecation(action, by_flag),
    }
    class_name = type(action).__name__
    marks = {
        "required": action.required,
        "repeatable": "Append" in class_name or "Extend" in class_name,
        "negatable": class_name == "BooleanOptionalAction",
        "refused": bool(getattr(action, "error_message", None)),
    }
    option.update({mark: True for mark, holds in marks.items() if holds})
    if action.nargs == "?":
        option["const"] = plain(action.const)
    return option


def describe(parser: argparse.ArgumentParser, program: Program, release: str, origin: str) -> str:
    """The file's text: one option per line, in the order of the release's own parser."""
    actions = [action for action in parser._actions if action.option_strings]  # noqa: SLF001
    by_flag = {flag: action for action in actions for flag in action.option_strings}
    helping = [action for action in actions if type(action).__name__ == "_HelpAction"]
    head = {
        "release": release,
        "program": program.launcher,
        "source": f"{program.distribution} {release} {origin}, {program.module.replace('.', '/')}.py, own parser",
        "help_flags": [flag for action in helping for flag in action.option_strings],
    }
    options = [facts(action, by_flag) for action in actions if action not in helping]
    for option in options if program is ROUTER else ():
        option["choices"] = option["choices"] and sorted(option["choices"])  # out of a hash map: another order each run
    lines = map(json.dumps, options)
    return json.dumps(head)[:-1] + ', "options": [\n' + ",\n".join(lines) + "\n]}\n"


# --- the run: an import that failed half-way cannot be undone, so every attempt has a process of its own


def attempt(arguments: argparse.Namespace, stood_in: frozenset[str]) -> dict[str, str]:
    """Try to describe the release with these stand-ins: its text, or the package that was missing, or the failure."""
    program = ROUTER if arguments.router else SERVER
    try:
        if arguments.folder:
            sys.path.insert(0, str(arguments.folder))
        sys.meta_path.append(_Finder(stood_in))
        present_npu()
        release = arguments.release or importlib.metadata.version(program.distribution)
        origin = "wheel" if arguments.folder else "as installed"
        return {"text": describe(build_parser(program), program, release, origin)}
    except importlib.metadata.PackageNotFoundError:
        return {
            "failure": f"no `{program.distribution}` here: name its folder with `--from`, its number with `--release`"
        }
    except ModuleNotFoundError as error:
        missing = (error.name or "").split(".", maxsplit=1)[0]
        own = missing in {"", "sglang", "sglang_router"} or missing in stood_in
        return {"failure": traceback.format_exc()} if own else {"missing": missing}
    except BaseException:  # noqa: BLE001 - whatever it was, the parent tells it
        return {"failure": traceback.format_exc()}


def in_a_child(arguments: argparse.Namespace, stood_in: frozenset[str]) -> dict[str, str]:
    """Run one attempt in a forked process."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        os.dup2(2, 1)  # whatever the release prints while it is imported belongs to stderr
        with os.fdopen(writing, "w", encoding="utf-8") as pipe:
            json.dump(attempt(arguments, stood_in), pipe)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    found: dict[str, str] = json.loads(answer) if answer else {"failure": "the attempt died without a word"}
    return found


def extract(arguments: argparse.Namespace) -> str:
    """The release's options as the text of a file, with as few stand-ins as it takes."""
    stood_in: frozenset[str] = frozenset()
    while "text" not in (answer := in_a_child(arguments, stood_in)):
        if "missing" not in answer:
            raise SystemExit(f"error: the release could not be read\n{answer['failure']}")
        sys.stderr.write(f"stand-in for {answer['missing']}\n")
        stood_in |= {answer["missing"]}
    return answer["text"]


def main() -> None:
    """Read the command line, write the file."""
    parser = argparse.ArgumentParser(description="write the launch options of an SGLang release as JSON")
    parser.add_argument("--from", dest="folder", type=Path, help="unpacked wheel or site-packages; default: installed")
    parser.add_argument("--release", help="the release's number; default: what the distribution says")
    parser.add_argument("--router", action="store_true", help="sglang_router instead of the server")
    parser.add_argument("--output", type=Path, help="the file to write; default: stdout")
    arguments = parser.parse_args()
    text = extract(arguments)
    if arguments.output:
        arguments.output.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
