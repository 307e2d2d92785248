"""The whole journey on pretended hosts: detect, choose, check, launch, a failure and its fix, verify, stop.

Owns the order of the steps and what is told of each. Everything that is done is done by the rooms that do it in
earnest: the launch copies and starts the unchanged script, the monitor reads its logs, verify asks it.
"""

import os
import re
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from shlex import join

from wizard import verify
from wizard.check import verdict
from wizard.errors import WizardError
from wizard.launch import events, stopping, supervisor
from wizard.launch.order import Order
from wizard.model.finding import Edit, EditKind, Severity
from wizard.model.hardware import Host
from wizard.model.run import Run, RunEvent, State
from wizard.monitor import diagnosis
from wizard.monitor.diagnosis import Diagnosis
from wizard.monitor.reader import LogReader, Reading
from wizard.monitor.view import phase_words
from wizard.offers.scenarios import drawing
from wizard.reach.pretended import VARIABLE
from wizard.session import Session
from wizard.simulate.faults import Played
from wizard.simulate.hosts import PretendedHosts
from wizard.simulate.narrator import Narrator

WELL = ("Detect", "Choose", "Check", "Launch", "Verify", "Stop")
"""The steps where nothing fails."""
_SHOWN = 300
"""Characters of a line of a log or of an event."""
_LOOK_S = 0.25
_SEEN_S = 3.0
"""How long a failure may be seen in a log before the launch is left, if it does not end by itself."""
_PERCENT = re.compile(r"\b(\d+) %")
_STYLES = {State.READY: "green", State.FAILED: "bold red"}


