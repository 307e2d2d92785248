"""SIMULATED stand-in for ``python3 -m sglang.launch_server``: takes the command line of a release and plays its server.

Nothing is loaded. The option list, the log, the ports, the endpoints and the ways to fail are those of the release that
``settings`` names.
"""

from __future__ import annotations

import contextlib
import io
import os
import signal
import socket
import sys
import threading
from typing import Any, NoReturn

from . import faults, options, web, wording
from .exchange import bootstrap
from .fault_lines import STORIES
from .group import Group, Missing, bound, listener
from .log import Log
from .machine import Holding, end_with, memory, shape
from .service import Service
from .settings import NOTICE, Settings, settings
from .start import WARM_UP, Failed, Start, Stopped

_AFTER = 6
_HANDSHAKE = 13
_OFFSET = 233
_GRACE_S = 0.1


def main(words: list[str] | None = None) -> int:
    """Plays a server until it is told to stop or fails."""
    if isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr.reconfigure(encoding="utf-8", errors="replace")
    asked = settings()
    file = asked.knowledge / f"{asked.release}.json"
    if not file.is_file():
        sys.stderr.write(f"SIMULATED: no option list of release {asked.release} in {asked.knowledge}\n")
        return 2
    given = options.given(options.parser(file, "launch_server.py"), sys.argv[1:] if words is None else words)
    given["role"] = "server"
    end_with(asked.owner)
    play = Play(given, asked)
    try:
        return play.run()
    finally:
        play.close()


