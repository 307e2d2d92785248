"""The style sheet, with each source parsed once.

Textual parses every source of the application again whenever a screen or dialog of a new kind opens: at the start that
is a quarter of the time to the first paint. A source means the same as before while the variables of the theme do.
"""

from textual.cache import LRUCache
from textual.css.stylesheet import Stylesheet

SOURCES = 1024
"""Sources whose rules are kept; an application has a few hundred."""


class Sheet(Stylesheet):
    """Textual's style sheet, with a memory that is large enough."""

    def __init__(self, variables: dict[str, str]) -> None:
        super().__init__(variables=variables)
        self._parse_cache = LRUCache(SOURCES)

    def set_variables(self, variables: dict[str, str]) -> None:
        """Forgets what was parsed, where another theme gives other colours."""
        if variables != self._variables:
            super().set_variables(variables)

    def reparse(self) -> None:
        """Takes the rules of all sources; those that are known are not parsed again."""
        self.parse()
