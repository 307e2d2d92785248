# ruff: noqa: E501 (lines of logs stand as they are)
"""Lines as the schedulers of SGLang 0.5.0 to 0.5.23 write them: every combination of the parts a batch line is made of."""

from itertools import product

import pytest

from tests.monitor.reading import read
from wizard.monitor.figures import batch

STAMP = "[2026-03-04 05:06:07{ranks}] "
RANKS = ("", " TP0", " DP1 PP0 ATTN_CP0 MOE_DP0 TP8 EP8")
USAGES = {
    "decode": (
        "#token: 900, token usage: 0.42",
        "#full token: 900, full token usage: 0.42, #swa token: 7, swa token usage: 0.93",
        "#full token: 900, full token usage: 0.42, mamba num: 7, mamba usage: 0.93",
        "#full token: 900, full token usage: 0.42, #swa token: 7, swa token usage: 0.93, mamba num: 7, mamba usage: 0.9",
        "#gpu token: 900, gpu token usage: 0.42, #cpu token: 7, cpu token usage: 0.93",
    ),
    "prefill": (
        "token usage: 0.42",
        "full token usage: 0.42, swa token usage: 0.93",
        "full token usage: 0.42, mamba usage: 0.93",
        "full token usage: 0.42, swa token usage: 0.93, mamba usage: 0.93",
    ),
}
SPECULATIVE = {
    "": (None, None),
    "accept len: 2.71, ": (2.71, None),
    "accept len: 2.71, accept rate: 0.68, ": (2.71, 0.68),
    "accept len: 2.71, accept rate: 0.68, cap len: 3.10, block accept len: 2.20, ": (2.71, 0.68),
}
DECODE_QUEUES = {
    "": (),
    "pre-allocated usage: 0.02, #prealloc-req: 1, #transfer-req: 5, #retracted-req: 6, ": (
        ("prealloc-req", 1), ("transfer-req", 5), ("retracted-req", 6),
    ),
    "pre-allocated usage: 0.02, #prealloc-req: 1, #transfer-req: 5, #host-receive-req: 4, #retracted-req: 6, ": (
        ("prealloc-req", 1), ("transfer-req", 5), ("host-receive-req", 4), ("retracted-req", 6),
    ),
}  # fmt: skip
PREFILL_QUEUES = {
    "": (),
    "#prealloc-req: 1, #inflight-req: 2, ": (("prealloc-req", 1), ("inflight-req", 2)),
    "#pending-token: 8, #bootstrap-req: 1, #inflight-req: 2, ": (
        ("pending-token", 8), ("bootstrap-req", 1), ("inflight-req", 2),
    ),
    "#pending-token: 8, #replay-token: 9, #bootstrap-req: 1, #inflight-req: 2, #optimistic-req: 0, ": (
        ("pending-token", 8), ("bootstrap-req", 1), ("inflight-req", 2), ("optimistic-req", 0),
    ),
}  # fmt: skip
IMAGES = ("", "waiting-image-req: 4, ")
LABELS = ("", "cuda graph: True, ", "npu graph: True, ", "cpu graph: True, ", "musa graph: True, ")
TAILS = (
    "", ", ", ", fwd occupancy: 20.00%", ", est. decode TFLOPS/s (per GPU): 9.50, est. read BW (GB/s per GPU): 7.10",
)  # fmt: skip
ITERATIONS = ("", " [122]")


def test_decode_lines_of_every_form() -> None:
    """The same figures come out of each."""
    count = 0
    forms = product(ITERATIONS, USAGES["decode"], SPECULATIVE, DECODE_QUEUES, IMAGES, LABELS, TAILS)
    for number, (iteration, usage, speculative, queues, image, label, tail) in enumerate(forms):
        raw = (
            f"{STAMP.format(ranks=RANKS[number % 3])}Decode batch{iteration}, #running-req: 12, {usage}, {speculative}"
            f"{queues}{image}{label}gen throughput (token/s): 512.25, #queue-req: 3{tail}"
        )
        found = batch(raw.encode())
        assert found is not None, raw
        assert (found.throughput_tok_s, found.running_req, found.queue_req, found.token_usage) == (
            512.25,
            12,
            3,
            0.42,
        ), raw
        assert (found.accept_len, found.accept_rate) == SPECULATIVE[speculative], raw
        assert (found.queues, found.role) == (DECODE_QUEUES[queues], "decode" if queues else None), raw
        assert found.graph is (True if label else None), raw
        count += 1
    assert count == 4800


