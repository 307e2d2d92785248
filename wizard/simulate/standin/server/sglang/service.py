"""A server that serves: its state, its batch lines, and what each request comes to. HTTP itself stands in ``web``."""

from __future__ import annotations

import itertools
import threading
import time
import uuid
from collections.abc import Iterator
from typing import Any, NamedTuple

from . import answers, wording
from .exchange import Rooms, Unmet, fetch
from .faults import Fault
from .settings import NOTICE, Settings
from .start import Start

_BATCH_STEPS = 40
"""How many steps lie between two decode lines, unless `--decode-log-interval` says otherwise."""
_DEFAULT_TOKENS = 128


class Refused(Exception):  # noqa: N818 - it becomes an answer
    """A request that is answered with an error."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Made(NamedTuple):
    """What was generated."""

    pieces: list[str]
    prompt_tokens: int
    finish: str
    thinking: int = 0
    """How many of the pieces are thinking."""

    @property
    def text(self) -> str:
        """All of it."""
        return "".join(self.pieces)


class Service:
    """What a server is while it serves."""

    def __init__(self, start: Start, settings: Settings) -> None:
        self.start, self.settings, self.options = start, settings, start.options
        self.is_ready = False
        self.is_draining = False
        self.rooms = Rooms()
        self.running = 0
        self.counts = {"requests": 0, "prompt": 0, "generated": 0}
        self.ended = threading.Event()
        """Something happened that ends the server."""
        self._lock = threading.Lock()
        self._next = itertools.count()
        self._beat = itertools.count()

    @property
    def served_name(self) -> str:
        """The name clients ask for."""
        return str(self.options.get("served_model_name") or self.options["model_path"])

    @property
    def role(self) -> str:
        """``prefill``, ``decode`` or ``null``, as the option is written."""
        return str(self.options.get("disaggregation_mode") or "null")

    def generate(self, body: dict[str, Any]) -> Made:
        """A completion of ``text``.

        Raises:
            Refused: the request cannot be answered.
        """
        asked = body.get("text", "")
        text = str(asked[0] if isinstance(asked, list) and asked else asked)
        limit = int((body.get("sampling_params") or {}).get("max_new_tokens", _DEFAULT_TOKENS))
        return self._made(body, text, answers.answer(text, rubbish=self.start.manner("rubbish_answers")), limit)

    def chat(self, body: dict[str, Any]) -> Made:
        """An answer to messages, thinking first unless that is switched off.

        Raises:
            Refused: the request cannot be answered.
        """
        messages = body.get("messages")
        if not isinstance(messages, list) or not messages:
            raise Refused(400, "messages: field required")
        text = answers.prompt_of(messages)
        thinks = (body.get("chat_template_kwargs") or {}).get("enable_thinking", True)
        limit = int(body.get("max_completion_tokens") or body.get("max_tokens") or _DEFAULT_TOKENS)
        answer = answers.answer(text, rubbish=self.start.manner("rubbish_answers"))
        thought = answers.pieces(answers.THINKING, limit) if thinks else []
        made = self._made(body, text, answer, limit - len(thought))
        return made._replace(pieces=[*thought, *made.pieces], thinking=len(thought))

    def beat(self) -> Iterator[float]:
        """Writes batch lines of a pretended load; yields the seconds until the next ones."""
        while True:
            yield self.settings.heartbeat_s
            place = next(self._beat)
            for number, rank in enumerate(self.start.form.leaders()):
                running = 18 + (place * 7 + number * 3) % 9
                rate = running * 21.5 + (place * 37 + number * 11) % 50
                self._say(self._load(running, rate, usage=min(0.92, 0.35 + 0.02 * (place % 20))), rank)

    def model_info(self) -> dict[str, Any]:
        """What ``/model_info`` tells."""
        path = self.options["model_path"]
        return {
            "model_path": path, "tokenizer_path": self.options.get("tokenizer_path") or path, "is_generation": True,
            "preferred_sampling_params": None, "weight_version": "default", "simulated": NOTICE,
        }  # fmt: skip

    def server_info(self) -> dict[str, Any]:
        """What ``/server_info`` tells."""
        return {
            **self.options,
            "served_model_name": self.served_name,
            "version": self.settings.release,
            "internal_states": [{"last_gen_throughput": 0.0, "memory_usage": {"weight": self.start.room.weights}}],
            "max_total_num_tokens": self.start.room.tokens,
            "simulated": NOTICE,
        }

    def _made(self, body: dict[str, Any], question: str, answer: str, limit: int) -> Made:
        if not self.is_ready or self.is_draining:
            raise Refused(503, "the server is starting" if not self.is_draining else "the server is stopping")
        self._fault()
        with self._lock:
            self.running += 1
        try:
            begun = time.monotonic()
            prompt = answers.tokens_in(question)
            leaders = self.start.form.leaders()
            rank = leaders[next(self._next) % len(leaders)]
            self._say(self._load(0, prompt * 20.0, prefills=prompt), rank)
            self._hand_over(body)
            pieces = answers.pieces(answer, limit)
            finish = "stop" if len(pieces) < limit else "length"
            if self.role != "prefill":
                self._steps(len(pieces), rank, begun)
            self._counted(prompt, len(pieces))
            return Made(pieces, prompt, finish)
        finally:
            with self._lock:
                self.running -= 1

    def _steps(self, count: int, rank: int, begun: float) -> None:
        every = int(self.options.get("decode_log_interval") or _BATCH_STEPS)
        for step in range(0, max(count, 1), every):
            self.start.stop.wait(self.settings.token_s * min(every, count - step))
            rate = (step + min(every, count - step)) / max(time.monotonic() - begun, 1e-3)
            self._say(self._load(self.running, min(rate, 9999.0)), rank)

    def _hand_over(self, body: dict[str, Any]) -> None:
        """Prefill and decode meet for this request.

        Raises:
            Refused: they did not.
        """
        if self.role not in ("prefill", "decode") or body.get("bootstrap_host") == "warm-up":
            return
        room = body.get("bootstrap_room")
        if not isinstance(room, int):
            raise Refused(400, "Disaggregated request received without bootstrap room id.")
        wait_s = self.settings.wait_s
        try:
            if self.role == "prefill" and not self.rooms.fill(room, wait_s):
                raise Unmet(
                    f"Prefill bootstrap failed for request rank=0 req.bootstrap_room={room} with exception "
                    f"KVTransferError(bootstrap_room={room}): Request {room} timed out after {wait_s:.1f}s in "
                    "KVPoll.Bootstrapping"
                )
            if self.role == "decode":
                port = body.get("bootstrap_port") or self.options["disaggregation_bootstrap_port"]
                fetch(str(body.get("bootstrap_host")), int(port), room, wait_s)
        except Unmet as unmet:
            self.start.log.say(str(unmet), self.start.lead)
            raise Refused(500, str(unmet)) from None

    def _fault(self) -> None:
        from .fault_lines import STORIES

        for fault in self.start.faults:
            story = STORIES.get(fault.name)
            if story and (fault.phase or story.phase) == "request":
                self._request_fault(fault)

    def _request_fault(self, fault: Fault) -> None:
        from .fault_lines import STORIES

        story = STORIES[fault.name]
        if self.start.failed_code is None:
            self.start.tell(story)
        if story.ends:
            self.start.failed_code = story.code
            self.ended.set()
            raise Refused(500, f"SIMULATED fault: {fault.name}")
        if fault.name != "kv_pressure":
            raise Refused(500, f"SIMULATED fault: {fault.name}")

    def _load(self, running: int, rate: float, *, usage: float = 0.0, prefills: int = 0) -> wording.Load:
        drafted = bool(self.options.get("speculative_algorithm"))
        return wording.Load(
            self.role, running, rate, usage=usage, token=int(self.start.room.tokens * usage), new_token=prefills,
            accept_len=2.6 if drafted else 0.0, accept_rate=0.87 if drafted else 0.0,
            graph=not self.options.get("disable_cuda_graph"),
        )  # fmt: skip

    def _say(self, load: wording.Load, rank: int) -> None:
        words = self.start.words
        prefills = load.new_token > 0 or self.role == "prefill"
        self.start.log.say(words.prefill(load) if prefills else words.decode(load), self.start.form.prefix(rank))

    def _counted(self, prompt: int, generated: int) -> None:
        with self._lock:
            self.counts["requests"] += 1
            self.counts["prompt"] += prompt
            self.counts["generated"] += generated


def identifier() -> str:
    """A name for an answer."""
    return uuid.uuid4().hex
