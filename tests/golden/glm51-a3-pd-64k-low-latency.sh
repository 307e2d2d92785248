#!/usr/bin/env bash
# GLM-5.1 W4A8 on Ascend with SGLang: glm51-a3-pd-64k-low-latency
#
# Made by glm-wizard 0.1.0. The same file again, on any machine:
#   glm-wizard --preset glm51-a3-pd-64k-low-latency --hosts 10.0.0.1,10.0.0.2,10.0.0.3,10.0.0.4 --model-path /models/glm --export
#
# glm-wizard: preset = glm51-a3-pd-64k-low-latency
# glm-wizard: scenario = pd
# glm-wizard: series = A3
# glm-wizard: release = 0.5.16
# glm-wizard: model = GLM-5.1
# glm-wizard: quantization = W4A8
# glm-wizard: runtime = container
# glm-wizard: image = quay.io/ascend/sglang:cann9.0.0-a3-v0.5.16
# glm-wizard: accepted = -
# Source: SGLang documentation, Ascend NPUs, best practices GLM-5.1
#   (docs/docs/hardware-platforms/ascend-npus/model-deployment/best-practices/glm_5_1.mdx at 19264f4a), newest seen
#   2026-11
# Status: current; published by its authors; not run by us
#
# Use: save it as launch.sh, copy the same file to every host, and there:
#   bash launch.sh            starts the server that belongs to the host, in the foreground
#   bash launch.sh NAME       starts one process by name
#   bash launch.sh --list     prints the names
#   on 10.0.0.1: bash launch.sh (prefill-0-rank0)
#   on 10.0.0.2: bash launch.sh (prefill-0-rank1)
#   on 10.0.0.3: bash launch.sh (decode-0-rank0)
#   on 10.0.0.4: bash launch.sh (decode-0-rank1)
#   on 10.0.0.1: bash launch.sh router, when prefill-0-rank0, prefill-0-rank1, decode-0-rank0, decode-0-rank1 are ready
# It serves when http://127.0.0.1:6688/readiness answers 200.

set -euo pipefail

# Values. Edit them here, or set them when starting: MODEL_PATH=/models/glm bash launch.sh
SCRIPT_SUM=aafc15ac8f13
PLAN=ff706c217c76
# folder of the model weights on this host, or a hub id
MODEL_PATH="${MODEL_PATH:-/models/glm}"
# container image
IMAGE="${IMAGE:-quay.io/ascend/sglang:cann9.0.0-a3-v0.5.16}"
# address of the host of prefill-0-rank0
PREFILL_0_RANK0_ADDRESS="${PREFILL_0_RANK0_ADDRESS:-10.0.0.1}"
# network interface of prefill-0-rank0; empty: the one that owns its address
PREFILL_0_RANK0_INTERFACE="${PREFILL_0_RANK0_INTERFACE:-}"
# address of the host of prefill-0-rank1
PREFILL_0_RANK1_ADDRESS="${PREFILL_0_RANK1_ADDRESS:-10.0.0.2}"
# network interface of prefill-0-rank1; empty: the one that owns its address
PREFILL_0_RANK1_INTERFACE="${PREFILL_0_RANK1_INTERFACE:-}"
# address of the host of decode-0-rank0
DECODE_0_RANK0_ADDRESS="${DECODE_0_RANK0_ADDRESS:-10.0.0.3}"
# network interface of decode-0-rank0; empty: the one that owns its address
DECODE_0_RANK0_INTERFACE="${DECODE_0_RANK0_INTERFACE:-}"
# address of the host of decode-0-rank1
DECODE_0_RANK1_ADDRESS="${DECODE_0_RANK1_ADDRESS:-10.0.0.4}"
# network interface of decode-0-rank1; empty: the one that owns its address
DECODE_0_RANK1_INTERFACE="${DECODE_0_RANK1_INTERFACE:-}"
# address on which the router answers
ROUTER_ADDRESS="${ROUTER_ADDRESS:-10.0.0.1}"
# how the image is run; devices and mounts that this host does not have are left out
SHM_SIZE=16g
IMAGE_DISK_GB=30
DEVICES=(
  /dev/davinci0
  /dev/davinci1
  /dev/davinci2
  /dev/davinci3
  /dev/davinci4
  /dev/davinci5
  /dev/davinci6
  /dev/davinci7
  /dev/davinci8
  /dev/davinci9
  /dev/davinci10
  /dev/davinci11
  /dev/davinci12
  /dev/davinci13
  /dev/davinci14
  /dev/davinci15
  /dev/davinci_manager
  /dev/hisi_hdc
)
MOUNTS=(
  /var/queue_schedule
  /etc/ascend_install.info
  /usr/local/sbin
  /usr/local/Ascend/driver
  /usr/local/Ascend/firmware
)

