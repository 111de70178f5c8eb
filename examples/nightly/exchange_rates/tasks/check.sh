#!/usr/bin/env bash
# Fails unless the file holds at least 20 well-formed rates, the dollar among them.
set -euo pipefail

file=${1:?usage: check.sh FILE}

awk -F, '
  NR == 1 { next }
  $2 !~ /^[0-9]+-[0-9]+-[0-9]+$/ || $3 !~ /^[A-Z][A-Z][A-Z]$/ || $4 + 0 <= 0 { print "bad line " NR ": " $0; bad = 1 }
  $3 == "USD" { dollar = 1 }
  END {
    if (NR < 21) { print "only " (NR > 0 ? NR - 1 : 0) " rates"; bad = 1 }
    if (!dollar) { print "no rate for USD"; bad = 1 }
    exit bad
  }
' "$file" >&2
