"""One host asked by itself: for screens and prompts that ask several side by side and may stop waiting for one."""

import threading
from dataclasses import replace

from wizard import reach
from wizard.detect import probe, read
from wizard.detect.probe import Limits
from wizard.model.hardware import Fault, Host
from wizard.names import host_name
from wizard.reach import Shell


class Question:
    """What is this host? Asked once, in a thread of the caller's.

    Args:
        target: how the operator names the host: an address, an alias, ``user@address``, ``address:port``.
        model_path: a folder of weights to look at; None: none.
        limits: how long anything may take.
    """

    def __init__(self, target: str, model_path: str | None = None, limits: Limits | None = None) -> None:
        self.target = target
        self._name = host_name(target)
        self.address, self.ssh = self._name or (target, "")
        self._model_path = model_path
        self._limits = limits or Limits()
        self._shell: Shell | None = None
        self._cancelled = threading.Event()

    def answer(self) -> Host:
        """What the host is; waits for it, within the limits. A host that cannot be asked is an answer too."""
        if self._name is None:
            fault = Fault("bad_address", f"`{self.target}` is no address or host name", "an address, or `user@address`")
            return Host(address=self.address, fault=fault, was_reached=False)
        if self._cancelled.is_set():
            return self._stopped()
        self._shell = reach.shell(self.address, self.ssh)
        try:
            captured = probe.captured(self._shell, self._limits, self._model_path)
        finally:
            self._shell.close()
        if self._cancelled.is_set():
            return self._stopped()
        return replace(read.host(captured._replace(address=self.address), self._model_path), ssh=self.ssh)

    def cancel(self) -> None:
        """Stops asking: whatever runs on the host for it is ended."""
        self._cancelled.set()
        shell = self._shell
        if shell is not None:
            shell.close()

    def _stopped(self) -> Host:
        fault = Fault("cancelled", "asking was stopped", "ask again when you like")
        return Host(address=self.address, fault=fault, was_reached=False, ssh=self.ssh)
