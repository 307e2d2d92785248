"""``--presets``: the ready-made launches in a table, or everything about one."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from wizard import presets as store
from wizard.errors import ExitCode
from wizard.json_text import write_json
from wizard.model.preset import Figures, Preset, Workload
from wizard.words.talk import say

if TYPE_CHECKING:
    from wizard.invocation import Invocation


def run(invocation: "Invocation") -> ExitCode:
    """Lists the presets, or tells about the one named.

    Raises:
        SelectionError: there is no such preset, or its file is broken.
    """
    options = invocation.options
    if options.presets:
        chosen = store.preset(options.presets)
        return _one_json(chosen) if options.json else _one(chosen, color=not options.no_color)
    found, broken = store.presets()
    if options.json:
        write_json({"presets": [_data(preset) for preset in found]})
    else:
        _table(found, color=not options.no_color)
    for error in broken.values():
        say(f"error: {error.message}" + (f"\n\nhint: {error.hint}" if error.hint else ""))
    return ExitCode.USAGE if broken else ExitCode.DONE


def _data(preset: Preset) -> dict[str, Any]:
    selection = preset.selection
    return {
        "name": preset.name,
        "yours": preset.yours,
        **preset.about.model_dump(mode="json"),
        "scenario": selection.scenario,
        "series": selection.series,
        "hosts": selection.host_count,
        "release": selection.release,
        "image": selection.runtime.image,
        "model": selection.model.name,
        "quantization": selection.model.quantization,
    }


def workload(load: Workload) -> str:
    """The load a recipe was tuned for, in a few words; empty when the source does not say."""
    parts = []
    if load.input_tokens and load.output_tokens:
        parts.append(f"{_thousands(load.input_tokens)} in, {_thousands(load.output_tokens)} out")
    if load.prefix_hit_percent:
        parts.append(f"{load.prefix_hit_percent} % prefix hits")
    if load.concurrency:
        parts.append(f"{load.concurrency} at once")
    return ", ".join(parts)


def _thousands(tokens: int) -> str:
    return f"{tokens / 1000:g}k" if tokens % 1000 == 0 else f"{tokens / 1024:g}k" if tokens % 1024 == 0 else str(tokens)


def figures(reached: Figures) -> str:
    """What the source says was reached, in a few words; empty when it says nothing."""
    parts = []
    if reached.ttft_s is not None:
        parts.append(f"first token {reached.ttft_s:g} s")
    if reached.tpot_ms is not None:
        parts.append(f"{reached.tpot_ms:g} ms a token")
    if reached.output_tok_s is not None:
        parts.append(f"{reached.output_tok_s:g} tokens/s")
    return ", ".join(parts)


def _table(found: tuple[Preset, ...], *, color: bool) -> None:
    from rich.box import SIMPLE
    from rich.table import Table
    from rich.text import Text

    from wizard.words.console import console

    table = Table(box=SIMPLE, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("preset", no_wrap=True)
    table.add_column("hosts", no_wrap=True)
    table.add_column("what for; workload and published figures")
    for preset in found:
        selection, about = preset.selection, preset.about
        told = "; ".join(part for part in (workload(about.workload), figures(about.figures)) if part)
        text = Text(about.title)
        if about.status != "current":
            text.append(f" ({about.status})", style="bold")
        text.append(
            f"\n{selection.model.name} {selection.model.quantization}; {told or 'no figures published'}", style="italic"
        )
        table.add_row(
            Text(preset.name + (" (yours)" if preset.yours else "")),
            Text(f"{selection.host_count} x {selection.series}"),
            text,
        )
    out = console(color=color)
    out.print(table)
    out.print("`glm-wizard --presets NAME` tells all about one. Your own: " + str(store.own_folder()), soft_wrap=True)


def _one_json(preset: Preset) -> ExitCode:
    document = {**_data(preset), "selection": preset.selection.model_dump(mode="json")}
    write_json(document)
    return ExitCode.DONE


def _one(preset: Preset, *, color: bool) -> ExitCode:
    from rich.text import Text

    from wizard.words.console import console

    out = console(color=color)
    out.print(Text(f"{preset.name}: {preset.about.title}", style="bold"))
    for name, text in _facts(preset):
        if text:
            out.print(Text(f"{name:<11} {text}"), soft_wrap=True)
    for name, role in preset.selection.roles.items():
        size = f"{role.instances} x {role.hosts_per_instance} hosts" if name != "router" else "one process"
        out.print(Text(f"\n{name}: {size}", style="bold"))
        for option, value in role.options.items():
            words = "" if value is True else " ".join(map(str, value)) if isinstance(value, tuple) else str(value)
            out.print(Text(f"  --{option} {words}".rstrip()), soft_wrap=True)
        for variable, value in role.environment.items():
            out.print(Text(f"  {variable}={value}"), soft_wrap=True)
    out.print(
        Text("\n`auto` is filled in from the hosts. Try: glm-wizard --preset " + preset.name + " --plan"),
        soft_wrap=True,
    )
    return ExitCode.DONE


def _facts(preset: Preset) -> Iterator[tuple[str, str]]:
    about, selection = preset.about, preset.selection
    yield "what", about.summary
    yield "good for", about.goal
    yield (
        "hosts",
        f"{selection.host_count} x {selection.series}" + (" (and the router)" if "router" in selection.roles else ""),
    )
    yield "model", f"{selection.model.name} {selection.model.quantization}".strip()
    yield "workload", workload(about.workload)
    told = figures(about.figures)
    yield "figures", f"{told} ({about.figures.kind})" if told else "none published"
    yield "release", f"SGLang {selection.release}"
    yield "image", selection.runtime.image
    yield "source", f"{about.source}, {about.date}"
    yield "status", about.status
    yield "verified", about.verified
    for note in about.notes:
        yield "note", note
    for correction in about.corrections:
        yield "corrected", f"{correction.what}: {correction.why}"
    if about.benchmark:
        yield "benchmark", "python3 -m sglang.bench_serving " + " ".join(about.benchmark)
