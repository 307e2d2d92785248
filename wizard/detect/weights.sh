# A folder of weights: names, sizes and the small files. The caller sets model_path. Nothing large is read.
if [ ! -e "$model_path" ]; then
  printf 'absent\n' | text weights-state
elif [ ! -d "$model_path" ]; then
  printf 'file\n' | text weights-state
elif [ ! -r "$model_path" ] || [ ! -x "$model_path" ]; then
  printf 'unreadable\n' | text weights-state
else
  printf 'folder\n' | text weights-state
  cd "$model_path" || exit 0
  section weights-files "$limit_s" sh -c '
    for file in ./* ./.??*; do [ -f "$file" ] && stat -L -c "%s %n" "$file"; done; exit 0'
  [ -f config.json ] && section weights-config "$short_s" head -c 200000 config.json
  for file in *.index.json; do
    [ -f "$file" ] || continue
    section weights-shards "$limit_s" sh -c 'grep -o "\"[^\"]*\.safetensors\"" "$1" | sort -u' sh "$file"
    section weights-layers "$limit_s" sh -c 'grep -o "layers\.[0-9]*\." "$1" | sort -u' sh "$file"
    section weights-hash-index "$limit_s" sha256sum "$file"
    break
  done
  [ -f config.json ] && section weights-hash-config "$short_s" sha256sum config.json
  if [ -f quant_model_description.json ]; then
    section weights-quantization "$limit_s" sh -c \
      'grep -o "\"model_quant_type\"[^,}]*" "$1"; grep -o ": *\"[A-Z][A-Z0-9_]*\"" "$1" | sort | uniq -c' sh \
      quant_model_description.json
    section weights-hash-quantization "$limit_s" sha256sum quant_model_description.json
  fi
fi
