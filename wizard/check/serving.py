"""Names, limits, schedules and adapters that a release refuses."""

import json

from wizard.check.report import Change
from wizard.check.resolved import Server
from wizard.check.rule import Rule

_13 = "SGLang 0.5.13.post1, srt/server_args.py"
_CHECKED = f"{_13}; 0.5.23, srt/arg_groups/validation_hook.py"
_SERVING = f"{_13}; 0.5.23, srt/arg_groups/serving_hook.py"
_MODEL = "SGLang 0.5.13.post1 and 0.5.23, srt/configs/model_config.py"
_LONGER = "SGLANG_ALLOW_OVERWRITE_LONGER_CONTEXT_LEN"
_LEVELS = frozenset(("CRITICAL", "FATAL", "ERROR", "WARNING", "WARN", "INFO", "DEBUG", "NOTSET"))
_TLS: Change = dict.fromkeys(
    ("ssl-keyfile", "ssl-certfile", "ssl-ca-certs", "ssl-keyfile-password", "enable-ssl-refresh")
)


def _colon(server: Server) -> str:
    name = server.launch.text("served-model-name") or server.launch.known.selection.model.path
    return name if ":" in name and "://" not in name else ""


def _longest(server: Server) -> int | None:
    model = server.launch.known.model
    own = server.overrides.get("max_position_embeddings")
    return own if isinstance(own, int) else model.context_tokens if model else None


def _too_long(server: Server) -> bool:
    wanted, longest = server.launch.number("context-length"), _longest(server)
    if wanted is None or longest is None or wanted <= longest:
        return False
    return not server.launch.variable_on(_LONGER)


def _json_wrong(server: Server) -> bool:
    try:
        found = json.loads(server.launch.text("json-model-override-args") or "{}")
    except ValueError:
        return True
    return bool(found) and not isinstance(found, dict)


def bucket_problem(words: tuple[str, ...]) -> str:
    """What a list of metric buckets lacks."""
    kind, values = (words[0], words[1:]) if words else ("", ())
    if kind == "default":
        return "default takes no values" if values else ""
    if kind == "tse":
        return _tse_problem(values)
    if kind != "custom":
        return f"`{kind}` is none of tse, default, custom"
    try:
        numbers = [float(value) for value in values]
    except ValueError:
        return "custom takes numbers"
    if not numbers or len(set(numbers)) < len(numbers) or min(numbers) < 0:
        return "custom takes different numbers, none below 0"
    return ""


def _tse_problem(values: tuple[str, ...]) -> str:
    try:
        middle, base, count = float(values[0]), float(values[1]), int(values[2])
    except (ValueError, IndexError):
        return "tse takes middle, base and count"
    return (
        ""
        if len(values) == 3 and base > 1 and count > 0 and middle > 0
        else "tse takes middle > 0, base > 1, count > 0"
    )


def _buckets(server: Server) -> str:
    for name in ("prompt-tokens-buckets", "generation-tokens-buckets"):
        if server.launch.given(name):
            problem = bucket_problem(server.launch.words(name))
            if problem:
                return f"--{name}: {problem}"
    return ""


def _tls(server: Server) -> str:
    launch = server.launch
    key, certificate = launch.given("ssl-keyfile"), launch.given("ssl-certfile")
    if key != certificate:
        return "--ssl-keyfile and --ssl-certfile go together"
    if key:
        return ""
    alone = [name for name in ("ssl-ca-certs", "ssl-keyfile-password") if launch.given(name)]
    alone += ["enable-ssl-refresh"] if launch.on("enable-ssl-refresh") else []
    return f"--{alone[0]} needs --ssl-keyfile and --ssl-certfile" if alone else ""


