# The devices: npu-smi first, then everything that can tell when it cannot.
find_tool

for node in /dev/davinci[0-9]* /dev/davinci_manager /dev/hisi_hdc /dev/devmm_svm; do
  [ -e "$node" ] || continue
  access=no
  [ -r "$node" ] && [ -w "$node" ] && access=yes
  printf '%s %s\n' "$node" "$access"
done | text device-nodes

for device in /sys/bus/pci/devices/*; do
  [ -r "$device/vendor" ] && [ -r "$device/device" ] || continue
  read -r vendor <"$device/vendor" && read -r number <"$device/device" || continue
  case "$vendor $number" in
    0x19e5\ 0xd[158]0? | 0x20[0-9a-f]*\ 0xd80?) printf '%s %s %s\n' "${device##*/}" "$vendor" "$number" ;;
  esac
done | text pci

{ grep -E '^(drv_|ascend|davinci)' /proc/modules 2>/dev/null | cut -d' ' -f1; } | text modules

root=/usr/local/Ascend
if [ -r /etc/ascend_install.info ] && [ -f /etc/ascend_install.info ]; then
  text ascend-install </etc/ascend_install.info
  found=$(sed -n 's/^Driver_Install_Path_Param=//p' /etc/ascend_install.info | head -n 1)
  [ -n "$found" ] && [ -d "$found" ] && root=$found
fi
for part in driver firmware; do
  [ -f "$root/$part/version.info" ] && section "$part-version" "$short_s" cat "$root/$part/version.info"
done
for file in "${ASCEND_TOOLKIT_HOME:-$root/cann}"/*-linux/ascend_toolkit_install.info \
  "$root"/ascend-toolkit/latest/*-linux/ascend_toolkit_install.info "$root"/cann*/*-linux/ascend_toolkit_install.info \
  "$root"/nnae/latest/ascend_nnae_install.info "$root"/ascend-toolkit/latest/version.cfg; do
  if [ -f "$file" ]; then
    section cann-version "$short_s" cat "$file"
    break
  fi
done

# torch_names: what SGLang itself would see, in a process of its own, because it opens a context on the devices.
torch_names() {
  section torch-npu "$limit_s" python3 -c '
import importlib.util, sys
if not importlib.util.find_spec("torch_npu"):
    sys.exit(3)
import torch, torch_npu
for number in range(torch.npu.device_count()):
    total = ""
    try:
        total = torch.npu.get_device_properties(number).total_memory
    except Exception:
        pass
    print(torch.npu.get_device_name(number), total, sep="|", flush=True)'
}

# whole NAME WORDS...: one query, written in one piece, so that several may run at once. These blocks are short enough
# to reach the pipe undivided.
whole() {
  name=$1
  shift
  block=$(section "$name" "$short_s" "$tool" info "$@")
  printf '%s\n' "$block"
}

if [ -z "$tool" ]; then
  { [ -n "$blocked" ] && printf 'npu-smi: %s: Permission denied\n' "$blocked"; } | text npu-smi-missing
  printf '\n%s< npu-smi-info\n' "$mark"
  if [ -n "$blocked" ]; then
    reason="Permission denied"
    [ -d "$blocked" ] && reason="Is a directory"
    printf '%s! npu-smi: %s: %s\n%s= 126\n' "$mark" "$blocked" "$reason" "$mark"
  else
    printf '%s! npu-smi: command not found\n%s= 127\n' "$mark" "$mark"
  fi
  info=
else
  printf '%s\n' "$tool" | text npu-smi-path
  # At the same time as the table: a slow tool is waited for once. NPU 0 may not be visible here; then it is asked again.
  whole npu-smi-map -m &
  whole npu-smi-list -l &
  whole npu-smi-board -t board -i 0 &
  whole npu-smi-spod -t spod-info -i 0 -c 0 &
  info=$(section npu-smi-info "$limit_s" "$tool" info)
  wait
  printf '%s\n' "$info"
fi

devices=$(printf '%s\n' "$info" | tr -d '\r' | sed -n '/Process id/q
s/^[> ]*| *\([0-9][0-9]*\)  *[^|]*| *\([A-Za-z][A-Za-z]*\) *|.*/\1 \2/p')
if [ -n "$devices" ]; then
  first=$(printf '%s\n' "$devices" | sed 's/ .*//;q')
  if [ "$first" != 0 ]; then
    whole npu-smi-board -t board -i "$first" &
    whole npu-smi-spod -t spod-info -i "$first" -c 0 &
  fi
  for card in $(printf '%s\n' "$devices" | sed -n '/ OK$/!s/ .*//p' | sort -u | head -n 8); do
    whole "npu-smi-health-$card" -t health -i "$card" &
  done
  # What the table masks or leaves out, the usages may tell.
  if printf '%s\n' "$info" | grep -q 'HBM-Usage' && ! printf '%s\n' "$info" | grep -q '[0-9] */ *[1-9][0-9]* *|'; then
    for card in $(printf '%s\n' "$devices" | sed 's/ .*//' | sort -u | head -n 16); do
      whole "npu-smi-usages-$card" -t usages -i "$card" &
    done
  fi
  wait
else
  case $info in
    *"$mark= 124"* | *"$mark= 137"*) ;;
    *) have python3 && torch_names ;;
  esac
fi
