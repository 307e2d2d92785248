#!/usr/bin/env bash
# GLM-5.2 W8A8 on Ascend with SGLang: a2-single
#
# Made by glm-wizard 0.1.0. The same file again, on any machine:
#   glm-wizard --preset a2-single --model-path /models/glm --export
#
# glm-wizard: preset = a2-single
# glm-wizard: scenario = single
# glm-wizard: series = A2
# glm-wizard: release = 0.5.14
# glm-wizard: model = GLM-5.2
# glm-wizard: quantization = W8A8
# glm-wizard: runtime = container
# glm-wizard: image = swr.cn-southwest-2.myhuaweicloud.com/base_image/dockerhub/lmsysorg/sglang:cann9.0.0-910b-glm5.2-20260615
# glm-wizard: accepted = -
# Source: SGLang documentation, Ascend NPUs, GLM-5.2 tutorial
#   (docs_new/docs/hardware-platforms/ascend-npus/model-tutorials/glm_5_2.mdx at be979107), 2026-07-13
# Status: withdrawn by its authors on 2026-07-20; not run by us
#
# WARNING memory.weights: GLM-5.2 W8A8 weights do not fit: 774.08 GB (720.9 GiB, published) against 8 x 64 GiB = 512 GiB
#   (549.8 GB) of HBM
#   hint: use W4A8 weights (about 420 GB): `--quantization W4A8`; use two A2 hosts: `--preset a3-multi --series A2 --set
#     tp-size=16`; use an A3 host: `--preset a3-single`; these weights need 1 x A3 or 2 x A2
#
# Use: save it as launch.sh, copy the same file to every host, and there:
#   bash launch.sh            starts the server that belongs to the host, in the foreground
#   bash launch.sh NAME       starts one process by name
#   bash launch.sh --list     prints the names
# It serves when http://127.0.0.1:30000/health answers 200.

set -euo pipefail

# Values. Edit them here, or set them when starting: MODEL_PATH=/models/glm bash launch.sh
SCRIPT_SUM=59b2ec00610f
PLAN=f90244ad8732
# folder of the model weights on this host, or a hub id
MODEL_PATH="${MODEL_PATH:-/models/glm}"
# container image
IMAGE="${IMAGE:-swr.cn-southwest-2.myhuaweicloud.com/base_image/dockerhub/lmsysorg/sglang:cann9.0.0-910b-glm5.2-20260615}"
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
  :
}

prepare_environment() {
  unset https_proxy http_proxy HTTPS_PROXY HTTP_PROXY ASCEND_LAUNCH_BLOCKING
  load_environment \
    /usr/local/Ascend/ascend-toolkit/set_env.sh \
    /usr/local/Ascend/nnal/atb/set_env.sh
}

# server: server, 8 devices
start_server() {
  need MODEL_PATH 'folder of the model weights on this host, or a hub id'
  prepare_environment
  export SGLANG_SET_CPU_AFFINITY=1
  export STREAMS_PER_DEVICE=32
  export SGLANG_DISAGGREGATION_BOOTSTRAP_TIMEOUT=600
  export HCCL_BUFFSIZE=1000
  export HCCL_SOCKET_IFNAME=lo
  export GLOO_SOCKET_IFNAME=lo
  export TRANSFORMERS_VERBOSITY=error
  export DEEPEP_NORMAL_LONG_SEQ_ROUND=72
  export DEEPEP_NORMAL_LONG_SEQ_PER_ROUND_TOKENS=1024
  export DEEPEP_NORMAL_COMBINE_ENABLE_LONG_SEQ=1
  export DEEP_NORMAL_MODE_USE_INT8_QUANT=1
  exec python3 -m sglang.launch_server \
    --model-path "$MODEL_PATH" \
    --attention-backend ascend \
    --device npu \
    --tp-size 8 \
    --nnodes 1 \
    --dp-size 1 \
    --enable-dp-attention \
    --chunked-prefill-size -1 \
    --max-prefill-tokens 65536 \
    --trust-remote-code \
    --mem-fraction-static 0.9 \
    --served-model-name glm-5 \
    --cuda-graph-bs 8 \
    --max-running-requests 102 \
    --quantization modelslim \
    --speculative-draft-model-quantization unquant \
    --moe-a2a-backend deepep \
    --deepep-mode auto \
    --load-balance-method round_robin
}

PROCESSES=(
  server
)

run() {
  case "$1" in
    server)
      need MODEL_PATH 'folder of the model weights on this host, or a hub id'
      if is_inside; then start_server; fi
      tune_host
      run_in_container server MODEL_PATH
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

server_here() {
  printf server
}

main "$@"
