"""For every code one way to get it: a preset, a release, and changes to one role (``name=value``, ``name``, ``!name``).

``$NAME=value`` sets an environment variable. Values are split at ``,`` into several words.
"""

from wizard.knowledge.releases import Option
from wizard.knowledge.releases import release as release_of
from wizard.knowledge.releases import router as router_of
from wizard.model.selection import Host, OptionValue, RoleName, Selection
from wizard.presets import preset

OLD, NEW = "0.5.13.post1", "0.5.23"
_TOP_K = 'json-model-override-args={"index_topk_freq":1}'

CASES: dict[str, tuple[str, str, str]] = {
    "sglang.option-unknown": ("a3-single", OLD, "no-such-option=1"),
    "sglang.option-ambiguous": ("a3-single", NEW, "enable-dp"),
    "sglang.option-value-missing": ("a3-single", OLD, "context-length"),
    "sglang.option-stray-word": ("a3-single", OLD, "tp-size=16,16"),
    "sglang.option-switch-value": ("a3-single", OLD, "enable-metrics=true"),
    "sglang.option-type": ("a3-single", OLD, "tp-size=16.0"),
    "sglang.option-choice": ("a3-single", OLD, "deepep-mode=AUTO"),
    "sglang.option-name": ("a3-single", OLD, "model-config-parser=x"),
    "sglang.option-needs": ("a3-single", OLD, "prefill-only-disable-kv-cache"),
    "sglang.option-foreign": ("a3-single", NEW, "enable-kv-cache-sharding"),
    "sglang.limit-number": ("a3-single", OLD, "tokenizer-worker-num=0"),
    "sglang.release-unknown": ("a3-single", "0.6.0", ""),
    "sglang.variable-refused": ("a3-pd decode", NEW, "$SGLANG_DISAGGREGATION_SAMPLING_MASK_MAX_TOKENS=4"),
    "sglang.variable-unread": ("a3-single", NEW, "$SGLANG_ENABLE_SPEC_V2=0"),
    "sglang.parallel-nodes": ("a3-single", OLD, "nnodes=3"),
    "sglang.parallel-attention-dp": ("a3-single", OLD, "dp-size=3 enable-dp-attention"),
    "sglang.parallel-replicas": ("a3-single", NEW, "dp-size=2 attn-dp-size=2"),
    "sglang.parallel-replica-nodes": ("a3-single", OLD, "dp-size=2 nnodes=2"),
    "sglang.parallel-dp-lm-head": ("a3-single", OLD, "dp-size=2 enable-dp-lm-head"),
    "sglang.parallel-dense": ("a3-single", OLD, "moe-dense-tp-size=2"),
    "sglang.parallel-context": ("a3-single", OLD, "attn-cp-size=3"),
    "sglang.parallel-moe-dp": ("a3-single", OLD, "moe-dp-size=2"),
    "sglang.parallel-topology": ("a3-single", NEW, "ep-size=3 moe-a2a-backend=none"),
    "sglang.parallel-speculation": ("a3-single", OLD, "pp-size=2 tp-size=8"),
    "sglang.parallel-micro-batch": ("a3-single", OLD, "pp-max-micro-batch-size=0"),
    "sglang.parallel-slots-delay": ("a2-single", NEW, "pp-size=2 tp-size=4 min-free-slots-delay=4"),
    "sglang.parallel-all-to-all-head": ("a3-single", NEW, "enable-tp-lm-head-all-to-all"),
    "sglang.parallel-compression": ("a3-single", OLD, "tp-size=1 enable-quant-communications"),
    "sglang.context-decode": ("a3-pd decode", OLD, "enable-dsa-prefill-context-parallel"),
    "sglang.context-both": (
        "a3-single",
        OLD,
        "enable-prefill-context-parallel enable-dsa-prefill-context-parallel",
    ),
    "sglang.context-strategy": ("a3-single", NEW, "enable-prefill-cp"),
    "sglang.context-dcp": ("a3-single", NEW, "dcp-size=2 enable-hierarchical-cache"),
    "sglang.context-fusion": ("a3-single", OLD, "enable-aiter-allreduce-fusion attn-cp-size=2"),
    "sglang.experts-balancer": ("a3-single", OLD, "enable-eplb moe-a2a-backend=none"),
    "sglang.experts-dispatch": ("a3-single", NEW, "ep-dispatch-algorithm=static moe-a2a-backend=none"),
    "sglang.experts-elastic": ("a3-single", NEW, "max-ep-size=32"),
    "sglang.overlap-two-batch": ("a3-single", OLD, "enable-two-batch-overlap"),
    "sglang.chunk-page": ("a3-single", OLD, "chunked-prefill-size=4000"),
    "sglang.graph-padding": ("a3-single", OLD, "disable-cuda-graph-padding enable-torch-compile"),
    "sglang.graph-multiplexing": ("a3-single", OLD, "enable-pdmux"),
    "sglang.graph-config": ("a3-single", NEW, '!cuda-graph-bs cuda-graph-config={"decode":{"size":1}}'),
    "sglang.cache-hierarchy": ("a3-single", OLD, "enable-hierarchical-cache disable-radix-cache"),
    "sglang.cache-sparse": ("a3-single", OLD, "enable-hisparse"),
    "sglang.cache-fp4": ("a3-single", OLD, "kv-cache-dtype=fp4_e2m1"),
    "sglang.cache-external": ("a3-single", NEW, "enable-lmcache"),
    "sglang.cache-deterministic": ("a3-single", OLD, "enable-deterministic-inference"),
    "sglang.kernel-experts": ("a3-single", OLD, "moe-runner-backend=flashinfer_cutlass moe-a2a-backend=none"),
    "sglang.kernel-flashinfer": ("a3-single", OLD, "moe-a2a-backend=flashinfer"),
    "sglang.kernel-exchange": ("a3-single", OLD, "moe-a2a-backend=mori"),
    "sglang.kernel-fused-mode": (
        "a3-single",
        OLD,
        "moe-a2a-backend=ascend_fuseep !quantization $SGLANG_NPU_FUSED_MOE_MODE=2",
    ),
    "sglang.quantization-mismatch": ("a3-single", OLD, "quantization=fp8"),
    "sglang.speculation-algorithm": ("a3-single", OLD, "speculative-algorithm=MTP"),
    "sglang.speculation-platform": ("a3-single", OLD, "speculative-algorithm=NGRAM"),
    "sglang.speculation-steps": ("a3-single", OLD, "!speculative-num-steps"),
    "sglang.speculation-width": ("a3-single", OLD, "!speculative-eagle-topk"),
    "sglang.speculation-tree": ("a3-single", OLD, "speculative-eagle-topk=4"),
    "sglang.speculation-adaptive": ("a3-single", OLD, "speculative-adaptive speculative-num-steps=2"),
    "sglang.speculation-verification": ("a3-single", NEW, "speculative-use-block-verification"),
    "sglang.speculation-sync": ("a2-single", OLD, "speculative-skip-dp-mlp-sync"),
    "sglang.speculation-window": ("a3-single", OLD, "speculative-draft-window-size=0"),
    "sglang.speculation-weight-cache": ("a3-single", NEW, "weight-cache-mode=daemon"),
    "sglang.disaggregation-fake": (
        "a3-pd prefill",
        OLD,
        "disaggregation-transfer-backend=fake",
    ),
    "sglang.disaggregation-radix": ("a3-pd decode", OLD, "disaggregation-decode-enable-radix-cache"),
    "sglang.disaggregation-offload": ("a3-pd prefill", OLD, "disaggregation-decode-enable-offload-kvcache"),
    "sglang.disaggregation-switch": ("a3-pd decode", NEW, "enable-pd-role-switch"),
    "sglang.disaggregation-allocation": (
        "a3-pd decode",
        NEW,
        "disaggregation-decode-allocation-policy=prefill_complete",
    ),
    "sglang.disaggregation-encoder": ("a3-pd prefill", OLD, "encoder-only"),
    "sglang.disaggregation-backup": ("a3-pd prefill", NEW, "disaggregation-decode-retraction-backup=host_pool"),
    "sglang.disaggregation-store": ("a3-pd prefill", NEW, "enable-response-store"),
    "sglang.disaggregation-threshold": (
        "a3-pd decode",
        NEW,
        "disaggregation-decode-host-receive-threshold=2",
    ),
    "sglang.port-grpc": ("a3-single", OLD, "port=60000"),
    "sglang.port-grpc-same": ("a3-single", NEW, "port=8000 grpc-port=8000"),
    "sglang.port-grpc-with": ("a3-single", NEW, "grpc-port=8001 tokenizer-worker-num=2"),
    "sglang.port-rendezvous": (
        "a3-multi",
        OLD,
        "dist-init-addr=10.0.0.1 dp-size=2 enable-dp-attention",
    ),
    "sglang.port-derived": ("a3-single", OLD, "nccl-port=70000 dp-size=2 enable-dp-attention"),
    "sglang.name-colon": ("a3-single", OLD, "served-model-name=a:b"),
    "sglang.context-length": ("a3-single", OLD, "context-length=2000000"),
    "sglang.config-file": ("a3-single", OLD, "config=options.json"),
    "sglang.json-overrides": ("a3-single", OLD, "json-model-override-args={x"),
    "sglang.log-level": ("a3-single", OLD, "log-level=verbose"),
    "sglang.tokenizer-batching": ("a3-single", OLD, "enable-tokenizer-batch-encode enable-dynamic-batch-tokenizer"),
    "sglang.schedule-priority": ("a3-single", OLD, "enable-priority-scheduling schedule-policy=lpm"),
    "sglang.schedule-retraction": ("a3-single", NEW, "retraction-policy=priority"),
    "sglang.metrics-buckets": ("a3-single", OLD, "prompt-tokens-buckets=custom,1,1"),
    "sglang.metrics-file": ("a3-single", OLD, "export-metrics-to-file"),
    "sglang.metrics-labels": (
        "a3-single",
        OLD,
        "tokenizer-metrics-allowed-custom-labels=a tokenizer-metrics-custom-labels-header=",
    ),
    "sglang.gc-thresholds": ("a3-single", OLD, "gc-threshold=1,2,3,4"),
    "sglang.model-none": ("a3-single model-path=none", OLD, ""),
    "sglang.device-tool": ("a3-single", OLD, "device=xpu"),
    "sglang.kernel-attention": ("a3-single", OLD, "device=cuda attention-backend=trtllm_mla"),
    "sglang.diffusion": ("a3-single", OLD, "dllm-algorithm=x"),
    "sglang.lora": ("a3-single", OLD, "enable-lora"),
    "sglang.tls": ("a3-single", OLD, "ssl-keyfile=/key"),
    "sglang.router-number": ("a3-pd router", OLD, "cb-failure-threshold=0"),
    "sglang.router-backoff": ("a3-pd router", OLD, "retry-initial-backoff-ms=100000"),
    "sglang.router-port-same": ("a3-pd router", OLD, "port=29000"),
    "sglang.router-host": ("a3-pd router", OLD, "host=somewhere"),
    "sglang.router-url": ("a3-pd router", OLD, "decode=10.0.0.2:8000"),
    "sglang.router-bootstrap": ("a3-pd router", OLD, "prefill=http://10.0.0.1:8000,70000"),
    "sglang.router-format": ("a3-pd router", OLD, "control-plane-api-keys=a"),
    "sglang.router-mini": ("a3-pd router", OLD, "mini-lb !pd-disaggregation"),
    "sglang.router-workers": ("a3-pd router", OLD, "decode-policy=power_of_two"),
    "sglang.router-partner": ("a3-pd router", OLD, "service-discovery"),
    "hardware.devices": ("a2-single", OLD, "tp-size=16"),
    "hardware.sizes": ("a3-single", OLD, "ep-size=0 moe-a2a-backend=none"),
    "ascend.attention-heads": ("a3-single", OLD, "tp-size=12"),
    "ascend.experts": ("a3-single", OLD, "ep-num-redundant-experts=17"),
    "ascend.dispatch-tokens": ("a3-single", OLD, "$SGLANG_DEEPEP_NUM_MAX_DISPATCH_TOKENS_PER_RANK=2048"),
    "ascend.running-requests": ("a3-pd decode", OLD, "max-running-requests=8"),
    "ascend.mixed-chunk": ("a3-single", NEW, "enable-mixed-chunk"),
    "ascend.weight-layout": ("a3-single", OLD, "$SGLANG_USE_FIA_NZ=1"),
    "ascend.device": ("a3-single", OLD, "device=cuda"),
    "ascend.partial": ("a3-single", OLD, ""),
    "ascend.untold": ("a3-single", OLD, "enable-eplb $SGLANG_NPU_USE_MLAPO=1"),
    "ascend.support": ("a3-single", OLD, "enable-symm-mem"),
    "ascend.far-off": ("a3-single", OLD, "$HCCL_BUFFSIZE=10"),
    "ascend.variable-value": ("a3-single", OLD, "$SGLANG_NPU_USE_MLAPO=maybe"),
    "ascend.layer-partition": ("a3-pd-3p1d prefill", NEW, "$SGLANG_PP_LAYER_PARTITION=20,20,20,20"),
    "ascend.balancer-fused": ("a3-single", OLD, "enable-eplb moe-a2a-backend=ascend_fuseep"),
    "ascend.transfer-protocol": ("a3-pd prefill", OLD, "$ASCEND_MF_TRANSFER_PROTOCOL=device_rdma"),
    "ascend.graph-compile": ("a3-single", OLD, "enable-torch-compile"),
    "ascend.task-queue": ("a3-pd decode", OLD, "$TASK_QUEUE_ENABLE=2"),
    "ascend.skip-gather": (
        "a3-pd decode",
        OLD,
        "load-balance-method=total_tokens $SGLANG_SCHEDULER_SKIP_ALL_GATHER=1",
    ),
    "ascend.blocking": ("a3-single", OLD, "$ASCEND_LAUNCH_BLOCKING=1"),
    "ascend.dispatch-bound": ("a3-pd decode", OLD, "$SGLANG_DEEPEP_NUM_MAX_DISPATCH_TOKENS_PER_RANK=16"),
    "memory.weights": ("a2-single", OLD, ""),
    "memory.share": ("a3-single", OLD, ""),
    "memory.reserve": ("a3-pd-3p1d decode", NEW, "mem-fraction-static=0.97"),
    "memory.context": ("a3-pd-3p1d decode", NEW, "context-length=1048576"),
    "topology.pd-page": ("a3-pd decode", OLD, "page-size=64"),
    "topology.pd-cache-type": ("a3-pd prefill", OLD, "kv-cache-dtype=bfloat16"),
    "topology.pd-transfer": ("a3-pd decode", OLD, "disaggregation-transfer-backend=mooncake"),
    "sglang.option-excludes": (
        "a3-single",
        NEW,
        "enable-int8-mamba-checkpoint enable-hierarchical-cache !disable-radix-cache",
    ),
    "sglang.replay-state": ("a3-pd decode", NEW, "enable-linear-replayssm"),
    "sglang.replay-verify": ("a3-pd prefill", NEW, "enable-linear-replayssm-spec"),
    "sglang.cache-linker": ("a3-pd decode", NEW, "enable-unified-cache-external-linker"),
    "sglang.cache-lmcache": ("a3-pd prefill", NEW, "enable-lmcache"),
    "sglang.media-domain": ("a3-single", NEW, "allowed-media-domains=https://a/b"),
    "sglang.port-reuse": ("a3-single", NEW, "enable-http-worker-reuseport"),
    "topology.pd-name": ("a3-pd decode", OLD, "served-model-name=other"),
    "topology.pd-weights": ("a3-pd decode", OLD, "!quantization"),
    "topology.pd-dtype": ("a3-pd decode", OLD, "dtype=float16"),
    "topology.pd-layout": ("a3-pd decode", OLD, "attn-cp-size=2 dp-size=8"),
    "security.open": ("a3-single", OLD, "host=0.0.0.0"),
    "sglang.change-expert-size": ("a3-single", OLD, ""),
    "sglang.change-chunk": ("a3-pd prefill", OLD, ""),
    "sglang.change-algorithm": ("a3-single", OLD, ""),
    "sglang.change-draft-tokens": ("a3-single", OLD, "speculative-num-draft-tokens=8"),
    "sglang.change-dp": ("a3-pd decode", NEW, ""),
    "sglang.change-attention-dp": ("a2-single", OLD, ""),
    "sglang.change-dp-lm-head": ("a3-single", OLD, "enable-dp-lm-head"),
    "sglang.change-graph": ("a3-single", OLD, "deepep-mode=normal"),
    "sglang.change-mixed-chunk": ("a3-single", OLD, "enable-mixed-chunk"),
    "sglang.change-adaptive": ("a3-pd decode", OLD, "speculative-adaptive"),
    "sglang.change-attention": ("a3-single", OLD, "attention-backend=fa3"),
    "sglang.change-running": ("a3-single", OLD, ""),
    "sglang.change-default-chunk": ("a3-single", OLD, "!chunked-prefill-size"),
    "sglang.change-radix": ("a3-pd decode", OLD, ""),
    "sglang.change-overlap": ("a2-single", OLD, "pp-size=2 tp-size=4"),
    "sglang.change-parser": ("a3-single", OLD, "tool-call-parser=glm45"),
    "sglang.change-page": ("a3-single", OLD, ""),
    "sglang.change-schedule": ("a3-pd decode", OLD, ""),
    "sglang.change-host-cache": ("a3-single", OLD, "enable-hierarchical-cache hicache-io-backend=direct"),
    "sglang.change-balance": ("a3-single", OLD, "load-balance-method=auto"),
    "sglang.change-transfer": ("a3-pd decode", OLD, "disaggregation-transfer-backend=mooncake_tcp"),
    "sglang.change-symmetric": ("a3-single", NEW, "enable-symm-mem"),
    "sglang.change-device": ("a3-single", OLD, "device=npu:0"),
}
WITHOUT_A_WAY = frozenset(("sglang.model-none",))
"""Errors that no change of the wizard's can mend: the hint says what only the operator knows."""


