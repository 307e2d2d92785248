"""The launch flow for machines (JSON) and for people (a runbook), and the script that asks whether it answers."""

from collections.abc import Iterator
from typing import Any

from wizard.export.quote import join, quote
from wizard.export.request import ExportRequest
from wizard.json_text import json_text
from wizard.model.flow import LaunchFlow, Process, Setting, resolve
from wizard.wording import one_line


def plan_json(request: ExportRequest) -> str:
    """The flow as one JSON document."""
    document = {
        "version": request.version,
        "reproduce": list(request.reproduce),
        "recorded": request.is_recorded,
        **flow_data(request.flow),
        "findings": [finding.as_json() for finding in request.findings],
        "files": {"launch.sh": "bash launch.sh NAME starts a process"},
    }
    return json_text(document, indent=2) + "\n"


def flow_data(flow: LaunchFlow) -> dict[str, Any]:
    """The flow as plain data: what ``--plan --json`` prints."""
    return {
        "title": flow.title,
        "scenario": flow.scenario,
        "release": flow.release,
        "model": flow.model,
        "plan": flow.plan_hash(),
        "variables": [
            {"name": v.name, "value": v.value or None, "meaning": v.meaning, "required": v.required}
            for v in flow.variables
        ],
        "unfilled": [variable.name for variable in flow.unfilled()],
        "order": [process.name for process in flow.processes],
        "processes": [process_data(flow, process) for process in flow.processes],
        "preparation": {
            "scaling_governor": flow.preparation.scaling_governor or None,
            "sysctl": dict(flow.preparation.sysctl),
            "unset": list(flow.preparation.unset),
            "scripts": list(flow.preparation.scripts),
        },
        "container": _container(flow),
        "corrections": [{"what": item.what, "why": item.why} for item in flow.corrections],
    }


def _container(flow: LaunchFlow) -> dict[str, Any] | None:
    if flow.container is None:
        return None
    return {
        "image": resolve(flow.container.image, flow.values()),
        "devices": list(flow.container.devices),
        "mounts": list(flow.container.mounts),
        "shm_size": flow.container.shm_size,
    }


def process_data(flow: LaunchFlow, process: Process) -> dict[str, Any]:
    """One process as plain data, every setting with its origin and the features it belongs to."""
    values = flow.values()
    return {
        "name": process.name,
        "role": process.role,
        "instance": process.instance,
        "rank": process.rank,
        "host": resolve(process.address, values) or None,
        "argv": list(flow.argv(process)),
        "environment": flow.environment(process),
        "options": [_setting(flow, setting) for setting in process.options],
        "variables": [_setting(flow, setting) for setting in process.environment],
        "ports": [{"port": p.number, "purpose": p.purpose, "derived": p.derived} for p in process.ports],
        "devices": process.devices,
        "waits_for": list(process.waits_for),
        "ready": resolve(process.ready.url, values) or None,
        "secrets": list(process.secrets),
        "log": process.log_file,
    }


def _setting(flow: LaunchFlow, setting: Setting) -> dict[str, Any]:
    from wizard import features

    values = flow.values()
    return {
        "name": setting.name,
        "words": [resolve(word, values) for word in setting.words],
        "origin": setting.origin.value,
        "features": list(features.features_of(setting.name)),
        "note": setting.note or None,
    }


def verify_script(request: ExportRequest) -> str:
    """A script that asks the service the tutorial's question and looks for "Paris" in the answer."""
    flow = request.flow
    health = resolve(flow.entry.ready.url, flow.values()).rpartition("/")[2] or "health"
    body = '{"text": "What is the capital of France?", "sampling_params": {"max_new_tokens": 64, "temperature": 0}}'
    lines = [
        "#!/usr/bin/env bash",
        f"# Does it answer? Asks {one_line(flow.entry.name)} of {one_line(flow.title)}; 0 when the answer holds Paris.",
        *([f"# {request.recorded}"] if request.recorded else []),
        "set -euo pipefail",
        "",
        f"URL=${{URL:-{quote(flow.endpoint)}}}",
        f"curl --silent --show-error --fail --noproxy '*' --max-time 60 \"$URL/{health}\" >/dev/null",
        f"printf '%s/{health}: 200\\n' \"$URL\"",
        'answer="$(curl --silent --show-error --fail --noproxy \'*\' --max-time 300 "$URL/generate" \\',
        f"  -H 'Content-Type: application/json' -d {quote(body)})\"",
        "printf '%s\\n' \"$answer\"",
        'if [[ "$answer" != *Paris* ]]; then',
        "  printf 'error: the answer does not hold Paris\\n' >&2",
        "  exit 1",
        "fi",
    ]
    return "\n".join(lines) + "\n"


