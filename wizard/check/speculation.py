"""Speculative decoding that a release refuses on Ascend NPUs."""

from wizard.check.parallel import NO_SPECULATION
from wizard.check.report import Change
from wizard.check.resolved import EAGLE_FAMILY, Server
from wizard.check.rule import Rule

_SOURCE = "SGLang 0.5.13.post1 and 0.5.23, srt/arg_groups/speculative_hook.py"
_NEW = "SGLang 0.5.23, srt/arg_groups/speculative_hook.py"
_ALGORITHMS = frozenset(("EAGLE", "EAGLE3", "STANDALONE", "NGRAM", "DFLASH", "FROZEN_KV_MTP", "NONE"))
_NEWER = frozenset(("DSPARK", "UNO"))
_CANDIDATES = {False: (1, 3, 7), True: (0, 1, 3, 5, 7)}
"""Step counts of adaptive speculation, by whether the release is 0.5.23 or later."""
_DEFAULTS: Change = {"speculative-num-steps": 3, "speculative-eagle-topk": 1, "speculative-num-draft-tokens": 4}


def _eagle(server: Server) -> bool:
    return server.algorithm in EAGLE_FAMILY


def _adaptive(server: Server) -> bool:
    """Whether speculation really adapts: the release switches it off in many cases."""
    topk = server.launch.number("speculative-eagle-topk")
    return (
        server.launch.on("speculative-adaptive")
        and server.algorithm in ("EAGLE", "EAGLE3")
        and not server.attention_dp_on
        and (topk == 1 or (topk is None and (server.attention_dp_flag or server.draft.width == 1)))
        and not server.launch.on("enable-two-batch-overlap")
        and not server.launch.on("enable-pdmux")
    )


def _steps(server: Server) -> int | None:
    return server.launch.number("speculative-num-steps")


def _unknown(server: Server) -> bool:
    known = _ALGORITHMS | (_NEWER if server.attention_dp_flag else frozenset())
    return server.algorithm is not None and server.algorithm not in known


def _partial(server: Server) -> bool:
    chosen = server.attention_dp_flag and _adaptive(server)
    return (
        _eagle(server)
        and not chosen
        and _steps(server) is None
        and any(server.launch.given(f"speculative-{name}") for name in ("eagle-topk", "num-draft-tokens"))
    )


def _without_width(server: Server) -> bool:
    chosen = server.attention_dp_flag and _adaptive(server)
    return (
        _eagle(server)
        and not chosen
        and _steps(server) is not None
        and server.launch.number("speculative-eagle-topk") is None
    )


def _tree(server: Server) -> bool:
    return _eagle(server) and server.page > 1 and (server.launch.number("speculative-eagle-topk") or 0) > 1


def _steps_outside(server: Server) -> bool:
    steps = server.draft.steps
    return _adaptive(server) and steps is not None and steps not in _CANDIDATES[server.attention_dp_flag]


def _platform(server: Server) -> str:
    """Why an algorithm does not run here."""
    algorithm, launch = server.algorithm, server.launch
    if algorithm == "NGRAM":
        return "it does not run on NPUs"
    if algorithm == "STANDALONE" and server.attention_dp_on:
        return "it does not go with attention data parallelism"
    if algorithm in ("DFLASH", "DSPARK") and not launch.given("speculative-draft-model-path"):
        return "it needs --speculative-draft-model-path"
    if algorithm == "DFLASH" and server.attention_dp_on and not server.attention_dp_flag:
        return "it does not go with attention data parallelism"
    if algorithm == "DFLASH" and server.pp != 1:
        return "it does not go with pipeline parallelism"
    if algorithm == "DSPARK" and server.attention_dp > 1 and not launch.on("enable-dp-lm-head"):
        return "with attention data parallelism it needs --enable-dp-lm-head"
    return "it runs on CUDA only" if algorithm == "UNO" else ""


def _window(server: Server) -> bool:
    size = server.launch.number("speculative-draft-window-size")
    return size is not None and server.launch.given("speculative-draft-window-size") and size <= 0


def _weight_cache(server: Server) -> bool:
    mode = server.launch.text("weight-cache-mode")
    return server.algorithm is not None and mode in ("daemon", "client") and server.launch.given("weight-cache-mode")


