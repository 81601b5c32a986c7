#!/usr/bin/env bash
# Runs an example in an empty folder and looks for what it should print.
#
#   check.sh PROGRAM FOLDER REGEX [ARGUMENT...]

set -euo pipefail
export LC_ALL=C

program=$1
folder=$2
expected=$3

rm -rf "$folder"
mkdir -p "$folder"
cd "$folder"
"$program" "${@:4}" | tee output.txt
if [ -z "$expected" ]; then
    echo "the example does not say what it prints: add a line // expect: REGEX"
    exit 1
fi
if ! grep -qE -- "$expected" output.txt; then
    echo "nothing in the output matches: $expected"
    exit 1
fi
