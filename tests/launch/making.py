"""Runs and orders as tests need them."""

from collections.abc import Mapping

from tests.exporting import selection_of
from wizard import check
from wizard.export.request import ExportRequest
from wizard.launch.order import Order, planned_run
from wizard.model.run import Run
from wizard.plan import launch_flow

CREATED = "2026-11-26T03:12:00+00:00"


def order_of(preset: str, changes: Mapping[str, str] | None = None) -> Order:
    """The order that a command line would make."""
    selection = selection_of(preset, **(changes or {}))
    request = ExportRequest(selection, launch_flow(selection), check.findings(selection), ("glm-wizard",))
    return Order(request)


def run_of(preset: str, changes: Mapping[str, str] | None = None) -> Run:
    """The run it would be."""
    return planned_run(order_of(preset, changes), CREATED)
