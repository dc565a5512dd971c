#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# host-enable.sh: the steps of docs/install.md that follow the installation, on host1.
set -euo pipefail
chgrp taglogin /etc/krb5.keytab
chmod 640 /etc/krb5.keytab
sed -i -E 's/^(passwd|group):(\s+)files/\1:\2files taglogin/' /etc/nsswitch.conf
grep -q '^passwd:.*files taglogin' /etc/nsswitch.conf
cp /usr/share/doc/taglogin/examples/pam/sshd.debian /etc/pam.d/sshd

# For the stories: a service with nothing but our module.
printf 'account required pam_taglogin.so\n' >/etc/pam.d/taglogin-only
