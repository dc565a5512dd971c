# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: settings that are missing, broken or writable by others: taglogind does not start and says why
taglogind_stop

# refuses_with TEXT...: taglogind ends at once, and its last words hold each TEXT.
refuses_with() {
  local text
  refuses start_and_see
  for text in "$@"; do says "$text" on host1 cat /run/refusal; done
}
on host1 mv /etc/taglogin/taglogin.toml /etc/taglogin/away
refuses_with /etc/taglogin/taglogin.toml
on host1 mv /etc/taglogin/away /etc/taglogin/taglogin.toml

on host1 chmod 666 /etc/taglogin/taglogin.toml
refuses_with /etc/taglogin/taglogin.toml 'lets others write it'
on host1 chmod 644 /etc/taglogin/taglogin.toml
on host1 chmod 777 /etc/taglogin
refuses_with /etc/taglogin 'lets others write it'
on host1 chmod 755 /etc/taglogin
on host1 chown lena /etc/taglogin/taglogin.toml
refuses_with /etc/taglogin/taglogin.toml
on host1 chown root /etc/taglogin/taglogin.toml

config_edit 's/^domain = .*/domain = "corp.example/'
refuses_with taglogin.toml:3
config_edit 's/^poll_interval/poll_intervall/'
refuses_with taglogin.toml: poll_intervall '"poll_interval"'
config_edit 's/^\[tags\]/[tag]/'
refuses_with taglogin.toml: '"tags"'
config_edit 's/^servers = .*/servers = []/'
refuses_with servers
config_edit 's/^poll_interval = .*/poll_interval = "never"/'
refuses_with taglogin.toml:6 poll_interval
