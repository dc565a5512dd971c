# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: 1,000 users, 200 groups: taglogin who equals the domain's own tokenGroups
tags_are Environment=prod Role=fleet
defer tags_default
wait_for 30 fleet_is_known || fail "the fleet's groups are not known: $(on host1 taglogin status)"
on host1 taglogin who --json | /usr/bin/python3 -c 'import json, sys; print("\n".join(sorted(row["user"] for row in json.load(sys.stdin)["who"])))' >"$LAB/who"
on dc1 /usr/bin/python3 "$LAB/src/tests/lab/token_groups.py" ssh-prod-fleet | sort >"$LAB/token-groups"
echo "taglogin who: $(wc -l <"$LAB/who"), tokenGroups: $(wc -l <"$LAB/token-groups")"
[ "$(wc -l <"$LAB/who")" -gt 300 ] || fail "too few"
diff "$LAB/who" "$LAB/token-groups" || fail "they differ"
