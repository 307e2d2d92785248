"""What is new about a log since the last look: the events of ``--monitor --json``, and the remarks of ``--plain``.

Pure: compares readings. Each event is told once; figures again when they change and the last are five seconds old.
"""

import re
from typing import NamedTuple

from wizard.monitor import view
from wizard.monitor.reader import Reading

FIGURES_S = 5.0
_COUNTDOWN = re.compile(r"again in \d+ s")
"""Seconds that go by until a connection is tried again are no news."""


class Event(NamedTuple):
    """Something that happened to one process."""

    event: str
    """``state``, ``phase``, ``progress``, ``ready``, ``figures``, ``silence``, ``diagnosis``, ``ended``."""
    process: str
    text: str
    """One sentence for people."""
    data: tuple[tuple[str, object], ...] = ()
    """The same for programs."""

    def as_json(self, time: str) -> dict[str, object]:
        """One line of ``--json``."""
        return {"event": self.event, "process": self.process, "time": time, "text": self.text, **dict(self.data)}


class Changes:
    """Remembers what was told about one process."""

    def __init__(self, process: str) -> None:
        self._process = process
        self._told: dict[str, object] = {}
        self._figures_at_s = -FIGURES_S

    def new(self, reading: Reading, state: str, silent_s: float, now_s: float) -> list[Event]:
        """The events since the last call.

        Args:
            reading: what the log says.
            state: how it stands with the source.
            silent_s: how long nothing came.
            now_s: any clock that goes forward.
        """
        events = [
            self._event("state", _COUNTDOWN.sub("", state), state, ()),
            self._phase(reading),
            self._progress(reading),
            self._ready(reading),
            self._figures(reading, now_s),
            self._silence(view.silence(reading, silent_s), silent_s),
            self._diagnosis(reading),
        ]
        return [event for event in events if event is not None]

    def _event(self, kind: str, key: object, text: str, data: tuple[tuple[str, object], ...]) -> Event | None:
        if self._told.get(kind) == key:
            return None
        self._told[kind] = key
        return Event(kind, self._process, text, data)

    def _phase(self, reading: Reading) -> Event | None:
        if reading.phase is None:
            return None
        text = "serving" if reading.phase == "serve" and reading.ready else view.DOING[reading.phase]
        return self._event("phase", reading.phase, text, (("phase", reading.phase), ("role", reading.role)))

    def _progress(self, reading: Reading) -> Event | None:
        bar = reading.progress
        if bar is None or reading.ready or not bar.total:
            return None
        tenth = (bar.what, bar.total, 10 * bar.done // bar.total)
        return self._event("progress", tenth, view.phase_words(reading), tuple(bar._asdict().items()))

    def _ready(self, reading: Reading) -> Event | None:
        if not reading.ready:
            return None
        return self._event("ready", True, "ready", (("line", reading.ready_line),))

    def _figures(self, reading: Reading, now_s: float) -> Event | None:
        last, total = reading.last, reading.instance
        if last is None or total is None or now_s - self._figures_at_s < FIGURES_S:
            return None
        data = (
            ("throughput_tok_s", total.throughput_tok_s if reading.throughput_tok_s is not None else None),
            ("running_req", total.running_req),
            ("queue_req", total.queue_req),
            ("token_usage", last.token_usage),
            ("accept_len", last.accept_len),
            ("dp_ranks", total.dp_ranks),
        )
        found = self._event("figures", data, _figures(dict(data)), data)
        if found:
            self._figures_at_s = now_s
        return found

    def _silence(self, text: str | None, silent_s: float) -> Event | None:
        if text is None:
            self._told.pop("silence", None)
            return None
        return self._event("silence", True, text, (("silent_s", round(silent_s)),))

    def _diagnosis(self, reading: Reading) -> Event | None:
        found = reading.diagnosis
        if found is None:
            self._told.pop("diagnosis", None)
            return None
        flags = [word for edit in found.remedy.edits for word in edit.flag()]
        data = (
            ("diagnosis", found.id), ("severity", "error" if found.is_failure else "warning"),
            ("line", found.root_line), ("root_text", found.text), ("meaning", found.meaning),
            ("remedy", {"text": found.remedy.text, "flags": flags}), ("source", found.source),
        )  # fmt: skip
        text = f"{found.id}: {found.text.strip()} | it means: {found.meaning} | change: {found.remedy.text}"
        return self._event("diagnosis", (found.id, found.root_line), text + _shown(flags), data)


def _shown(flags: list[str]) -> str:
    return f" | {' '.join(flags)}" if flags else ""


def _figures(data: dict[str, object]) -> str:
    parts = (
        ("{} token/s", data["throughput_tok_s"]),
        ("{} running", data["running_req"]),
        ("{} queued", data["queue_req"]),
        ("KV usage {}", data["token_usage"]),
        ("accept length {}", data["accept_len"]),
    )
    return ", ".join(text.format(value) for text, value in parts if value is not None)
