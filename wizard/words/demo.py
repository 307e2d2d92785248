"""``--demo [PRESET] [--fault NAME]``: the whole journey on pretended hosts, on any Linux machine, in under a minute."""

import gc
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from wizard import presets
from wizard.errors import ExitCode, UsageError, WizardError
from wizard.model.finding import Edit, EditKind
from wizard.model.flow import resolve
from wizard.model.preset import Preset
from wizard.plan.ports import (
    DEFAULT_BOOTSTRAP_PORT,
    DEFAULT_DIST_PORT,
    DEFAULT_PORT,
    DEFAULT_STORE_PORT,
    ROUTER_METRICS_PORT,
)
from wizard.reach.pretended import VARIABLE
from wizard.session import Session
from wizard.simulate import faults
from wizard.simulate.hosts import PretendedHosts, check_platform, check_system, free_offset
from wizard.simulate.narrator import Left, Narrator
from wizard.simulate.pretend import WORD
from wizard.simulate.rehearsal import WELL, Rehearsal
from wizard.words.console import console

if TYPE_CHECKING:
    from wizard.invocation import Invocation

PRESET = "a3-pd"
_MODEL = "/models/GLM-5.2-w8a8"
_START_S = 5.0
_SERVER_PORTS = {"port": DEFAULT_PORT}
_PORTS = {
    "prefill": {"port": DEFAULT_PORT, "disaggregation-bootstrap-port": DEFAULT_BOOTSTRAP_PORT},
    "router": {"port": DEFAULT_PORT, "prometheus-port": ROUTER_METRICS_PORT},
}
"""The ports of a role that have an option, with what SGLang takes where it is not given."""
_LOOPBACK = "topology.address-loopback"


def run(invocation: "Invocation") -> ExitCode:
    """Plays the journey; leaves no process and no file, unless ``--output`` names a folder for the logs.

    Returns:
        DONE when the service answered in the end.

    Raises:
        WizardError: an unknown preset or failure, or a machine that cannot pretend.
    """
    gc.enable()
    check_platform()
    options = invocation.options
    preset = presets.preset(options.demo or PRESET)
    for tool in ("bash", "setsid"):
        if shutil.which(tool) is None:
            raise UsageError(f"`{tool}` is not on this machine", "install bash and util-linux")
    count = preset.selection.host_count
    faults.played(options.fault or "", preset.selection)  # refused before anything is made
    with _folder(options.output) as folder:
        hosts = PretendedHosts(
            folder, preset.selection.series, count, start_s=_START_S, release=preset.selection.release
        )
        check_system(hosts.addresses)
        with _variables({"XDG_STATE_HOME": str(folder / "operator"), VARIABLE: str(hosts.file)}):
            return _played(invocation, preset, hosts)


def _played(invocation: "Invocation", preset: Preset, hosts: PretendedHosts) -> ExitCode:
    options = invocation.options
    session = on_hosts(Session(preset.selection, preset), hosts)
    played = faults.played(options.fault or "", session.selection)
    out = console(color=not options.no_color)
    narrator = Narrator(out, pauses=not options.yes, total=len(WELL) + (3 if played.name else 0))
    narrator.say(
        f"{WORD}: a rehearsal of `{preset.name}` on pretended hosts ({', '.join(hosts.addresses)}, all of them "
        "this machine). The wizard, the script, the checks and the monitor are real; the machines are recordings, "
        "and the servers are stand-ins that answer without any model. Nothing on this machine is changed.", "bold",
    )  # fmt: skip
    rehearsal = Rehearsal(session, hosts, narrator, played)
    for number in (signal.SIGTERM, signal.SIGHUP):  # a closed terminal must leave nothing behind either
        signal.signal(number, signal.default_int_handler)
    try:
        is_well = rehearsal.play()
    except (Left, KeyboardInterrupt):
        narrator.line("")
        narrator.say(f"{WORD}: stopping everything.")
        rehearsal.end()
        left = len(hosts.left())
        narrator.say(f"{WORD}: {left} processes left." if left else f"{WORD}: nothing is left.")
        return ExitCode.INTERRUPTED
    finally:
        rehearsal.end()
    _farewell(narrator, preset, hosts.folder if options.output else None, is_well=is_well)
    return ExitCode.DONE if is_well else ExitCode.FAILED


