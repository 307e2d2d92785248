"""To fill in: keys that come faster than the screen, pasted lists, and what is wrong while it is typed."""

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import Static

from screens.app import WizardApp
from screens.review.fill import FillPage
from screens.widgets.blanks import BlankField
from tests.screens.walking import SIZES, an_app, at_once, settle, type_in


def fields_of(app: WizardApp) -> list[BlankField]:
    return list(app.screen.query_one(FillPage).query(BlankField))


async def begun(pilot: Pilot[int]) -> None:
    await settle(pilot)
    await pilot.press("enter")
    await settle(pilot)


def addresses(app: WizardApp) -> list[str]:
    return [host.address for host in app.session.selection.hosts]


@pytest.mark.asyncio
async def test_two_enters_at_once_advance_two_fields() -> None:
    """However quickly they follow each other."""
    app = an_app("review")
    async with app.run_test(size=(80, 24)) as pilot:
        await begun(pilot)
        at_once(app, "\r\r")
        await settle(pilot)
        assert app.screen.focused is fields_of(app)[2].field


@pytest.mark.asyncio
@pytest.mark.parametrize("size", SIZES)
async def test_everything_typed_at_once_lands_where_it_belongs(size: tuple[int, int]) -> None:
    """Texts and Enters in one burst: each field has its own text, and none is lost."""
    app = an_app("review")
    async with app.run_test(size=size) as pilot:
        await begun(pilot)
        at_once(app, "/models/x\r10.0.0.1\reth0\r10.0.0.2\reth1\r\r")
        await settle(pilot)
        await settle(pilot)
        selection = app.session.selection
        assert selection.model.path == "/models/x"
        assert [(host.address, host.interface) for host in selection.hosts] == [
            ("10.0.0.1", "eth0"),
            ("10.0.0.2", "eth1"),
        ]


@pytest.mark.asyncio
@pytest.mark.parametrize("text", ["10.0.0.1\n10.0.0.2\n", "\n 10.0.0.1,10.0.0.2"])
async def test_a_pasted_list_of_addresses_goes_to_the_hosts_in_order(text: str) -> None:
    """One line a host, or commas; no line is run as keys."""
    app = an_app("review")
    async with app.run_test(size=(80, 24)) as pilot:
        await begun(pilot)
        await pilot.press("enter")
        await settle(pilot)
        app.post_message(events.Paste(text))
        await settle(pilot)
        await settle(pilot)
        assert addresses(app) == ["10.0.0.1", "10.0.0.2"]
        assert app.stage == "review"


@pytest.mark.asyncio
async def test_of_several_pasted_lines_a_path_takes_the_first_and_says_so() -> None:
    """Nothing is taken silently, nothing is dropped silently."""
    app = an_app("review")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await begun(pilot)
        app.post_message(events.Paste("/models/x\nrm -rf /\nq"))
        await settle(pilot)
        assert app.session.selection.model.path == "/models/x"
        assert [note.message for note in app._notifications] == ["Only the first of 3 pasted lines was taken."]


@pytest.mark.asyncio
async def test_what_is_wrong_is_said_while_it_is_typed_and_changes_nothing() -> None:
    """An address that cannot be one: the field says so before Enter, and once it is left nothing of it holds."""
    app = an_app("review")
    async with app.run_test(size=(80, 24)) as pilot:
        await begun(pilot)
        await pilot.press("enter")
        await type_in(pilot, "10.0.0.1")
        await pilot.press("!")
        await settle(pilot)
        message = fields_of(app)[1].query_one(".message", Static)
        assert "is no address or host name" in str(message.content)
        assert addresses(app) == ["10.0.0.1", ""]
        await pilot.press("enter")
        await settle(pilot)
        assert not any(addresses(app))
        assert fields_of(app)[1].field.value == ""


@pytest.mark.asyncio
async def test_what_the_checks_say_of_a_blank_stands_below_it() -> None:
    """`~` is no home folder on another host: the field says so while it is typed, not only the findings."""
    app = an_app("review")
    async with app.run_test(size=(80, 24)) as pilot:
        await begun(pilot)
        await type_in(pilot, "~/glm")
        await settle(pilot)
        message = fields_of(app)[0].query_one(".message", Static)
        assert str(message.content).startswith("warn `~/glm` is neither a full path nor a hub id")
        for _ in range(5):
            await pilot.press("backspace")
        await type_in(pilot, "/glm")
        await settle(pilot)
        assert "warn" not in str(message.content)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("10.0.0.7:22", "is a way for ssh; the address alone is `10.0.0.7`"),
        ("999.1.1.1", "is no address or host name"),
    ],
)
async def test_an_address_is_what_servers_listen_on(text: str, said: str) -> None:
    """No port of ssh and no number beyond 255 gets into a command; once the field is left, none of it is there."""
    app = an_app("review")
    async with app.run_test(size=(80, 24)) as pilot:
        await begun(pilot)
        await pilot.press("enter")
        await type_in(pilot, text)
        await settle(pilot)
        assert said in str(fields_of(app)[1].query_one(".message", Static).content)
        await pilot.press("enter")
        await settle(pilot)
        assert not any(addresses(app))
