"""The monitor as the last stage of the wizard: it watches what was launched, or the newest run there is."""

from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.widgets import Static

from screens.files import preset_of
from screens.messages import Jump
from screens.monitor.around import asking
from screens.monitor.body import MonitorBody
from screens.monitor.relaunch import changed
from screens.monitor.screen import MonitorFrame
from screens.widgets.key_bar import KeyBar
from screens.widgets.stepper import STAGES, Stepper
from wizard.errors import WizardError
from wizard.model.run import Run

if TYPE_CHECKING:
    from screens.app import WizardApp

_NOTHING = "There is no run to watch yet. Launch (key 4) starts one; `glm-wizard --monitor FILE` watches any log."


class MonitorStage(MonitorFrame):
    """The newest run's logs below the stages."""

    STAGE: ClassVar[str] = "monitor"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "left_square_bracket", "app.previous_stage", "stage before", key_display="[", tooltip="Go one stage back"
        ),
        Binding("escape", "go('launch')", "back", show=False, tooltip="Go one stage back"),
        *(
            Binding(str(number), f"go('{name}')", f"go to {words}", show=False, tooltip=f"Go to {words}")
            for number, (name, words) in enumerate(STAGES.items(), start=1)
        ),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._run: Run | None = None
        self._body: MonitorBody | None = None

    def compose_screen(self) -> ComposeResult:
        """Stages above, panes, keys below."""
        yield Stepper(self.STAGE)
        yield Container(Static(_NOTHING, markup=False), id="monitored")
        yield KeyBar()

    async def on_screen_resume(self) -> None:
        """Watches the newest run, if another one than before."""
        run = newest()
        if run is None or (self._run is not None and run.name == self._run.name):
            if self._body is not None:
                self._body.pane.log_pane.focus()
            return
        from wizard.words.monitor import of_run

        await self.let_go()
        watching, self._run = of_run(run), run
        self._body = MonitorBody(watching.watched, run, asking=asking(watching.hosts, run), happened=watching.happened)
        place = self.query_one("#monitored")
        await place.remove_children()
        await place.mount(self._body)
        self.query_one(Stepper).title = run.name

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Digits lead to panes where there are some, else to stages as everywhere."""
        return self._body is None if action == "go" else True

    def action_go(self, stage: str) -> None:
        """To a stage."""
        self.app.action_go(stage)  # type: ignore[attr-defined]

    async def let_go(self) -> None:
        """Watches no more."""
        if self._body is not None:
            await self._body.remove()
            self._body = None

    @on(MonitorBody.Relaunch)
    def _relaunch(self, message: MonitorBody.Relaunch) -> None:
        """The run's selection with the fix in it, one step of undo each; then to the option that was changed."""
        if self._run is None:
            return
        app: WizardApp = cast("WizardApp", self.app)
        try:
            found = changed(self._run, message.finding)
        except WizardError as error:
            app.complain(error)
            return
        name = self._run.name
        started = app.change(
            lambda session: session.chosen(found.selection, f"the selection of {name}", preset_of(found.selection)),
            f"the selection of {name}",
        )
        if started and app.change(lambda session: session.fixed(found.fix), found.fix.label):
            app.say(f"Changed: {found.fix.label}")
            self.post_message(Jump(message.finding))


def newest() -> Run | None:
    """The run that was started last; None without one."""
    from wizard.launch import runs

    try:
        return runs.find()
    except WizardError:
        return None
