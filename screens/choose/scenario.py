"""What is served on: scenarios and recipes, each with a drawing, whether it fits what was detected, and its figures."""

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.message import Message

from screens.base import after_paint
from screens.choose.page import ListPage
from screens.messages import Chosen
from screens.text import outside
from screens.widgets.rows import Row
from wizard import presets
from wizard.errors import SelectionError
from wizard.offers import scenarios
from wizard.offers.scenarios import Offer
from wizard.session import Session

if TYPE_CHECKING:
    from wizard.offers.carried import Moved

SIGNS = {True: ("fits", "bold $text-success"), False: ("does not fit", "$text-warning"), None: ("", "")}


class ScenarioPage(ListPage):
    """The first thing to decide."""

    IS_STACKED = True
    MARK_WIDTH: ClassVar[int] = 0

    class Decided(Message):
        """A scenario was chosen."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._offers: dict[str, Offer] = {}
        self._broken: dict[str, SelectionError] = {}
        """Own presets that cannot be read, by the keys of their rows."""
        self._known: object = None
        self._is_painted = False

    def rows(self, session: Session, text: str) -> Sequence[Row]:
        """Scenarios, then recipes by goal; a search leaves those that have every word."""
        if self._known != session.hosts or not self._offers:
            self._known = session.hosts if self._is_painted else None
            judged = scenarios.offers(session.hosts) if self._is_painted else scenarios.unjudged()
            self._offers = {offer.name: offer for offer in judged}
            broken = presets.presets()[1] if self._is_painted else {}
            self._broken = {f"/{name}": error for name, error in broken.items()}
            after_paint(self, self._judge)
        words = text.lower().split()
        rows: list[Row] = []
        found = (offer for offer in self._offers.values() if all(word in _searched(offer) for word in words))
        for heading, group in groupby(found, _heading):
            offers = tuple(group)
            width = max(len(offer.name) for offer in offers)
            rows.append(Row("", Content(heading), is_heading=True))
            rows += [_row(offer, width, is_chosen=offer.name == session.selection.preset) for offer in offers]
        unread = [key for key in self._broken if all(word in key.lower() for word in words)]
        if unread:
            rows.append(Row("", Content("Your own that cannot be read"), is_heading=True))
        rows += [Row(key, outside(f" -  {key[1:]}")) for key in unread]
        return rows

    def _judge(self) -> None:
        """Whether each fits is worked out once the list is in view."""
        if not self._is_painted and self.session is not None:
            self._is_painted = True
            self._detailed = ("", None)
            self.show(self.session)

    def about(self, session: Session, key: str) -> Content:
        """Title, drawing, whether it fits, what it is good for."""
        if key in self._broken:
            error = self._broken[key]
            return Content("\n").join([outside(error.message, "$text-error"), outside(error.hint or "")])
        offer = self._offers[key]
        preset = offer.preset
        lines = [outside(preset.about.title[:1].upper() + preset.about.title[1:], "bold")]
        lines += [Content.styled(line, "$text-accent") for line in scenarios.drawing(preset.selection)]
        fit = offer.fit
        word, style = SIGNS[fit.fits]
        start = Content.styled(f"{word}: ", style) if word else Content("")
        lines.append(Content.assemble(start, outside(fit.reason)))
        if fit.remark:
            lines.append(Content.assemble(Content.styled("! ", "bold $text-warning"), outside(fit.remark)))
        if goal := scenarios.goal_text(preset):
            lines.append(Content.assemble(Content.styled("for ", "$text-muted"), outside(goal)))
        model = preset.selection.model
        lines.append(outside(f"{model.name} {model.quantization}, SGLang {preset.selection.release}"))
        lines.append(outside(scenarios.figures_text(preset)))
        lines += [outside(preset.about.summary, "$text-muted")] if preset.about.summary else []
        if key != session.selection.preset:
            lines += _kept(self._gone_to(session, key))
        who = f"; {preset.about.verified}" if preset.about.verified else ""
        lines.append(outside(f"source: {preset.about.source}, {preset.about.date}{who}", "$text-muted"))
        return Content("\n").join(lines)

    def can_choose(self, session: Session, key: str) -> bool:  # noqa: ARG002
        """Only what can be read."""
        return key in self._offers

    def choose(self, session: Session, key: str) -> None:
        """Enter chooses it and goes on."""
        if self.can_choose(session, key):
            self.switch(session, key)
            self.post_message(self.Decided())

    def switch(self, session: Session, key: str) -> None:
        """Chooses it; what was chosen before is kept where it makes sense, and what is not is said."""
        if not self.can_choose(session, key):
            return
        after = self._gone_to(session, key)
        selection = scenarios.with_detected(after.selection, session.hosts)
        if selection == session.selection:
            return
        label = key
        if selection.hosts != after.selection.hosts:
            label += " on " + ", ".join(host.address for host in selection.hosts)
        self.post_message(Chosen(selection, f"scenario {label}", presets.preset(key)))
        if after.lost:
            self.app.say(f"{after.notice}\nCtrl+Z takes it back.", severity="warning")  # type: ignore[attr-defined]

    def _gone_to(self, session: Session, key: str) -> "Moved":
        from wizard.offers.carried import moved  # weighs values, so it loads the checks

        return moved(key, session.selection, [step.selection for step in session.past])


def _kept(after: "Moved") -> list[Content]:
    if not after.lost:
        return []
    return [outside(f"not kept: {item.what}: {item.why}", "$text-warning") for item in after.lost[:5]]


def _heading(offer: Offer) -> str:
    if offer.is_scenario:
        return "Scenarios"
    goal = offer.preset.about.goal or "other"
    return "Your own" if offer.preset.yours else f"Recipes for {goal}"


def _row(offer: Offer, width: int, *, is_chosen: bool) -> Row:
    mark = Content.styled("(*) ", "bold $text-success") if is_chosen else Content("( ) ")
    word, style = SIGNS[offer.fit.fits]
    warn = Content.styled(" !", "bold $text-warning") if offer.fit.remark else Content("  ")
    text = Content.assemble(mark, outside(f"{offer.name:{width}}  ", "bold"), outside(offer.preset.about.title))
    fits = Content.styled(f"  {word:12}", style) if word else Content("")
    right = Content.assemble(outside(offer.needs, "$text-muted"), fits, warn)
    return Row(offer.name, text, right)


def _searched(offer: Offer) -> str:
    about = offer.preset.about
    return f"{offer.name} {about.title} {about.goal} {about.summary} {scenarios.goal_text(offer.preset)}".lower()
