# shellcheck shell=sh
# plan_in FILE: the plan that a launch script holds, by what it says of itself; an edited one says so. Nothing of it is run.
plan_in() {
  sed -n "s/^PLAN='\{0,1\}\([0-9a-f]\{1,64\}\)'\{0,1\}\$/\1/p;T;q" "$1" | tr -d '\n'
  said="$(sed -n "s/^SCRIPT_SUM='\{0,1\}\([0-9a-f]\{1,64\}\)'\{0,1\}\$/\1/p;T;q" "$1")"
  is="$(grep -v '^SCRIPT_SUM=' "$1" | sha256sum | cut -c 1-12)"
  [ "$is" = "$said" ] || printf -- '-edited-%.8s' "$is"
}
