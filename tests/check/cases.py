# ruff: noqa: E501 (a case is one line)
"""For every code one way to get it: a preset and a role, a release, and changes to that role.

A change is ``name=value``, ``name`` or ``!name``; ``$NAME=value`` sets an environment variable. Values are split at ``,``
into several words.
"""

from typing import NamedTuple

from wizard.knowledge.releases import Option
from wizard.knowledge.releases import release as release_of
from wizard.knowledge.releases import router as router_of
from wizard.model.selection import Host, OptionValue, RoleName, Selection
from wizard.presets import preset

OLD, NEW = "0.5.13.post1", "0.5.23"

_TABLE = """
sglang.option-unknown             a3-single           old    no-such-option=1
sglang.option-ambiguous           a3-single           new    enable-dp
sglang.option-value-missing       a3-single           old    context-length
sglang.option-stray-word          a3-single           old    tp-size=16,16
sglang.option-switch-value        a3-single           old    enable-metrics=true
sglang.option-type                a3-single           old    tp-size=16.0
sglang.option-choice              a3-single           old    deepep-mode=AUTO
sglang.option-name                a3-single           old    model-config-parser=x
sglang.option-needs               a3-single           old    prefill-only-disable-kv-cache
sglang.option-foreign             a3-single           new    enable-kv-cache-sharding
sglang.limit-number               a3-single           old    tokenizer-worker-num=0
sglang.release-unknown            a3-single           0.6.0
sglang.variable-refused           a3-pd.decode        new    $SGLANG_DISAGGREGATION_SAMPLING_MASK_MAX_TOKENS=4
sglang.variable-unread            a3-single           new    $SGLANG_ENABLE_SPEC_V2=0
sglang.parallel-nodes             a3-single           old    nnodes=3
sglang.parallel-attention-dp      a3-single           old    dp-size=3 enable-dp-attention
sglang.parallel-replicas          a3-single           new    dp-size=2 attn-dp-size=2
sglang.parallel-replica-nodes     a3-single           old    dp-size=2 nnodes=2
sglang.parallel-dp-lm-head        a3-single           old    dp-size=2 enable-dp-lm-head
sglang.parallel-dense             a3-single           old    moe-dense-tp-size=2
sglang.parallel-context           a3-single           old    attn-cp-size=3
sglang.parallel-moe-dp            a3-single           old    moe-dp-size=2
sglang.parallel-topology          a3-single           new    ep-size=3 moe-a2a-backend=none
sglang.parallel-speculation       a3-single           old    pp-size=2 tp-size=8
sglang.parallel-micro-batch       a3-single           old    pp-max-micro-batch-size=0
sglang.parallel-slots-delay       a2-single           new    pp-size=2 tp-size=4 min-free-slots-delay=4
sglang.parallel-all-to-all-head   a3-single           new    enable-tp-lm-head-all-to-all
sglang.parallel-compression       a3-single           old    tp-size=1 enable-quant-communications
sglang.context-decode             a3-pd.decode        old    enable-dsa-prefill-context-parallel
sglang.context-both               a3-single           old    enable-prefill-context-parallel enable-dsa-prefill-context-parallel
sglang.context-strategy           a3-single           new    enable-prefill-cp
sglang.context-dcp                a3-single           new    dcp-size=2 enable-hierarchical-cache
sglang.context-fusion             a3-single           old    enable-aiter-allreduce-fusion attn-cp-size=2
sglang.experts-balancer           a3-single           old    enable-eplb moe-a2a-backend=none
sglang.experts-dispatch           a3-single           new    ep-dispatch-algorithm=static moe-a2a-backend=none
sglang.experts-elastic            a3-single           new    max-ep-size=32
sglang.overlap-two-batch          a3-single           old    enable-two-batch-overlap
sglang.chunk-page                 a3-single           old    chunked-prefill-size=4000
sglang.graph-padding              a3-single           old    disable-cuda-graph-padding enable-torch-compile
sglang.graph-multiplexing         a3-single           old    enable-pdmux
sglang.graph-config               a3-single           new    !cuda-graph-bs cuda-graph-config={"decode":{"size":1}}
sglang.cache-hierarchy            a3-single           old    enable-hierarchical-cache disable-radix-cache
sglang.cache-sparse               a3-single           old    enable-hisparse
sglang.cache-fp4                  a3-single           old    kv-cache-dtype=fp4_e2m1
sglang.cache-external             a3-single           new    enable-lmcache
sglang.cache-deterministic        a3-single           old    enable-deterministic-inference
sglang.kernel-experts             a3-single           old    moe-runner-backend=flashinfer_cutlass moe-a2a-backend=none
sglang.kernel-flashinfer          a3-single           old    moe-a2a-backend=flashinfer
sglang.kernel-exchange            a3-single           old    moe-a2a-backend=mori
sglang.kernel-fused-mode          a3-single           old    moe-a2a-backend=ascend_fuseep !quantization $SGLANG_NPU_FUSED_MOE_MODE=2
sglang.quantization-mismatch      a3-single           old    quantization=fp8
sglang.speculation-algorithm      a3-single           old    speculative-algorithm=MTP
sglang.speculation-platform       a3-single           old    speculative-algorithm=NGRAM
sglang.speculation-steps          a3-single           old    !speculative-num-steps
sglang.speculation-width          a3-single           old    !speculative-eagle-topk
sglang.speculation-tree           a3-single           old    speculative-eagle-topk=4
sglang.speculation-adaptive       a3-single           old    speculative-adaptive speculative-num-steps=2
sglang.speculation-verification   a3-single           new    speculative-use-block-verification
sglang.speculation-sync           a2-single           old    speculative-skip-dp-mlp-sync
sglang.speculation-window         a3-single           old    speculative-draft-window-size=0
sglang.speculation-weight-cache   a3-single           new    weight-cache-mode=daemon
sglang.disaggregation-fake        a3-pd.prefill       old    disaggregation-transfer-backend=fake
sglang.disaggregation-radix       a3-pd.decode        old    disaggregation-decode-enable-radix-cache
sglang.disaggregation-offload     a3-pd.prefill       old    disaggregation-decode-enable-offload-kvcache
sglang.disaggregation-switch      a3-pd.decode        new    enable-pd-role-switch
sglang.disaggregation-allocation  a3-pd.decode        new    disaggregation-decode-allocation-policy=prefill_complete
sglang.disaggregation-encoder     a3-pd.prefill       old    encoder-only
sglang.disaggregation-backup      a3-pd.prefill       new    disaggregation-decode-retraction-backup=host_pool
sglang.disaggregation-store       a3-pd.prefill       new    enable-response-store
sglang.disaggregation-threshold   a3-pd.decode        new    disaggregation-decode-host-receive-threshold=2
sglang.port-grpc                  a3-single           old    port=60000
sglang.port-grpc-same             a3-single           new    port=8000 grpc-port=8000
sglang.port-grpc-with             a3-single           new    grpc-port=8001 tokenizer-worker-num=2
sglang.port-rendezvous            a3-multi            old    dist-init-addr=10.0.0.1 dp-size=2 enable-dp-attention
sglang.port-derived               a3-single           old    nccl-port=70000 dp-size=2 enable-dp-attention
sglang.name-colon                 a3-single           old    served-model-name=a:b
sglang.context-length             a3-single           old    context-length=2000000
sglang.config-file                a3-single           old    config=options.json
sglang.json-overrides             a3-single           old    json-model-override-args={x
sglang.log-level                  a3-single           old    log-level=verbose
sglang.tokenizer-batching         a3-single           old    enable-tokenizer-batch-encode enable-dynamic-batch-tokenizer
sglang.schedule-priority          a3-single           old    enable-priority-scheduling schedule-policy=lpm
sglang.schedule-retraction        a3-single           new    retraction-policy=priority
sglang.metrics-buckets            a3-single           old    prompt-tokens-buckets=custom,1,1
sglang.metrics-file               a3-single           old    export-metrics-to-file
sglang.metrics-labels             a3-single           old    tokenizer-metrics-allowed-custom-labels=a tokenizer-metrics-custom-labels-header=
sglang.gc-thresholds              a3-single           old    gc-threshold=1,2,3,4
sglang.model-none                 a3-single           old    model-path=none
sglang.device-tool                a3-single           old    device=xpu
sglang.kernel-attention           a3-single           old    device=cuda attention-backend=trtllm_mla
sglang.diffusion                  a3-single           old    dllm-algorithm=x
sglang.lora                       a3-single           old    enable-lora
sglang.tls                        a3-single           old    ssl-keyfile=/key
sglang.router-number              a3-pd.router        old    cb-failure-threshold=0
sglang.router-backoff             a3-pd.router        old    retry-initial-backoff-ms=100000
sglang.router-port-same           a3-pd.router        old    port=29000
sglang.router-host                a3-pd.router        old    host=somewhere
sglang.router-url                 a3-pd.router        old    decode=10.0.0.2:8000
sglang.router-bootstrap           a3-pd.router        old    prefill=http://10.0.0.1:8000,70000
sglang.router-format              a3-pd.router        old    control-plane-api-keys=a
sglang.router-mini                a3-pd.router        old    mini-lb !pd-disaggregation
sglang.router-workers             a3-pd.router        old    decode-policy=power_of_two
sglang.router-partner             a3-pd.router        old    service-discovery
hardware.devices                  a2-single           old    tp-size=16
hardware.sizes                    a3-single           old    ep-size=0 moe-a2a-backend=none
ascend.attention-heads            a3-single           old    tp-size=12
ascend.experts                    a3-single           old    ep-num-redundant-experts=17
ascend.dispatch-tokens            a3-single           old    $SGLANG_DEEPEP_NUM_MAX_DISPATCH_TOKENS_PER_RANK=2048
ascend.running-requests           a3-pd.decode        old    max-running-requests=8
ascend.mixed-chunk                a3-single           new    enable-mixed-chunk
ascend.weight-layout              a3-single           old    $SGLANG_USE_FIA_NZ=1
ascend.device                     a3-single           old    device=cuda
ascend.partial                    a3-single           old
ascend.untold                     a3-single           old    enable-eplb $SGLANG_NPU_USE_MLAPO=1
ascend.support                    a3-single           old    enable-symm-mem
ascend.far-off                    a3-single           old    $HCCL_BUFFSIZE=10
ascend.variable-value             a3-single           old    $SGLANG_NPU_USE_MLAPO=maybe
ascend.layer-partition            a3-pd-3p1d.prefill  new    $SGLANG_PP_LAYER_PARTITION=20,20,20,20
ascend.balancer-fused             a3-single           old    enable-eplb moe-a2a-backend=ascend_fuseep
ascend.transfer-protocol          a3-pd.prefill       old    $ASCEND_MF_TRANSFER_PROTOCOL=device_rdma
ascend.graph-compile              a3-single           old    enable-torch-compile
ascend.task-queue                 a3-pd.decode        old    $TASK_QUEUE_ENABLE=2
ascend.skip-gather                a3-pd.decode        old    load-balance-method=total_tokens $SGLANG_SCHEDULER_SKIP_ALL_GATHER=1
ascend.blocking                   a3-single           old    $ASCEND_LAUNCH_BLOCKING=1
ascend.dispatch-bound             a3-pd.decode        old    $SGLANG_DEEPEP_NUM_MAX_DISPATCH_TOKENS_PER_RANK=16
memory.weights                    a2-single           old
memory.share                      a3-single           old
memory.reserve                    a3-pd-3p1d.decode   new    mem-fraction-static=0.97
memory.context                    a3-pd-3p1d.decode   new    context-length=1048576
topology.pd-page                  a3-pd.decode        old    page-size=64
topology.pd-cache-type            a3-pd.prefill       old    kv-cache-dtype=bfloat16
topology.pd-transfer              a3-pd.decode        old    disaggregation-transfer-backend=mooncake
sglang.option-excludes            a3-single           new    enable-int8-mamba-checkpoint enable-hierarchical-cache !disable-radix-cache
sglang.replay-state               a3-pd.decode        new    enable-linear-replayssm
sglang.replay-verify              a3-pd.prefill       new    enable-linear-replayssm-spec
sglang.cache-linker               a3-pd.decode        new    enable-unified-cache-external-linker
sglang.cache-lmcache              a3-pd.prefill       new    enable-lmcache
sglang.media-domain               a3-single           new    allowed-media-domains=https://a/b
sglang.port-reuse                 a3-single           new    enable-http-worker-reuseport
topology.pd-name                  a3-pd.decode        old    served-model-name=other
topology.pd-weights               a3-pd.decode        old    !quantization
topology.pd-dtype                 a3-pd.decode        old    dtype=float16
topology.pd-layout                a3-pd.decode        old    attn-cp-size=2 dp-size=8
host.weights-path                 a3-single           old    model-path=~/models/GLM
security.open                     a3-single           old    host=0.0.0.0
sglang.change-expert-size         a3-single           old
sglang.change-chunk               a3-pd.prefill       old
sglang.change-algorithm           a3-single           old
sglang.change-draft-tokens        a3-single           old    speculative-num-draft-tokens=8
sglang.change-dp                  a3-pd.decode        new
sglang.change-attention-dp        a2-single           old
sglang.change-dp-lm-head          a3-single           old    enable-dp-lm-head
sglang.change-graph               a3-single           old    deepep-mode=normal
sglang.change-mixed-chunk         a3-single           old    enable-mixed-chunk
sglang.change-adaptive            a3-pd.decode        old    speculative-adaptive
sglang.change-attention           a3-single           old    attention-backend=fa3
sglang.change-running             a3-single           old
sglang.change-default-chunk       a3-single           old    !chunked-prefill-size
sglang.change-radix               a3-pd.decode        old
sglang.change-overlap             a2-single           old    pp-size=2 tp-size=4
sglang.change-parser              a3-single           old    tool-call-parser=glm45
sglang.change-page                a3-single           old
sglang.change-schedule            a3-pd.decode        old
sglang.change-host-cache          a3-single           old    enable-hierarchical-cache hicache-io-backend=direct
sglang.change-balance             a3-single           old    load-balance-method=auto
sglang.change-transfer            a3-pd.decode        old    disaggregation-transfer-backend=mooncake_tcp
sglang.change-symmetric           a3-single           new    enable-symm-mem
sglang.change-device              a3-single           old    device=npu:0
"""


class Case(NamedTuple):
    """A preset and a role of it, a release, and the changes to that role."""

    preset: str
    role: str
    release: str
    changes: str


def _case(where: str, release: str, *changes: str) -> Case:
    name, _, role = where.partition(".")
    return Case(name, role or "server", {"old": OLD, "new": NEW}.get(release, release), " ".join(changes))


CASES = {code: _case(*words) for code, *words in map(str.split, _TABLE.strip().splitlines())}
WITHOUT_A_WAY = frozenset(("sglang.model-none",))
"""Errors that no change of the wizard's can mend: the hint says what only the operator knows."""


def _value(option: Option | None, text: str) -> OptionValue:
    if "," in text and option is not None and option.kind != "json":
        return tuple(int(word) if word.isdigit() else word for word in text.split(","))
    return int(text) if text.lstrip("-").isdigit() else text


def selection(code: str) -> Selection:
    """The selection of a case."""
    chosen = changed(*CASES[code])
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
        elif key == "model-path":
            chosen = chosen.evolve(model=chosen.model.evolve(path=value))
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
