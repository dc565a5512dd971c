#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# tls.sh NAME: a lab CA and a certificate for the server NAME, where Samba looks for them.
set -euo pipefail
umask 077
mkdir -p /var/lib/samba/private/tls
cd /var/lib/samba/private/tls
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 -keyout lab-ca-key.pem -out lab-ca.pem \
  -subj '/CN=Lab CA' -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign
openssl req -newkey rsa:2048 -nodes -keyout lab-key.pem -out lab.csr -subj "/CN=$1"
openssl x509 -req -in lab.csr -CA lab-ca.pem -CAkey lab-ca-key.pem -CAcreateserial -days 365 -out lab-cert.pem \
  -extfile <(printf 'subjectAltName=DNS:%s\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n' "$1")
rm lab.csr
chmod 644 lab-ca.pem lab-cert.pem
