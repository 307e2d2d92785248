"""How bad a finding is, in a word and in a look: the word first, colour second."""

from wizard.model.finding import Severity

WORDS = {Severity.ERROR: "ERROR", Severity.WARNING: "warn", Severity.UNKNOWN: "unknown", Severity.INFO: "info"}
STYLES = {
    Severity.ERROR: "bold $text-error",
    Severity.WARNING: "$text-warning",
    Severity.UNKNOWN: "$text-accent",
    Severity.INFO: "$text-muted",
}