def _farewell(narrator: Narrator, preset: Preset, kept: Path | None, *, is_well: bool) -> None:
    outcome = "It answered, and was stopped." if is_well else "It did not answer as it should."
    narrator.say(f"{WORD}: {outcome} {narrator.seconds:.0f} s in all.", "bold")
    if kept:
        narrator.line(f"  logs and records: {kept}")
    names = ",".join("ABCDEFGHIJKLMNOP"[: preset.selection.host_count])
    narrator.say(f"In earnest, with your own host{'s' if len(names) > 1 else ''} and weights:")
    for word in ("--check", "--launch"):
        narrator.command(f"glm-wizard --preset {preset.name} --hosts {names} --model-path /models/GLM-5.2 {word}")
    narrator.say("Or step by step on a full screen; or play another failure:")
    narrator.command("glm-wizard")
    narrator.command("glm-wizard --demo --fault hccl-timeout")


def on_hosts(session: Session, hosts: PretendedHosts) -> Session:
    """The preset on the pretended hosts, its ports moved away from what this machine already serves."""
    edits = [
        Edit(EditKind.HOSTS, ",".join(hosts.addresses)),
        Edit(EditKind.RUNTIME, "host"),
        Edit(EditKind.MODEL_PATH, _MODEL),
    ]
    changed = session.edited(edits).detected(hosts.hosts())
    loopback = [finding.code for finding in changed.findings if finding.code == _LOOPBACK]
    if loopback:
        changed = changed.edited((Edit(EditKind.ACCEPT, _LOOPBACK),))
    return _moved(changed, hosts)


def _moved(session: Session, hosts: PretendedHosts) -> Session:
    flow = session.planned
    if isinstance(flow, WizardError):
        raise flow
    ports = sorted({port.number for process in flow.processes for port in process.ports})
    offset = free_offset(hosts.addresses, ports)
    host = resolve(flow.processes[0].address, flow.values())
    edits = []
    for name, role in session.selection.roles.items():
        if len(hosts.addresses) == 1 and name != "router" and role.options.get("host") != "auto":
            edits.append(Edit(EditKind.SET, f"{name}.host={host}"))
        for option, usual in _PORTS.get(name, _SERVER_PORTS).items() if offset else ():
            edits.append(Edit(EditKind.SET, f"{name}.{option}={int(str(role.options.get(option, usual))) + offset}"))
        if offset and name in ("prefill", "decode"):
            edits.append(Edit(EditKind.ENV, f"{name}.ASCEND_MF_STORE_URL=tcp://auto:{DEFAULT_STORE_PORT + offset}"))
        if offset and role.hosts_per_instance > 1:
            edits.append(Edit(EditKind.SET, f"{name}.dist-init-addr=auto:{DEFAULT_DIST_PORT + offset}"))
    return session.edited(edits) if edits else session


@contextmanager
def _folder(output: str | None) -> Iterator[Path]:
    """Where the pretended hosts keep their state."""
    if output:
        folder = Path(output).absolute()
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise UsageError(f"`{output}` is not an empty folder", "give `--output` a new one; the logs stay there")
        folder.mkdir(parents=True, exist_ok=True)
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="glm-wizard-demo-", ignore_cleanup_errors=True) as name:
        yield Path(name).resolve()


@contextmanager
def _variables(given: dict[str, str]) -> Iterator[None]:
    """Variables of this process for a while: the runs and hosts of a rehearsal are not among the real ones."""
    before = {name: os.environ.get(name) for name in given}
    os.environ.update(given)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