def test_prefill_lines_of_every_form() -> None:
    """The oldest tell neither graph nor throughput."""
    forms = product(ITERATIONS, USAGES["prefill"], PREFILL_QUEUES, IMAGES, LABELS, ("", "512.25"), TAILS[:3])
    for number, (iteration, usage, queues, image, label, throughput, tail) in enumerate(forms):
        raw = (
            f"{STAMP.format(ranks=RANKS[number % 3])}Prefill batch{iteration}, #new-seq: 2, #new-token: 4096, "
            f"#cached-token: 128, {usage}, #running-req: 12, #queue-req: 3, {queues}{image}{label}"
            f"{'input throughput (token/s): ' + throughput + tail if throughput else ''}"
        )
        found = batch(raw.encode())
        assert found is not None, raw
        rate = float(throughput) if throughput else None
        assert (found.throughput_tok_s, found.running_req, found.queue_req, found.token_usage) == (rate, 12, 3, 0.42), (
            raw
        )
        assert (found.new_token, found.cached_token) == (4096, 128), raw
        assert (found.queues, found.role) == (PREFILL_QUEUES[queues], "prefill" if queues else None), raw


PHASES = [
    ("init", "server_args=ServerArgs(model_path='/m')"),
    ("init", "server_args={'model_path': '/m'}"),
    ("dist_init", "Init torch distributed begin."),
    ("dist_init", "Init parallel ends. elapsed=0.04 s"),
    ("load_weights", "Load weight begin. avail mem=60.80 GB"),
    ("load_weights", "Load weight end. elapsed=23.18 s, type=X, avail mem=20.10 GB, mem usage=40.70 GB."),
    ("load_weights", "Loading np_cache checkpoint shards:  12% Completed | 1/8 [00:01<00:10,  1.55s/it]"),
    ("load_weights", "Multi-thread loading pt checkpoint shards:  12% Completed | 1/8 [00:01<00:10,  1.55s/it]"),
    ("load_weights", "Loading safetensors using Fastsafetensor loader:  12% Completed | 1/8 [00:01<00:10,  1.55s/it]"),
    ("load_weights", "Loading safetensors using InstantTensor:  12%|█   | 1/8 [00:01<00:10,  1.55s/it]"),
    ("kv_cache", "KV Cache is allocated. dtype: torch.bfloat16, #tokens: 9, KV size: 9.10 GB"),
    ("kv_cache", "SWA KV Cache is allocated. #tokens: 9, K size: 1.00 GB, V size: 1.00 GB"),
    ("kv_cache", "Mamba Cache is allocated. max_mamba_cache_size: 9"),
    ("kv_cache", "Post-capture KV sizing: KV cache allocated. dtype: torch.bfloat16, #tokens: 9, KV size: 9.10 GB"),
    ("kv_cache", "Memory pool end. avail mem=8.41 GB"),
    ("graph_capture", "Capture npu graph begin. This can take up to several minutes. avail mem=8.30 GB"),
    ("graph_capture", "Capture piecewise CUDA graph begin. avail mem=8.30 GB"),
    ("graph_capture", "Capture draft extend cuda graph begin (step 1). This can take up to several minutes. avail mem=8 GB"),
    ("graph_capture", "Capture target verify NPU graph begin. backend=full, num_tokens_per_req=4, avail mem=8.30 GB"),
    ("graph_capture", "Capture Frozen-KV MTP draft cuda graph begin."),
    ("graph_capture", "Capturing batches (bs=24 avail_mem=8.02 GB):   0%|          | 0/9 [00:00<?, ?it/s]"),
    ("graph_capture", "Capturing prefill shape (num_tokens=512 avail_mem=8.02 GB):  50%|█    | 1/2 [00:01<00:01, 1.0s/it]"),
    ("graph_capture", "[BCG] Capturing (num_tokens=512 avail_mem=8.02 GB):  50%|█    | 1/2 [00:01<00:01,  1.00s/it]"),
    ("serve", "max_total_num_tokens=149000, chunked_prefill_size=8192, available_gpu_mem=7.80 GB"),
    ("serve", "INFO:     Uvicorn running on http://0.0.0.0:30000 (Press CTRL+C to quit)"),
    ("serve", "The server is fired up and ready to roll!"),
]  # fmt: skip


@pytest.mark.parametrize(("phase", "line"), PHASES)
def test_the_lines_that_mark_a_phase(phase: str, line: str) -> None:
    """In all releases; bars count their steps."""
    reading = read(STAMP.format(ranks=" TP0") + line + "\n")
    assert reading.phases == (phase,)
    if "/it" in line:
        assert reading.progress is not None
        assert reading.progress.what == phase


def test_levels_before_a_batch_line_change_nothing() -> None:
    """A logging configuration of one's own may write them; the oldest releases wrote no date."""
    line = "Decode batch. #running-req: 2, #token: 9, token usage: 0.42, gen throughput (token/s): 61.20, #queue-req: 1"
    for before in ("[2026-03-04 05:06:07] [INFO] ", "[2026-03-04 05:06:07 TP0] INFO: ", "[05:06:07 TP0] ", "sglang: "):
        reading = read(f"hello\n{before}{line}\n")
        assert reading.ready, before
        assert reading.last is not None
        assert (reading.last.throughput_tok_s, reading.last.running_req, reading.last.queue_req) == (61.2, 2, 1)
