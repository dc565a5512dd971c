#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""domain.py KEYFILE GROUPS: the people of the bench, written into the running domain controller's sam.ldb.

The lab's 1,000 fleet users (u0000 to u0999) get the key of KEYFILE and the group ssh-prod-bench. outsider00 to
outsider59 are in groups that no host names. GROUPS becomes the list of the fleet's security
groups. A bare key in altSecurityIdentities is the one form that taglogin, SSSD and a script all read.
"""
import sys

import ldb
from samba.auth import system_session
from samba.param import LoadParm
from samba.samdb import SamDB

LOADED = LoadParm()
LOADED.load_default()
DB = SamDB(url=LOADED.private_path('sam.ldb'), session_info=system_session(), lp=LOADED)
CORP = f'OU=Corp,{DB.domain_dn()}'
KEY = ' '.join(open(sys.argv[1]).read().split()[:2])
SECURITY = '(groupType:1.2.840.113556.1.4.803:=2147483648)'


def replace(dn, attribute, values, flag=ldb.FLAG_MOD_REPLACE):
    message = ldb.Message(ldb.Dn(DB, dn))
    message[attribute] = ldb.MessageElement(values, flag, attribute)
    DB.modify(message)


def groups():
    found = DB.search(f'OU=Fleet,{CORP}', ldb.SCOPE_SUBTREE, f'(&(objectClass=group){SECURITY})', ['sAMAccountName'])
    return sorted(str(entry['sAMAccountName']) for entry in found)


DB.transaction_start()
try:
    people = [f'CN=u{n:04d},OU=Fleet,{CORP}' for n in range(1000)]
    for person in people:
        replace(person, 'altSecurityIdentities', [KEY])
    DB.add({'dn': f'CN=ssh-prod-bench,OU=Groups,{CORP}', 'objectClass': 'group', 'sAMAccountName': 'ssh-prod-bench',
            'groupType': str(0x80000002 - 2**32), 'member': people})
    for n in range(60):
        dn = f'CN=outsider{n:02d},OU=People,{CORP}'
        DB.add({'dn': dn, 'objectClass': 'user', 'sAMAccountName': f'outsider{n:02d}', 'displayName': f'Outsider {n}',
                'userAccountControl': str(0x10220), 'altSecurityIdentities': KEY})
        for group in ('contractors', 'leavers'):
            replace(f'CN={group},OU=Groups,{CORP}', 'member', [dn], ldb.FLAG_MOD_ADD)
except BaseException:
    DB.transaction_cancel()
    raise
DB.transaction_commit()
with open(sys.argv[2], 'w') as out:
    out.write(''.join(f'{name}\n' for name in groups()))
