"""An app that is open for days: what it no longer needs is given back."""

import gc
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from screens import app
from screens.app import WizardApp
from screens.monitor.app import MonitorApp, watch
from wizard import presets, session
from wizard.words.monitor import Watching
from wizard.words.screen import Begun


@pytest.fixture
def as_loaded() -> Iterator[None]:
    """As the command line leaves it: nothing is collected while it loads."""
    threshold, interval = gc.get_threshold(), sys.getswitchinterval()
    gc.disable()
    yield
    gc.enable()
    gc.unfreeze()
    gc.set_threshold(*threshold)
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("as_loaded")
@pytest.mark.parametrize("kind", [WizardApp, MonitorApp])
def test_what_is_open_for_days_collects_its_garbage(
    kind: type[WizardApp | MonitorApp], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    seen: list[bool] = []
    monkeypatch.setattr(kind, "run", lambda _: seen.append(gc.isenabled()))
    if kind is WizardApp:
        app.run(Begun(session.started(presets.preset("a3-single").selection), "choose"))
    else:
        watch(Watching(()))
    assert seen == [True]
