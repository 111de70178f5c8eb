#!/usr/bin/env bash
# Fails if a line of the export has no order id, or if a file was cut off in the middle of a line.
set -euo pipefail

export_dir=${1:?usage: check.sh EXPORT_DIR}

status=0
while IFS= read -r -d '' file; do
  if [[ -s $file && -n $(tail -c 1 "$file") ]]; then
    echo "$(basename "$file"): the last line is cut off" >&2
    status=1
  fi
  if ! awk -F, '$1 !~ /^"?[0-9]+"?$/ { print FILENAME ":" FNR ": no order id"; bad = 1 } END { exit bad }' "$file" >&2
  then
    status=1
  fi
done < <(find "$export_dir" -type f -print0)
exit "$status"