class Rehearsal:
    """One journey. ``play`` takes every step; ``end`` leaves nothing behind."""

    def __init__(self, session: Session, hosts: PretendedHosts, narrator: Narrator, played: Played) -> None:
        self.session = session
        self._hosts, self._tell, self._played = hosts, narrator, played
        self._run: Run | None = None

    def play(self) -> bool:
        """Every step; whether the service answered in the end.

        Raises:
            Left: the operator stopped it.
            WizardError: a step could not be taken.
        """
        names = WELL if not self._played.name else (*WELL[:4], "Diagnose", "Fix", "Launch again", *WELL[4:])
        self._tell.way(names)
        self._tell.pause()
        self._detect()
        self._choose()
        self._check()
        self._hosts.fault = self._played.asked
        run = self._launched("Launch", "The script that `--export` writes is copied to every host and started there.")
        if run.state is not State.READY:
            found = self._failure(run)
            is_changed = self._repair(run, found)
            run = self._launched("Launch again", f"The same steps{' with the changed plan' if is_changed else ''}.")
        is_well = self._verify(run) if run.state is State.READY else False
        self._stop(run)
        return is_well

    def end(self) -> None:
        """Ends whatever still runs."""
        try:
            if self._run is not None and self._hosts.left():
                with suppress(WizardError, OSError):  # what could not be stopped is killed below
                    stopping.stop(self._run, lambda _: None, threading.Event(), force=True, patience_s=2)
        finally:
            self._hosts.end()

    # ------------------------------------------------------------------ before anything is started

    def _detect(self) -> None:
        tell = self._tell
        tell.step("Detect", "What the hosts are. These are recordings of real machines under addresses of this one.")
        found = self._hosts.hosts()
        for host in found:
            tell.item(f"{host.address:<12} ", _about(host))
        self.session = self.session.detected(found)
        tell.command("glm-wizard --detect --hosts " + ",".join(self._hosts.addresses))
        tell.pause(self._full_screen)

    def _choose(self) -> None:
        tell, selection = self._tell, self.session.selection
        about = self.session.preset.about if self.session.preset else None
        tell.step("Choose", about.summary if about else "")
        tell.lines(["", *(f"    {line}" for line in drawing(selection, ascii_only=tell.is_ascii)), ""], "cyan")
        for name, role in selection.roles.items():
            sizes = " ".join(f"{key}={role.options[key]}" for key in _SIZES if key in role.options)
            tell.item(f"{name:<8} ", sizes)
        tell.command(join(self.session.reproduce))
        tell.pause(self._full_screen)

    def _check(self) -> None:
        tell = self._tell
        tell.step("Check", "Every choice is held against SGLang's own rules, the hardware and the hosts. A wrong one:")
        role = next(name for name in self.session.selection.roles if name != "router")
        wrong = Edit(EditKind.SET, f"{role}.tp-size=7")
        broken = self.session.edited((wrong,))
        tell.command(" ".join(wrong.flag()))
        for finding in [one for one in broken.findings if one.severity is Severity.ERROR][:2]:
            tell.item("error: ", f"{finding.message} [{finding.code}]", "bold red")
            for fix in finding.fixes[:1]:
                tell.line(f"    fix: {fix.label}: {' '.join(word for edit in fix.edits for word in edit.flag())}")
        tell.say("Undone. The plan as it is:")
        accepted = list(self.session.selection.accepted)
        if accepted:
            tell.line(f"  accepted: {', '.join(accepted)} (the pretended hosts share this machine)")
        for finding in self.session.findings:
            if finding.severity in (Severity.ERROR, Severity.WARNING) and finding.code not in accepted:
                tell.item(f"{finding.severity}: ", f"{finding.message} [{finding.code}]")
        tell.line(f"  {verdict(self.session.findings, self.session.selection.accepted)}", "green")
        tell.pause(self._full_screen)

    def _full_screen(self) -> None:
        """The wizard itself on the same pretended hosts; what was started there is ended when it is left."""
        words = [word for word in self.session.reproduce if word != "--export"]
        subprocess.run([sys.executable, "-m", "wizard.cli", *words[1:]], check=False)
        self._hosts.end()

    # ------------------------------------------------------------------ launch, failure, repair

    def _launched(self, title: str, why: str) -> Run:
        tell = self._tell
        tell.step(title, why)
        order = Order(self.session.export_request(), self.session.hosts, is_simulated=True)
        cancelled = threading.Event()
        watch = _Watch(self._hosts, cancelled)
        threading.Thread(target=watch.look, daemon=True).start()
        try:
            self._run = supervisor.launch(order, self._event, cancelled)
        finally:
            watch.over.set()
        if self._run.state is State.READY:
            tell.line(f"  ready: {self._run.endpoint} serves {self._run.served_name}", "bold green")
            tell.command(f"glm-wizard --monitor {self._run.name}")
            tell.elsewhere({VARIABLE: str(self._hosts.file), "XDG_STATE_HOME": os.environ["XDG_STATE_HOME"]})
        tell.pause()
        return self._run

    def _event(self, told: RunEvent) -> None:
        if told.stage == "log":
            return  # the next step tells the line that matters
        head = f"{events.stage_word(told):<9} {told.process or told.host or 'all':<10} "
        style = "red" if told.is_problem else ""
        style = _STYLES.get(told.state, style) if told.state else style
        percent = _PERCENT.search(told.message)
        if percent and told.state is None and not told.is_problem:
            self._tell.progress(head, told.message, min(int(percent[1]), 100))
        else:
            self._tell.item(head, self._plain(told.message)[:_SHOWN], style)

    def _plain(self, text: str) -> str:
        """The folder of a pretended host is long and says nothing: it is its state folder."""
        return re.sub(rf"{re.escape(str(self._hosts.folder))}/[\d.]+/state/", "~/.local/state/", text)

    def _failure(self, run: Run) -> Diagnosis | None:
        tell = self._tell
        tell.step("Diagnose", "It failed. The monitor reads the logs of all of them and finds the first cause.")
        readings = _readings(run)
        found = {name: one.diagnosis for name, one in readings.items() if one.diagnosis}
        name = diagnosis.first(found)
        for process in run.processes:
            reading = readings.get(process.name)
            last = phase_words(reading) if reading and reading.phase else "not started"
            tell.line(f"  {process.name:<10} {process.state:<9} at last: {last}")
        if name is None:
            tell.say("  No log says why; the state above is all that is known.")
            return None
        cause = found[name]
        tell.item(f"{name}, line {cause.root_line}: ", cause.text[:_SHOWN], "bold red")
        tell.item("means:  ", cause.meaning)
        tell.item("change: ", cause.remedy.text)
        tell.command(f"glm-wizard --diagnose {_log(run, name)}")
        tell.pause()
        return cause

    def _repair(self, run: Run, found: Diagnosis | None) -> bool:
        """Whether the plan is another one now: the remedy may be what it says already, or nothing of the plan."""
        tell = self._tell
        edits = tuple(_for_role(edit, self._played.asked) for edit in found.remedy.edits) if found else ()
        before = self.session
        self.session = before.edited(edits, "the remedy of the diagnosis") if edits else before
        rows = _difference(before, self.session)
        tell.step(
            "Fix", f"What runs is stopped, the plan {'is changed, and nothing else' if rows else 'stays as it is'}."
        )
        self._run = stopping.stop(run, self._event, threading.Event(), force=True, patience_s=10)
        if rows:
            tell.command(" ".join(word for edit in edits for word in edit.flag()))
        for row in rows:
            tell.line(row, "red" if row.lstrip().startswith("-") else "green")
        if not rows or not self._played.heals_itself:
            self._hosts.fault = ""
            tell.say("In this rehearsal the cause is taken away by hand: a real one is on the host, not in the plan.")
        tell.pause()
        return bool(rows)

    # ------------------------------------------------------------------ verify, stop

    def _verify(self, run: Run) -> bool:
        tell = self._tell
        tell.step("Verify", "Ready means that it answers: a real question, through the address that clients use.")

        def told(result: verify.Result) -> None:
            style = "green" if result.outcome is verify.Outcome.OK else "bold red"
            took = "" if result.seconds is None else f"{result.seconds:.2f} s"
            tell.line(f"  {result.outcome:<9} {result.name:<18} {took:>7}  {result.detail}", style)

        report = verify.answers(verify.of_run(run, {}), tell=told)
        tell.line(f"  {report.verdict}", "bold green" if report.answers else "bold red")
        tell.command(f"glm-wizard --verify {run.name}")
        tell.pause()
        return report.answers

    def _stop(self, run: Run) -> None:
        tell = self._tell
        tell.step("Stop", "Router, rank 0, the other ranks; then it is proven that nothing is left.")
        self._run = stopping.stop(run, self._event, threading.Event(), force=True, patience_s=10)
        left = self._hosts.left()
        tell.line(f"  {len(left)} processes left" if left else "  nothing is left", "red" if left else "green")


