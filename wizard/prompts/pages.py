"""The questions, in order: scenario, hosts, weights, runtime, settings, findings, review.

Each page is two functions: what to ask, and where an answer leads. They decide nothing themselves: what can be chosen
is ``wizard.offers``', what is wrong ``wizard.check``'s, what would be started ``wizard.plan``'s.
"""

from collections.abc import Callable
from typing import NamedTuple

from wizard import presets
from wizard.detect.crossing import THIS
from wizard.errors import UsageError, WizardError
from wizard.knowledge.releases import known_releases
from wizard.model.finding import Edit, EditKind, Finding, Fix, Severity
from wizard.model.hardware import Host
from wizard.model.selection import Role, RuntimeKind
from wizard.offers import carried, scenarios
from wizard.prompts import endings, settings
from wizard.prompts.walk import Choice, Question, Tools, Walk, chosen
from wizard.session import Session
from wizard.solve import fix_all


class Page(NamedTuple):
    """A question and what its answers lead to."""

    ask: Callable[[Walk], Question]
    answered: Callable[[Walk, str, Tools], Walk]


def _scenario(walk: Walk) -> Question:
    offered = scenarios.offers(walk.session.hosts)
    choices = tuple(
        Choice(item.name, f"{item.name}: {item.preset.about.title}", _fit(item), brief=_brief(item)) for item in offered
    )
    default = walk.session.selection.preset or scenarios.suggested(walk.session.hosts) or choices[0].value
    broken = (f"own preset left out: {error.message}" for error in presets.presets()[1].values())
    told = ("glm-wizard asks line by line. `back`, `undo`, `redo`, `?` and `quit` work at every question.", *broken)
    return Question(
        "scenario",
        "What do you want to start?",
        choices,
        default,
        told if not walk.trail else (),
        "The first four are the scenarios of the GLM-5.2 tutorial; the others are published recipes. `? 4` tells "
        "whether the fourth fits what was detected, and why.",
    )


def _fit(item: scenarios.Offer) -> str:
    reason = item.fit.reason if item.fit.fits is not None else f"needs {item.needs}"
    figures = scenarios.figures_text(item.preset) if not item.is_scenario else ""
    return "; ".join(part for part in (reason, item.fit.remark, figures) if part)


def _brief(item: scenarios.Offer) -> str:
    fits = {True: "fits", False: "does not fit", None: item.needs}[item.fit.fits]
    return f"{fits}, with a warning" if item.fit.remark and item.fit.fits is not False else fits


def _scenario_chosen(walk: Walk, answer: str, _tools: Tools) -> Walk:
    session = walk.session
    steps = tuple(step.selection for step in session.past)
    moved = carried.moved(answer, session.selection, steps)
    offer = scenarios.offer(answer)
    after = session.chosen(moved.selection, f"preset {answer}", offer.preset)
    return walk.to("hosts", session=after, said=moved.notice.splitlines())


def _hosts(walk: Walk) -> Question:
    selection = walk.session.selection
    places = [
        f"{name} {number + 1}" if count > 1 else name
        for name, count in ((name, _places(selection.role(name))) for name in selection.server_roles)
        for number in range(count)
    ]
    one, several = "Address of the host", f"Addresses of the {len(places)} hosts, separated by commas"
    text = f"{one}, or `later`" if len(places) == 1 else f"{several}, in the order {', '.join(places)}; or `later`"
    given = [host.address for host in selection.hosts if host.address]
    seen = [host.address for host in walk.session.hosts if host.fault is None and host.address != THIS]
    offered = given or (seen[: len(places)] if len(seen) >= len(places) else [])
    return Question("hosts", text, (), ",".join(offered) or "later", (), _HOSTS_HELP)


_HOSTS_HELP = (
    "As the other hosts and the clients reach them, for example 10.0.0.1,10.0.0.2. With `later` the script asks for "
    "them when it starts. role=ADDRESS names a role; router=ADDRESS moves the router."
)