class Play:
    """One server, from its first line to its last."""

    def __init__(self, given: dict[str, Any], asked: Settings) -> None:
        form = shape(given)
        self.options, self.settings, self.log = given, asked, Log()
        self.start = Start(given, form, memory(given, form), log=self.log, is_new=asked.is_new)
        self.start.faults = faults.here(faults.asked(asked.fault), given, os.environ)
        self.start.pace_s = asked.start_s
        first = given.get("base_gpu_id") or 0
        self.start.holding = Holding(asked.host, range(first, first + len(form.own)))
        self.start.meet = self._meet
        self.service = Service(self.start, asked)
        self.group: Group | None = None
        self._open: list[socket.socket] = []
        self._orders = threading.Event()
        """Somebody asked this process to stop."""

    def run(self) -> int:
        """The exit code, unless the process ends as the real one does: by its own KILL."""
        self.log.say(NOTICE)
        signal.signal(signal.SIGTERM, self._term)
        signal.signal(signal.SIGINT, self._term)
        try:
            self._sizes()
            self._doors()
            self.start.run()
            return self._serve()
        except Stopped:
            return 128 + signal.SIGTERM
        except Failed as failed:
            if failed.code == 128 + signal.SIGKILL:
                self._killed()
            return failed.code
        except OSError as error:
            return self._no_door(error)

    def close(self) -> None:
        """Gives everything back."""
        self.start.holding.free()
        if self.group is not None:
            self.group.leave(stopping=self._orders.is_set())
        for door in self._open:
            door.close()

    def _sizes(self) -> None:
        """The sizes that the release itself refuses.

        Raises:
            Failed: they contradict each other.
        """
        form, given = self.start.form, self.options
        fits = form.world % form.nodes == 0 and 0 <= form.node < form.nodes
        if form.attention_dp:
            fits = fits and given["tp_size"] % form.data == 0
        if not fits:
            self.start.tell(STORIES["server_args_assert"])
            raise Failed(1)

    def _doors(self) -> None:
        """Opens the ports that are open long before HTTP.

        Raises:
            OSError: one is taken.
        """
        given, form, host = self.options, self.start.form, str(self.options["host"])
        rendezvous = str(given.get("dist_init_addr") or "")
        if rendezvous and form.nodes > 1:
            self.group = Group(rendezvous, form.node, form.nodes, wait_s=self.settings.wait_s, stop=self.start.stop)
            self.group.listen()
        if form.attention_dp and form.node == 0:
            at, ports = _derived(rendezvous, host, int(given["port"]))
            self._open += [listener(at, port) for port in ports]
        if form.node == 0 and given.get("disaggregation_mode") == "prefill":
            port = int(given["disaggregation_bootstrap_port"])
            bootstrap(host, port, self.service.rooms, self.settings.wait_s)
            store = os.environ.get("ASCEND_MF_STORE_URL", "")
            at, _, number = store.rpartition("//")[2].rpartition(":")
            if number.isdigit() and bound(at) == bound(host):
                with contextlib.suppress(OSError):  # another prefill server of this host has it open
                    self._open.append(listener(at, int(number)))

    def _meet(self) -> None:
        """The nodes of the instance find one another.

        Raises:
            Stopped: told to.
            Failed: one did not come.
        """
        if self.group is None:
            return
        try:
            self.group.meet()
        except Missing as missing:
            if self.start.stop.is_set():
                raise Stopped from None
            story = STORIES["dist_init_timeout"]
            waited = f"Timed out after {self.settings.wait_s:.0f} seconds waiting for clients"
            text = f"torch.distributed.DistStoreError: {waited}. {missing}."
            self.start.tell(story._replace(lines=(text,)))
            raise Failed(story.code) from None
        self.group.watch(self._peer_gone)

    def _peer_gone(self, stopped: bool) -> None:
        if not stopped and self.start.failed_code is None and not self._orders.is_set():
            self.start.tell(STORIES["hccl_timeout"])
            self.start.failed_code = STORIES["hccl_timeout"].code
        self._orders.set() if stopped else None
        self._end()

    def _serve(self) -> int:
        if self.start.form.node:
            return self._wait_for_rank_0()
        host, port = str(self.options["host"]), int(self.options["port"])
        for line in (
            f"Started server process [{os.getpid()}]",
            "Waiting for application startup.",
            "Application startup complete.",
        ):
            self.log.say(f"INFO:     {line}")
        try:
            if self._faulty("port_in_use"):
                raise OSError(98, "SIMULATED")
            server = web.serve(host, port, self.service)
        except OSError as error:
            why = f"[Errno {error.errno}] error while attempting to bind on address ('{host}', {port}): "
            self.log.say(f"ERROR:    {why}{os.strerror(error.errno or 0).lower()}")
            self.service.ended.wait()  # a real server does not end either: its warm-up asks whoever holds the port
            return self._end_of_service()
        self.log.say(f"INFO:     Uvicorn running on http://{host}:{port} (Press CTRL+C to quit)")
        self._warm_up()
        self.service.ended.wait()
        code = self._end_of_service()
        server.shutdown()
        return code

    def _warm_up(self) -> None:
        self.start.wait(WARM_UP)
        for line in self.start.words.timings(self.settings.start_s):
            self.log.say(line)
        is_split = self.service.role in ("prefill", "decode")
        if is_split:
            self.log.say("Start of pd disaggregation warmup ...")
        elif not self.options.get("skip_server_warmup"):
            load = wording.Load(self.service.role, 0, 58.4, new_token=8)
            self.log.say(self.start.words.prefill(load), self.start.lead)
        if self.start.manner("never_ready"):
            return
        self.service.is_ready = True
        if is_split:
            self.log.say("End of disaggregation warmup")
        self.log.say(wording.READY)
        self.log.say(f"{NOTICE}; answers are made up")
        self.start.fail("serve")
        if self.settings.heartbeat_s:
            threading.Thread(target=self._beat, daemon=True).start()

    def _beat(self) -> None:
        for pause_s in self.service.beat():
            if self.service.ended.wait(pause_s):
                return

    def _wait_for_rank_0(self) -> int:
        """Later ranks answer `/health` alone and end with rank 0."""
        try:
            web.serve(str(self.options["host"]), int(self.options["port"]), self.service)
        except OSError as error:
            self.log.say(f"Dummy health check server failed to start: {error}")
        self.service.is_ready = True
        self.service.ended.wait()
        return self._end_of_service()

    def _end_of_service(self) -> int:
        if self.start.failed_code is not None:
            raise Failed(self.start.failed_code)
        self.service.is_draining = True
        while self.service.running and not self.start.manner("ignore_term"):
            threading.Event().wait(_GRACE_S)
        rids: list[str] = []
        self.log.say(
            f"Gracefully exiting... Remaining number of requests {len(rids)}. Remaining requests remaining_rids={rids}."
        )
        self.log.say(
            f"Subprocess scheduler_0 (pid={os.getpid()}) crashed with exit code -15. Triggering SIGQUIT for cleanup..."
        )
        self.log.say("SIGQUIT received. signum=3, frame=None. It usually means one child failed.")
        self.log.say("SIMULATED server stopped")
        self._killed()

    def _term(self, signum: int, _frame: object) -> None:
        if self.start.manner("ignore_term"):
            self.log.say(f"SIGTERM received. signum={signum} frame=None. SIMULATED: it is ignored")
            return
        if self.start.form.node and self.settings.is_new and self.service.is_ready and self.group is not None:
            self.log.say(
                f"SIGTERM received on node_rank {self.start.form.node}; waiting for the rank-0 ShutdownReq broadcast "
                "to stop the schedulers."
            )
            return
        if self.service.is_ready:
            self.log.say(f"SIGTERM received. signum={signum} frame=None. Draining requests and shutting down...")
        self._orders.set()
        self._end()

    def _end(self) -> None:
        self.start.stop.set()
        self.service.ended.set()

    def _faulty(self, name: str) -> bool:
        return any(fault.name == name for fault in self.start.faults)

    def _no_door(self, error: OSError) -> int:
        self.log.bare("Traceback (most recent call last):")
        self.log.bare('  File "zmq/backend/cython/_zmq.py", line 1009, in zmq.backend.cython._zmq.Socket.bind')
        self.log.bare(f"zmq.error.ZMQError: {os.strerror(error.errno or 0)}")
        return 1

    def _killed(self) -> NoReturn:
        """Ends as a real server does, which kills its own tree and so itself."""
        self.close()
        sys.stderr.flush()
        os.kill(os.getpid(), signal.SIGKILL)
        raise SystemExit(137)


def _derived(rendezvous: str, host: str, port: int) -> tuple[str, list[int]]:
    """The ports that attention data parallelism opens, and on which address.

    Those of a single host are on 127.0.0.1 in a real server; pretended hosts share that, so each keeps to its own.
    """
    if rendezvous:
        at, _, number = rendezvous.rpartition(":")
        first = int(number) + 1 if int(number) + _AFTER <= 65535 else int(number) - _AFTER
        handshake = [int(number) + _HANDSHAKE] if int(number) + _HANDSHAKE <= 65535 else []
        return at.strip("[]"), [*range(first, first + _AFTER), *handshake]
    first = port + _OFFSET if port + _OFFSET <= 65535 else port - _OFFSET
    return (host if bound(host).startswith("127.") else "127.0.0.1"), list(range(first, first + _AFTER + 1))


if __name__ == "__main__":
    sys.exit(main())
