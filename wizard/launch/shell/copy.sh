# shellcheck shell=sh disable=SC2154
# Puts the script, fed on stdin, into the run's folder of this host. Reads: run run_folder sum.
# Says: folder PATH, and one of: copied, there, refused KIND DETAIL.
umask 077
if [ -z "$run_folder" ]; then
  case "${XDG_STATE_HOME:-}" in
    /*) run_folder="$XDG_STATE_HOME/glm-wizard/runs/$run" ;;
    *) run_folder="$HOME/.local/state/glm-wizard/runs/$run" ;;
  esac
fi
if ! said="$(mkdir -p "$run_folder" 2>&1)"; then
  printf 'refused folder %s\n' "$(printf '%s' "$said" | tr '\n' ' ')"
  exit 0
fi
cd "$run_folder" || exit 1
printf 'folder %s\n' "$(pwd -P)"
sum_of() { sha256sum <"$1" | cut -d ' ' -f 1; }
if [ -e launch.sh ]; then
  cat >/dev/null
  if [ "$(sum_of launch.sh)" = "$sum" ]; then printf 'there\n'; else printf 'refused changed %s\n' "$(plan_in launch.sh)"; fi
  exit 0
fi
if ! cat >".launch.sh.$$" 2>/dev/null || [ "$(sum_of ".launch.sh.$$")" != "$sum" ]; then
  rm -f ".launch.sh.$$"
  printf 'refused space '
  df -P . | awk 'NR == 2 { print $4 " KiB free on " $6 }'
  exit 0
fi
chmod 700 ".launch.sh.$$" && mv ".launch.sh.$$" launch.sh && printf 'copied\n'
