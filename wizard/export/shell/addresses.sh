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
