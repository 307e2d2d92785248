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
