# shellcheck shell=sh disable=SC2154
# send SIGNAL BOOT PID:TICKS...: to those processes and no others; a pid that is somebody else's by now is left alone.
send() {
  signal="$1"
  if [ "$2" != "$(boot_id)" ]; then printf 'otherboot\n'; return 0; fi
  shift 2
  for one in "$@"; do
    if ! is_alive "${one%:*}" "${one#*:}"; then
      printf 'gone %s\n' "${one%:*}"
    elif kill -s "$signal" "${one%:*}" 2>/dev/null; then
      printf 'sent %s\n' "${one%:*}"
    else
      printf 'failed %s\n' "${one%:*}"
    fi
  done
}

# end_container NAME SCRIPT stop|kill|rm: only the one that runs this run's script.
end_container() {
  engine="$(engine)"
  [ -n "$engine" ] || return 0
  source="$("$engine" container inspect --format \
    '{{range .Mounts}}{{if eq .Destination "/glm-wizard/launch.sh"}}{{.Source}}{{end}}{{end}}' "$1" 2>/dev/null)" || return 0
  if [ "$source" != "$2" ]; then printf 'foreign %s\n' "$1"; return 0; fi
  case "$3" in
    # the engine waits by itself; the wizard asks again, so it need not
    stop) "$engine" kill --signal TERM "$1" >/dev/null 2>&1 && printf 'sent %s\n' "$1" ;;
    kill) "$engine" kill "$1" >/dev/null 2>&1 && printf 'sent %s\n' "$1" ;;
    rm) "$engine" rm -f "$1" >/dev/null 2>&1 && printf 'removed %s\n' "$1" ;;
  esac
  return 0
}
