# CANN's own scripts use variables that are not set and commands that fail.
load_environment() {
  local file
  local -a files=("$@")
  set --  # a sourced script would take them for its own arguments
  for file in "${files[@]}"; do
    if [[ ! -r "$file" ]]; then
      say "$file is not there; going on without it"
      continue
    fi
    set +euo pipefail
    builtin source "$file"
    set -euo pipefail
  done
}
