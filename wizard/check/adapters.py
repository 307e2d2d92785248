"""LoRA adapters: what a release refuses about their paths, numbers and company."""

import json

from wizard.check.report import Change
from wizard.check.resolved import Server
from wizard.check.rule import Rule

_ALL: Change = dict.fromkeys(
    (
        "enable-lora",
        "lora-paths",
        "max-lora-rank",
        "lora-target-modules",
        "max-loras-per-batch",
        "max-loaded-loras",
        "max-lora-chunk-size",
        "enable-lora-overlap-loading",
        "lora-backend",
        "lora-drain-wait-threshold",
    )
)
"""What goes when adapters go."""
_PER_BATCH = 8
_CHUNKS = (16, 32, 64, 128)
_DRAFTING = ("NGRAM", "EAGLE", "EAGLE3", "DFLASH", "DSPARK")
_PLAN_STREAM = "SGLANG_ENABLE_OVERLAP_PLAN_STREAM"


def _lora(server: Server) -> str:
    launch = server.launch
    per_batch = server.size("max-loras-per-batch", _PER_BATCH)
    if per_batch <= 0:
        return "--max-loras-per-batch must be positive"
    paths = launch.words("lora-paths") if launch.given("lora-paths") else ()
    if unread := _unreadable(paths):
        return unread
    if not (launch.on("enable-lora") or paths):
        return ""
    return _company(server) or _missing(server, paths) or _numbers(server, per_batch, len(paths))


def _unreadable(paths: tuple[str, ...]) -> str:
    """What is wrong with a path that is written as JSON."""
    for path in (path.strip() for path in paths):
        if path.startswith("{") and path.endswith("}"):
            try:
                entry = json.loads(path)
            except ValueError:
                return f"--lora-paths `{path}` is no JSON"
            if not {"lora_name", "lora_path"} <= set(entry):
                return f"--lora-paths `{path}` needs lora_name and lora_path"
    return ""


def _company(server: Server) -> str:
    """Features beside which adapters are refused."""
    launch, algorithm = server.launch, server.algorithm
    if not server.attention_dp_flag:
        return "LoRA does not go with speculative decoding in this release" if algorithm not in (None, "NGRAM") else ""
    if launch.text("lora-backend") == "triton_v2":
        mixed = ("enable-pdmux", "enable-two-batch-overlap")
        wrong = ["attention data parallelism"] * server.attention_dp_on + [
            f"--{name}" for name in mixed if launch.on(name)
        ]
        if wrong:
            return f"--lora-backend triton_v2 does not go with {wrong[0]}"
    if algorithm in (None, "NGRAM"):
        return ""
    if algorithm not in _DRAFTING:
        return f"LoRA does not go with --speculative-algorithm {algorithm}"
    if launch.on("speculative-adaptive") and not server.attention_dp_on:
        return "LoRA with drafting does not go with --speculative-adaptive"
    return f"LoRA with drafting does not go with {_PLAN_STREAM}=1" if launch.variable_on(_PLAN_STREAM) else ""


def _missing(server: Server, paths: tuple[str, ...]) -> str:
    launch = server.launch
    modules = launch.words("lora-target-modules")
    if not paths and not (launch.number("max-lora-rank") and modules):
        return "without --lora-paths it needs --max-lora-rank and --lora-target-modules"
    return "--lora-target-modules all stands alone" if "all" in modules and len(set(modules)) > 1 else ""


def _numbers(server: Server, per_batch: int, paths: int) -> str:
    launch = server.launch
    loaded = launch.number("max-loaded-loras")
    if launch.on("enable-lora-overlap-loading") and (loaded is None or loaded > 2 * per_batch):
        return f"--enable-lora-overlap-loading needs --max-loaded-loras of at most {2 * per_batch}"
    if loaded is not None and loaded < per_batch:
        return f"--max-loaded-loras {loaded} is below --max-loras-per-batch {per_batch}"
    if loaded is not None and loaded < paths:
        return f"--max-loaded-loras {loaded} is below the {paths} adapters that are given"
    chunk = launch.number("max-lora-chunk-size")
    if chunk is not None and chunk not in _CHUNKS:
        return f"--max-lora-chunk-size {chunk} is none of 16, 32, 64, 128"
    drain = launch.fraction("lora-drain-wait-threshold")
    return "--lora-drain-wait-threshold must not be negative" if drain is not None and drain < 0 else ""


def _ways(server: Server) -> list[Change]:
    wanted = _lora(server)
    ways: list[Change] = []
    if _PLAN_STREAM in wanted:
        ways.append({f"${_PLAN_STREAM}": None})
    return [*ways, _ALL]


RULES: tuple[Rule, ...] = (
    Rule(
        "sglang.lora",
        ("enable-lora", "lora-paths", *(name for name in _ALL if name not in ("enable-lora", "lora-paths")),
         "speculative-algorithm", "speculative-adaptive"),
        _lora,
        _lora,
        _ways,
        "Adapters need their paths, or the largest rank and the modules they change, and go with few ways of drafting.",
        "Complete the LoRA options, or remove them.",
        "SGLang 0.5.13.post1, srt/server_args.py; 0.5.23, srt/arg_groups/lora_hook.py",
    ),
)  # fmt: skip
