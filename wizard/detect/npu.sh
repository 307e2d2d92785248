# The devices: npu-smi first, then everything that can tell when it cannot.
tool="" blocked=""
old_ifs=$IFS
IFS=:
for folder in $PATH; do
  if [ -f "$folder/npu-smi" ] && [ -x "$folder/npu-smi" ]; then
    tool=$folder/npu-smi
    break
  elif [ -e "$folder/npu-smi" ] && [ -z "$blocked" ]; then
    blocked=$folder/npu-smi
  fi
done
IFS=$old_ifs

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

if [ -z "$tool" ]; then
  { [ -n "$blocked" ] && printf 'npu-smi: %s: Permission denied\n' "$blocked"; } | text npu-smi-missing
  printf '\n%s< npu-smi-info\n' "$mark"
  if [ -n "$blocked" ]; then
    printf '%s! npu-smi: %s: Permission denied\n%s= 126\n' "$mark" "$blocked" "$mark"
  else
    printf '%s! npu-smi: command not found\n%s= 127\n' "$mark" "$mark"
  fi
  info=
else
  printf '%s\n' "$tool" | text npu-smi-path
  info=$(section npu-smi-info "$limit_s" "$tool" info)
  printf '%s\n' "$info"
fi

devices=$(printf '%s\n' "$info" | tr -d '\r' | sed -n '/Process id/q
s/^ *| *\([0-9][0-9]*\)  *[^|]*| *\([A-Za-z][A-Za-z]*\) *|.*/\1 \2/p')
# whole NAME WORDS...: one query, written in one piece, so that several may run at once. A block of these is short
# enough to reach the pipe undivided; the matrix of links is not, and waits for the others.
whole() {
  name=$1
  shift
  block=$(section "$name" "$short_s" "$tool" info "$@")
  printf '%s\n' "$block"
}

if [ -n "$devices" ]; then
  first=$(printf '%s\n' "$devices" | sed 's/ .*//;q')
  whole npu-smi-map -m &
  whole npu-smi-board -t board -i "$first" &
  case $info in
    *Phy-ID*) whole npu-smi-spod -t spod-info -i "$first" -c 0 & ;;
    *) whole npu-smi-list -l & ;;
  esac
  for card in $(printf '%s\n' "$devices" | sed -n '/ OK$/!s/ .*//p' | sort -u | head -n 8); do
    whole "npu-smi-health-$card" -t health -i "$card" &
  done
  links=$(section npu-smi-topo "$short_s" "$tool" info -t topo)
  wait
  printf '%s\n' "$links"
else
  case $info in
    *"$mark= 124"* | *"$mark= 137"*) ;;
    *)
      if have python3 && python3 -c 'import importlib.util, sys; sys.exit(not importlib.util.find_spec("torch_npu"))' \
        >/dev/null 2>&1 </dev/null; then
        section torch-npu "$limit_s" python3 -c '
import torch, torch_npu
for number in range(torch.npu.device_count()):
    print(torch.npu.get_device_name(number))'
      fi
      ;;
  esac
fi
