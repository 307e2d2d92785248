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
