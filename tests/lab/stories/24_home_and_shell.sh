# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: T19: home and shell out of the directory are used when clean, and never as they come otherwise
config_edit '$a [nss]\ndirectory_home = true\ndirectory_shell = true'
taglogind_restart
defer user_set kim unixHomeDirectory
defer user_set kim loginShell
tags_are Environment=prod Role=mail
defer tags_default
# home_is VALUE EXPECTED, shell_is VALUE EXPECTED
field_is() {
  local attribute=$1 value=$2 number=$3 expected=$4 got
  user_set kim "$attribute" "$value"
  on host1 taglogin refresh >/dev/null
  got=$(on host1 getent passwd kim | cut -d: -f"$number")
  [ "$got" = "$expected" ] || fail "$attribute '$value' gives '$got' where '$expected' is due"
}
field_is unixHomeDirectory /srv/people/kim 6 /srv/people/kim
for bad in / relative ../x /home/a/../../root $'/home/a\nb' /home/a:b "/home/$(printf "x%.0s" {1..1500})"; do
  field_is unixHomeDirectory "$bad" 6 /home/kim
done
field_is loginShell /bin/sh 7 /bin/sh
for bad in '/bin/sh -c id' /usr/sbin/nologin-not-there bash $'/bin/sh\n' /bin/sh:x; do
  field_is loginShell "$bad" 7 /bin/bash
done
