"""Kernels, exchanges of tokens and quantisation that a release refuses on Ascend NPUs."""

from wizard.check.resolved import DESCRIBED, FP8, Server
from wizard.check.rule import Rule

_13 = "SGLang 0.5.13.post1, srt/server_args.py"
_CHECKED = f"{_13}; 0.5.23, srt/arg_groups/validation_hook.py"
_MOE = f"{_13}; 0.5.23, srt/arg_groups/moe_hook.py"
_RUNNERS = {
    "flashinfer_cutlass": ("modelopt_fp4", "modelopt_fp8", "modelopt_mixed", None),
    "flashinfer_cutedsl": ("modelopt_fp4",),
    "flashinfer_trtllm": ("modelopt_fp4", "fp8", "mxfp8", "modelopt_fp8", "modelopt_mixed", "compressed-tensors", None),
    "experimental_sgl_trtllm": (
        "modelopt_fp4",
        "fp8",
        "mxfp8",
        "modelopt_fp8",
        "modelopt_mixed",
        "compressed-tensors",
        None,
    ),
    "flashinfer_trtllm_routed": ("fp8", "mxfp8", "modelopt_fp4", None),
}
"""Expert kernel → the values of ``--quantization`` it takes; None stands for none."""
_BUDGETS = {
    "mori": ("SGLANG_MORI_NUM_MAX_DISPATCH_TOKENS_PER_RANK", 4096),
    "deepep_v2": ("SGLANG_DEEPEP_V2_NUM_MAX_DISPATCH_TOKENS_PER_RANK", 128),
}
"""All-to-all backend → the variable that sizes its buffers, and its default."""


def _runner(server: Server) -> bool:
    kernel = server.launch.text("moe-runner-backend") or "auto"
    return kernel in _RUNNERS and server.quantization not in _RUNNERS[kernel]


def _mismatch(server: Server) -> bool:
    asked = server.quantization
    if asked is None or server.launch.text("quantization") == "unquant":
        return False
    if server.checkpoint == DESCRIBED:
        return asked != DESCRIBED
    return server.checkpoint == FP8 and asked in (DESCRIBED, "moe_wna16")


def _fused_mode(server: Server) -> str:
    if server.backend != "ascend_fuseep" or server.launch.knows("fuseep-mode"):
        return ""
    mode = server.launch.variable_number("SGLANG_NPU_FUSED_MOE_MODE", 1)
    if mode not in (1, 2):
        return f"SGLANG_NPU_FUSED_MOE_MODE is {mode}, but there are modes 1 and 2"
    return "mode 2 needs --quantization modelslim" if mode == 2 and server.quantization != DESCRIBED else ""


def _exchange(server: Server) -> str:
    """Why an all-to-all backend made for other devices is refused."""
    launch, backend = server.launch, server.backend
    if backend == "pplx":
        return "it needs kernels of NVIDIA devices"
    if backend == "megamoe" and server.attention_dp_flag:
        return "it needs devices of NVIDIA"
    if backend not in _BUDGETS:
        return ""
    if backend == "deepep_v2" and server.algorithm is not None:
        return "it is not there for drafting"
    variable, tokens = _BUDGETS[backend]
    ranks = max(server.tp // max(server.attention_dp, 1), 1) if backend == "deepep_v2" else 1
    whole = launch.number("max-prefill-tokens") or 0 if backend == "deepep_v2" else 0
    needed = -(-(server.chunk if server.chunk > 0 else whole) // ranks)
    if server.mode == "decode" or needed <= launch.variable_number(variable, tokens):
        return ""
    return f"chunks of {needed} tokens are above {variable} (default {tokens})"


def _flashinfer(server: Server) -> str:
    if server.backend != "flashinfer":
        return ""
    return "it is for CUDA devices" if server.npu else ""


RULES: tuple[Rule, ...] = (
    Rule(
        "sglang.kernel-experts",
        ("moe-runner-backend", "quantization"),
        _runner,
        lambda s: (
            f"--moe-runner-backend {s.launch.text('moe-runner-backend')} "
            f"does not take {s.quantization or 'plain'} weights"
        ),
        ({"moe-runner-backend": None},),
        "The named kernels are for NVIDIA formats.",
        "Leave --moe-runner-backend out.",
        _MOE,
    ),
    Rule(
        "sglang.kernel-flashinfer",
        ("moe-a2a-backend",),
        _flashinfer,
        lambda s: f"--moe-a2a-backend flashinfer: {_flashinfer(s)}",
        (
            {"moe-a2a-backend": "deepep"},
            {"moe-a2a-backend": None, "enable-eplb": None},
        ),
        "FlashInfer exchanges tokens between NVIDIA devices.",
        "Use deepep.",
        _MOE,
    ),
    Rule(
        "sglang.kernel-fused-mode",
        ("moe-a2a-backend", "quantization"),
        _fused_mode,
        lambda s: f"ascend_fuseep: {_fused_mode(s)}",
        lambda s: [
            *([{"quantization": DESCRIBED}] if s.quantization is None and s.checkpoint != FP8 else []),
            {"moe-a2a-backend": "deepep"},
        ],
        "Mode 2 of the fused kernel is written for ModelSlim weights, and 0.5.13 looks at the flag alone.",
        "Add --quantization modelslim, or unset SGLANG_NPU_FUSED_MOE_MODE.",
        _13,
    ),
    Rule(
        "sglang.quantization-mismatch",
        ("quantization",),
        _mismatch,
        lambda s: f"--quantization {s.quantization} does not match the weights, which are {s.checkpoint}",
        lambda s: [{"quantization": None}, *([{"quantization": DESCRIBED}] if s.checkpoint == DESCRIBED else [])],
        "The files beside the weights say how they are quantised, and another method is refused.",
        "Use modelslim for W8A8 and W4A8 weights; leave it out for others.",
        "SGLang 0.5.13.post1 and 0.5.23, srt/configs/model_config.py",
    ),
    Rule(
        "sglang.kernel-exchange",
        ("moe-a2a-backend", "chunked-prefill-size", "speculative-algorithm"),
        _exchange,
        lambda s: f"--moe-a2a-backend {s.backend}: {_exchange(s)}",
        ({"moe-a2a-backend": "deepep"},),
        "These exchanges are made for other devices; their buffers are smaller than the chunks used on NPUs.",
        "Use deepep on Ascend.",
        _MOE,
    ),
    Rule(
        "sglang.cache-deterministic",
        ("enable-deterministic-inference",),
        lambda s: s.launch.on("enable-deterministic-inference") and not s.attention_dp_flag and s.npu,
        "--enable-deterministic-inference is refused for GLM on the ascend backend",
        ({"enable-deterministic-inference": None},),
        "0.5.13 lists the ascend backend as supported but refuses it for this family of models.",
        "Remove it, or use 0.5.23.",
        _13,
    ),
    Rule(
        "sglang.parallel-compression",
        ("enable-quant-communications", "tp-size"),
        lambda s: s.launch.on("enable-quant-communications") and s.tp == 1,
        "--enable-quant-communications needs a tensor parallel size above 1",
        ({"enable-quant-communications": None},),
        "With one rank there is nothing to send.",
        "Remove it.",
        _CHECKED,
    ),
)