RULES: tuple[Rule, ...] = (
    Rule(
        "sglang.name-colon",
        ("served-model-name", "model-path"),
        _colon,
        lambda s: f"the served name `{_colon(s)}` holds a colon",
        lambda s: [{"served-model-name": _colon(s).rpartition("/")[2].replace(":", "-") or "model"}],
        "In a request the colon parts a model from an adapter; without --served-model-name the path is the name.",
        "Give a --served-model-name without a colon.",
        _CHECKED,
    ),
    Rule(
        "sglang.context-length",
        ("context-length",),
        _too_long,
        lambda s: f"--context-length {s.launch.number('context-length')} is above the model's {_longest(s)} tokens",
        lambda s: [{"context-length": _longest(s)}],
        "Positions beyond those the model was trained for give wrong text; the release wants that confirmed.",
        f"Stay within the model's length, or set {_LONGER}=1.",
        _MODEL,
    ),
    Rule(
        "sglang.config-file",
        ("config",),
        lambda s: s.launch.given("config") and not (s.launch.text("config") or "").lower().endswith((".yaml", ".yml")),
        lambda s: f"--config {s.launch.text('config')} does not end in .yaml or .yml",
        ({"config": None},),
        "The release reads more options from this file, and takes files of these two endings only.",
        "Rename the file, or set its options themselves.",
        "SGLang 0.5.13.post1 and 0.5.23, srt/server_args_config_parser.py",
    ),
    Rule(
        "sglang.json-overrides",
        ("json-model-override-args",),
        _json_wrong,
        "--json-model-override-args is no JSON object",
        ({"json-model-override-args": None},),
        "The text is read as JSON while the model's configuration is loaded.",
        "Quote it for the shell: '{\"key\": 1}'.",
        _MODEL,
    ),
    Rule(
        "sglang.log-level",
        ("log-level",),
        lambda s: (s.launch.text("log-level") or "info").upper() not in _LEVELS,
        lambda s: f"--log-level {s.launch.text('log-level')} is no level of logging",
        (
            {"log-level": None},
            {"log-level": "info"},
        ),
        "The word must be a level of Python's logging; another ends in an AttributeError.",
        "Use debug, info, warning or error.",
        "SGLang 0.5.13.post1 and 0.5.23, srt/server_args.py",
    ),
    Rule(
        "sglang.tokenizer-batching",
        ("enable-tokenizer-batch-encode", "enable-dynamic-batch-tokenizer"),
        lambda s: s.launch.on("enable-tokenizer-batch-encode") and s.launch.on("enable-dynamic-batch-tokenizer"),
        "two ways of batching the tokenizer are switched on",
        (
            {"enable-tokenizer-batch-encode": None},
            {"enable-dynamic-batch-tokenizer": None},
        ),
        "Only one of them can feed the tokenizer.",
        "Remove one.",
        _SERVING,
    ),
    Rule(
        "sglang.schedule-priority",
        ("enable-priority-scheduling", "schedule-policy"),
        lambda s: s.launch.on("enable-priority-scheduling") and s.launch.text("schedule-policy") not in ("fcfs", "lof"),
        lambda s: f"priority scheduling does not go with --schedule-policy {s.launch.text('schedule-policy')}",
        (
            {"schedule-policy": "fcfs"},
            {"enable-priority-scheduling": None},
        ),
        "Priorities order requests themselves, so the policy beneath must be fcfs or lof.",
        "Use fcfs or lof.",
        _CHECKED,
    ),
    Rule(
        "sglang.schedule-retraction",
        ("retraction-policy", "enable-priority-scheduling"),
        lambda s: s.launch.text("retraction-policy") == "priority" and not s.launch.on("enable-priority-scheduling"),
        "--retraction-policy priority needs --enable-priority-scheduling",
        ({"retraction-policy": None},),
        "Without priorities there is nothing to retract by.",
        "Leave --retraction-policy out.",
        "SGLang 0.5.23, srt/arg_groups/validation_hook.py",
    ),
    Rule(
        "sglang.metrics-buckets",
        ("prompt-tokens-buckets", "generation-tokens-buckets"),
        _buckets,
        _buckets,
        ({"prompt-tokens-buckets": None, "generation-tokens-buckets": None},),
        "Buckets are `default`, `tse MIDDLE BASE COUNT` or `custom NUMBER…`.",
        "Leave them out.",
        _CHECKED,
    ),
    Rule(
        "sglang.metrics-file",
        ("export-metrics-to-file", "export-metrics-to-file-dir"),
        lambda s: s.launch.on("export-metrics-to-file") and not s.launch.given("export-metrics-to-file-dir"),
        "--export-metrics-to-file needs --export-metrics-to-file-dir",
        (
            {"export-metrics-to-file-dir": "metrics"},
            {"export-metrics-to-file": None},
        ),
        "Metrics are written into a folder, which has no default.",
        "Add --export-metrics-to-file-dir.",
        _CHECKED,
    ),
    Rule(
        "sglang.metrics-labels",
        ("tokenizer-metrics-allowed-custom-labels", "tokenizer-metrics-custom-labels-header"),
        lambda s: (
            s.launch.given("tokenizer-metrics-allowed-custom-labels")
            and not s.launch.text("tokenizer-metrics-custom-labels-header")
        ),
        "--tokenizer-metrics-allowed-custom-labels needs --tokenizer-metrics-custom-labels-header",
        ({"tokenizer-metrics-allowed-custom-labels": None},),
        "Labels come in a header, which must be named.",
        "Name the header, or remove the labels.",
        _CHECKED,
    ),
    Rule(
        "sglang.gc-thresholds",
        ("gc-threshold",),
        lambda s: s.launch.given("gc-threshold") and not 1 <= len(s.launch.words("gc-threshold")) <= 3,
        "--gc-threshold takes one to three numbers",
        ({"gc-threshold": None},),
        "Python's collector has three generations.",
        "Give one to three numbers.",
        _CHECKED,
    ),
    Rule(
        "sglang.tls",
        ("ssl-keyfile", "ssl-certfile", "ssl-ca-certs", "ssl-keyfile-password", "enable-ssl-refresh"),
        _tls,
        _tls,
        (_TLS,),
        "TLS needs a key and a certificate.",
        "Give both files, or none of the options.",
        _SERVING,
    ),
)