say() { printf 'glm-wizard: %s\n' "$*" >&2; }

# Ends with exit status 2: what is wrong, and what to do next.
refuse() {
  printf 'error: %s\n' "$1" >&2
  if [[ -n "${2:-}" ]]; then printf '\nhint: %s\n' "$2" >&2; fi
  exit 2
}

# need NAME MEANING: a value that nobody has filled in stops the script.
need() {
  if [[ -n "${!1:-}" ]]; then return 0; fi
  refuse "$1 is not filled in ($2)" "edit it at the top of this script, or start it with $1=VALUE in front of bash"
}

# plan_id: the plan's hash; a script that was edited since its export says so, and with which text.
plan_id() {
  local sum
  printf '%s' "$PLAN"
  if [[ -f "${BASH_SOURCE[0]:-}" ]]; then
    sum="$(grep -v '^SCRIPT_SUM=' "${BASH_SOURCE[0]:-}" | sha256sum)"
    if [[ "${sum:0:12}" != "$SCRIPT_SUM" ]]; then printf -- '-edited-%s' "${sum:0:8}"; fi
  fi
}

# All addresses of all interfaces of this host, and its names, one a line.
local_addresses() {
  {
    ip -o addr show | awk '{ sub("/.*", "", $4); print $4 }' || true
    hostname -I | tr ' ' '\n' || true
    ifconfig -a | awk '$1 ~ /^inet6?$/ { sub("addr:", "", $2); print $2 }' || true
    hostname || true
    hostname -f || true
  } 2>/dev/null | grep -v '^$' | sort -u || true
}

# is_local ADDRESS: does it belong to this host? A name counts when it resolves to one of the addresses.
is_local() {
  local resolved
  if [[ "$1" == 127.* || "$1" == localhost || "$1" == ::1 ]]; then return 0; fi
  if grep -Fxq -e "$1" <<<"$LOCAL_ADDRESSES"; then return 0; fi
  if [[ "$1" =~ ^[0-9.]+$ ]]; then return 1; fi
  while read -r resolved _; do
    if [[ "$resolved" == 127.* || "$resolved" == ::1 ]] || grep -Fxq -e "$resolved" <<<"$LOCAL_ADDRESSES"; then return 0; fi
  done < <(getent ahosts "$1" 2>/dev/null || true)
  return 1
}

# interface_of ADDRESS: the network interface that owns it; nothing if none does.
interface_of() {
  ip -o addr show 2>/dev/null | awk -v address="$1" '{ sub("/.*", "", $4); if ($4 == address) { print $2; exit } }' || true
}

# likely_interface: the one with the default route, else the first that is not the loopback.
likely_interface() {
  local name
  name="$(awk '$2 == "00000000" { print $1; exit }' /proc/net/route 2>/dev/null || true)"
  if [[ -z "$name" ]]; then
    name="$(awk -F: 'NR > 2 { gsub(" ", "", $1); if ($1 != "lo") { print $1; exit } }' /proc/net/dev 2>/dev/null || true)"
  fi
  printf '%s' "${name:-lo}"
}

