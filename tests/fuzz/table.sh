#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# table.sh BUILD: the last run of each fuzz target in a build folder, as a table for docs/measurements.md.
set -euo pipefail
shopt -s nullglob
results=("${1:?the build folder}"/fuzz/*/result)
[ "${#results[@]}" -gt 0 ] || { echo "No fuzz target has run in $1." >&2; exit 1; }
echo '| target | executions | seconds | a second | new inputs | findings | seed |'
echo '|---|---|---|---|---|---|---|'
cat "${results[@]}" | sed -e 's/^/| /' -e 's/\t/ | /g' -e 's/$/ |/'
