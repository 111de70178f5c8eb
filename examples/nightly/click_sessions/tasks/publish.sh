#!/usr/bin/env bash
# Points latest.json at the day's sessions. Refuses if Spark has not finished, or if a later day is published already.
set -euo pipefail

usage='usage: publish.sh S3_DIR DAY'
sessions=${1:?$usage}
day=${2:?$usage}

if ! aws s3 ls "$sessions/day=$day/_SUCCESS" >/dev/null; then
  echo "$sessions/day=$day/ has no _SUCCESS: Spark has not finished writing it" >&2
  exit 1
fi

# A day that is run again must not turn the pointer back.
current=""
if aws s3 ls "$sessions/latest.json" >/dev/null; then
  current=$(aws s3 cp "$sessions/latest.json" -)
fi
if [[ $current =~ \"day\":\ \"([0-9-]+)\" && ${BASH_REMATCH[1]} > $day ]]; then
  echo "${BASH_REMATCH[1]} is published already: $day stays in its folder"
  exit 0
fi

printf '{"day": "%s", "path": "%s"}\n' "$day" "$sessions/day=$day/" | aws s3 cp - "$sessions/latest.json"
echo "published $day"
