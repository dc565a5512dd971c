# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: root and local users get in with their own keys, whatever taglogin does
both_get_in() {
  gets_in lena
  gets_in root
}
both_get_in
taglogind_stop
both_get_in
defer taglogind_start

# The modules gone from the disk as well.
for module in pam_taglogin.so libnss_taglogin.so.2; do
  path=$(module_path "$module")
  on host1 mv "$path" "/root/$module"
  defer on host1 mv "/root/$module" "$path"
  both_get_in
done
