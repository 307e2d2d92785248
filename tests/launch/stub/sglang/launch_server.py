"""A stand-in for ``python3 -m sglang.launch_server``: phases in its log, real ports, real answers. SIMULATED.

``$STUB_FOLDER/PROCESS`` says what goes wrong, one word a line: ``hold-PHASE`` waits until that line is gone,
``die-PHASE`` ends there, ``ignore-term``, ``orphan`` leaves a child behind, ``busy`` answers 503.
"""

import argparse
import json
import os
import signal
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PHASES = {
    "init": "server_args=ServerArgs(model_path='/models/glm')",
    "dist": "Init torch distributed begin.",
    "load": "Load weight begin. avail mem=60.00 GB",
    "cache": "KV Cache is allocated. #tokens: 100000",
    "graph": "Capture npu graph begin. This can take up to several minutes.",
}
NAME = os.environ.get("GLM_WIZARD_PROCESS", "server")
FAULTS = Path(os.environ["STUB_FOLDER"]) / NAME

KEYS: list[str] = []
NAMES: list[str] = []


def faults() -> list[str]:
    return FAULTS.read_text(encoding="utf-8").split() if FAULTS.exists() else []


def say(text: str) -> None:
    print(f"[{time.strftime('%Y-%m-%d %H:%M:%S')} TP0] {text}", flush=True)


class Answers(BaseHTTPRequestHandler):
    def log_message(self, *_words: object) -> None:
        pass

    def do_GET(self) -> None:
        name = "another" if "misnamed" in faults() else NAMES[0]
        told = {"model_path": "/models/glm", "served_model_name": name, "data": [{"id": name}]}
        self._say(503 if "busy" in faults() else 200, told)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if KEYS != [""] and self.headers.get("Authorization") != f"Bearer {KEYS[0]}":
            self._say(401, {})
            return
        if self.path == "/v1/chat/completions":
            thinks = body["chat_template_kwargs"]["enable_thinking"]
            message = {"content": "Paris", "reasoning_content": "France has one." if thinks else None}
            self._say(200, {"choices": [{"index": 0, "finish_reason": "stop", "message": message}]})
            return
        said = " Paris" if "France" in json.dumps(body) else " I do not know"
        self._say(200, {"text": said, "meta_info": {"bootstrap_room": body.get("bootstrap_room")}})

    def _say(self, code: int, data: dict[str, object]) -> None:
        text = json.dumps(data).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


def orphan() -> None:
    """A child that outlives its parent, as a scheduler does that was not told."""
    if os.fork() == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN if "ignore-term" in faults() else signal.SIG_DFL)
        signal.pause()
        os._exit(0)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=30000)
    parser.add_argument("--node-rank", type=int, default=0)
    parser.add_argument("--dist-init-addr")
    parser.add_argument("--api-key", default="")
    parser.add_argument("--served-model-name", default="GLM")
    options, _ = parser.parse_known_args()
    KEYS.append(options.api_key)
    NAMES.append(options.served_model_name)
    print("SIMULATED server", flush=True)
    stop = threading.Event()
    if "ignore-term" in faults():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    else:
        signal.signal(signal.SIGTERM, lambda *_: (stop.set(), sys.exit(0)))
    if "orphan" in faults():
        orphan()
    for phase, line in PHASES.items():
        say(line)
        while f"hold-{phase}" in faults():
            time.sleep(0.02)
        if f"die-{phase}" in faults():
            say("RuntimeError: NPU out of memory. Tried to allocate 20.00 GiB")
            os._exit(3)
    if options.node_rank:
        head = options.dist_init_addr.rpartition(":")
        while True:
            with socket.socket() as trial:
                if trial.connect_ex((head[0], int(head[2]))) == 0:
                    break
            time.sleep(0.02)
        say("max_total_num_tokens=100000, chunked_prefill_size=8192")
    elif options.dist_init_addr:
        rendezvous = socket.create_server((options.host, int(options.dist_init_addr.rpartition(":")[2])))
        rendezvous.listen()
    server = bound(options.host, options.port)
    say(f"Uvicorn running on http://{options.host}:{options.port}")
    say("The server is fired up and ready to roll!")
    threading.Thread(target=die_later, daemon=True).start()
    server.serve_forever()


def bound(host: str, port: int) -> ThreadingHTTPServer:
    """The server on its port. Where that is taken, it says so as uvicorn does, and lives on as SGLang does."""
    try:
        return ThreadingHTTPServer((host, port), Answers)
    except OSError:
        told = f"[Errno 98] error while attempting to bind on address ('{host}', {port}): address already in use"
        print(f"ERROR:    {told}", flush=True)
        while True:
            signal.pause()


def die_later() -> None:
    while "die-serve" not in faults():
        time.sleep(0.05)
    os._exit(137)


if __name__ == "__main__":
    main()
