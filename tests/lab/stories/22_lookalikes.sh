# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: T16: objects outside the search base, or of the same common name, count for nothing
# bob and mallory are in a group with cn=ssh-prod-web, and in a real ssh-prod-cache, both outside OU=Corp.
kept_out bob TL-DENY-NOGROUP
KEY=bob kept_out mallory
[ "$(on host1 getent passwd mallory)" = "" ] || fail "mallory is visible"
tags_are Environment=prod Role=cache
defer tags_default
kept_out bob
says ssh-prod-cache on host1 taglogin status
# The real alice, not the cn=alice outside the base, is whom the name stands for.
sid=$(on dc1 ldbsearch -H "$SAM" '(sAMAccountName=alice)' objectSid 2>/dev/null | sed -n 's/^objectSid: //p')
why=$(on host1 taglogin why alice --json || true)
json_has account.id "\"$sid\"" <<<"$why"
