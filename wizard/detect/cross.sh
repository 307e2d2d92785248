# The ways to other hosts and between the devices. Calls of `cross`, `ping_port` and `links` follow this text.
hccn=/usr/local/Ascend/driver/tools/hccn_tool
[ -x "$hccn" ] || hccn=$(command -v hccn_tool)

# cross NUMBER ADDRESS PORT: the route, and what comes of a connection.
cross() {
  (
    block=$(section "cross-$1" "$short_s" sh -c '
      number=$1
      case $number in
        *:* | *[!0-9.]*)
          case $number in
            *:*) ;;
            *) if command -v getent >/dev/null; then number=$(getent ahosts "$1" | sed "s/ .*//;q"); fi ;;
          esac ;;
      esac
      printf "to %s %s\n" "$1" "$2"
      [ -n "$number" ] || { echo unresolved; exit; }
      ip -o route get "$number" 2>/dev/null
      if command -v bash >/dev/null; then
        bash -c "exec 3<>/dev/tcp/\$1/\$2 && echo open" bash "$number" "$2"
      else
        python3 -c "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2]))); print(\"open\")" \
          "$number" "$2"
      fi' sh "$2" "$3")
    printf '%s\n' "$block"
  ) &
}

# ping_port NUMBER DIE ADDRESS: from the RoCE port of a die to that of another host.
ping_port() {
  [ -n "$hccn" ] || return
  (
    block=$(section "roce-ping-$1" "$short_s" sh -c '
      printf "die %s to %s\n" "$2" "$3"
      "$1" -i "$2" -ping -g address "$3"' sh "$hccn" "$2" "$3")
    printf '%s\n' "$block"
  ) &
}

# links: how the devices reach one another; waits for the others, because a matrix of sixteen is too long to reach the
# pipe undivided.
links() {
  find_tool
  [ -n "$tool" ] && block=$(section npu-smi-topo "$short_s" "$tool" info -t topo)
  wait
  [ -n "$tool" ] && printf '%s\n' "$block"
}
