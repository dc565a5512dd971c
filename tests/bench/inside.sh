#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# inside.sh MEASURE...: in the lab's root: four hosts that differ in nothing but who answers for people, then MEASURE.
# host1 taglogin, host2 SSSD's AD provider, host3 nslcd, host4 plain: a local user with a key in ~/.ssh. A peer that
# does not come up leaves a line in $BUILD/bench/PEER.absent, and its column stays empty.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/lab/lab.sh
source "$here/../lab/lab.sh"
# shellcheck source=tests/bench/hosts.sh
source "$here/hosts.sh"

BENCH=$LAB/bench
export BENCH
mkdir -p "$BENCH"
cp "$BUILD"/tests/bench/{bench_probe,bench_first,bench_unpadded.so,libnss_empty.so.2} "$BENCH/"
ssh-keygen -q -t ed25519 -N '' -C bench -f "$BENCH/key"
ssh-keygen -q -t ed25519 -N '' -f "$BENCH/host_key"

on dc1 /usr/bin/python3 "$LAB/src/tests/bench/domain.py" "$BENCH/key.pub" "$BENCH/groups" || lab_fail "domain.py failed"
lab_log "people of the bench are in the directory"
plain_host host4
taglogin_host host1
for peer in sssd:host2 nslcd:host3; do
  name=${peer%:*} node=${peer#*:}
  [ ! -e "$BUILD/bench/$name.absent" ] || continue
  ("${name}_host" "$node") >"$BENCH/$name.log" 2>&1 ||
    echo "it does not come up: $(tail -1 "$BENCH/$name.log")" >"$BUILD/bench/$name.absent"
  lab_log "$name: $(cat "$BUILD/bench/$name.absent" 2>/dev/null || echo ready)"
done
client_host client1
cp -f "$BENCH"/*.log "$BUILD/bench/" 2>/dev/null || true
exec "$@"
