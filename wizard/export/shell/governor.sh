set_governor() {
  local file status=0
  for file in /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor; do
    if [[ ! -e "$file" ]]; then return 1; fi
    printf '%s\n' "$1" | tee "$file" >/dev/null 2>&1 || status=1
  done
  return "$status"
}
