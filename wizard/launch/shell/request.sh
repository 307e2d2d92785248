# shellcheck shell=sh disable=SC2154
# One real request, asked on the host that serves. Reads: request_host request_port body limit_s; API_KEY_VALUE is a secret.
# Says: status CODE, and body BASE64.
export API_KEY_VALUE
# shellcheck disable=SC2016 # expanded by bash
timeout "$limit_s" bash -c '
  exec 3<>"/dev/tcp/$0/$1" || exit 1
  {
    printf "POST /generate HTTP/1.0\r\nHost: %s:%s\r\nContent-Type: application/json\r\n" "$0" "$1"
    if [[ -n "$API_KEY_VALUE" ]]; then printf "Authorization: Bearer %s\r\n" "$API_KEY_VALUE"; fi
    printf "Content-Length: %s\r\nConnection: close\r\n\r\n%s" "${#2}" "$2"
  } >&3
  read -r _ code _ <&3
  printf "status %s\n" "$code"
  while IFS= read -r line <&3 && [[ "${line%$'\''\r'\''}" != "" ]]; do :; done
  printf "body "
  base64 <&3 | tr -d "\n"
  printf "\n"' "$request_host" "$request_port" "$body" 2>/dev/null
