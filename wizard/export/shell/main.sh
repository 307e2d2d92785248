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
