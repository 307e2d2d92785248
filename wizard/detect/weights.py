"""A folder of weights, from names, sizes and small files: how large, complete, of what kind. Pure."""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from wizard.detect.cells import integer
from wizard.detect.sections import Sections
from wizard.model.hardware import Fault, Weights

_UNFINISHED = re.compile(r"\.(incomplete|part|tmp|aria2|downloading|lock)$")
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
_TYPE = re.compile(r'"model_quant_type"\s*:\s*"([A-Za-z0-9_]+)"')
_COUNTED = re.compile(r'^\s*([0-9]{1,9})\s+:\s*"([A-Z][A-Z0-9_]*)"', re.MULTILINE)
_LAYER = re.compile(r"layers\.([0-9]{1,5})\.")


def _fault(kind: str, message: str, hint: str) -> Fault:
    return Fault(kind, message, hint)


def _state_fault(state: str, path: str) -> Fault | None:
    if state == "folder":
        return None
    if state == "absent" and _HUB_ID.fullmatch(path):
        return _fault(
            "hub_id",
            f"`{path}` is no folder here: it reads as a hub id, which SGLang downloads at the start",
            "size and files cannot be checked; download the weights first and give the folder",
        )
    if state == "absent":
        return _fault("absent", f"`{path}` is not there", "mount or copy the weights to the same path on every host")
    if state == "unreadable":
        return _fault("unreadable", f"`{path}` may not be read", "`ls -ld` shows its rights; run as its owner or root")
    if state == "file":
        return _fault("no_folder", f"`{path}` is a file", "give the folder that holds config.json")
    return _fault("not_answered", f"`{path}` gave no answer in time", "is the file system it lies on still mounted?")


def _files(text: str) -> dict[str, int]:
    files = {}
    for line in text.splitlines():
        size, _, name = line.partition(" ")
        if integer(size) is not None and name:
            files[name.removeprefix("./")] = int(size)
    return files


def _config(text: str) -> Mapping[str, Any]:
    try:
        config = json.loads(text)
    except ValueError:
        return {}
    return config if isinstance(config, dict) else {}


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _quantization(sections: Sections, config: Mapping[str, Any]) -> tuple[str | None, str | None]:
    text = sections["weights-quantization"].output if "weights-quantization" in sections else ""
    named = _TYPE.search(text)
    if named:
        return named[1], "quant_model_description.json"
    counted = {name: int(count) for count, name in _COUNTED.findall(text) if name.startswith("W")}
    if counted:
        return max(counted, key=lambda name: counted[name]), "quant_model_description.json"
    declared = config.get("quantization_config")
    if isinstance(declared, dict) and isinstance(declared.get("quant_method"), str):
        return declared["quant_method"], "config.json"
    dtype = config.get("torch_dtype", config.get("dtype"))
    return (dtype, "config.json") if isinstance(dtype, str) else (None, None)


def _fingerprint(sections: Sections, shards: Mapping[str, int]) -> str | None:
    names = ("weights-hash-config", "weights-hash-index", "weights-hash-quantization")
    hashes = [sections[name].output.split(" ")[0] if name in sections else "" for name in names]
    if not hashes[0].strip():
        return None
    text = "\n".join([*hashes, *(f"{name} {size}" for name, size in sorted(shards.items()))])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def read(path: str, sections: Sections) -> Weights:
    """What the sections of the weights' script say about the folder at ``path``."""
    state = sections["weights-state"].output.strip() if "weights-state" in sections else ""
    fault = _state_fault(state, path)
    listing = sections.get("weights-files")
    if fault or listing is None or listing.timed_out:
        return Weights(path, fault or _state_fault("", path))
    files = _files(listing.output)
    config_section = sections.get("weights-config")
    config = _config(config_section.output if config_section else "")
    shards = {name: size for name, size in files.items() if name.endswith((".safetensors", ".bin"))}
    wanted = re.findall(r'"([^"\n]+)"', sections["weights-shards"].output) if "weights-shards" in sections else []
    missing = tuple(sorted({name for name in wanted if name not in files}))
    unfinished = tuple(sorted(name for name in files if _UNFINISHED.search(name)))
    layers, mtp = _whole(config.get("num_hidden_layers")), _whole(config.get("num_nextn_predict_layers"))
    kind, source = _quantization(sections, config)
    architectures = config.get("architectures")
    return Weights(
        path=path,
        fault=_content_fault(path, files, shards, missing, unfinished),
        total_bytes=sum(shards.values()) if shards else None,
        shard_count=len(shards),
        missing_shards=missing,
        unfinished_files=unfinished,
        architecture=str(architectures[0]) if isinstance(architectures, list) and architectures else None,
        model_type=config["model_type"] if isinstance(config.get("model_type"), str) else None,
        layers=layers,
        mtp_layers=mtp,
        has_mtp_weights=_has_mtp(sections, layers),
        quantization=kind,
        quantization_source=source,
        fingerprint=_fingerprint(sections, shards),
    )


def _has_mtp(sections: Sections, layers: int | None) -> bool | None:
    """Draft layers are numbered after the last hidden one."""
    if layers is None or "weights-layers" not in sections:
        return None
    numbers = [int(number) for number in _LAYER.findall(sections["weights-layers"].output)]
    return any(number >= layers for number in numbers) if numbers else None


def _content_fault(
    path: str,
    files: Mapping[str, int],
    shards: Mapping[str, int],
    missing: tuple[str, ...],
    unfinished: tuple[str, ...],
) -> Fault | None:
    again = "start the download again: it goes on where it stopped"
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        return _fault("incomplete", f"`{path}` lacks `{missing[0]}`{more}, which its index names", again)
    if unfinished:
        return _fault("incomplete", f"`{path}` holds an unfinished download: `{unfinished[0]}`", again)
    empty = next((name for name, size in shards.items() if size == 0), None)
    if empty:
        return _fault("incomplete", f"`{path}` holds an empty shard: `{empty}`", again)
    if "config.json" not in files:
        return _fault("no_model", f"`{path}` has no config.json", "give the folder that holds config.json")
    if not shards:
        return _fault("no_weights", f"`{path}` holds no weights", again)
    return None
