"""A command line as it was typed, judged word for word: no respelling, no plan, one process.

A selection is written by the plan, which spells options for the release and fills in what several hosts need. A typed
command line gets none of that, so it is judged as a selection of one role that holds exactly its options.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from wizard.check import arguments
from wizard.model import secrets
from wizard.model.finding import Finding, Severity
from wizard.model.selection import Model, OptionValue, Role, RoleName, Scenario, Selection, Series


class Words(Protocol):
    """Options of a command line, and what the release's parser would say of its words."""

    @property
    def options(self) -> Mapping[str, OptionValue]:
        """Option → value, under canonical names where the release knows them."""
        ...

    @property
    def problems(self) -> Sequence[arguments.Objection]:
        """Objections to single words."""
        ...

    @property
    def router(self) -> bool:
        """Whether the program is the router."""
        ...


def literal(words: Words, release: str, series: Series, environment: Mapping[str, str]) -> Selection:
    """The selection that holds exactly the options of a command line."""
    options = dict(words.options)
    if words.router:
        roles = {"prefill": Role(), "decode": Role(), "router": Role(options=options, environment=environment)}
        return Selection(scenario=Scenario.PD, release=release, series=series, model=Model(path="-"), roles=roles)
    path = options.pop("model-path", "")
    role = Role(options=options, environment=environment)
    return Selection(release=release, series=series, model=Model(path=str(path)), roles={"server": role})


def judged(words: Words) -> tuple[str, ...]:
    """The roles whose settings were typed; the servers behind a router are not known."""
    return (RoleName.ROUTER.value,) if words.router else ()


def objections(selection: Selection, words: Words) -> Iterator[Finding]:
    """What the parser would say of the words, beyond what the options show."""
    role = RoleName.ROUTER if words.router else RoleName.SERVER
    yield from arguments.from_objections(selection, role.value, words.problems)
    if not words.router:
        yield from arguments.without_model(words.options)
    for name, value in words.options.items():
        if secrets.is_secret(name) and not str(value).startswith(secrets.PREFIX):
            way = f"keep it in a variable: `--{name} {secrets.reference(name)}` of a selection reads it at the start"
            message = f"--{name} stands in clear on the command line: every user of the host sees it in `ps`"
            yield Finding("security.secret", Severity.WARNING, message, way, (name,), (), "ps, /proc on the host")
