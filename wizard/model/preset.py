"""What a preset file says besides its settings: what it is for, where it comes from, what was measured."""

from pydantic import Field, StrictFloat, StrictInt

from wizard.model.selection import Selection
from wizard.model.value import Value


class Workload(Value):
    """The load a recipe was tuned for."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    prefix_hit_percent: int | None = None
    """Share of the input found in the prefix cache."""
    concurrency: int | None = None
    """Requests in flight in the published benchmark."""


class Figures(Value):
    """What the source says was reached or aimed at; None where it says nothing."""

    tpot_ms: StrictInt | StrictFloat | None = None
    """Time per output token, milliseconds."""
    ttft_s: StrictInt | StrictFloat | None = None
    """Time to first token, seconds."""
    output_tok_s: StrictInt | StrictFloat | None = None
    """Output tokens per second over all requests."""
    kind: str = ""
    """``published target``, ``CI target`` or ``measured``, as the source has it."""


class Correction(Value):
    """A deliberate difference between the source and this preset."""

    what: str
    why: str


class About(Value):
    """Everything about a preset that is not a setting."""

    title: str
    """One line: what an operator gets."""
    goal: str = ""
    """latency, throughput, long context, accuracy, or general."""
    summary: str = ""
    source: str
    """Page or file, with its revision."""
    date: str
    """Date of the source, YYYY-MM-DD, or ``newest seen``."""
    status: str = ""
    """current, superseded, withdrawn, …"""
    verified: str = ""
    """Who ran it on which hardware, or ``published, not verified by us``."""
    workload: Workload = Field(default_factory=Workload.model_construct)
    figures: Figures = Field(default_factory=Figures.model_construct)
    benchmark: tuple[str, ...] = ()
    """Words after ``python3 -m sglang.bench_serving``."""
    notes: tuple[str, ...] = ()
    corrections: tuple[Correction, ...] = Field(default=())


class Preset(Value):
    """A ready-made selection and what is known about it."""

    name: str
    about: About
    selection: Selection
    yours: bool = False
    """From the operator's own folder, not shipped."""
