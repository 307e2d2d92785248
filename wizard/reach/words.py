"""What ssh says when it cannot reach a host, as a fault with the next action. Pure."""

import re

from wizard.model.hardware import Fault

_ASIDE = re.compile(r"^(?:control socket connect|controlsocket|mux_client).*$", re.IGNORECASE | re.MULTILINE)
"""Talk about the shared connection: ssh then makes one of its own."""

NOT_A_SHELL = "the login answered, no shell did"
"""Our own words for a host that lets in, prints something and then waits."""

_CAUSES = (
    (
        re.compile(re.escape(NOT_A_SHELL)),
        "no_shell",
        "`{host}` lets in, but a menu or a question answers instead of a shell",
        "`ssh {host} sh -c true` must end by itself: take what asks out of the login files, or name another user",
    ),
    (
        re.compile(r"REMOTE HOST IDENTIFICATION HAS CHANGED", re.IGNORECASE),
        "host_key_changed",
        "the host key of `{host}` is not the one known",
        "if the host was reinstalled: `ssh-keygen -R {host}`, then `ssh {host}`; if not, find out who answers",
    ),
    (
        re.compile(r"host key verification failed|no .* host key is known", re.IGNORECASE),
        "host_key_unknown",
        "the host key of `{host}` is not known here",
        "`ssh {host}` once by hand, and compare the fingerprint",
    ),
    (
        re.compile(r"permission denied|too many authentication failures|no such identity", re.IGNORECASE),
        "no_permission",
        "`{host}` does not let this user in without a password",
        "`ssh-copy-id {host}`, or name user and key in ~/.ssh/config; then `ssh -o BatchMode=yes {host} true`",
    ),
    (
        re.compile(r"could not resolve|name or service not known|temporary failure in name", re.IGNORECASE),
        "unknown_name",
        "`{host}` is no name that can be resolved",
        "give its address, or name it in ~/.ssh/config or /etc/hosts",
    ),
    (
        re.compile(r"connection refused", re.IGNORECASE),
        "refused",
        "`{host}` refuses ssh connections",
        "is sshd running there, and on that port? `Port` in ~/.ssh/config sets another",
    ),
    (
        re.compile(r"no route to host|network is unreachable|host is down", re.IGNORECASE),
        "unreachable",
        "`{host}` cannot be reached",
        "is it up, and on this network? `ping {host}`; a bastion is `ProxyJump` in ~/.ssh/config",
    ),
    (
        re.compile(r"timed out|timeout, server", re.IGNORECASE),
        "ssh_timeout",
        "`{host}` did not answer ssh in time",
        "is it up, and does a firewall drop port 22? `ssh -v {host}` shows where it stops",
    ),
    (
        re.compile(r"not found|no such file|has bash|account is (currently )?not available|not allowed", re.IGNORECASE),
        "no_shell",
        "`{host}` lets in, but runs no POSIX shell",
        "`ssh {host} sh -c true` must work: give the user /bin/bash as its login shell",
    ),
    (
        re.compile(r"closed by|connection reset|connection closed|broken pipe|kex_exchange", re.IGNORECASE),
        "connection_lost",
        "`{host}` closed the connection",
        "try again; `journalctl -u ssh` on that host says why it hung up",
    ),
)


def fault(host: str, words: str) -> Fault:
    """What ssh's words mean for this host."""
    words = _ASIDE.sub("", words)
    for pattern, kind, message, hint in _CAUSES:
        if pattern.search(words):
            return Fault(kind, message.format(host=host), hint.format(host=host))
    said = next((line.strip() for line in reversed(words.splitlines()) if line.strip()), "nothing")
    return Fault("ssh_failed", f"ssh to `{host}` failed: {said[:200]}", f"`ssh -v {host} true` shows where it stops")
