"""Asks a machine over the system's ssh, as plumbum drives it: the operator's config, agent, bastions and known hosts.

Nothing here can ask for a password, and nothing can hang: ssh's own limits, plumbum's, and ours stand one behind the
other. What ssh says when it fails becomes a fault with the next action.
"""

import logging
import re
import tempfile
import threading
import time
from typing import TYPE_CHECKING

from wizard.detect.probe import Limits, Stream, end_mentioning, talk
from wizard.model.hardware import Fault

if TYPE_CHECKING:
    from plumbum import SshMachine

_CAUSES = (
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
    """What ssh's words mean for this host. Pure."""
    for pattern, kind, message, hint in _CAUSES:
        if pattern.search(words):
            return Fault(kind, message.format(host=host), hint.format(host=host))
    said = next((line.strip() for line in reversed(words.splitlines()) if line.strip()), "nothing")
    return Fault("ssh_failed", f"ssh to `{host}` failed: {said[:200]}", f"`ssh -v {host} true` shows where it stops")


class SshProbe:
    """Another machine. The connection is made at the first question, and shared."""

    def __init__(self, address: str, limits: Limits) -> None:
        self.address = address
        self._limits = limits
        self._lock = threading.Lock()
        self._folder = tempfile.TemporaryDirectory(prefix="glmw-", ignore_cleanup_errors=True)
        self._machine: SshMachine | None = None
        self._fault: Fault | None = None

    def stream(self, script: str) -> Stream:
        """What the script prints over there within its limit."""
        machine = self._connected()
        if machine is None:
            return Stream("", self._fault)
        process = machine.popen(("sh", "-s"), start_new_session=True)
        text, errors, is_done = talk(process, script, self._limits.whole_s)  # type: ignore[arg-type]
        lost = is_done and process.returncode == 255
        return Stream(text, fault(self.address, errors or "connection closed") if lost else None)

    def close(self) -> None:
        """Ends the connection."""
        if self._machine is not None:
            self._machine.close()
        self._folder.cleanup()

    def _connected(self) -> "SshMachine | None":
        with self._lock:
            if self._machine is None and self._fault is None:
                self._connect()
            return self._machine

    def _connect(self) -> None:
        from plumbum import CommandNotFound, SshMachine
        from plumbum.machines.session import SSHCommsError

        logging.getLogger("plumbum").addHandler(logging.NullHandler())
        logging.getLogger("plumbum").propagate = False
        seconds = self._limits.connect_s
        options = {
            "BatchMode": "yes",
            "ConnectTimeout": seconds,
            "ServerAliveInterval": 2,
            "ServerAliveCountMax": 2,
            # one handshake for all questions; the socket goes with the connection
            "ControlMaster": "auto",
            "ControlPath": f"{self._folder.name}/%C",
            "ControlPersist": "no",
        }
        words = [text for name, value in options.items() for text in ("-o", f"{name}={value}")]
        # plumbum's own limit waits for the reader it should end, so it is left out
        started = time.monotonic()
        watchdog = threading.Timer(seconds + 1, end_mentioning, (self._folder.name,))
        watchdog.start()
        try:
            self._machine = SshMachine(self.address, ssh_opts=words, connect_timeout=None)
        except CommandNotFound:
            self._fault = Fault("no_ssh", "`ssh` is not installed here", "install the OpenSSH client")
        except SSHCommsError as error:
            # ssh that ends without a word was let in and got no shell to talk to
            silent = "timed out" if time.monotonic() - started > seconds else "shell not found"
            self._fault = fault(self.address, f"{error.stderr}{error.stdout}".strip() or silent)
        except (OSError, ValueError, EOFError) as error:
            self._fault = fault(self.address, str(error))
        finally:
            watchdog.cancel()
