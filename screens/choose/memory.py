"""A device's memory as a bar of letters, and term by term. The arithmetic is ``wizard.check.budget``'s."""

from collections.abc import Iterator

from textual.content import Content

from screens.text import outside
from wizard.check.budget import GIB, Budget
from wizard.session import Session

LETTERS = {"system": "s", "weights": "W", "copies": "w", "cache": "K", "graphs": "g", "buffers": "b", "left": "."}
"""One letter a term, as ``--check`` has them; told apart without colour."""
_NAMES = {
    "system": "driver, system",
    "weights": "weights",
    "copies": "copies of them",
    "cache": "KV cache",
    "graphs": "graphs",
    "buffers": "HCCL buffers",
    "left": "left",
}
_STYLES = {
    "system": "$text-muted",
    "weights": "$text-primary",
    "copies": "$text-secondary",
    "cache": "$text-success",
    "graphs": "$text-accent",
    "buffers": "$text-warning",
    "left": "$text-muted",
}


def of_session(session: Session) -> dict[str, Budget]:
    """Role → its budget; none where the model's shape is not known."""
    return {budget.role: budget for budget in session.budgets}


def bar(budget: Budget, cells: int, *, first: int | None = None) -> Content:
    """``[sWWWWWwKKg..]`` and what is short or left; that comes first, in so many cells, where the bar may be cut."""
    sizes = {term.name: max(term.size or 0, 0) for term in budget.terms if term.name != "left"}
    whole = max(budget.hbm, sum(sizes.values()))
    parts: list[Content] = [Content("[")]
    filled = 0
    for name, size in sizes.items():
        count = min(round(size / whole * cells), cells - filled)
        filled += count
        parts.append(Content.styled(LETTERS[name] * count, _STYLES[name]))
    parts.append(Content.styled("." * (cells - filled) + "]", "$text-muted"))
    told = remark(budget)
    if first is None:
        return Content.assemble(*parts, " ", told)
    return Content.assemble(told.pad_right(max(first - len(told), 1)), *parts)


def remark(budget: Budget) -> Content:
    """What is short, or left, in GiB a device."""
    if budget.short:
        return Content.styled(f"about {budget.short / GIB:.1f} GiB short", "$text-warning")
    left = budget.term("left").size
    if left is None:
        return Content.styled("not known", "$text-muted")
    return Content.styled(f"{left / GIB:.1f} GiB left", "$text-muted")


def lines(budget: Budget) -> Iterator[Content]:
    """Every term with its size and what it rests on, and what fits."""
    yield Content.styled(
        f"Memory of each of {budget.devices} devices of {budget.role}: {budget.hbm / GIB:g} GiB", "bold"
    )
    yield bar(budget, 40)
    for term in budget.terms:
        size = "unknown" if term.size is None else f"{term.size / GIB:.1f} GiB"
        yield Content.assemble(
            Content.styled(f"{LETTERS[term.name]} {_NAMES[term.name]:15}", _STYLES[term.name]),
            f"{size:>10}  ",
            outside(f"{term.basis.value}: {term.what}", "$text-muted"),
        )
    given = "" if budget.share_given else " (by default, estimated)"
    yield Content(f"mem-fraction-static {budget.share:g}{given}")
    if budget.fits:
        pairs = ", ".join(f"{fit.requests} of {fit.context_tokens:,} tokens" for fit in budget.fits)
        yield Content(f"requests that fit at once: {pairs}")
    elif budget.tokens is not None:
        yield Content("by this estimate nothing is left for the KV cache")
