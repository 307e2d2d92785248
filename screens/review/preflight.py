"""The preflight in words: hosts with the time they were looked at, what blocks, what could not be checked. Pure."""

import time
from collections.abc import Iterator, Sequence

from textual.content import Content

from screens.looking import only_recorded
from screens.text import outside
from wizard.errors import WizardError
from wizard.model.finding import Finding
from wizard.offers import touched
from wizard.preflight import Preflight, Seen, age
from wizard.reach import pretended
from wizard.session import Session

LOOK = "p looks at the hosts now: over ssh, some seconds; nothing is changed there."


def page(session: Session, known: Preflight, asked: Sequence[str], now: float) -> Content:
    """The whole page.

    Args:
        session: what would be launched.
        known: what is known about it.
        asked: the hosts that are being asked right now.
        now: seconds since the epoch.
    """
    body = [closing(known, asked), *hosts_and_findings(known, asked, now), Content("")]
    if not only_recorded(session.hosts):
        body.append(Content.styled(LOOK, "$text-muted"))
    if not isinstance(session.planned, WizardError):
        body.append(outside(touched.paragraph(session.planned), "$text-muted"))
    return Content("\n").join(body)


def hosts_and_findings(known: Preflight, asked: Sequence[str], now: float) -> Iterator[Content]:
    """The hosts, what blocks, what was not checked."""
    for seen in known.hosts:
        yield _host(seen, asked, now)
    for words, findings, style in (
        ("Blocks the launch", known.blocking, "bold $text-error"),
        ("Warnings", known.warnings, "bold $text-warning"),
        ("Could not be checked", known.unchecked, "bold"),
    ):
        yield from _group(words, findings, style)


def closing(known: Preflight, asked: Sequence[str]) -> Content:
    """How things stand, in one line."""
    if asked:
        return Content.styled(f"Asking {len(asked)} of {len(known.hosts)} hosts … p stops it", "bold $text-primary")
    words = known.closing
    is_bad = bool(known.blocking or known.missing or any(seen.is_bad for seen in known.hosts))
    style = "$text-success" if words == "ready to launch" else "$text-error" if is_bad else "$text-warning"
    return Content.assemble(Content.styled("Preflight: ", "bold"), outside(words, f"bold {style}"))


def _host(seen: Seen, asked: Sequence[str], now: float) -> Content:
    name = seen.address or "this machine"
    if name in asked or (not seen.address and asked):
        return outside(f"{name:<16} is being asked …")
    if seen.look is None:
        return Content.assemble(outside(f"{name:<16} "), Content.styled("not looked at", "bold $text-warning"))
    stamp = time.strftime("%H:%M:%S", time.localtime(seen.look.at))
    took = f", took {seen.look.took_s:.1f} s" if seen.look.took_s is not None else ""
    when = "" if only_recorded((seen.look.host,)) else f"  {stamp}, {age(now - seen.look.at)}{took}"
    is_played = pretended.environment(seen.address) is not None
    words = seen.words.replace("RECORDED", "SIMULATED", 1) if is_played else seen.words
    style = "bold $text-error" if seen.is_bad else ""
    return Content.assemble(outside(f"{name:<16} "), outside(words, style), outside(when, "$text-muted"))


def _group(words: str, findings: Sequence[Finding], style: str) -> Iterator[Content]:
    if not findings:
        return
    yield Content("")
    yield Content.styled(f"{words}: {len(findings)}", style)
    for finding in findings:
        yield outside(f"  {finding.message} [{finding.code}]")
        if finding.hint:
            yield outside(f"    {finding.hint}", "$text-muted")
