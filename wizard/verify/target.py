"""What is verified: an address that clients use, the name they ask for, and where the key comes from. Pure."""

import tomllib
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from wizard.errors import UsageError
from wizard.model.run import Run

KEY_VARIABLE = "GLM_WIZARD_API_KEY"
"""Holds the key where nothing else says which variable does."""


class Target(NamedTuple):
    """A service, as its clients see it."""

    url: str
    """``http://host:port``, without a path."""
    served_name: str = ""
    """The name it should have; empty: whatever it says."""
    is_router: bool | None = None
    """None: find out."""
    api_key: str = ""
    """From the environment; never shown, never written."""

    @property
    def place(self) -> tuple[str, int]:
        """Host and port."""
        found = urlsplit(self.url)
        return found.hostname or "", found.port or (443 if found.scheme == "https" else 80)


def of_url(text: str, environment: Mapping[str, str], served_name: str = "") -> Target:
    """A target from what an operator typed: ``http://host:port``, with or without a path; ``host:port`` will do.

    Raises:
        UsageError: it is no address.
    """
    written = text if "://" in text else f"http://{text}"
    hint = "`--verify http://HOST:PORT`, or the name of a run"
    try:
        found = urlsplit(written)
        port = found.port
    except ValueError:
        raise UsageError(f"`{text}` is no URL", hint) from None
    if found.scheme not in ("http", "https") or not found.hostname:
        raise UsageError(f"`{text}` is no URL of a service", hint)
    if found.username is not None:
        raise UsageError("a URL with a password in it would be shown", f"put an API key into {KEY_VARIABLE}")
    host = f"[{found.hostname}]" if ":" in found.hostname else found.hostname
    url = f"{found.scheme}://{host}:{port}" if port else f"{found.scheme}://{host}"
    return Target(url, served_name, api_key=environment.get(KEY_VARIABLE, ""))


def looks_like_url(text: str) -> bool:
    """Whether it is an address rather than the name of a run, which holds neither a colon nor a slash."""
    return ":" in text or "/" in text


def of_run(run: Run, environment: Mapping[str, str]) -> Target:
    """The target of a run: its router, else its first server.

    Raises:
        UsageError: the run serves nowhere.
    """
    if not run.endpoint:
        raise UsageError(f"the run `{run.name}` has no address that clients could use", "`--verify http://HOST:PORT`")
    variable = key_variable(run)
    return Target(run.endpoint, run.served_name, run.entry.role == "router", environment.get(variable, ""))


def key_variable(run: Run) -> str:
    """The variable that holds the key clients need, as the selection of the run says."""
    try:
        roles = tomllib.loads(run.selection).get("roles", {})
    except tomllib.TOMLDecodeError:
        return KEY_VARIABLE
    wanted = (run.entry.role, "server", "decode", "prefill")
    settings = [roles[role].get("options", {}) for role in wanted if role in roles]
    keys = [str(options["api-key"]) for options in settings if "api-key" in options]
    return keys[0].removeprefix("env:") if keys else KEY_VARIABLE
