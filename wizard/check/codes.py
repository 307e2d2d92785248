"""Every code of a finding, for ``--explain``: what it means, what to do, and where it is written.

The entries of the rules that are data come from the rules themselves; the others stand in ``knowledge/findings.toml``.
"""

import tomllib

from wizard.check import RULES, changes, topology
from wizard.check.rule import Rule
from wizard.knowledge.facts import SHIPPED

_CHANGE = "The release changes this setting by itself while it starts, without asking."

Entry = tuple[str, str, str]
"""Meaning, remedy, source."""


def _entries() -> dict[str, Entry]:
    found = _from_file()
    found |= {rule.code: (rule.meaning, rule.remedy, rule.source) for rule in RULES if isinstance(rule, Rule)}
    remedy = "Nothing to do; set what it becomes to see it in the script."
    found |= {
        change.code: (f"{_CHANGE} --{change.option}: {change.why}.", remedy, changes.RELEASES)
        for change in changes.CHANGES
    }
    because = "The servers of both roles must agree on it"
    found |= {
        pair.code: (f"{because}: {pair.why}.", "Give both roles the same.", topology.TRANSFER)
        for pair in topology.PAIRS
    }
    return found


def _from_file() -> dict[str, Entry]:
    table = tomllib.loads((SHIPPED / "findings.toml").read_text(encoding="utf-8"))
    return {
        f"{topic}.{name}": (entry["meaning"], entry["remedy"], entry["source"])
        for topic, entries in table.items()
        for name, entry in entries.items()
    }


CODES = _entries()
"""Finding code → what it means, what to do, source."""