def _places(role: Role) -> int:
    return role.instances * role.hosts_per_instance


def _hosts_given(walk: Walk, answer: str, _tools: Tools) -> Walk:
    if answer.strip() == "later":
        return walk.to("model")
    after = walk.changed([Edit(EditKind.HOSTS, answer.strip())], "look")
    recorded = {host.address for host in after.session.hosts if host.is_recorded}
    named = [host.address for host in after.session.selection.hosts]
    if not recorded.issuperset(named):
        return after
    said = (*after.said, f"{', '.join(dict.fromkeys(named))}: RECORDED, so nothing is asked there")
    return walk.to("model", session=after.session, said=said)


def _look(walk: Walk) -> Question:
    names = ", ".join(host.address for host in walk.session.selection.hosts if host.address)
    is_recorded = any(host.is_recorded for host in walk.session.hosts)
    way = "in the recording; no host is asked" if is_recorded else "over ssh, a few seconds; nothing is changed there"
    choices = (
        Choice("yes", "yes, look at them", way),
        Choice("no", "no", "hardware and hosts are then not checked"),
    )
    return Question("look", f"Look at {names} now?", choices, "yes")


def _looked(walk: Walk, answer: str, tools: Tools) -> Walk:
    if answer == "no":
        return walk.to("model")
    selection = walk.session.selection
    targets = [host.ssh or host.address for host in selection.hosts if host.address]
    found = tools.look(list(dict.fromkeys(targets)), selection.model.path)
    return walk.to("model", session=walk.session.detected(found), said=[_told(host) for host in found])


def _told(host: Host) -> str:
    if host.fault is not None:
        return f"{host.address}: {host.fault.message}. What to do: {host.fault.hint}"
    free = len(host.free_devices)
    series = host.series.value if host.series else "unknown series"
    recorded = "RECORDED " if host.is_recorded else ""
    return f"{host.address}: {recorded}{series}, {len(host.devices)} devices, {free} free"


def _model(walk: Walk) -> Question:
    path = walk.session.selection.model.path
    return Question(
        "model",
        "Folder of the model weights on every host, or `later`",
        (),
        path or "later",
        (),
        "For example /models/GLM-5.2-w8a8, the same on every host. A hub id needs internet access.",
    )


def _model_given(walk: Walk, answer: str, _tools: Tools) -> Walk:
    if answer.strip() == "later":
        return walk.to("runtime")
    return walk.changed([Edit(EditKind.MODEL_PATH, answer.strip())], "runtime")


def _runtime(walk: Walk) -> Question:
    choices = (
        Choice(RuntimeKind.CONTAINER.value, "in the SGLang image", "docker or podman on every host"),
        Choice(RuntimeKind.HOST.value, "directly", "a shell that is inside the image already, or a bare installation"),
    )
    return Question("runtime", "How do the servers run?", choices, walk.session.selection.runtime.kind.value)


def _runtime_chosen(walk: Walk, answer: str, _tools: Tools) -> Walk:
    return walk.changed([Edit(EditKind.RUNTIME, answer)], "release")


def _release(walk: Walk) -> Question:
    now = walk.session.selection.release
    versions = tuple(dict.fromkeys([now, *reversed(known_releases())]))
    choices = tuple(Choice(version, version, "of the preset" if version == now else "") for version in versions)
    return Question("release", "Which SGLang release? Options are written in its spelling", choices, now)


def _release_chosen(walk: Walk, answer: str, _tools: Tools) -> Walk:
    if answer == walk.session.selection.release:
        return walk.to("settings")
    return walk.changed([Edit(EditKind.RELEASE, answer)], "settings")


def _ways(walk: Walk) -> dict[str, Fix]:
    """Every fix that is offered, by the value of its choice."""
    ways: dict[str, Fix] = {}
    for finding in _shown(walk.session):
        for fix in finding.fixes:
            ways[f"fix {len(ways) + 1}"] = fix
    return ways


def _shown(session: Session) -> list[Finding]:
    accepted = session.selection.accepted
    return [found for found in session.findings if found.severity is not Severity.INFO and found.code not in accepted]


