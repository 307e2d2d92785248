"""Every code of a finding, for ``--explain``: what it means, what to do, and where it is written.

The entries of the rules that are data come from the rules themselves; the others stand here.
"""

import tomllib

from wizard.check import changes, together, topology
from wizard.check.rule import Rule
from wizard.knowledge.facts import SHIPPED

_PARSER = "the release's own parser (argparse)"
_LIMITS = "SGLang 0.5.13.post1, srt/server_args.py; 0.5.23, srt/arg_groups"
_ROUTER = "sglang-router 0.3.2, its own configuration check"
_CHANGE = "The release changes this setting by itself while it starts, without asking."

Entry = tuple[str, str, str]
"""Meaning, remedy, source."""

_OWN: dict[str, Entry] = {
    "sglang.release-unknown": (
        "The release is not one whose option list is known here. The nearest known list is used, which may differ.",
        "Choose a known release with --release, or go on: the export is written all the same.",
        "the option lists of the official wheels",
    ),
    "sglang.option-unknown": (
        "The release's own parser has no such option and would end with `unrecognized arguments` before it starts.",
        "Correct the name, or remove it with --unset.",
        _PARSER,
    ),
    "sglang.option-required": (
        "A server is started for one model, and its path has no default.",
        "Give --model-path PATH.",
        _PARSER,
    ),
    "sglang.option-ambiguous": (
        "The name is the beginning of several options; the parser takes an abbreviation of exactly one.",
        "Write the name in full.",
        _PARSER,
    ),
    "sglang.option-value-missing": (
        "The option is followed by nothing, but takes a value.",
        "Give the value, or remove the option.",
        _PARSER,
    ),
    "sglang.option-stray-word": (
        "A word belongs to no option: a second value, or something left over.",
        "Remove the word; quote values with blanks.",
        _PARSER,
    ),
    "sglang.option-switch-value": (
        "A switch is on when it is there and takes no value: `--name=true` is refused.",
        "Write the switch alone, or leave it out.",
        _PARSER,
    ),
    "sglang.option-type": (
        (
            "The value is not of the option's type. Only --context-length, --max-total-tokens and --max-prefill-tokens "
            "take letters: 64k is 64000, 64Ki is 65536."
        ),
        "Give a whole number, a number or JSON, as the option takes it.",
        _PARSER,
    ),
    "sglang.option-choice": (
        "The option takes one of a few words, spelled exactly so.",
        "Choose one of the words listed; `--explain OPTION` shows them.",
        _PARSER,
    ),
    "sglang.option-refused": (
        "The release still declares the option, only to refuse it with a message.",
        "Remove it.",
        _PARSER,
    ),
    "sglang.option-name": (
        "The word is looked up after the command line was read, and not found.",
        "Use one of the words listed.",
        _LIMITS,
    ),
    "sglang.option-needs": (
        "The option is refused without another.",
        "Add the other option, or remove this one.",
        _LIMITS,
    ),
    "sglang.option-excludes": (
        "Two options are refused together.",
        "Remove one of them.",
        _LIMITS,
    ),
    "sglang.option-foreign": (
        "The option is for other devices or other models; the release refuses it for GLM on Ascend NPUs.",
        "Remove it.",
        _LIMITS,
    ),
    "sglang.limit-number": ("The number is outside what the release takes.", "Stay within the limit.", _LIMITS),
    "sglang.variable-refused": (
        "With this environment variable the release stops while it starts.",
        "Unset it with --unset-env.",
        _LIMITS,
    ),
    "sglang.variable-unread": (
        "The release no longer reads this variable, so setting it does nothing.",
        "Remove it with --unset-env, or set what replaced it.",
        "SGLang, srt/environ.py of each release",
    ),
    "sglang.router-number": ("The number is outside what the router takes.", "Stay within the limit.", _ROUTER),
    "sglang.router-backoff": (
        "Waits between tries grow from the first to the longest, so the longest cannot be shorter.",
        "Raise --retry-max-backoff-ms, or lower --retry-initial-backoff-ms.",
        _ROUTER,
    ),
    "sglang.router-port-same": ("Requests and metrics need a port each.", "Choose another --prometheus-port.", _ROUTER),
    "sglang.router-host": (
        "The router listens on an address of the host, written as numbers (IPv6 in brackets), not on a name.",
        "Use 0.0.0.0, or the address of the host.",
        _ROUTER,
    ),
    "sglang.router-url": (
        "Servers are given as URLs that begin with http://, https:// or grpc://.",
        "Write the URL in full.",
        _ROUTER,
    ),
    "sglang.router-bootstrap": (
        "Behind a prefill server stands its bootstrap port, 1 to 65535, or the word none.",
        "Give the port of --disaggregation-bootstrap-port.",
        _ROUTER,
    ),
    "sglang.router-format": (
        "Keys, roles and addresses of services are written in forms of their own, which the router takes apart.",
        "Write it in the form that the message names, or remove it.",
        _ROUTER,
    ),
    "sglang.router-mini": (
        "The small load balancer works for prefill-decode with at least one server of each.",
        "Add the servers, or remove --mini-lb.",
        _ROUTER,
    ),
    "sglang.router-workers": (
        "The policy chooses between two servers, so there must be two.",
        "Choose another policy.",
        _ROUTER,
    ),
    "sglang.router-partner": ("The option is refused without another.", "Complete the pair, or remove it.", _ROUTER),
    "topology.pd-layout": (
        "A decode server receives the cache with context parallel size 1 and with one or all of prefill's stages.",
        "Remove the size on decode.",
        topology.TRANSFER,
    ),
    "topology.address-twice": (
        "Two ranks of one server cannot run on the same host.",
        "Give each rank a host of its own.",
        "arithmetic",
    ),
    "topology.address-loopback": (
        "A loopback address is every host's own; servers on several hosts do not reach each other over it.",
        "Give the addresses of the hosts in the network they share.",
        "arithmetic",
    ),
    "security.open": (
        "The server answers everybody who can reach the host.",
        "Ask for a key with --api-key, or listen on one address.",
        "SGLang, srt/utils/auth.py",
    ),
}


def _entries() -> dict[str, Entry]:
    from wizard.check import RULES

    found = {**_OWN, **together.CODES, **_from_file()}
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
    """The entries about memory, hosts and networks, which are prose rather than data of a rule."""
    table = tomllib.loads((SHIPPED / "findings.toml").read_text(encoding="utf-8"))
    return {
        f"{topic}.{name}": (entry["meaning"], entry["remedy"], entry["source"])
        for topic, entries in table.items()
        for name, entry in entries.items()
    }


CODES = _entries()
"""Finding code → what it means, what to do, source."""
