# shellcheck shell=sh disable=SC2154
# Looks at processes of a run on this host and changes nothing. Says lines of a word and values.
printf 'boot %s\n' "$(boot_id)"

# seen NAME PID CONTAINER READY_LINE OFFSET: one process, with the pid that the wizard recorded ("-": none).
seen() {
  name="$1" pid="$2"
  printf 'process %s\n' "$name"
  cd "$run_folder" 2>/dev/null || cd /proc || return 0
  if read -r written_pid written_ticks written_boot <"$name.pid"; then
    printf 'pid %s %s %s\n' "$written_pid" "$written_ticks" "$written_boot"
    [ "$pid" = - ] && pid="$written_pid"
  fi 2>/dev/null
  if [ "$pid" != - ]; then
    stat="$(stat_of "$pid")"
    [ -n "$stat" ] && printf 'stat %s %s\n' "$stat" "$(name_of "$pid")"
    # the shell that waits for it writes down how it ended a moment after it has
    case "${stat:-Z}" in Z* | X*) [ -e "$name.exit" ] || sleep 0.2 ;; esac
  fi
  if read -r code <"$name.exit"; then printf 'exit %s\n' "$code"; fi 2>/dev/null
  members "$pid"
  [ -n "$3" ] && container "$3"
  [ -f "$name.log" ] && log "$4" "$5"
  return 0
}

# members PID: whatever writes into this process's log, carries its mark, or is in its session.
members() {
  leader="$1"
  log_path="$run_folder/$name.log"
  {
    # shellcheck disable=SC2012 # the links are what is asked for
    ls -l /proc/[0-9]*/fd/1 /proc/[0-9]*/fd/2 2>/dev/null | LOG="$log_path" awk '
      BEGIN { log_path = ENVIRON["LOG"] }
      { at = index($0, " -> "); target = substr($0, at + 4); sub(/ \(deleted\)$/, "", target) }
      at && target == log_path { split(substr($0, 1, at), parts, "/proc/"); split(parts[2], more, "/"); print more[1] }'
    [ "$leader" != - ] && cat /proc/[0-9]*/stat 2>/dev/null | awk -v session="$leader" '
      match($0, /^[0-9]+ /) { pid = $1; sub(/.*\) /, ""); if ($4 == session && $1 != "Z") print pid }'
  } | sort -un | while read -r member; do
    stat="$(stat_of "$member")"
    [ -n "$stat" ] && printf 'member %s %s %s\n' "$member" "$stat" "$(name_of "$member")"
  done
}

# container NAME: state, pid, id, image and the script it runs, which says whose it is.
container() {
  engine="$(engine)"
  [ -n "$engine" ] || return 0
  "$engine" container inspect --format \
    '{{.State.Status}} {{.State.Pid}} {{.Id}} {{.Image}} {{range .Mounts}}{{if eq .Destination "/glm-wizard/launch.sh"}}{{.Source}}{{end}}{{end}}' \
    "$1" 2>/dev/null | sed -e 's/^/container /' || true
}

# log READY_LINE OFFSET: its size, whether the line stands in it, and what came since the offset.
log() {
  size="$(wc -c <"$name.log")"
  printf 'log %s\n' "$size"
  [ -n "$1" ] && grep -qF -e "$1" "$name.log" && printf 'said\n'
  [ "$2" -ge 0 ] || return 0
  from="$2"
  [ "$size" -lt "$from" ] && from=0
  [ $((size - from)) -gt 1000000 ] && from=$((size - 1000000))
  printf 'piece %s ' "$from"
  tail -c "+$((from + 1))" "$name.log" | head -c 1000000 | base64 | tr -d '\n'
  printf '\n'
}

# is_held PORT: whether only others listen there, as far as they can be seen.
is_held() {
  printf '%s\n' "$heard" | awk -v port="$1" -v mine="$pid" '
    $1 == "listener" && $2 == port {
      count++
      if ($4 == "-" || $4 == mine) own = 1
      for (at = 7; at <= NF; at++) if ($at == mine) own = 1
    }
    END { exit !(count && !own) }'
}

# answers NAME HOST PORT PATH LIMIT_S CONTAINER: the HTTP status it gives, asked from its own host. Others are not asked:
# they may take the connection and never answer.
answers() {
  if [ -z "$6" ] && is_held "$3"; then
    printf 'answer %s 0\n' "$1"
    return 0
  fi
  # shellcheck disable=SC2016 # expanded by bash
  code="$(timeout "$5" bash -c '
    exec 3<>"/dev/tcp/$0/$1" || exit 1
    printf "GET %s HTTP/1.1\r\nHost: %s:%s\r\nConnection: close\r\n\r\n" "$2" "$0" "$1" >&3
    read -r _ code _ <&3 && printf "%s" "$code"' "$2" "$3" "$4" 2>/dev/null)"
  printf 'answer %s %s\n' "$1" "${code:-0}"
}

# listeners PORT...: who listens on them, also kept in heard: port, address as the kernel writes it, pid, start ticks,
# name and session of the owner, then its ancestors' pids. The owner is - where this user may not see it.
listeners() {
  heard="$(listening "$@")"
  [ -z "$heard" ] || printf '%s\n' "$heard"
}

listening() {
  found="$(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v wanted=" $* " '
    function number(hex,   i, value) {
      for (i = 1; i <= length(hex); i++) value = value * 16 + index("0123456789ABCDEF", substr(hex, i, 1)) - 1
      return value
    }
    $4 == "0A" { split($2, at, ":"); port = number(at[2]); if (index(wanted, " " port " ")) print $10, port, at[1] }')"
  [ -n "$found" ] || return 0
  # shellcheck disable=SC2012 # the links are what is asked for
  owners="$(ls -l /proc/[0-9]*/fd 2>/dev/null | awk '
    /^\/proc\// { split($0, parts, "/"); pid = parts[3] }
    match($0, /socket:\[[0-9]+\]$/) { print substr($0, RSTART + 8, RLENGTH - 9), pid }')"
  printf '%s\n' "$found" | while read -r inode port address; do
    pid="$(printf '%s\n' "$owners" | awk -v inode="$inode" '$1 == inode { print $2; exit }')"
    if [ -z "$pid" ]; then
      printf 'listener %s %s -\n' "$port" "$address"
      continue
    fi
    # shellcheck disable=SC2046 # state, parent, group, session, ticks
    set -- $(stat_of "$pid")
    printf 'listener %s %s %s %s %s %s' "$port" "$address" "$pid" "${5:-0}" "$(name_of "$pid")" "${4:-0}"
    parent="${2:-0}"
    while [ "$parent" -gt 1 ]; do
      printf ' %s' "$parent"
      # shellcheck disable=SC2046
      set -- $(stat_of "$parent")
      parent="${2:-0}"
    done
    printf '\n'
  done
}
