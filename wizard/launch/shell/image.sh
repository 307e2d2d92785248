# shellcheck shell=sh disable=SC2154
# Pulls the image where it is missing; progress comes line by line. Reads: image. Ends in: image ID, or refused KIND.
engine="$(engine)"
if [ -z "$engine" ]; then printf 'refused engine\n'; exit 0; fi
if ! "$engine" image inspect "$image" >/dev/null 2>&1; then
  printf 'pulling\n'
  if ! "$engine" pull "$image" 2>&1; then printf 'refused pull\n'; exit 0; fi
fi
printf 'image %s\n' "$("$engine" image inspect --format '{{.Id}}' "$image")"
