"""What is wrong with the letters of a script, whatever its commands mean."""

import re
from collections.abc import Iterator

from wizard.importing.placeholders import is_placeholder
from wizard.lint.start import finding
from wizard.model import secrets
from wizard.model.finding import Finding, Severity

_CONTINUED = re.compile(r"(?<!\\)(?:\\\\)*\\\Z")
_BACKSLASH_BLANK = re.compile(r"(?<!\\)\\[ \t]+\Z")
_EXIT = re.compile(r"\s*exit\s+([1-9]\d*)\s*(?:#.*)?\Z")
_TYPOGRAPHIC = re.compile("[\u2018\u2019\u201c\u201d\u2013\u2014\u00a0\uff0d]")
_ASSIGNED = re.compile(r"\s*(?:export\s+)?([A-Za-z_]\w*)=(['\"]?)([^\s'\"#]+)\2")
_PLACEHOLDER = re.compile(r"<[^<>\n]*\b(?:your|ip|path|nic|name|host)\b[^<>\n]*>", re.IGNORECASE)


def findings(name: str, content: str) -> Iterator[Finding]:
    """Everything that can be said line by line."""
    lines = content.split("\n")
    if any(line.endswith("\r") for line in lines):
        first = next(number for number, line in enumerate(lines, 1) if line.endswith("\r"))
        message = "lines end in CR LF: bash takes the CR for a part of the last word of each line"
        yield finding(
            "script.line-ends", Severity.ERROR, message, "`sed -i 's/\\r$//'`", where=f"{name}:{first}", options=()
        )
        lines = [line.removesuffix("\r") for line in lines]
    for number, line in enumerate(lines, 1):
        following = lines[number] if number < len(lines) else ""
        for code, severity, message, hint in _about(line, following):
            yield finding(code, severity, message, hint, where=f"{name}:{number}", options=())
    yield from _ending(name, lines)


def _about(line: str, following: str) -> Iterator[tuple[str, Severity, str, str]]:
    stripped = line.strip()
    if stripped.startswith("#"):
        return
    if _BACKSLASH_BLANK.search(line):
        message = "a blank follows the backslash, so the command ends here and the next line is a command of its own"
        yield "script.backslash-blank", Severity.ERROR, message, "remove what follows the backslash"
    elif _CONTINUED.search(line):
        if following.strip().startswith("#"):
            message = "the command ends here: a comment follows the backslash, and the lines behind it are not its own"
            yield "script.dangling-backslash", Severity.ERROR, message, "move the comment above the command"
        elif not following.strip():
            message = "the backslash joins nothing: an empty line, or the end of the file, follows"
            yield "script.dangling-backslash", Severity.WARNING, message, "remove the backslash"
    if _TYPOGRAPHIC.search(line):
        message = "a typographic quote, dash or blank stands among the code, as word processors and web pages put it"
        yield "script.typographic", Severity.ERROR, message, "write plain quotes, - and blanks"
    if (assigned := _ASSIGNED.match(line)) and _is_open_secret(assigned.group(1), assigned.group(3)):
        message = f"the secret {assigned.group(1)} stands in clear in the script"
        yield (
            "security.secret-in-script",
            Severity.WARNING,
            message,
            "read it from the environment when the script runs",
        )
    if found := _PLACEHOLDER.search(line):
        message = f"the placeholder `{found.group()}` is not filled in"
        yield "script.placeholder", Severity.WARNING, message, "put the real value there"


def _is_open_secret(name: str, value: str) -> bool:
    return secrets.is_secret(name) and not value.startswith("$") and not is_placeholder(value)


def _ending(name: str, lines: list[str]) -> Iterator[Finding]:
    """A script whose last word is that it failed."""
    last = next((number for number in range(len(lines), 0, -1) if lines[number - 1].strip()), 0)
    found = _EXIT.match(lines[last - 1]) if last else None
    if found and not lines[last - 1].startswith((" ", "\t")):
        message = f"the script always ends in `exit {found.group(1)}`, as a failure, however well it went"
        hint = "remove the line; a supervisor would start it again and again"
        yield finding("script.exit", Severity.WARNING, message, hint, where=f"{name}:{last}", options=())