# find_interface VARIABLE ADDRESS: fills an empty interface variable with the interface that owns the address.
find_interface() {
  local address found
  if [[ -n "${!1:-}" ]]; then return 0; fi
  found="$(interface_of "$2")"
  if [[ -z "$found" ]]; then
    address="$(getent ahosts "$2" 2>/dev/null | awk '{ print $1; exit }' || true)"
    if [[ -n "$address" ]]; then found="$(interface_of "$address")"; fi
  fi
  if [[ -z "$found" ]]; then
    found="$(likely_interface)"
    say "warning: no interface of this host owns $2; using $found (set $1 to choose: ip -br addr lists them)"
  fi
  printf -v "$1" '%s' "$found"
}

# tune WHAT COMMAND...: needs root; tried and reported, never fatal.
tune() {
  local what="$1"
  shift
  if ! "$@" >/dev/null 2>&1; then say "could not set $what (needs root); the server starts all the same"; fi
}

set_governor() {
  local file status=0
  for file in /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor; do
    if [[ ! -e "$file" ]]; then return 1; fi
    printf '%s\n' "$1" | tee "$file" >/dev/null 2>&1 || status=1
  done
  return "$status"
}

# CANN's own scripts use variables that are not set and commands that fail.
load_environment() {
  local file
  local -a files=("$@")
  set --  # a sourced script would take them for its own arguments
  for file in "${files[@]}"; do
    if [[ ! -r "$file" ]]; then
      say "$file is not there; going on without it"
      continue
    fi
    set +euo pipefail
    builtin source "$file"
    set -euo pipefail
  done
}

# Whether this shell is already inside the image: started by run_in_container, or a container that has no engine.
is_inside() {
  if [[ -n "${GLM_WIZARD_INSIDE:-}" ]]; then return 0; fi
  if [[ ! -e /.dockerenv && ! -e /run/.containerenv ]]; then return 1; fi
  ! command -v docker >/dev/null && ! command -v podman >/dev/null
}

container_engine() {
  if [[ -n "${CONTAINER_ENGINE:-}" ]]; then
    printf '%s' "$CONTAINER_ENGINE"
  elif command -v docker >/dev/null; then
    printf docker
  elif command -v podman >/dev/null; then
    printf podman
  else
    refuse "neither docker nor podman is on this host" "install one, or export with --runtime host for use inside the image"
  fi
}

# bind PATH OPTIONS: one value of --mount, quoted as comma-separated values are.
bind() {
  local path="${1//\"/\"\"}"
  printf 'type=bind,"source=%s","target=%s"%s' "$path" "${3:-$path}" "$2"
}

