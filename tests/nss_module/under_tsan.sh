#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# under_tsan.sh FOLDER TEST=FILTER...: builds test programs with ThreadSanitizer in FOLDER and runs them there.
set -euo pipefail
folder=$1
shift
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
cmake --preset tsan -B "$folder" >"$folder.log" 2>&1 || { tail -n 20 "$folder.log"; exit 1; }
for run in "$@"; do
  test=${run%%=*}
  cmake --build "$folder" --target "$test" >"$folder.log" 2>&1 || { tail -n 40 "$folder.log"; exit 1; }
  program=$(find "$folder" -name "$test" -type f -perm -u+x -print -quit)
  TSAN_OPTIONS=halt_on_error=1 "$program" --gtest_filter="${run#*=}"
done
