# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: random graphs of groups: who is in what equals the domain's own tokenGroups
# set: long
# seconds: 900
graphs=${GRAPHS:-1000} at_once=50 seed=${SEED:-20261122}
program=$LAB/src/tests/lab/random_graphs.py
walk=$LAB/src/build/release/tests/directory/walk_dump
[ -x "$BUILD/tests/directory/walk_dump" ] || fail "walk_dump is not built"
defer on dc1 /usr/bin/python3 "$program" remove
total_users=0 total_ways=0
for ((done = 0; done < graphs; done += at_once)); do
  on dc1 /usr/bin/python3 "$program" make "$((seed + done))" "$at_once" "$LAB/graphs.json" || fail "no graphs"
  mapfile -t groups < <(/usr/bin/python3 -c 'import json, sys; print("\n".join(json.load(open(sys.argv[1]))["groups"]))' "$LAB/graphs.json")
  on host1 "$walk" --domain corp.example --server dc1.corp.example --json "${groups[@]/#/--group=}" >"$LAB/graphs.walk" ||
    fail "the walk failed: $(tail -c 500 "$LAB/graphs.walk")"
  /usr/bin/python3 "$program" compare "$LAB/graphs.json" "$LAB/graphs.walk" >"$LAB/graphs.out" || fail "seed $((seed + done)): $(cat "$LAB/graphs.out")"
  read -r users _ _ _ ways _ <"$LAB/graphs.out"
  total_users=$((total_users + users)) total_ways=$((total_ways + ways))
  on dc1 /usr/bin/python3 "$program" remove
done
echo "= seed $seed: $graphs graphs, $total_users users, $total_ways memberships, 0 differences"
