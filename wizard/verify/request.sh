# shellcheck shell=sh disable=SC2154
# One request, asked on the host that serves. Reads: request_host request_port request_path request_body limit_s;
# API_KEY_VALUE is a secret. Says: status CODE, and body BASE64. Nothing is said where nothing answers.
export API_KEY_VALUE
# shellcheck disable=SC2016 # expanded by bash
timeout "$limit_s" bash -c '
  exec 3<>"/dev/tcp/$0/$1" || exit 1
  {
    if [[ -n "$3" ]]; then printf "POST"; else printf "GET"; fi
    printf " %s HTTP/1.0\r\nHost: %s:%s\r\nContent-Type: application/json\r\n" "$2" "$0" "$1"
    if [[ -n "$API_KEY_VALUE" ]]; then printf "Authorization: Bearer %s\r\n" "$API_KEY_VALUE"; fi
    printf "Content-Length: %s\r\nConnection: close\r\n\r\n%s" "${#3}" "$3"
  } >&3
  read -r _ code _ <&3
  printf "status %s\n" "$code"
  while IFS= read -r line <&3 && [[ "${line%$'\''\r'\''}" != "" ]]; do :; done
  printf "body "
  base64 <&3 | tr -d "\n"
  printf "\n"' "$request_host" "$request_port" "$request_path" "$request_body" 2>/dev/null
