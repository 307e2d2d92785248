"""What is a secret, and how a selection refers to one without holding it.

A secret option or variable holds ``env:NAME``: the value is read from the environment variable ``NAME`` when the
script starts. No file, log or screen of the wizard ever holds the secret itself.
"""

import re
from functools import lru_cache

PREFIX = "env:"
SECRET_OPTIONS = {"api-key": "API_KEY", "admin-api-key": "ADMIN_API_KEY", "tokenizer-worker-api-key": "API_KEY"}
"""Option → the variable its value is read from."""
_SECRET = re.compile(
    r"(?:^|[-_])(?:TOKEN|API[-_]KEY|SECRET|PASSWORD|PASSWD|ACCESS[-_]KEY|SECRET[-_]KEY)\Z", re.IGNORECASE
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


@lru_cache(maxsize=4096)
def is_secret(name: str) -> bool:
    """Whether the value of this launch option or environment variable must not be written down."""
    # `--bucket-time-to-first-token` is no secret: in an option's name a token is what the model counts
    counted = "-" in name and name.lower().endswith("-token")
    return name in SECRET_OPTIONS or bool(_SECRET.search(name) and not counted)


def reference(name: str, value: str = "") -> str:
    """What a selection holds instead of the secret ``value`` of an option or variable ``name``."""
    asked = value.removeprefix(PREFIX)
    if value.startswith(PREFIX) and _NAME.match(asked):
        return value
    return PREFIX + SECRET_OPTIONS.get(name, name.upper().replace("-", "_") if "-" in name else name)


def variable(name: str, value: object) -> str | None:
    """The environment variable that a secret setting is read from; None for a setting that is no secret."""
    if not is_secret(name):
        return None
    return reference(name, str(value)).removeprefix(PREFIX)