def _findings(walk: Walk) -> Question:
    session = walk.session
    shown = _shown(session)
    told = [f"{f.severity}: {f.message} [{f.code}]" + (f". {f.hint}" if f.hint else "") for f in shown]
    choices = [Choice("next", "go on", session.verdict)]
    for name, fix in _ways(walk).items():
        flags = " ".join(word for edit in fix.edits for word in edit.flag())
        choices.append(Choice(name, fix.label, f"does {flags}"))
    if session.blocking:
        choices.append(Choice("fix all", "fix all errors", "the fewest changes after which no error is left"))
    choices += [Choice(f"accept {code}", f"accept {code}", "it is written into the export") for code in
                dict.fromkeys(f.code for f in shown)]  # fmt: skip
    return Question("findings", f"Checked: {session.verdict}. What now?", tuple(choices), "next", tuple(told))


def _finding_chosen(walk: Walk, answer: str, _tools: Tools) -> Walk:
    if answer == "next":
        return walk.to("review")
    if answer.startswith("accept "):
        return walk.changed([Edit(EditKind.ACCEPT, answer.removeprefix("accept "))], "findings")
    if answer != "fix all":
        return walk.to("findings", session=walk.session.fixed(_ways(walk)[answer]))
    solution = fix_all(walk.session.selection, walk.session.hosts)
    said = [f"fixed: {fix.label}" for _, fix in solution.fixes] + (
        [f"not fixed: {solution.why}"] if solution.left else []
    )
    return walk.to("findings", session=walk.session.chosen(solution.selection, "fix all"), said=said)


PAGES: dict[str, Page] = {
    "scenario": Page(_scenario, _scenario_chosen),
    "hosts": Page(_hosts, _hosts_given),
    "look": Page(_look, _looked),
    "model": Page(_model, _model_given),
    "runtime": Page(_runtime, _runtime_chosen),
    "release": Page(_release, _release_chosen),
    "settings": Page(settings.ask, settings.answered),
    "groups": Page(settings.ask_group, settings.group_answered),
    "features": Page(settings.ask_feature, settings.feature_answered),
    "feature": Page(settings.ask_number, settings.number_answered),
    "value": Page(settings.ask_value, settings.value_answered),
    "setting": Page(settings.ask_setting, settings.setting_answered),
    "findings": Page(_findings, _finding_chosen),
    "review": Page(endings.ask, endings.answered),
    "start": Page(endings.ask_start, endings.start_answered),
    "path": Page(endings.ask_path, endings.path_answered),
    "overwrite": Page(endings.ask_overwrite, endings.overwrite_answered),
}
"""Page name → its question, in the order of the walk."""
STEPS = ("scenario", "hosts", "look", "model", "runtime", "release", "settings", "findings", "review")
"""The questions that everybody is asked; the others are asked where one wants to change something."""


def step(page: str) -> int | None:
    """The number of a question among those that everybody is asked."""
    return STEPS.index(page) + 1 if page in STEPS else None


def question(walk: Walk) -> Question:
    """What is asked now; what the last answer led to is told first."""
    asked = PAGES[walk.page].ask(walk)
    return asked._replace(told=(*walk.said, *asked.told))


def answered(walk: Walk, answer: str, tools: Tools) -> Walk:
    """The walk after an answer. ``back``, ``undo``, ``redo`` and ``quit`` are answers to every question.

    Raises:
        UsageError: the answer cannot be one; the walk stays where it is.
    """
    word = answer.strip().lower()
    if word == "back":
        return walk.back
    if word == "undo":
        return walk.undone
    if word == "redo":
        return walk.redone
    if word == "quit":
        return walk.ended("quit")
    try:
        return PAGES[walk.page].answered(walk, chosen(PAGES[walk.page].ask(walk), answer), tools)
    except UsageError:
        raise
    except WizardError as error:
        raise UsageError(error.message, error.hint or "try another answer") from None
