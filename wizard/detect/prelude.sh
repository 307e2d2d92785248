# What the probe scripts share. Read by `sh -s`, so nothing needs to be on the host; writes nothing there.
# The caller sets mark (a random word), limit_s and short_s before this text.
LC_ALL=C
export LC_ALL
PATH="$PATH:/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin"

have() { command -v "$1" >/dev/null 2>&1; }

# limited SECONDS COMMAND...: ends the command and its children; 124 or 137 when it had to.
if have timeout; then
  limited() { timeout -k 1 "$@"; }
else
  limited() {
    seconds=$1
    shift
    "$@" &
    child=$!
    (
      passed=0
      while [ "$passed" -lt "$seconds" ]; do
        sleep 1
        kill -0 "$child" 2>/dev/null || exit 0
        passed=$((passed + 1))
      done
      kill -9 "$child" 2>/dev/null
    ) >/dev/null 2>&1 &
    wait "$child"
  }
fi

# section NAME SECONDS COMMAND...: stdout as it is, stderr line by line behind a mark, then the status.
section() {
  name=$1
  shift
  {
    {
      printf '\n%s< %s\n' "$mark" "$name" >&3
      limited "$@" </dev/null 3>&-
      printf '%s= %s\n' "$mark" "$?" >&3
    } 2>&1 1>&3 | sed "s/^/$mark! /" >&3
  } 3>&1
}

# text NAME: what stands on stdin, as a section of its own.
text() {
  printf '\n%s< %s\n' "$mark" "$1"
  cat
  printf '%s= 0\n' "$mark"
}

# find_tool: npu-smi in tool, or in blocked when it is there and may not be run.
find_tool() {
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
}
