#!/usr/bin/env bash
# Reads the rates as XML, prints them as CSV: run_day,rate_day,currency,rate
set -euo pipefail

run_day=${1:?usage: to_csv.sh DAY}

echo "run_day,rate_day,currency,rate"
tr '\n>' ' \n' | awk -v run_day="$run_day" '
  function attribute(name,    found) {
    if (!match($0, name "=[\"\047][^\"\047]*")) return ""
    found = substr($0, RSTART, RLENGTH)
    return substr(found, length(name) + 3)
  }
  attribute("time") != "" { rate_day = attribute("time") }
  attribute("currency") != "" { print run_day "," rate_day "," attribute("currency") "," attribute("rate") }
'
