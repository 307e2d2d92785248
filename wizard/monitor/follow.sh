# Follows FILE from OFFSET of INODE through rotation, truncation, deletion and late arrival; POSIX sh.
#
# Prints frames: "@data INODE OFFSET BYTES IS_NEW", a line feed, the bytes, "@end" on a line of its own; and
# "@state WORD". A frame without its end is to be thrown away: what it held comes again.
# shellcheck disable=SC2153
inode=$INODE
# shellcheck disable=SC2153
offset=$OFFSET
is_new=1
told=''

state() {
  [ "$told" = "$1" ] || printf '@state %s\n' "$1"
  told=$1
}

nap() { sleep 0.2 2>/dev/null || sleep 1; }

seek() { dd bs=1 skip="$1" count=0 <&3 2>/dev/null; }

# opens the file anew: the position of a descriptor can only be moved forward
reopen() {
  command exec 3<"$FILE" || return 1
  # shellcheck disable=SC2046
  set -- $(stat -L -c '%i %s' /proc/self/fd/3)
  [ "$#" = 2 ] || return 1
  now=$1
  size=$2
}

before() {
  seek "$((offset - LENGTH))"
  head -c "$LENGTH" <&3 | od -An -v -tx1 | tr -d ' \n'
}

open_file() {
  if [ ! -e "$FILE" ]; then
    state missing
    return 1
  elif [ ! -f "$FILE" ]; then
    state not-a-file
    return 1
  elif [ ! -r "$FILE" ]; then
    state denied
    return 1
  fi
  reopen 2>/dev/null || return 1
  if [ -n "$inode" ] && [ "$now" = "$inode" ] && [ "$size" -ge "$offset" ] &&
    { [ "$LENGTH" = 0 ] || [ "$(before)" = "$BEFORE" ]; }; then
    is_new=0
  else
    [ -z "$inode" ] || is_new=1
    offset=0
    if [ -z "$inode" ] && [ "$size" -gt "$WHOLE" ]; then offset=$((size - LAST)); fi
  fi
  inode=$now
  LENGTH=0
  command exec 3<"$FILE" || return 1
  [ "$offset" = 0 ] || seek "$offset"
  state following
}

is_open=''
while :; do
  if [ -z "$is_open" ]; then
    open_file || {
      nap
      continue
    }
    is_open=1
  fi
  # looked at first: whoever writes to the next file has written its last line here
  next=$(stat -L -c '%i %s' "$FILE" 2>/dev/null)
  size=$(stat -L -c %s /proc/self/fd/3)
  if [ "$size" -lt "$offset" ]; then
    inode=emptied
    is_open=''
    continue
  fi
  if [ "$size" -gt "$offset" ]; then
    count=$((size - offset))
    [ "$count" -le 262144 ] || count=262144
    printf '@data %s %s %s %s\n' "$inode" "$offset" "$count" "$is_new"
    head -c "$count" <&3
    printf '\n@end\n'
    offset=$((offset + count))
    is_new=0
    continue
  fi
  if [ -z "$next" ]; then
    state gone
  elif [ "${next% *}" != "$inode" ] && [ "${next#* }" -gt 0 ]; then
    is_open=''
    continue
  else
    state following
  fi
  nap
done
