# tune WHAT COMMAND...: needs root; tried and reported, never fatal.
tune() {
  local what="$1"
  shift
  if ! "$@" >/dev/null 2>&1; then say "could not set $what (needs root); the server starts all the same"; fi
}
