"""A start, phase by phase, at the pace that was asked for, with the faults that were asked for."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import Any

from . import fault_lines, wording
from .faults import MANNERS, Fault
from .log import Log, clock, stamp
from .machine import Holding, Memory, Shape

_SHARES = {"init": 0.06, "dist_init": 0.04, "load_weights": 0.5, "kv_cache": 0.03, "graph_capture": 0.22, "draft": 0.1}
"""Of the whole start; the rest is the warm-up."""
WARM_UP = 0.05
_STATES = 40
"""Of a progress bar, at most."""


class Stopped(Exception):  # noqa: N818 - it is no error of the program
    """Told to stop before it was ready."""


class Failed(Exception):  # noqa: N818 - it is no error of the program
    """A fault that was asked for ended it."""

    def __init__(self, code: int) -> None:
        super().__init__(str(code))
        self.code = code


class Start:
    """What every phase needs; ``run`` goes through all of them but the last."""

    def __init__(self, options: dict[str, Any], form: Shape, room: Memory, *, log: Log, is_new: bool) -> None:
        self.options, self.form, self.room, self.log = options, form, room, log
        self.words = wording.Wording(is_new)
        self.faults: list[Fault] = []
        self.stop = threading.Event()
        self.pace_s = 0.0
        self.holding = Holding("", range(0))
        self.meet: Callable[[], None] = lambda: None
        self.failed_code: int | None = None
        self.began = time.monotonic()

    @property
    def lead(self) -> str:
        """The first rank of this node, as the log names it."""
        return self.form.prefix(self.form.own[0])

    def run(self) -> None:
        """From the first line to the point where the HTTP port opens.

        Raises:
            Stopped: told to.
            Failed: a fault.
        """
        self._init()
        self._rendezvous()
        self._weights()
        self._cache()
        if not self._is_eager:
            self._graphs("verify" if self._draft and self.words.is_new else "decode", "graph_capture")
        if self._draft:
            self._second_model()
        self.every(self.words.scheduler(self.options, self.room), first_only=True)

    def every(self, *lines: str, first_only: bool = False) -> None:
        """A line of every rank of this node."""
        for rank in list(self.form.own)[: 1 if first_only else None]:
            for line in lines:
                self.log.say(line, self.form.prefix(rank))

    def wait(self, share: float) -> None:
        """A part of the start passes.

        Raises:
            Stopped: told to.
        """
        if self.stop.wait(self.pace_s * share):
            if self.failed_code is not None:
                raise Failed(self.failed_code)
            raise Stopped

    def fail(self, phase: str) -> None:
        """Fails if this is the phase for it.

        Raises:
            Failed: with the exit code.
        """
        for fault in self.faults:
            story = fault_lines.STORIES.get(fault.name) if fault.name != "port_in_use" else None
            if fault.name == "exit" and (fault.phase or "load_weights") == phase:
                raise Failed(3)
            if fault.name == "silent" and (fault.phase or "load_weights") == phase:
                self.stop.wait()
                raise Stopped
            if story and (fault.phase or story.phase) == phase:
                self.tell(story)
                if story.ends:
                    raise Failed(story.code)

    def manner(self, name: str) -> bool:
        """Whether it is to misbehave in this way."""
        assert name in MANNERS  # noqa: S101 - a name of this program
        return any(fault.name == name for fault in self.faults)

    def tell(self, story: fault_lines.Story) -> None:
        """Writes the lines of a failure."""
        place = {
            "stamp": f"[{stamp()}{self.lead}] ", "plain": f"[{stamp()}] ", "router": f"{stamp()} ", "pid": os.getpid(),
            "host": self.options["host"], "port": self.options["port"], "model": self.options.get("model_path") or "",
        }  # fmt: skip
        lines = [line.format(**place) if "{" in line else line for line in story.lines]
        if story.frames:
            head = "Scheduler hit an exception: " if story.is_scheduler else ""
            self.log.say(f"{head}Traceback (most recent call last):", self.lead) if head else self.log.bare(
                "Traceback (most recent call last):"
            )
            lines = [*fault_lines.traceback(story), *lines, ""]
        for line in lines:
            self.log.bare(line)
        if story.ends and story.is_scheduler:
            self.log.say("Received sigquit from a child process. It usually means the child failed.")

    def _init(self) -> None:
        self.log.say(self.words.arguments(self.options))
        self.wait(_SHARES["init"])
        self.fail("init")
        for rank in self.form.own:
            self.log.bare(
                f"[rank{rank}]:[W{time.strftime('%m%d %H:%M:%S')}.204220264 compiler_depend.ts:198] Warning: Driver "
                'Version: "" is invalid or not supported yet. (function operator())'
            )

    def _rendezvous(self) -> None:
        begun = time.monotonic()
        self.every(*self.words.rendezvous(begin=True))
        self.wait(_SHARES["dist_init"])
        self.fail("dist_init")
        self.meet()
        self.every(*self.words.rendezvous(begin=False, elapsed_s=time.monotonic() - begun))
        self.holding.holds(4200)

    def _weights(self) -> None:
        begun = time.monotonic()
        self.every(wording.loading(self.room))
        self._bar(wording.LOADING, self.room.shards, _SHARES["load_weights"], fails="load_weights")
        self.every(wording.loaded(self.room, time.monotonic() - begun))

    def _cache(self) -> None:
        self.wait(_SHARES["kv_cache"])
        self.fail("kv_cache")
        self.every(*self.words.cache(self.room))
        self.holding.holds(self.room.used_mb)

    def _graphs(self, what: str, phase: str, share: float = 1.0) -> None:
        begun, sizes = time.monotonic(), wording.sizes(self.options)
        free = self.room.after_cache
        self.every(self.words.capture(what, free_gb=free, sizes=sizes, begin=True))
        self.wait(0)
        if phase:
            self.fail(phase)
        total = len(sizes)
        for place, size in enumerate(sizes):
            head = f"Capturing batches (bs={size} avail_mem={free - 0.1 * place:.2f} GB)"
            self.log.bar(_bar(head, place, total, time.monotonic() - begun))
            self.wait(_SHARES["graph_capture"] * share * (0.4 if place == 0 else 0.6 / max(1, total - 1)))
            self.log.bar(_bar(head, place + 1, total, time.monotonic() - begun), end=place + 1 == total)
        elapsed = time.monotonic() - begun
        self.every(self.words.capture(what, free_gb=free - 1, sizes=sizes, begin=False, elapsed_s=elapsed))

    def _second_model(self) -> None:
        """The draft model says everything again, after the first capture."""
        begun = time.monotonic()
        self.every(*self.words.rendezvous(begin=True), *self.words.rendezvous(begin=False))
        self.every(wording.loading(self.room, draft=True))
        self._bar(wording.LOADING, 1, _SHARES["draft"] / 2)
        self.every(wording.loaded(self.room, time.monotonic() - begun, draft=True))
        self.every(*self.words.cache(self.room._replace(cache=0.4)))
        if not self._is_eager:
            self._graphs("draft", "", 0.2)

    def _bar(self, what: str, total: int, share: float, fails: str = "") -> None:
        begun, states = time.monotonic(), min(total, _STATES)
        for state in range(states + 1):
            done = state * total // states
            passed = time.monotonic() - begun
            left = f"{clock(passed / done * (total - done))}, {passed / done:5.2f}s/it" if done else "?, ?it/s"
            percent = done * 100 // total
            text = f"{what}: {percent:3d}% Completed | {done}/{total} [{clock(passed)}<{left}]"
            self.log.bar(text, end=state == states)
            if fails and state == states // 2:
                if any(self._would_fail(fault, fails) for fault in self.faults):
                    self.log.bar(text, end=True)
                self.fail(fails)
            if state < states:
                self.holding.holds(
                    int(4200 + self.room.weights * 1024 * done / total) if total > 1 else self.room.used_mb
                )
                self.wait(share / states)

    def _would_fail(self, fault: Fault, phase: str) -> bool:
        story = fault_lines.STORIES.get(fault.name)
        return (fault.phase or (story.phase if story else "load_weights")) == phase

    @property
    def _draft(self) -> bool:
        return bool(self.options.get("speculative_algorithm"))

    @property
    def _is_eager(self) -> bool:
        return bool(self.options.get("disable_cuda_graph")) or self.options.get("disaggregation_mode") == "prefill"


def _bar(head: str, done: int, total: int, passed_s: float) -> str:
    """A state of tqdm's own bar."""
    percent, cells = done * 100 // total, done * 10 // total
    each = passed_s / done if done else 0.0
    left = f"{clock(each * (total - done))}, {each:5.2f}s/it" if done else "?, ?it/s"
    return f"{head}: {percent:3d}%|{'█' * cells}{' ' * (10 - cells)}| {done}/{total} [{clock(passed_s)}<{left}]"
