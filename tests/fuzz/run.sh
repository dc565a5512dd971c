#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# run.sh PROGRAM TARGET MAX_LEN: runs one fuzz target, in the build folder. TAGLOGIN_FUZZ_SECONDS says for how long
# (10), TAGLOGIN_FUZZ_SEED with which seed (a random one, which is printed). What is new stays in
# fuzz/TARGET/corpus, an input that breaks a property in fuzz/TARGET/findings, the last run's log in fuzz/TARGET/log.
set -euo pipefail
program=$1 target=$2 max_len=$3
source=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$PWD/fuzz/$target
seconds=${TAGLOGIN_FUZZ_SECONDS:-10}
seed=${TAGLOGIN_FUZZ_SEED:-$((RANDOM * 32768 + RANDOM + 1))}

mkdir -p "$work/corpus" "$work/findings"
rm -f "$work"/findings/*
options=(-seed="$seed" -max_len="$max_len" -timeout=1 -rss_limit_mb=1024 -artifact_prefix="$work/findings/"
  -print_final_stats=1)
if [ -f "$source/dictionaries/$target" ]; then options+=(-dict="$source/dictionaries/$target"); fi
# The first folder takes what is new; the others are only read.
inputs=("$work/corpus" "$source/corpus/$target")
if [ -d "$source/regressions/$target" ]; then inputs+=("$source/regressions/$target"); fi

# sum_of STATISTIC: over all parts of this run.
sum_of() { awk -v name="stat::$1:" '$1 == name { sum += $2 } END { print sum + 0 }' "$work/log"; }

# stalled: whether all that was found is an input that took long on the clock, but not on the processor: the machine was
# busy elsewhere. Such inputs are forgotten.
stalled() {
  local input
  for input in "$work"/findings/*; do
    case ${input##*/} in
      timeout-*) (ulimit -t 1 && "$program" -timeout=60 "$input") >>"$work/log" 2>&1 || return 1 ;;
      slow-unit-*) ;;
      *) return 1 ;;
    esac
    rm "$input"
  done
}

: >"$work/log"
end=$((SECONDS + seconds)) status=0
while left=$((end - SECONDS)) && [ "$left" -gt 0 ]; do
  status=0
  "$program" "${options[@]}" -max_total_time="$left" "${inputs[@]}" >>"$work/log" 2>&1 || status=$?
  [ "$status" != 0 ] && stalled || break
  status=0
done

executions=$(sum_of number_of_executed_units)
new=$(sum_of new_units_added)
if [ "$status" = 0 ]; then findings=0; else findings=1; fi
printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$target" "$executions" "$seconds" $((executions / seconds)) "$new" "$findings" \
  "$seed" >"$work/result"
echo "$target: $executions executions in $seconds s, $new new inputs, $findings findings, seed $seed"
if [ "$status" != 0 ]; then
  grep -nE 'does not hold|SUMMARY|ERROR|Assertion|Test unit written|runtime error' "$work/log" | head -20
  echo "The whole of it: $work/log. To keep it: copy the input to tests/fuzz/regressions/$target/."
  exit 1
fi
