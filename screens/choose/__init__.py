"""The Choose stage: scenario, weights, hosts, the settings of every role, and all options there are."""

from screens.choose.screen import ChooseScreen

__all__ = ["ChooseScreen"]