_SIZES = ("tp-size", "dp-size", "ep-size", "mem-fraction-static", "max-running-requests", "port")


class _Watch:
    """Leaves a launch as soon as a log tells of a failure that the launch itself would wait for: hours, in earnest."""

    def __init__(self, hosts: PretendedHosts, cancelled: threading.Event) -> None:
        self.over = threading.Event()
        self._hosts, self._cancelled = hosts, cancelled
        self._earlier = hosts.logs()

    def look(self) -> None:
        """Waits for a failure, gives the launch some time to see it, then leaves it."""
        while not self.over.wait(_LOOK_S):
            if any(_failed(_read(log)) for log in self._hosts.logs() - self._earlier):
                if not self.over.wait(_SEEN_S):
                    self._cancelled.set()
                return


def _failed(reading: Reading) -> bool:
    return reading.diagnosis is not None and reading.diagnosis.is_failure


def _read(log: Path) -> Reading:
    reader = LogReader()
    with suppress(OSError):
        reader.feed(log.read_bytes())
    reader.close()
    return reader.reading()


def _about(host: Host) -> str:
    ready = sum(device.health == "OK" for device in host.devices)
    free = [d.hbm_total_mb - d.hbm_used_mb for d in host.devices if d.hbm_total_mb and d.hbm_used_mb is not None]
    memory = f", {min(free) / 1024:.0f} GiB free each" if free else ""
    driver = f", driver {host.software.driver_version}" if host.software.driver_version else ""
    return f"Atlas 800I {host.series}: {ready} of {len(host.devices)} devices OK{memory}{driver}"


def _readings(run: Run) -> dict[str, Reading]:
    """What every log of the run says; the pretended hosts' logs are files of this machine."""
    return {process.name: _read(Path(process.log or "/nonexistent")) for process in run.processes}


def _log(run: Run, name: str) -> str:
    return next(process.log for process in run.processes if process.name == name)


def _for_role(edit: Edit, asked: str) -> Edit:
    """The edit for the role that failed alone."""
    role = asked.partition("?")[0].partition(":")[2]
    if "." in edit.value.partition("=")[0] or role in ("", "server") or edit.kind not in (EditKind.SET, EditKind.ENV):
        return edit
    return edit._replace(value=f"{role}.{edit.value}")


def _difference(before: Session, after: Session) -> list[str]:
    """The settings that changed, as a diff shows them."""
    rows = []
    for name, role in after.selection.roles.items():
        old = before.selection.roles[name]
        for was, now in ((old.options, role.options), (old.environment, role.environment)):
            for key in [key for key in (*was, *now) if was.get(key) != now.get(key)]:
                if key in was:
                    rows.append(f"  - {name}: {key} = {was[key]}")
                if key in now:
                    rows.append(f"  + {name}: {key} = {now[key]}")
    return list(dict.fromkeys(rows))
