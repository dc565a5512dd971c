# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: T08: deny by direct, nested, universal and primary group; deny beats allow
tags_are Environment=prod Role=all
defer tags_default
for user in heidi ivan lars grace alice; do
  gets_in "$user"
done
rules_add '[[rule]]' 'name = "keep out"' 'deny = ["ssh-banned", "leavers", "interns"]'
kept_out heidi TL-DENY-RULE
kept_out ivan TL-DENY-RULE
kept_out lars TL-DENY-RULE
kept_out grace TL-DENY-RULE
gets_in alice
rules_add '[[rule]]' 'name = "nobody"' 'deny = ["*"]'
kept_out alice TL-DENY-RULE
