# shellcheck shell=sh disable=SC2154
# What this host's kernel says about processes: start ticks and boots, by which a pid is told from a later one.
boot_id() { cat /proc/sys/kernel/random/boot_id; }

# stat_of PID: state, parent, group, session and start ticks; nothing when there is no such process.
stat_of() {
  # the name in parentheses may hold anything, also parentheses
  sed -e 's/.*) //' "/proc/$1/stat" 2>/dev/null | awk 'NF > 19 { print $1, $2, $3, $4, $20 }'
}

# name_of PID: what it is called, in one word of safe letters.
name_of() { tr -c 'A-Za-z0-9_.:+\n-' '_' <"/proc/$1/comm" 2>/dev/null || true; }

# is_alive PID TICKS: whether that very process runs. A zombie does not.
is_alive() {
  stat_of "$1" | {
    read -r state _ _ _ ticks || exit 1
    [ "$state" != Z ] && [ "$state" != X ] && [ "$ticks" = "$2" ]
  }
}

engine() {
  if [ -n "${CONTAINER_ENGINE:-}" ]; then
    printf '%s' "$CONTAINER_ENGINE"
  elif command -v docker >/dev/null; then
    printf docker
  elif command -v podman >/dev/null; then
    printf podman
  fi
}
