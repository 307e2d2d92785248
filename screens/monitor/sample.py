"""A made-up run for the README's picture of the monitor: one server serves, the other one runs out of memory."""

from pathlib import Path

from wizard.model.run import Run, RunProcess

_DAY = "2026-11-26"
_PREFILL = (
    "[{day} 03:{at} DP{rank} TP{rank}] Prefill batch, #new-seq: {n}, #new-token: {tokens}, #cached-token: 512, "
    "token usage: 0.{usage}, #running-req: {n}, #queue-req: 2, #bootstrap-req: 0, #inflight-req: 1, "
    "npu graph: False, input throughput (token/s): {rate}.40\n"
)
_DECODE = (
    "[{day} 03:04:40] server_args=ServerArgs(model_path='/models/GLM-5.2-W8A8', mem_fraction_static=0.86, "
    "disaggregation_mode='decode')\n"
    "[{day} 03:05:12 TP0] Load weight end. elapsed=412.18 s, type=GlmMoeDsaForCausalLM, avail mem=9.14 GB\n"
    "[{day} 03:12:10 TP0] KV Cache is allocated. dtype: torch.bfloat16, #tokens: 131072, KV size: 6.02 GB\n"
    "[{day} 03:12:11 TP0] Memory pool end. avail mem=2.21 GB\n"
    "[{day} 03:12:14 TP0] Capture npu graph begin. This can take up to several minutes. avail mem=2.10 GB\n"
    "[{day} 03:13:02 TP0] Scheduler hit an exception: Traceback (most recent call last):\n"
    '  File "/sgl-workspace/sglang/python/sglang/srt/model_executor/model_runner.py", line 2207, in init_graphs\n'
    "    self.graph_runner = NPUGraphRunner(self)\n"
    "torch.OutOfMemoryError: NPU out of memory. Tried to allocate 1.50 GiB (NPU 3; 60.97 GiB total capacity)\n"
    "[{day} 03:13:04] Received sigquit from a child process. It usually means the child failed.\n"
)


def a_run(folder: Path) -> Run:
    """The run; its logs are written into a folder."""
    ready = f"[{_DAY} 03:04:02] The server is fired up and ready to roll!\n"
    prefill = "".join(
        _PREFILL.format(
            day=_DAY, at=f"{4 + n // 20:02}:{3 * n % 60:02}", rank=n % 2, n=n % 7 + 1, tokens=16384 - 97 * n,
            usage=f"{30 + n:02}", rate=9200 + 70 * (n * 7 % 13),
        )
        for n in range(40)
    )  # fmt: skip
    texts = {"prefill-0": ready + prefill, "decode-0": _DECODE.format(day=_DAY)}
    for name, text in texts.items():
        (folder / f"{name}.log").write_text(text, encoding="utf-8")
    processes = tuple(
        RunProcess(name=name, role=name.partition("-")[0], log=str(folder / f"{name}.log")) for name in texts
    )
    return Run(name="a3-pd-1126-0304", created=f"{_DAY}T03:04:00+00:00", plan="0", processes=processes)