# run_in_container PROCESS VARIABLE...: this script again, inside the image, with the values of the variables.
run_in_container() {
  local process="$1" name="glm-wizard-$1" engine script path variable state
  shift
  engine="$(container_engine)"
  need IMAGE "container image"
  script="$(cd "$(dirname "${BASH_SOURCE[0]:-}")" && pwd)/$(basename "${BASH_SOURCE[0]:-}")"
  if [[ ! -f "$script" ]]; then
    refuse "the script must be a file to be run inside the image" "save it, then: bash launch.sh $process"
  fi
  state="$("$engine" container inspect --format '{{.State.Running}}' "$name" 2>/dev/null || true)"
  case "$state" in
    true) refuse "a container called $name is already running on this host" "$engine stop $name stops it" ;;
    false) "$engine" rm "$name" >/dev/null ;;
  esac
  if ! "$engine" image inspect "$IMAGE" >/dev/null 2>&1; then
    say "pulling $IMAGE (needs at least $IMAGE_DISK_GB GB of free disk)"
    "$engine" pull "$IMAGE" >&2
  fi
  local -a words=(run --rm --init --name "$name" --privileged --network host --shm-size "$SHM_SIZE" --stop-timeout 180)
  for path in "${DEVICES[@]}"; do
    if [[ -e "$path" ]]; then words+=(--device "$path"); fi
  done
  for path in "${MOUNTS[@]}"; do
    if [[ -e "$path" ]]; then words+=(--mount "$(bind "$path" "")"); fi
  done
  if [[ "$MODEL_PATH" == /* ]]; then
    if [[ ! -e "$MODEL_PATH" ]]; then refuse "$MODEL_PATH does not exist on this host" "set MODEL_PATH to the folder of the weights"; fi
    words+=(--mount "$(bind "$MODEL_PATH" ,readonly)")
  elif [[ -d "$HOME/.cache" ]]; then
    words+=(--mount "$(bind "$HOME/.cache" "" /root/.cache)")
  fi
  words+=(--mount "$(bind "$script" ,readonly /glm-wizard/launch.sh)" --env GLM_WIZARD_INSIDE=1)
  for variable in "$@"; do
    export "${variable?}"
    words+=(--env "$variable")
  done
  exec "$engine" "${words[@]}" --entrypoint bash "$IMAGE" /glm-wizard/launch.sh "$process"
}

tune_host() {
  tune "the CPU frequency governor" set_governor performance
  tune "vm.swappiness" sysctl -w vm.swappiness=0
  tune "kernel.numa_balancing" sysctl -w kernel.numa_balancing=0
  tune "kernel.sched_migration_cost_ns" sysctl -w kernel.sched_migration_cost_ns=50000
}

prepare_environment() {
  unset https_proxy http_proxy HTTPS_PROXY HTTP_PROXY ASCEND_LAUNCH_BLOCKING
  load_environment \
    /usr/local/Ascend/ascend-toolkit/set_env.sh \
    /usr/local/Ascend/nnal/atb/set_env.sh
}

# prefill-0-rank0: prefill server, instance 0, rank 0 of 2, 16 devices
start_prefill_0_rank0() {
  need MODEL_PATH 'folder of the model weights on this host, or a hub id'
  need PREFILL_0_RANK0_ADDRESS 'address of the host of prefill-0-rank0'
  find_interface PREFILL_0_RANK0_INTERFACE "$PREFILL_0_RANK0_ADDRESS"
  prepare_environment
  export PYTORCH_NPU_ALLOC_CONF=expandable_segments:True
  export SGLANG_DISAGGREGATION_BOOTSTRAP_TIMEOUT=600
  export SGLANG_SET_CPU_AFFINITY=1
  export STREAMS_PER_DEVICE=32
  export ASCEND_MF_STORE_URL="tcp://${PREFILL_0_RANK0_ADDRESS}:24670"
  export DEEPEP_HCCL_BUFFSIZE=1200
  export DEEPEP_NORMAL_COMBINE_ENABLE_LONG_SEQ=1
  export DEEP_NORMAL_MODE_USE_INT8_QUANT=1
  export GLOO_SOCKET_IFNAME="$PREFILL_0_RANK0_INTERFACE"
  export HCCL_SOCKET_IFNAME="$PREFILL_0_RANK0_INTERFACE"
  export TASK_QUEUE_ENABLE=2
  exec python3 -m sglang.launch_server \
    --model-path "$MODEL_PATH" \
    --disaggregation-mode prefill \
    --host "$PREFILL_0_RANK0_ADDRESS" \
    --port 8000 \
    --dist-init-addr "${PREFILL_0_RANK0_ADDRESS}:5000" \
    --disaggregation-bootstrap-port 8998 \
    --node-rank 0 \
    --tp-size 32 \
    --nnodes 2 \
    --mem-fraction-static 0.75 \
    --attention-backend ascend \
    --device npu \
    --quantization modelslim \
    --disaggregation-transfer-backend ascend \
    --max-running-requests 64 \
    --served-model-name glm-5 \
    --chunked-prefill-size 53248 \
    --max-prefill-tokens 180000 \
    --moe-a2a-backend deepep \
    --deepep-mode normal \
    --disable-shared-experts-fusion \
    --disable-cuda-graph \
    --dtype bfloat16 \
    --dp-size 4 \
    --enable-dp-attention \
    --load-balance-method round_robin \
    --enable-prefill-cp \
    --cp-strategy zigzag \
    --attn-cp-size 8 \
    --enable-dp-lm-head \
    --moe-dense-tp-size 1 \
    --reasoning-parser glm45 \
    --tool-call-parser glm47 \
    --trust-remote-code
}

# prefill-0-rank1: prefill server, instance 0, rank 1 of 2, 16 devices
start_prefill_0_rank1() {
  need MODEL_PATH 'folder of the model weights on this host, or a hub id'
  need PREFILL_0_RANK0_ADDRESS 'address of the host of prefill-0-rank0'
  need PREFILL_0_RANK1_ADDRESS 'address of the host of prefill-0-rank1'
  find_interface PREFILL_0_RANK1_INTERFACE "$PREFILL_0_RANK1_ADDRESS"
  prepare_environment
  export PYTORCH_NPU_ALLOC_CONF=expandable_segments:True
  export SGLANG_DISAGGREGATION_BOOTSTRAP_TIMEOUT=600
  export SGLANG_SET_CPU_AFFINITY=1
  export STREAMS_PER_DEVICE=32
  export ASCEND_MF_STORE_URL="tcp://${PREFILL_0_RANK0_ADDRESS}:24670"
  export DEEPEP_HCCL_BUFFSIZE=1200
  export DEEPEP_NORMAL_COMBINE_ENABLE_LONG_SEQ=1
  export DEEP_NORMAL_MODE_USE_INT8_QUANT=1
  export GLOO_SOCKET_IFNAME="$PREFILL_0_RANK1_INTERFACE"
  export HCCL_SOCKET_IFNAME="$PREFILL_0_RANK1_INTERFACE"
  export TASK_QUEUE_ENABLE=2
  exec python3 -m sglang.launch_server \
    --model-path "$MODEL_PATH" \
    --disaggregation-mode prefill \
    --host "$PREFILL_0_RANK1_ADDRESS" \
    --port 8000 \
    --dist-init-addr "${PREFILL_0_RANK0_ADDRESS}:5000" \
    --disaggregation-bootstrap-port 8998 \
    --node-rank 1 \
    --tp-size 32 \
    --nnodes 2 \
    --mem-fraction-static 0.75 \
    --attention-backend ascend \
    --device npu \
    --quantization modelslim \
    --disaggregation-transfer-backend ascend \
    --max-running-requests 64 \
    --served-model-name glm-5 \
    --chunked-prefill-size 53248 \
    --max-prefill-tokens 180000 \
    --moe-a2a-backend deepep \
    --deepep-mode normal \
    --disable-shared-experts-fusion \
    --disable-cuda-graph \
    --dtype bfloat16 \
    --dp-size 4 \
    --enable-dp-attention \
    --load-balance-method round_robin \
    --enable-prefill-cp \
    --cp-strategy zigzag \
    --attn-cp-size 8 \
    --enable-dp-lm-head \
    --moe-dense-tp-size 1 \
    --reasoning-parser glm45 \
    --tool-call-parser glm47 \
    --trust-remote-code
}

# decode-0-rank0: decode server, instance 0, rank 0 of 2, 16 devices
start_decode_0_rank0() {
  need MODEL_PATH 'folder of the model weights on this host, or a hub id'
  need PREFILL_0_RANK0_ADDRESS 'address of the host of prefill-0-rank0'
  need DECODE_0_RANK0_ADDRESS 'address of the host of decode-0-rank0'
  find_interface DECODE_0_RANK0_INTERFACE "$DECODE_0_RANK0_ADDRESS"
  prepare_environment
  export PYTORCH_NPU_ALLOC_CONF=expandable_segments:True
  export SGLANG_DISAGGREGATION_BOOTSTRAP_TIMEOUT=600
  export SGLANG_SET_CPU_AFFINITY=1
  export STREAMS_PER_DEVICE=32
  export ASCEND_MF_STORE_URL="tcp://${PREFILL_0_RANK0_ADDRESS}:24670"
  export DEEPEP_HCCL_BUFFSIZE=650
  export GLOO_SOCKET_IFNAME="$DECODE_0_RANK0_INTERFACE"
  export HCCL_SOCKET_IFNAME="$DECODE_0_RANK0_INTERFACE"
  export SGLANG_DEEPEP_NUM_MAX_DISPATCH_TOKENS_PER_RANK=64
  export SGLANG_ENABLE_OVERLAP_PLAN_STREAM=1
  export SGLANG_SPEC_ENABLE_OVERLAP_REFLOW=1
  export TASK_QUEUE_ENABLE=0
  exec python3 -m sglang.launch_server \
    --model-path "$MODEL_PATH" \
    --disaggregation-mode decode \
    --host "$DECODE_0_RANK0_ADDRESS" \
    --port 8001 \
    --dist-init-addr "${DECODE_0_RANK0_ADDRESS}:5000" \
    --node-rank 0 \
    --tp-size 32 \
    --nnodes 2 \
    --dp-size 32 \
    --ep-size 32 \
    --enable-dp-attention \
    --mem-fraction-static 0.87 \
    --max-running-requests 96 \
    --attention-backend ascend \
    --device npu \
    --quantization modelslim \
    --served-model-name glm-5 \
    --moe-a2a-backend deepep \
    --deepep-mode low_latency \
    --cuda-graph-bs 1 2 3 \
    --disaggregation-transfer-backend ascend \
    --watchdog-timeout 9000 \
    --context-length 180000 \
    --tokenizer-worker-num 4 \
    --prefill-round-robin-balance \
    --disable-shared-experts-fusion \
    --dtype bfloat16 \
    --load-balance-method round_robin \
    --speculative-draft-model-quantization unquant \
    --speculative-algorithm NEXTN \
    --speculative-num-steps 3 \
    --speculative-eagle-topk 1 \
    --speculative-num-draft-tokens 4 \
    --reasoning-parser glm45 \
    --tool-call-parser glm47 \
    --trust-remote-code
}

# decode-0-rank1: decode server, instance 0, rank 1 of 2, 16 devices
start_decode_0_rank1() {
  need MODEL_PATH 'folder of the model weights on this host, or a hub id'
  need PREFILL_0_RANK0_ADDRESS 'address of the host of prefill-0-rank0'
  need DECODE_0_RANK0_ADDRESS 'address of the host of decode-0-rank0'
  need DECODE_0_RANK1_ADDRESS 'address of the host of decode-0-rank1'
  find_interface DECODE_0_RANK1_INTERFACE "$DECODE_0_RANK1_ADDRESS"
  prepare_environment
  export PYTORCH_NPU_ALLOC_CONF=expandable_segments:True
  export SGLANG_DISAGGREGATION_BOOTSTRAP_TIMEOUT=600
  export SGLANG_SET_CPU_AFFINITY=1
  export STREAMS_PER_DEVICE=32
  export ASCEND_MF_STORE_URL="tcp://${PREFILL_0_RANK0_ADDRESS}:24670"
  export DEEPEP_HCCL_BUFFSIZE=650
  export GLOO_SOCKET_IFNAME="$DECODE_0_RANK1_INTERFACE"
  export HCCL_SOCKET_IFNAME="$DECODE_0_RANK1_INTERFACE"
  export SGLANG_DEEPEP_NUM_MAX_DISPATCH_TOKENS_PER_RANK=64
  export SGLANG_ENABLE_OVERLAP_PLAN_STREAM=1
  export SGLANG_SPEC_ENABLE_OVERLAP_REFLOW=1
  export TASK_QUEUE_ENABLE=0
  exec python3 -m sglang.launch_server \
    --model-path "$MODEL_PATH" \
    --disaggregation-mode decode \
    --host "$DECODE_0_RANK1_ADDRESS" \
    --port 8001 \
    --dist-init-addr "${DECODE_0_RANK0_ADDRESS}:5000" \
    --node-rank 1 \
    --tp-size 32 \
    --nnodes 2 \
    --dp-size 32 \
    --ep-size 32 \
    --enable-dp-attention \
    --mem-fraction-static 0.87 \
    --max-running-requests 96 \
    --attention-backend ascend \
    --device npu \
    --quantization modelslim \
    --served-model-name glm-5 \
    --moe-a2a-backend deepep \
    --deepep-mode low_latency \
    --cuda-graph-bs 1 2 3 \
    --disaggregation-transfer-backend ascend \
    --watchdog-timeout 9000 \
    --context-length 180000 \
    --tokenizer-worker-num 4 \
    --prefill-round-robin-balance \
    --disable-shared-experts-fusion \
    --dtype bfloat16 \
    --load-balance-method round_robin \
    --speculative-draft-model-quantization unquant \
    --speculative-algorithm NEXTN \
    --speculative-num-steps 3 \
    --speculative-eagle-topk 1 \
    --speculative-num-draft-tokens 4 \
    --reasoning-parser glm45 \
    --tool-call-parser glm47 \
    --trust-remote-code
}

# router: start it when prefill-0-rank0, prefill-0-rank1, decode-0-rank0, decode-0-rank1 are ready
start_router() {
  need PREFILL_0_RANK0_ADDRESS 'address of the host of prefill-0-rank0'
  need DECODE_0_RANK0_ADDRESS 'address of the host of decode-0-rank0'
  need ROUTER_ADDRESS 'address on which the router answers'
  exec python3 -m sglang_router.launch_router \
    --pd-disaggregation \
    --prefill "http://${PREFILL_0_RANK0_ADDRESS}:8000" 8998 \
    --decode "http://${DECODE_0_RANK0_ADDRESS}:8001" \
    --host 127.0.0.1 \
    --port 6688 \
    --policy round_robin
}

PROCESSES=(
  prefill-0-rank0
  prefill-0-rank1
  decode-0-rank0
  decode-0-rank1
  router
)

run() {
  case "$1" in
    prefill-0-rank0)
      need MODEL_PATH 'folder of the model weights on this host, or a hub id'
      need PREFILL_0_RANK0_ADDRESS 'address of the host of prefill-0-rank0'
      find_interface PREFILL_0_RANK0_INTERFACE "$PREFILL_0_RANK0_ADDRESS"
      if is_inside; then start_prefill_0_rank0; fi
      tune_host
      run_in_container prefill-0-rank0 MODEL_PATH PREFILL_0_RANK0_ADDRESS PREFILL_0_RANK0_INTERFACE
      ;;
    prefill-0-rank1)
      need MODEL_PATH 'folder of the model weights on this host, or a hub id'
      need PREFILL_0_RANK0_ADDRESS 'address of the host of prefill-0-rank0'
      need PREFILL_0_RANK1_ADDRESS 'address of the host of prefill-0-rank1'
      find_interface PREFILL_0_RANK1_INTERFACE "$PREFILL_0_RANK1_ADDRESS"
      if is_inside; then start_prefill_0_rank1; fi
      tune_host
      run_in_container prefill-0-rank1 MODEL_PATH PREFILL_0_RANK0_ADDRESS PREFILL_0_RANK1_ADDRESS PREFILL_0_RANK1_INTERFACE
      ;;
    decode-0-rank0)
      need MODEL_PATH 'folder of the model weights on this host, or a hub id'
      need PREFILL_0_RANK0_ADDRESS 'address of the host of prefill-0-rank0'
      need DECODE_0_RANK0_ADDRESS 'address of the host of decode-0-rank0'
      find_interface DECODE_0_RANK0_INTERFACE "$DECODE_0_RANK0_ADDRESS"
      if is_inside; then start_decode_0_rank0; fi
      tune_host
      run_in_container decode-0-rank0 MODEL_PATH PREFILL_0_RANK0_ADDRESS DECODE_0_RANK0_ADDRESS DECODE_0_RANK0_INTERFACE
      ;;
    decode-0-rank1)
      need MODEL_PATH 'folder of the model weights on this host, or a hub id'
      need PREFILL_0_RANK0_ADDRESS 'address of the host of prefill-0-rank0'
      need DECODE_0_RANK0_ADDRESS 'address of the host of decode-0-rank0'
      need DECODE_0_RANK1_ADDRESS 'address of the host of decode-0-rank1'
      find_interface DECODE_0_RANK1_INTERFACE "$DECODE_0_RANK1_ADDRESS"
      if is_inside; then start_decode_0_rank1; fi
      tune_host
      run_in_container decode-0-rank1 MODEL_PATH PREFILL_0_RANK0_ADDRESS DECODE_0_RANK0_ADDRESS DECODE_0_RANK1_ADDRESS DECODE_0_RANK1_INTERFACE
      ;;
    router)
      need PREFILL_0_RANK0_ADDRESS 'address of the host of prefill-0-rank0'
      need DECODE_0_RANK0_ADDRESS 'address of the host of decode-0-rank0'
      need ROUTER_ADDRESS 'address on which the router answers'
      if is_inside; then start_router; fi
      run_in_container router PREFILL_0_RANK0_ADDRESS DECODE_0_RANK0_ADDRESS ROUTER_ADDRESS
      ;;
  esac
}

usage() {
  cat <<'END'
bash launch.sh            start the server that belongs to this host, in the foreground
bash launch.sh NAME       start one process by name
bash launch.sh --list     print the names, one a line
bash launch.sh --plan     print the hash of the plan; it must be the same on every host
GLM_WIZARD_PLAN=HASH bash launch.sh ...   refuse to start unless this is that plan
END
}

is_process() {
  local process
  for process in "${PROCESSES[@]}"; do
    if [[ "$process" == "$1" ]]; then return 0; fi
  done
  return 1
}

main() {
  local name="${1:-}" plan
  if [[ $# -gt 1 ]]; then refuse "one name at most, not $#" "bash launch.sh --list prints the names"; fi
  case "$name" in
    --list) printf '%s\n' "${PROCESSES[@]}" && return 0 ;;
    --plan) printf '%s\n' "$(plan_id)" && return 0 ;;
    -h | --help) usage && return 0 ;;
  esac
  plan="$(plan_id)"
  if [[ "${GLM_WIZARD_PLAN:-$plan}" != "$plan" ]]; then
    refuse "this script holds plan $plan, but plan $GLM_WIZARD_PLAN is to be started" "copy the same script to every host"
  fi
  if [[ -z "$name" ]]; then name="$(server_here)"; fi
  if ! is_process "$name"; then
    refuse "there is no process called $name" "bash launch.sh --list prints the names: ${PROCESSES[*]}"
  fi
  say "plan $plan: starting $name"
  run "$name"
}

SERVERS=(
  prefill-0-rank0
  prefill-0-rank1
  decode-0-rank0
  decode-0-rank1
)

address_of() {
  case "$1" in
    prefill-0-rank0) printf '%s' "$PREFILL_0_RANK0_ADDRESS" ;;
    prefill-0-rank1) printf '%s' "$PREFILL_0_RANK1_ADDRESS" ;;
    decode-0-rank0) printf '%s' "$DECODE_0_RANK0_ADDRESS" ;;
    decode-0-rank1) printf '%s' "$DECODE_0_RANK1_ADDRESS" ;;
    router) printf '%s' "$ROUTER_ADDRESS" ;;
  esac
}

# server_here: the one server whose address belongs to this host.
server_here() {
  local name address
  local -a here=()
  LOCAL_ADDRESSES="$(local_addresses)"
  for name in "${SERVERS[@]}"; do
    address="$(address_of "$name")"
    if [[ -z "$address" ]]; then need_address "$name"; fi
    if is_local "$address"; then here+=("$name"); fi
  done
  if [[ ${#here[@]} -eq 1 ]]; then
    printf '%s' "${here[0]}"
    return 0
  fi
  {
    if [[ ${#here[@]} -eq 0 ]]; then
      printf 'error: no server of this plan belongs to this host\n'
      printf 'addresses and names of this host: %s\n' "${LOCAL_ADDRESSES//$'\n'/ }"
    else
      printf 'error: several servers of this plan belong to this host: %s\n' "${here[*]}"
    fi
    for name in "${PROCESSES[@]}"; do printf '  %s on %s\n' "$name" "$(address_of "$name")"; done
    printf '\nhint: bash launch.sh NAME starts one of them by name\n'
  } >&2
  exit 2
}

need_address() {
  local variable="${1^^}_ADDRESS"
  need "${variable//-/_}" "address of the host of $1"
}

main "$@"
