"""One real request, made on the host that serves: the proof that a service which says it is ready does answer."""

import base64
import binascii
import json
from collections.abc import Mapping

from wizard.launch import scripts
from wizard.launch.places import Places, place_of
from wizard.launch.starting import Refusal, lost
from wizard.model.flow import LaunchFlow, Ref
from wizard.model.run import Run, RunProcess

LIMIT_S = 120
"""The first request after a start compiles what it meets."""
QUESTION = "What is the capital of France?"
_BODY = {"text": QUESTION, "sampling_params": {"temperature": 0, "max_new_tokens": 16}}


def asked(places: Places, run: Run, entry: RunProcess, api_key: str) -> str | Refusal:
    """What the service says to the tutorial's question, or why it says nothing."""
    text = scripts.request(run.endpoint, json.dumps(_BODY), api_key, LIMIT_S)
    answer = places.ask(place_of(entry), text, limit_s=LIMIT_S + 10)
    if answer.fault is not None:
        return lost(answer.fault)
    words = dict(line.partition(" ")[::2] for line in answer.text.splitlines())
    status = words.get("status", "")
    try:
        body = base64.b64decode(words.get("body", "")).decode("utf-8", "replace")
    except binascii.Error:
        body = ""
    said = _text(body)
    if status == "200" and said is not None:
        return said
    what = f"answered {status}: {body[:200].strip()}" if status else f"did not answer within {LIMIT_S} s"
    hint = f"`--monitor {run.name}` shows its log; `--verify {run.name}` asks again, step by step"
    return Refusal(f"{run.endpoint}/generate {what}", hint)


def _text(body: str) -> str | None:
    try:
        found = json.loads(body)
        return str(found["text"]) if isinstance(found, dict) else None
    except (ValueError, KeyError):
        return None


def api_key(flow: LaunchFlow, process: str, secrets: Mapping[str, str]) -> str:
    """The key that a process asks of its clients; empty when it asks none."""
    for setting in flow.process(process).options:
        if setting.name == "api-key" and len(setting.words) > 1:
            part = setting.words[1][0]
            return secrets.get(part.name, "") if isinstance(part, Ref) else part
    return ""
