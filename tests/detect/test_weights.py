"""A folder of weights is described without reading weights; each way it can be wrong has its own kind."""

import json
from pathlib import Path

import pytest

from tests.detect.standins import QUICK
from wizard.detect import probe, weights
from wizard.detect.sections import split
from wizard.model.hardware import Weights
from wizard.reach import LocalShell


def look(path: Path | str) -> Weights:
    """The folder, through the real script."""
    answer = LocalShell().run(probe.script("weights", "@@m", QUICK, str(path)), limit_s=QUICK.whole_s)
    return weights.read(str(path), split(answer.text, "@@m"))


def make(folder: Path, *, layers: int = 78, shards: int = 3) -> Path:
    """A small folder that looks like a large one: sparse shards, an index, quantised weights."""
    folder.mkdir(parents=True)
    names = [f"model-{number:05}.safetensors" for number in range(shards)]
    for name in names:
        with (folder / name).open("wb") as shard:
            shard.truncate(5_000_000_000)
    config = {"architectures": ["GlmMoeDsaForCausalLM"], "model_type": "glm_moe_dsa", "num_hidden_layers": layers,
              "num_nextn_predict_layers": 1, "eos_token": 154820}  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    index = {f"model.layers.{number}.w": names[number % shards] for number in range(layers + 1)}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": index}), encoding="utf-8")
    quantised = {"model_quant_type": "W8A8_DYNAMIC", "model.layers.0.w": "W8A8_DYNAMIC", "lm_head": "FLOAT"}
    (folder / "quant_model_description.json").write_text(json.dumps(quantised, indent=2), encoding="utf-8")
    return folder


def test_a_whole_folder_is_described(tmp_path: Path) -> None:
    """Size, shards, architecture, layers, draft layers, quantisation; quickly, as nothing large is read."""
    found = look(make(tmp_path / "weights ü $(x)'"))
    assert found.fault is None
    assert (found.total_bytes, found.shard_count, found.missing_shards) == (15_000_000_000, 3, ())
    assert (found.architecture, found.layers, found.mtp_layers) == ("GlmMoeDsaForCausalLM", 78, 1)
    assert found.has_mtp_weights is True
    assert (found.quantization, found.quantization_source) == ("W8A8_DYNAMIC", "quant_model_description.json")


def test_fingerprints_tell_folders_apart(tmp_path: Path) -> None:
    """Equal copies are equal, another size or another config is not."""
    first, copy = look(make(tmp_path / "a")), look(make(tmp_path / "b"))
    assert first.fingerprint == copy.fingerprint != look(make(tmp_path / "c", layers=40)).fingerprint
    with (tmp_path / "b" / "model-00001.safetensors").open("r+b") as shard:
        shard.truncate(4_999_999_999)
    assert look(tmp_path / "b").fingerprint != first.fingerprint


def test_missing_and_unfinished_files_are_named(tmp_path: Path) -> None:
    """Half a download is no model."""
    folder = make(tmp_path / "a")
    (folder / "model-00001.safetensors").rename(folder / "model-00001.safetensors.incomplete")
    found = look(folder)
    assert found.fault
    assert found.fault.kind == "incomplete"
    assert found.missing_shards == ("model-00001.safetensors",)
    assert found.unfinished_files == ("model-00001.safetensors.incomplete",)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("absent", "absent"), ("a.txt", "no_folder"), ("empty", "no_model"), ("bare", "no_weights")],
)
def test_what_is_no_model_says_why(tmp_path: Path, name: str, kind: str) -> None:
    """Each its own message."""
    (tmp_path / "a.txt").write_text("x", encoding="utf-8")
    (tmp_path / "empty").mkdir()
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare" / "config.json").write_text("{}", encoding="utf-8")
    found = look(tmp_path / name)
    assert found.fault
    assert found.fault.kind == kind


def test_a_hub_id_is_no_missing_folder() -> None:
    """SGLang downloads it; what it holds cannot be said."""
    found = look("zai-org/GLM-5.2")
    assert found.fault
    assert found.fault.kind == "hub_id"
