#!/usr/bin/env bash
# Prints the European Central Bank's reference rates as XML. RATES_URL overrides the source.
set -euo pipefail

url=${RATES_URL:-https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml}
curl --fail --silent --show-error --location --max-time 60 --retry 3 "$url"
