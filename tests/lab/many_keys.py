#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""many_keys.py DN N KEYFILE: LDIF that gives DN the key of KEYFILE and, behind it, N made-up ed25519 keys."""
import base64
import hashlib
import sys

dn, count, key_file = sys.argv[1], int(sys.argv[2]), sys.argv[3]
print(f'dn: {dn}\nchangetype: modify\nreplace: altSecurityIdentities')
print('altSecurityIdentities: SSHKey:' + ' '.join(open(key_file).read().split()[:2]))
for n in range(count):
    blob = b'\0\0\0\x0bssh-ed25519\0\0\0\x20' + hashlib.sha256(str(n).encode()).digest()
    print('altSecurityIdentities: SSHKey:ssh-ed25519 ' + base64.b64encode(blob).decode())
