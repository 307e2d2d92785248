"""Before anything is started: missing values, hosts that cannot be asked, findings that block."""

from collections.abc import Iterable
from functools import partial

from wizard import check
from wizard.detect import probe, read
from wizard.detect.probe import Limits
from wizard.errors import ExitCode, LaunchError, ProbeError, UsageError
from wizard.launch import runs, ways
from wizard.launch.order import Order
from wizard.launch.places import Places, by_place, place_of
from wizard.launch.recorder import Recorder
from wizard.model.finding import Finding, Severity
from wizard.model.hardware import Host
from wizard.model.run import RunProcess

_ASKING_S = Limits().whole_s
_TAKEN = frozenset({"hardware.busy", "network.port-taken"})


def filled(order: Order) -> None:
    """Everything that only the operator can say is there.

    Raises:
        UsageError: a value or a secret is missing.
    """
    missing = order.flow.unfilled()
    if missing:
        what = ", ".join(f"{variable.name} ({variable.meaning})" for variable in missing)
        raise UsageError(f"not filled in yet: {what}", "`--model-path PATH`, `--hosts A,B`, `--image IMAGE` fill them")
    names = dict.fromkeys(name for process in order.flow.processes for name in process.secrets)
    absent = [name for name in names if not order.secrets.get(name)]
    if absent:
        raise UsageError(
            f"the secret {', '.join(absent)} is not in the environment",
            f"`read -rs {absent[0]} && export {absent[0]}`, then again; it is never written down",
        )


def detected(order: Order, places: Places, processes: Iterable[RunProcess], recorder: Recorder) -> tuple[Host, ...]:
    """What the hosts are: as given with the order, else asked now, side by side.

    Raises:
        ProbeError: a host cannot be reached.
    """
    if order.hosts:
        return order.hosts
    path = order.request.selection.model.path
    model_path = path if path.startswith("/") else None
    wanted = tuple(by_place(processes))
    names = ", ".join(place.address for place in wanted)
    recorder.event("preflight", f"asking {names}: read only, what runs there is not disturbed; up to {_ASKING_S:g} s")
    captures = places.together(
        {place: partial(probe.captured, places.shell(place), Limits(), model_path) for place in wanted}
    )
    hosts = tuple(read.host(captures[place], model_path) for place in wanted)
    for host in hosts:
        if not host.was_reached and host.fault:
            raise ProbeError(host.fault.message, host.fault.hint)
    return hosts


def passed(order: Order, hosts: Iterable[Host], recorder: Recorder) -> tuple[Finding, ...]:
    """The findings, told. Those that block and are neither accepted nor forced stop the launch.

    Raises:
        WizardError: with what blocks.
    """
    selection = order.request.selection
    found = check.findings(selection, tuple(hosts))
    for finding in found:
        if finding.severity in (Severity.ERROR, Severity.WARNING) and finding.code not in selection.accepted:
            _tell(finding, recorder)
    _stopped_by(order, found)
    return found


def _tell(finding: Finding, recorder: Recorder) -> None:
    message = f"{finding.severity}: {finding.message} [{finding.code}]"
    recorder.event("preflight", message, is_problem=finding.severity is Severity.ERROR)


def _stopped_by(order: Order, found: tuple[Finding, ...]) -> None:
    """Goes on only where nothing blocks.

    Raises:
        WizardError: with what blocks.
    """
    accepted = order.request.selection.accepted
    blocking = check.blocking(found, accepted)
    if blocking and not order.is_forced:
        is_unasked = check.exit_code(found, accepted) is ExitCode.UNREACHABLE
        codes = " ".join(f"--accept {code}" for code in dict.fromkeys(finding.code for finding in blocking))
        raise (ProbeError if is_unasked else LaunchError)(
            f"nothing was started: {check.verdict(found, accepted)}",
            f"{_earlier(blocking)}apply a fix, or `{codes}`, or go on with `--force`",
        )


def _earlier(blocking: Iterable[Finding]) -> str:
    """How to end the runs of one's own that may hold what is taken."""
    hosts = {host for finding in blocking if finding.code in _TAKEN for host in finding.hosts}
    held = [
        f"`--stop {run.name}` ends the run that was started there"
        for run in runs.load_all()
        if any(process.may_run and place_of(process).address in hosts for process in run.processes)
    ]
    return "".join(f"{words}; " for words in held[:2])


def reaching(order: Order, places: Places, processes: Iterable[RunProcess], recorder: Recorder) -> None:
    """The hosts reach one another on the ports that they will need: tried now, before weights load.

    Raises:
        LaunchError: with the ways that are closed.
    """
    wanted = ways.needed(order.flow, processes)
    if not wanted:
        return
    count = len({(way.callee, way.port) for way in wanted})
    recorder.event("preflight", f"opening {count} ports for a moment and trying them from the other hosts")
    found = ways.tried(places, wanted)
    for finding in found:
        _tell(finding, recorder)
        recorder.event("preflight", f"hint: {finding.hint}")
    _stopped_by(order, found)
    if not found:
        recorder.event("preflight", f"the hosts reach one another: {len(wanted)} ways tried")


def facts_of(hosts: Iterable[Host], image: str = "") -> dict[str, dict[str, str]]:
    """What was measured on each host that a run remembers."""
    found: dict[str, dict[str, str]] = {}
    for host in hosts:
        values = {
            "driver": host.software.driver_version,
            "npu_smi": host.software.npu_smi_version,
            "cann": host.software.cann_version,
            "sglang": host.software.sglang_version,
            "weights": host.weights.fingerprint if host.weights else None,
            "image": host.containers.image_ids.get(image) if image else None,
            "devices": str(len(host.devices)) if host.devices else None,
        }
        found[host.address] = {name: value for name, value in values.items() if value}
    return found
