"""What is pretended to be there: ranks, memory of the devices, the entry that tells the host which devices are held."""

from __future__ import annotations

import json
import os
import signal
import threading
from pathlib import Path
from typing import Any, NamedTuple

HBM_GB = 60.97
"""Free memory of a device of 64 GB before anything is loaded."""
_HELD_MB = 3100
"""What the driver itself holds of a device."""
_WEIGHTS_GB = {"W4A8": 430.0, "W8A8": 774.0, "BF16": 1510.0}
"""Published sizes of GLM-5.2."""
_LARGEST_SHARE_GB = 48.4
"""Weights that do not fit are loaded all the same: memory is what the checks of the wizard are about."""
_TOKEN_BYTES = 98_000
_SHARDS = {"W4A8": 91, "W8A8": 163, "BF16": 282}


class Shape(NamedTuple):
    """How many ranks there are, and which of them this process stands for."""

    world: int
    data: int
    expert: int
    nodes: int
    node: int
    attention_dp: bool

    @property
    def own(self) -> range:
        """The ranks on this node."""
        each = max(1, self.world // max(1, self.nodes))
        return range(self.node * each, (self.node + 1) * each)

    def prefix(self, rank: int) -> str:
        """A rank as the log names it; nothing where there is only one."""
        if self.world == 1:
            return ""
        data = f" DP{self.data_rank(rank)}" if self.attention_dp else ""
        expert = f" EP{rank * self.expert // self.world}" if self.expert > 1 else ""
        return f"{data} TP{rank}{expert}"

    def data_rank(self, rank: int) -> int:
        """The data-parallel rank that ``rank`` belongs to."""
        return rank * self.data // self.world

    def leaders(self) -> list[int]:
        """The first rank of every data-parallel rank on this node: those that write batch lines."""
        if not self.attention_dp:
            return [self.own[0]]
        firsts: dict[int, int] = {}
        for rank in self.own:
            firsts.setdefault(self.data_rank(rank), rank)
        return list(firsts.values())


def shape(options: dict[str, Any]) -> Shape:
    """The ranks that a command line asks for."""
    world = max(1, options["tp_size"] * options["pp_size"])
    attention_dp = bool(options.get("enable_dp_attention"))
    deep = options.get("moe_a2a_backend") == "deepep"
    return Shape(
        world,
        max(1, options["dp_size"]),
        world if deep else max(1, options.get("ep_size") or 1),
        max(1, options["nnodes"]),
        options["node_rank"],
        attention_dp,
    )


class Memory(NamedTuple):
    """Memory of one device, in GB, in the order in which it goes."""

    weights: float
    cache: float
    graphs: float
    tokens: int
    shards: int

    @property
    def after_weights(self) -> float:
        """Free when the weights are there."""
        return HBM_GB - self.weights

    @property
    def after_cache(self) -> float:
        """Free when the KV cache is there."""
        return max(0.4, self.after_weights - self.cache)

    @property
    def used_mb(self) -> int:
        """What ``npu-smi`` shows as used."""
        return int(_HELD_MB + (self.weights + self.cache + self.graphs) * 1024)


def memory(options: dict[str, Any], form: Shape) -> Memory:
    """What the weights of the model's name and the static share come to."""
    path = str(options["model_path"]).upper().replace("-", "")
    kind = next((name for name in _WEIGHTS_GB if name in path), "W8A8" if options["quantization"] else "BF16")
    weights = min(_WEIGHTS_GB[kind] / form.world, _LARGEST_SHARE_GB)
    share = options["mem_fraction_static"] or 0.78
    cache = max(0.5, HBM_GB * share - weights)
    tokens = int(cache * 1e9 / _TOKEN_BYTES) // 128 * 128
    return Memory(weights, cache, 1.9, tokens, _SHARDS[kind])


class Holding:
    """The note in the host's folder that says which devices this process holds, and how full they are."""

    def __init__(self, folder: str, devices: range) -> None:
        self._file = Path(folder, "servers", f"{os.getpid()}.json") if folder else None
        self._devices = devices

    def holds(self, used_mb: int) -> None:
        """Writes how much of each device is used."""
        if self._file is None:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        note = {"pid": os.getpid(), "start": start_ticks(), "devices": list(self._devices), "used_mb": used_mb}
        part = self._file.with_suffix(".part")
        part.write_text(json.dumps(note), encoding="utf-8")
        part.replace(self._file)

    def free(self) -> None:
        """Takes the note away."""
        if self._file is not None:
            self._file.unlink(missing_ok=True)


def end_with(owner: int) -> None:
    """Ends this process by force as soon as the owner is gone, so that a rehearsal that was killed leaves nothing."""
    began = start_ticks(owner)

    def look() -> None:
        while start_ticks(owner) == began and began:
            threading.Event().wait(1.0)
        os.kill(os.getpid(), signal.SIGKILL)

    if owner:
        threading.Thread(target=look, daemon=True).start()


def start_ticks(pid: int | str = "self") -> int:
    """When a process started; 0 where it does not live."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0
    fields = text.rpartition(")")[2].split()
    return 0 if fields[0] == "Z" else int(fields[19])
