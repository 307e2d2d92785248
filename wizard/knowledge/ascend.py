"""What the Ascend documents say, from ``ascend.toml``: features together, support of options, usual values."""

import tomllib
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from wizard.knowledge.facts import SHIPPED

FULL, PARTIAL, UNTOLD, ITSELF = "F", "p", "u", "-"
"""How far two features work together."""


class Span(NamedTuple):
    """Between which numbers a setting is near to what is recommended."""

    lowest: float
    highest: float
    usual: str


class Documents(NamedTuple):
    """Everything in the file."""

    support: Mapping[str, str]
    """Option → never, gpu, planned or experimental; others are supported."""
    support_source: str
    features: tuple[str, ...]
    cells: tuple[str, ...]
    """One row for each feature, one letter for each other one."""
    matrix_source: str
    reasons: Mapping[str, str]
    spans: Mapping[str, Span]

    def cell(self, one: str, other: str) -> str:
        """How far two features work together."""
        return self.cells[self.features.index(one)][self.features.index(other)]


@cache
def documents() -> Documents:
    """The file, read once."""
    table = tomllib.loads((SHIPPED / "ascend.toml").read_text(encoding="utf-8"))
    support, matrix = table["support"], table["matrix"]
    levels = {name: level for level in ("never", "gpu", "planned", "experimental") for name in support[level]}
    spans = {item["name"]: Span(item["lowest"], item["highest"], item["usual"]) for item in table["range"]}
    return Documents(
        support=MappingProxyType(levels),
        support_source=support["source"],
        features=tuple(row[0] for row in matrix["rows"]),
        cells=tuple(row[1] for row in matrix["rows"]),
        matrix_source=matrix["source"],
        reasons=MappingProxyType(table["reasons"]),
        spans=MappingProxyType(spans),
    )
