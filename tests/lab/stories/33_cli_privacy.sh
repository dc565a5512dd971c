# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: a plain user learns nothing about others from the cli
gets_in alice
for words in 'who' 'tags' 'tags accept' 'why bob' 'refresh' 'test --user bob'; do
  refuses ssh_as alice "taglogin $words"
  refuses ssh_as lena "taglogin $words"
done
attempt alice taglogin why alice
[[ $ssh_text == *ssh-prod-web* ]] || fail "alice does not learn about herself: $ssh_text"
attempt lena taglogin status
[[ $ssh_text != *dc1* && $ssh_text != *ssh-prod* ]] || fail "lena sees: $ssh_text"
