"""``bench.sh``: the benchmark and the accuracy run of this launch, the commands that ``--verify RUN --bench`` runs."""

from wizard.export.quote import quote
from wizard.export.request import ExportRequest
from wizard.model.flow import LaunchFlow, Process, resolve
from wizard.plan import measuring
from wizard.plan.measuring import Service
from wizard.wording import one_line


def service_of(request: ExportRequest) -> Service:
    """What is measured: the router, else the one server, as its clients see it."""
    flow = request.flow
    url = flow.endpoint
    host, _, port = url.rpartition("//")[2].rpartition(":")
    return Service(host.strip("[]"), port, url, request.selection.served_name, has_key=bool(_keys(flow)))


def place_of(flow: LaunchFlow) -> Process:
    """Where it runs: the first server has the weights and SGLang itself."""
    return flow.servers[0]


def commands(request: ExportRequest) -> dict[str, tuple[str, ...]]:
    """Kind → words."""
    service = service_of(request)
    return {
        "benchmark": measuring.benchmark(service, request.about, request.selection.model.path),
        "accuracy": measuring.accuracy(service),
    }


def _keys(flow: LaunchFlow) -> tuple[str, ...]:
    """The variables that hold the key of clients."""
    return tuple(dict.fromkeys(name for process in flow.processes for name in process.secrets))


def script(request: ExportRequest) -> str:
    """The script. What is not filled in yet ends it with a sentence."""
    flow = request.flow
    server, keys, found = place_of(flow), _keys(flow), commands(request)
    host = resolve(server.address, flow.values()) or "the host where the server runs"
    said = measuring.burden(found["benchmark"], request.about)
    lines = [
        "#!/usr/bin/env bash",
        f"# Measures {one_line(flow.title)}, once it answers. On {one_line(host)}, where {one_line(server.name)} runs:",
        "#   bash bench.sh            sglang.bench_serving",
        "#   bash bench.sh accuracy   EvalScope (gsm8k)",
        f"# The benchmark: {one_line(said)}.",
        *([f"# {request.recorded}"] if request.recorded else []),
        "set -euo pipefail",
        "",
        'case "${1:-benchmark}" in',
        "  benchmark)",
        f"    words=({_words(found['benchmark'])})",
        "    ;;",
        "  accuracy)",
        f"    words=({_words(found['accuracy'])})",
        "    ;;",
        "  *)",
        "    printf 'bash bench.sh [benchmark|accuracy]\\n' >&2",
        "    exit 2",
        "    ;;",
        "esac",
        'for word in "${words[@]}"; do',
        '  if [[ "$word" == *"<"*">"* ]]; then',
        "    printf 'error: %s is not filled in; export again with --model-path and --hosts\\n' \"$word\" >&2",
        "    exit 2",
        "  fi",
        "done",
    ]
    if keys:
        lines += [f': "${{{keys[0]}:?holds the key of the service}}"', f'export {measuring.KEY}="${keys[0]}"']
    lines.append(f"inside={quote(measuring.INSIDE)}")
    if flow.container is None:
        lines.append('exec bash -c "$inside" "${words[@]}"')
    else:
        key = f"--env {measuring.KEY} " if keys else ""
        lines += [
            "if command -v docker >/dev/null; then engine=docker; else engine=podman; fi",
            'engine="${CONTAINER_ENGINE:-$engine}"',
            f'exec "$engine" exec {key}glm-wizard-{server.name} bash -c "$inside" "${{words[@]}}"',
        ]
    return "\n".join(lines) + "\n"


def _words(words: tuple[str, ...]) -> str:
    return " ".join(f'"${measuring.KEY}"' if word == f"${measuring.KEY}" else quote(word) for word in words)