def _value(option: Option | None, text: str) -> OptionValue:
    if "," in text and option is not None and option.kind != "json":
        return tuple(int(word) if word.isdigit() else word for word in text.split(","))
    return int(text) if text.lstrip("-").isdigit() else text


def selection(code: str) -> Selection:
    """The selection of a case."""
    where, release, changes = CASES[code]
    name, _, role_name = where.partition(" ")
    path = role_name.removeprefix("model-path=") if role_name.startswith("model-path=") else ""
    chosen = changed(name, role_name if role_name and not path else "server", release, changes)
    if path:
        chosen = chosen.evolve(model=chosen.model.evolve(path=path))
    if code == "sglang.quantization-mismatch":
        chosen = chosen.evolve(model=chosen.model.evolve(quantization="W8A8"))
    return chosen


def changed(name: str, role_name: str, release: str, changes: str) -> Selection:
    """A preset with changes to one role, written for a release."""
    chosen = preset(name).selection.evolve(release=release)
    chosen = chosen.evolve(model=chosen.model.evolve(path="/models/GLM"))
    known = router_of() if role_name == RoleName.ROUTER else release_of(release)
    options, environment = dict(chosen.role(role_name).options), dict(chosen.role(role_name).environment)
    for change in changes.split():
        key, equals, value = change.partition("=")
        if key.startswith("$"):
            environment[key[1:]] = value
        elif key.startswith("!"):
            options.pop(key[1:], None)
        else:
            options[key] = _value(known.option(key), value) if equals else True
    role = chosen.role(role_name).evolve(options=options, environment=environment)
    return chosen.evolve(roles={**chosen.roles, role_name: role})


def hosts(chosen: Selection, *addresses: str) -> Selection:
    """A selection with hosts of one role by rank."""
    role = RoleName(chosen.server_roles[0])
    return chosen.evolve(
        hosts=tuple(Host(address=address, role=role, rank=rank) for rank, address in enumerate(addresses))
    )