RULES: tuple[Rule, ...] = (
    Rule(
        "sglang.speculation-weight-cache",
        ("weight-cache-mode", "speculative-algorithm"),
        _weight_cache,
        "--weight-cache-mode does not go with speculative decoding",
        ({"weight-cache-mode": None},),
        "The process that keeps the weights does not hand out those of the draft.",
        "Remove --weight-cache-mode.",
        "SGLang 0.5.23, srt/arg_groups/model_path_hook.py",
    ),
    Rule(
        "sglang.speculation-algorithm",
        ("speculative-algorithm",),
        _unknown,
        lambda s: f"`{s.launch.text('speculative-algorithm')}` is no speculative algorithm of this release",
        (
            {"speculative-algorithm": "NEXTN"},
            NO_SPECULATION,
        ),
        "The name is looked up after the command line is read. The MTP layer of GLM-5.2 is used by NEXTN (EAGLE).",
        "Use --speculative-algorithm NEXTN.",
        "SGLang 0.5.13.post1 and 0.5.23, srt/speculative/spec_info.py",
    ),
    Rule(
        "sglang.speculation-platform",
        ("speculative-algorithm", "speculative-draft-model-path"),
        _platform,
        lambda s: f"--speculative-algorithm {s.algorithm}: {_platform(s)}",
        (NO_SPECULATION,),
        "Each algorithm has needs of its own; on NPUs with GLM-5.2, NEXTN is the one that is used.",
        "Use NEXTN, or none.",
        _SOURCE,
    ),
    Rule(
        "sglang.speculation-steps",
        ("speculative-num-steps", "speculative-eagle-topk", "speculative-num-draft-tokens"),
        _partial,
        "--speculative-num-steps is missing beside --speculative-eagle-topk or --speculative-num-draft-tokens",
        (
            _DEFAULTS,
            {"speculative-eagle-topk": None, "speculative-num-draft-tokens": None},
        ),
        "The three numbers are given together, or all left to the release (3 steps, width 1, 4 tokens).",
        "Add --speculative-num-steps, or remove the other two.",
        _SOURCE,
    ),
    Rule(
        "sglang.speculation-width",
        ("speculative-eagle-topk", "speculative-num-steps"),
        _without_width,
        "--speculative-num-steps is given without --speculative-eagle-topk",
        (
            {"speculative-eagle-topk": 1},
            dict.fromkeys(_DEFAULTS),
        ),
        "The release compares the missing width with a number and stops.",
        "Add --speculative-eagle-topk 1.",
        _SOURCE,
    ),
    Rule(
        "sglang.speculation-tree",
        ("speculative-eagle-topk", "page-size"),
        _tree,
        lambda s: f"--speculative-eagle-topk above 1 does not go with pages of {s.page} tokens on NPUs",
        ({"speculative-eagle-topk": 1},),
        "Drafting a tree over cache pages is not there for the ascend attention backend.",
        "Set --speculative-eagle-topk 1.",
        _SOURCE,
    ),
    Rule(
        "sglang.speculation-adaptive",
        ("speculative-num-steps", "speculative-adaptive"),
        _steps_outside,
        lambda s: (
            f"--speculative-adaptive starts from {s.draft.steps} steps, which is none of "
            + ", ".join(map(str, _CANDIDATES[s.attention_dp_flag]))
        ),
        (
            {"speculative-num-steps": 3},
            {"speculative-adaptive": None},
        ),
        "Adaptive speculation moves between fixed numbers of steps and must start from one of them.",
        "Start from 3 steps.",
        _SOURCE,
    ),
    Rule(
        "sglang.speculation-verification",
        ("speculative-use-block-verification",),
        lambda s: s.launch.on("speculative-use-block-verification"),
        "--speculative-use-block-verification runs on CUDA or ROCm only",
        ({"speculative-use-block-verification": None},),
        "Verifying whole blocks has no kernel for NPUs.",
        "Remove it.",
        _NEW,
    ),
    Rule(
        "sglang.speculation-sync",
        ("speculative-skip-dp-mlp-sync", "speculative-algorithm"),
        lambda s: s.launch.on("speculative-skip-dp-mlp-sync") and s.algorithm != "EAGLE",
        "--speculative-skip-dp-mlp-sync goes with EAGLE (NEXTN) only",
        ({"speculative-skip-dp-mlp-sync": None},),
        "The shortcut is written for one algorithm.",
        "Remove it.",
        "SGLang 0.5.13.post1, srt/arg_groups/speculative_hook.py",
    ),
    Rule(
        "sglang.speculation-window",
        ("speculative-draft-window-size",),
        _window,
        "--speculative-draft-window-size must be positive",
        ({"speculative-draft-window-size": None},),
        "A window holds at least one token.",
        "Remove it.",
        _SOURCE,
    ),
)
