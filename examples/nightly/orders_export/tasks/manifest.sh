#!/usr/bin/env bash
# Prints the day's manifest as JSON: the day, the number of files and of rows.
set -euo pipefail

usage='usage: manifest.sh EXPORT_DIR DAY'
export_dir=${1:?$usage}
day=${2:?$usage}

files=$(find "$export_dir" -type f | wc -l)
rows=$(find "$export_dir" -type f -exec cat {} + | wc -l)
printf '{"day": "%s", "files": %d, "rows": %d}\n' "$day" "$files" "$rows"