def runbook(request: ExportRequest) -> str:
    """What an operator does with the folder, in order."""
    return "\n".join(_runbook(request)) + "\n"


def _runbook(request: ExportRequest) -> Iterator[str]:
    flow = request.flow
    yield f"# Runbook: {_plain(flow.model)}, {_plain(flow.title)}"
    yield ""
    yield f"Plan `{flow.plan_hash()}`, SGLang {_plain(flow.release)}, made by glm-wizard {request.version}. Again:"
    yield ""
    yield from _code(join((*request.reproduce, "--output", "FOLDER/")))
    if request.recorded:
        yield f"**{request.recorded}**"
        yield ""
    unfilled = flow.unfilled()
    if unfilled:
        yield "Not filled in yet; edit the top of `launch.sh`, or export again with `--model-path` and `--hosts`:"
        yield ""
        yield from (f"- `{variable.name}`: {_plain(variable.meaning)}" for variable in unfilled)
        yield ""
    yield from _findings(request)
    yield from _hosts(flow)
    yield from _steps(flow)


def _findings(request: ExportRequest) -> Iterator[str]:
    if not request.findings:
        return
    yield "## Known before the start"
    yield ""
    for finding in request.findings:
        mark = " (accepted)" if finding.code in request.selection.accepted else ""
        yield f"- {finding.severity}{mark} `{finding.code}`: {_plain(finding.message)}"
        if finding.hint:
            yield f"  - {_plain(finding.hint)}"
    yield ""


def _hosts(flow: LaunchFlow) -> Iterator[str]:
    yield "## What runs where"
    yield ""
    yield "| process | host | ports | waits for |"
    yield "|---|---|---|---|"
    values = flow.values()
    for process in flow.processes:
        host = resolve(process.address, values) or "the host where the script is started"
        ports = ", ".join(f"{port.number} {port.purpose}" for port in process.ports if not port.derived)
        yield f"| {process.name} | {_plain(host)} | {ports} | {', '.join(process.waits_for) or '-'} |"
    yield ""


def _steps(flow: LaunchFlow) -> Iterator[str]:
    servers, router = flow.servers, flow.router
    yield "## Start"
    yield ""
    yield "1. Copy `launch.sh` to every host. On each, this prints the same plan:"
    yield ""
    yield from _code("bash launch.sh --plan", indent="   ")
    yield "2. On each host start its server, so that it outlives the terminal. All hosts at about the same time:"
    yield ""
    for process in servers:
        yield from _code(_detached(process), indent="   ")
    yield "3. Watch until the log says that it is ready (10 to 40 minutes while the weights load):"
    yield ""
    yield from _code(f"tail -n 20 {servers[0].log_file}", indent="   ")
    if router is not None:
        yield f"4. When {', '.join(process.name for process in servers)} are ready, start the router on its host:"
        yield ""
        yield from _code(_detached(router), indent="   ")
    yield "Then ask it a question:"
    yield ""
    yield from _code("bash verify.sh")
    yield "## Measure"
    yield ""
    host = resolve(servers[0].address, flow.values()) or "its host"
    yield f"Once it answers, on {_plain(host)}, where {servers[0].name} runs: throughput and latency, then accuracy."
    yield "Both load the service; `bench.sh` says how much."
    yield ""
    yield from _code("bash bench.sh")
    yield from _code("bash bench.sh accuracy")
    yield "## Stop"
    yield ""
    yield "The router first, then rank 0 of each server, then the other ranks. TERM lets requests in flight finish:"
    yield ""
    stopped = [*([router] if router else []), *sorted(servers, key=lambda process: process.rank)]
    for process in stopped:
        yield from _code(_stopped(flow, process))
    yield "Afterwards `npu-smi info` shows no process and idle HBM on every host."
    yield ""
    yield "## Roll back"
    yield ""
    yield "Stop as above, then start the `launch.sh` of the earlier folder. Nothing else on the hosts was changed but"
    yield "the kernel settings in `tune_host` of the script, which a reboot undoes."


def _detached(process: Process) -> str:
    name = process.name
    return f"setsid -f bash -c 'echo $$ >{name}.pid; exec bash launch.sh {name}' >{process.log_file} 2>&1 </dev/null"


def _stopped(flow: LaunchFlow, process: Process) -> str:
    if flow.container is not None:
        return f"docker stop --time 180 glm-wizard-{process.name}"
    return f'kill -TERM -- "-$(cat {process.name}.pid)"'


def _plain(text: str) -> str:
    """Text that Markdown shows as it is."""
    return "".join(f"\\{char}" if char in "\\`*_[]<>|#" else char for char in one_line(text))


def _code(text: str, indent: str = "") -> Iterator[str]:
    yield f"{indent}```sh"
    yield f"{indent}{text}"
    yield f"{indent}```"
    yield ""
