"""The session: every change can be taken back and made again, and nothing else moves."""

from hypothesis import given, settings
from hypothesis import strategies as st

from wizard import presets, session
from wizard.errors import WizardError
from wizard.model.finding import Edit, EditKind
from wizard.session import Session

EDITS = st.one_of(
    st.builds(lambda n: Edit(EditKind.SET, f"max-running-requests={n}"), st.integers(1, 512)),
    st.builds(lambda n: Edit(EditKind.SET, f"mem-fraction-static=0.{n}"), st.integers(1, 9)),
    st.builds(lambda n: Edit(EditKind.ENV, f"HCCL_BUFFSIZE={n}"), st.integers(100, 4000)),
    st.builds(lambda name: Edit(EditKind.MODEL_PATH, f"/models/{name}"), st.text("abc模[/]", min_size=1, max_size=8)),
    st.sampled_from(
        [
            Edit(EditKind.UNSET, "tp-size"),
            Edit(EditKind.SERIES, "A2"),
            Edit(EditKind.SERIES, "A3"),
            Edit(EditKind.RUNTIME, "host"),
            Edit(EditKind.RUNTIME, "container"),
            Edit(EditKind.PRESET, "a3-single"),
            Edit(EditKind.PRESET, "a3-multi"),
            Edit(EditKind.PRESET, "a3-pd"),
            Edit(EditKind.HOSTS, "10.0.0.1,10.0.0.2"),
            Edit(EditKind.ACCEPT, "memory.share"),
        ]
    ),
)


def first() -> Session:
    return session.started(presets.preset("a3-pd").selection)


def walked(edits: list[Edit]) -> list[Session]:
    """The session before and after every edit that can be made and changes something."""
    steps = [first()]
    for edit in edits:
        try:
            after = steps[-1].edited((edit,))
        except WizardError:
            continue
        if after is not steps[-1]:
            steps.append(after)
    return steps


@settings(max_examples=25, deadline=None)
@given(st.lists(EDITS, min_size=100, max_size=100))
def test_a_hundred_edits_and_as_many_undos_give_the_first_selection(edits: list[Edit]) -> None:
    """Byte for byte: selection, plan, script's words; and redo walks all the way forward again."""
    steps = walked(edits)
    now = steps[-1]
    for before in reversed(steps[:-1]):
        now = now.undone
        assert now.selection == before.selection
    assert now.selection == first().selection
    assert now.reproduce == first().reproduce
    assert now.planned == first().planned
    for after in steps[1:]:
        now = now.redone
        assert now.selection == after.selection
    assert now.redone is now


def test_an_edit_that_changes_nothing_is_no_step() -> None:
    """Undo does not stumble over it."""
    begun = first()
    assert begun.edited((Edit(EditKind.SERIES, "A3"),)) is begun
    assert begun.undone is begun
