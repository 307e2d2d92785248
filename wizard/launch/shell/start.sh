# shellcheck shell=sh disable=SC2154
# Starts one process of the run, detached from whoever asks. Reads: run_folder run name plan sum; the environment holds
# the secrets. Says one of: started PID TICKS BOOT LOG_BYTES, already PID TICKS BOOT, refused KIND DETAIL.
umask 077
cd "$run_folder" 2>/dev/null || { printf 'refused folder\n'; exit 0; }
# a redirection that fails would end the shell, so it is tried first
if ! printf '' >>"$name.lock"; then
  printf 'refused space '
  df -P . | awk 'NR == 2 { print $4 " KiB free on " $6 }'
  exit 0
fi 2>/dev/null
exec 9>"$name.lock"
flock -w 10 9 || { printf 'refused busy\n'; exit 0; }
if read -r pid ticks boot <"$name.pid" && [ "$boot" = "$(boot_id)" ] && is_alive "$pid" "$ticks"; then
  printf 'already %s %s %s\n' "$pid" "$ticks" "$boot"
  exit 0
fi 2>/dev/null
if [ "$(sha256sum <launch.sh | cut -d ' ' -f 1)" != "$sum" ]; then
  printf 'refused changed %s\n' "$(plan_in launch.sh)"
  exit 0
fi
for tool in bash setsid; do
  command -v "$tool" >/dev/null || { printf 'refused tool %s\n' "$tool"; exit 0; }
done
rm -f "$name.pid" "$name.exit"
if ! printf '' >>"$name.log" || ! printf '%512s' '' >"$name.space" || ! rm "$name.space"; then
  rm -f "$name.space"
  printf 'refused space '
  df -P . | awk 'NR == 2 { print $4 " KiB free on " $6 }'
  exit 0
fi 2>/dev/null
before="$(($(wc -c <"$name.log")))"
export GLM_WIZARD_PLAN="$plan" GLM_WIZARD_RUN="$run" GLM_WIZARD_PROCESS="$name"
# The outer shell waits, to keep the exit status; the inner one becomes the server: its pid is group and session.
# shellcheck disable=SC2016 # expanded by the inner shells
setsid -f sh -c '
  exec 9>&-
  setsid sh -c '\''
    exec >>"$GLM_WIZARD_PROCESS.log" 2>&1 </dev/null  # here: the shell that waits is no writer of the log
    stat="$(sed -e "s/.*) //" /proc/$$/stat)"
    set -- $stat
    shift 19
    printf "%s %s %s\n" "$$" "$1" "$(cat /proc/sys/kernel/random/boot_id)" >"$GLM_WIZARD_PROCESS.pid.new"
    mv "$GLM_WIZARD_PROCESS.pid.new" "$GLM_WIZARD_PROCESS.pid"
    exec bash ./launch.sh "$GLM_WIZARD_PROCESS"
  '\''
  printf "%s\n" "$?" >"$GLM_WIZARD_PROCESS.exit.new"
  mv "$GLM_WIZARD_PROCESS.exit.new" "$GLM_WIZARD_PROCESS.exit"
' >/dev/null 2>&1 </dev/null
tries=0
while [ ! -s "$name.pid" ] && [ "$tries" -lt 100 ]; do
  sleep 0.05
  tries=$((tries + 1))
done
if read -r pid ticks boot <"$name.pid"; then
  printf 'started %s %s %s %s\n' "$pid" "$ticks" "$boot" "$before"
else
  printf 'refused silent\n'
fi 2>/dev/null
