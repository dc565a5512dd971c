# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: T02: a rule whose group is nothing, a user or a mailing list lets nobody in, and is reported
sed 's/^login = .*/login = ["no-such-group", "alice", "mail-list", "CN=ssh-prod-web"]/' "$SRC/tests/lab/taglogin.toml" | config_write
reload_and_wait
for user in alice bob erin judy; do
  kept_out "$user" TL-DENY-NOGROUP
done
for name in no-such-group alice mail-list; do says "$name" on host1 taglogin status; done
# A group that is in the directory, beside them, still counts.
config_edit 's/^login = .*/login = ["no-such-group", "web-team"]/'
reload_and_wait
gets_in alice
kept_out dave TL-DENY-NOGROUP
