# server_here: the one server whose address belongs to this host.
server_here() {
  local name address
  local -a here=()
  LOCAL_ADDRESSES="$(local_addresses)"
  for name in "${SERVERS[@]}"; do
    address="$(address_of "$name")"
    if [[ -z "$address" ]]; then need_address "$name"; fi
    if is_local "$address"; then here+=("$name"); fi
  done
  if [[ ${#here[@]} -eq 1 ]]; then
    printf '%s' "${here[0]}"
    return 0
  fi
  {
    if [[ ${#here[@]} -eq 0 ]]; then
      printf 'error: no server of this plan belongs to this host\n'
      printf 'addresses and names of this host: %s\n' "${LOCAL_ADDRESSES//$'\n'/ }"
    else
      printf 'error: several servers of this plan belong to this host: %s\n' "${here[*]}"
    fi
    for name in "${PROCESSES[@]}"; do printf '  %s on %s\n' "$name" "$(address_of "$name")"; done
    printf '\nhint: bash launch.sh NAME starts one of them by name\n'
  } >&2
  exit 2
}

need_address() {
  local variable="${1^^}_ADDRESS"
  need "${variable//-/_}" "address of the host of $1"
}
