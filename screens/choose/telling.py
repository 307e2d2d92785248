"""What the checks say of a choice, and what a change would do, as lines. Pure."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from screens.severity import STYLES, WORDS
from screens.text import outside
from wizard.export.quote import join
from wizard.model.finding import Finding, Severity

if TYPE_CHECKING:
    from wizard.offers.preview import Consequences


def told(findings: Sequence[Finding]) -> list[Content]:
    """Findings below the choice they are about, with the fix that ``x`` applies."""
    lines: list[Content] = []
    is_first = True
    for finding in findings:
        lines.append(
            Content.assemble(
                Content.styled(f"{WORDS[finding.severity]} ", STYLES[finding.severity]), outside(finding.message)
            )
        )
        for fix in finding.fixes[:1]:
            key = Content.styled("  x ", "bold $footer-key-foreground") if is_first else Content("    ")
            words = " ".join(join(edit.flag()) for edit in fix.edits)
            lines.append(
                Content.assemble(key, outside(fix.label), Content.styled("  ", ""), outside(words, "$text-muted"))
            )
            is_first = False
        if not finding.fixes and finding.hint:
            lines.append(Content.assemble("    ", outside(finding.hint)))
    return lines


def worst_mark(findings: Sequence[Finding]) -> Content:
    """The mark of the worst finding: ``!!`` an error, ``!`` a warning, ``?`` not checked; nothing else shows."""
    severities = {finding.severity for finding in findings}
    if Severity.ERROR in severities:
        return Content.styled("!!", STYLES[Severity.ERROR])
    if Severity.WARNING in severities:
        return Content.styled("! ", STYLES[Severity.WARNING])
    return Content.styled("? ", STYLES[Severity.UNKNOWN]) if Severity.UNKNOWN in severities else Content("  ")


def foretold(found: "Consequences", what: str) -> list[Content]:
    """What a change would do, in lines: settings that come, go and change, and what the checks would say."""
    if found.refusal:
        return [Content.assemble(Content.styled(f"{what}: ", "bold"), outside(found.refusal))]
    lines = [Content.styled(f"{what} changes:", "bold")]
    styles = {"+": "$text-success", "-": "$text-error", "~": ""}
    lines += [
        Content.assemble("  ", outside(f"{change.text}  ({change.role})", styles.get(change.text[0], "")))
        for change in found.changes
    ] or [Content("  nothing in the commands")]
    for finding in found.new:
        word = Content.styled(f"  then {WORDS[finding.severity]}: ", STYLES[finding.severity])
        lines.append(Content.assemble(word, outside(finding.message)))
    lines += [Content.assemble(Content("  then gone: "), outside(item.message)) for item in found.gone]
    return lines
