# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: of two offered keys the one that is the account's decides, and is the one recorded
KEY=bob attempt alice -o "IdentityFile=$LAB/keys/alice" id -un
[ "$ssh_status" = 0 ] && [ "$ssh_text" = alice ] || fail "alice with two keys: $ssh_text"
used=$(ssh-keygen -lf "$LAB/keys/alice.pub" | cut -d' ' -f2)
[ "$(record_of alice session.credential_uid)" = "$used" ] || fail "recorded: $(audit_last alice)"

# Somebody else's key alone does not open the account.
KEY=bob kept_out alice
KEY=alice kept_out bob
