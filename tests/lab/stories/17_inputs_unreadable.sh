# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: T01: each input of a decision unreadable, away or cut off: the last good one counts, or nobody gets in
gets_in alice
for harm in 'chmod 000' mv 'truncate -s 40'; do
  config_default
  case $harm in
    mv) on host1 mv /etc/taglogin/taglogin.toml /etc/taglogin/away ;;
    *) on host1 sh -c "$harm /etc/taglogin/taglogin.toml" ;;
  esac
  taglogind_reload
  gets_in alice
  kept_out bob TL-DENY-NOGROUP
  [ "$harm" != mv ] || on host1 mv /etc/taglogin/away /etc/taglogin/taglogin.toml
done
config_default
on host1 chmod 644 /etc/taglogin/taglogin.toml

# The keytab: the directory cannot be asked, what is known counts.
on host1 chmod 000 /etc/krb5.keytab
defer on host1 chmod 640 /etc/krb5.keytab
taglogind_restart_without_directory() { taglogind_stop; taglogind_spawn; wait_for 20 taglogind_answers; }
taglogind_restart_without_directory
gets_in alice
kept_out bob TL-DENY-NOGROUP
