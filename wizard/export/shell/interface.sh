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
