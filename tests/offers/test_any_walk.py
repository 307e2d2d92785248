"""From any state that can be reached by choosing, no selection is reached that the plan refuses to build."""

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from wizard import check, choose, places, presets, reproduce, session
from wizard.detect import command
from wizard.errors import WizardError
from wizard.model.flow import LaunchFlow
from wizard.model.selection import RoleName
from wizard.offers import fields, table, weights
from wizard.offers.carried import moved
from wizard.offers.switches import switches
from wizard.session import Session

TEXTS = st.one_of(
    st.sampled_from(
        ["", "0", "1", "8", "-1", "0.5", "64k", "auto", "deepep", "true", "no", "[/x] 模型\x1b", "a b", "--x"]
    ),
    st.text(max_size=6),
)
STEPS = st.lists(st.tuples(st.sampled_from("sfofmwhrup"), st.integers(0, 10_000), TEXTS), min_size=1, max_size=12)


def machine(name: str) -> Session:
    return session.started(presets.preset("a3-single").selection, command.recorded(Path(name)))


def stepped(now: Session, kind: str, number: int, text: str) -> Session:  # noqa: PLR0911
    """One thing that the screens let an operator do: the ``number``-th of what is offered, with a text."""
    selection = now.selection
    role = selection.server_roles[number % len(selection.server_roles)]
    listed = switches(selection, role)
    item = listed[number % len(listed)]
    if kind == "s":
        edits = (item.way.edits if item.way else ()) if item.blocked else (item.edit,)
        return now.edited(edits) if edits else now
    if kind == "f" and item.fields:
        field = item.fields[number % len(item.fields)]
        return now.edited((field.edit(text),))
    if kind == "o":
        every = [*selection.roles]
        where = every[number % len(every)]
        rows = table.entries(selection, where)
        return now.edited((table.field(selection, where, rows[number % len(rows)]).edit(text),))
    if kind == "m":
        names = list(presets.files())
        after = moved(names[number % len(names)], selection, [step.selection for step in now.past])
        return now.chosen(after.selection, "scenario", presets.preset(after.selection.preset))
    if kind == "w":
        offers = [*weights.checkpoints(selection), *weights.images(selection, now.hosts)]
        return now.edited((offers[number % len(offers)].edit,))
    if kind == "h":
        count = len(places.places(selection))
        return now.chosen(places.changed(selection, number % count, address=text.strip()), "address")
    if kind == "r":
        return now.chosen(places.assigned(selection, now.hosts), "hosts")
    if kind == "p" and RoleName.ROUTER in selection.roles:
        return now.chosen(places.with_router(selection, text.strip()), "router")
    return now.undone if kind == "u" else now


@settings(max_examples=30, deadline=None)
@given(STEPS)
def test_no_walk_leads_to_a_selection_without_a_plan(steps: list[tuple[str, int, str]]) -> None:
    """Switches, numbers, any option, scenarios, weights, hosts and undo in any order; what cannot be is refused."""
    now = machine("a3-pair")
    for kind, number, text in steps:
        try:
            now = stepped(now, kind, number, text)
        except WizardError as error:
            assert error.message
        assert isinstance(now.planned, LaunchFlow), now.planned
    assert check.findings(now.selection, now.hosts) is not None
    assert now.reproduce[0] == reproduce.PROGRAM


@settings(max_examples=15, deadline=None)
@given(STEPS)
def test_as_many_undos_give_the_first_selection(steps: list[tuple[str, int, str]]) -> None:
    """Whatever was done, undoing all of it gives the selection and the plan of the beginning."""
    first = machine("a3-pair")
    now = first
    for kind, number, text in steps:
        try:
            now = stepped(now, kind, number, text)
        except WizardError:
            continue
    while now.past:
        now = now.undone
    assert now.selection == first.selection
    assert now.planned == first.planned


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), TEXTS)
def test_what_a_field_does_not_object_to_can_be_set(number: int, text: str) -> None:
    """An objection is never silent, and its absence never a lie: the edit can be made and gives what was typed."""
    selection = presets.preset("a3-pd").selection
    every = [field for item in switches(selection, "decode") for field in item.fields]
    field = every[number % len(every)]
    if field.objection(text) or not text.strip():
        return
    after = choose.apply(selection, field.edit(text)).role("decode")
    held = after.environment.get(field.name) if field.is_variable else after.options.get(field.name)
    assert fields.written(held).split() == text.split() or text.strip().lower() in [c.lower() for c in field.choices]
