#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# local-users.sh KEYS: what host1 had before taglogin came: root and the local user lena, each with a key in
# ~/.ssh/authorized_keys.
set -euo pipefail
keys=$1
useradd --create-home --shell /bin/bash lena
install -d -m 700 -o lena -g lena /home/lena/.ssh
install -m 600 -o lena -g lena "$keys/lena.pub" /home/lena/.ssh/authorized_keys
install -d -m 700 /root/.ssh
install -m 600 "$keys/root.pub" /root/.ssh/authorized_keys
