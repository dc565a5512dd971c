# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: a rule's client networks: only through the bastion
config_edit '/^login = /a from = ["10.99.0.32/32"]'
reload_and_wait
FROM=client2 gets_in alice
kept_out alice TL-DENY-FROM
FROM=client2 kept_out bob TL-DENY-NOGROUP
# A forged name in place of an address does not help: sshd gives the address.
kept_out alice TL-DENY-FROM -o SendEnv=LANG
