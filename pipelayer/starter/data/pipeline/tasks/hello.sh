#!/usr/bin/env bash
# Your work goes here. What it prints is in the pipeline's log.
set -euo pipefail

day=${1:?usage: hello.sh DAY}

echo "Hello, this is the run of $day."
