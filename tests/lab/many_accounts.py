#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""many_accounts.py make N...: for each N, which grow, N users below OU=many-N and a group many-N of them. The units lie in
each other: those of the smaller are among those of the larger. many_accounts.py remove: takes them away. Runs on dc1, on
the local sam.ldb."""
import sys

import ldb
from samba.auth import system_session
from samba.param import LoadParm
from samba.samdb import SamDB

KEY = 'SSHKey:ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI' + 'A' * 43
AT_ONCE = 500


def open_database():
    loaded = LoadParm()
    loaded.load_default()
    return SamDB(url=loaded.private_path('sam.ldb'), session_info=system_session(), lp=loaded, options=['batch_mode:1'])


def add_users(database, unit, first, last):
    names = [f'm{number:05}' for number in range(first, last)]
    database.transaction_start()
    for name in names:
        database.add({'dn': f'CN={name},{unit}', 'objectClass': 'user', 'sAMAccountName': name,
                      'userPrincipalName': f'{name}@corp.example', 'displayName': f'Member {name}',
                      'userAccountControl': str(0x10220), 'altSecurityIdentities': KEY})
    database.transaction_commit()
    return [f'CN={name},{unit}' for name in names]


def make(counts):
    database = open_database()
    corp = f'OU=Corp,{database.domain_dn()}'
    units = {}
    parent = corp
    for count in reversed(counts):
        units[count] = parent = f'OU=many-{count},{parent}'
        database.add({'dn': parent, 'objectClass': 'organizationalUnit'})
    members = []
    for count in counts:
        for first in range(len(members), count, AT_ONCE):
            members += add_users(database, units[count], first, min(first + AT_ONCE, count))
        database.add({'dn': f'CN=many-{count},OU=Groups,{corp}', 'objectClass': 'group', 'sAMAccountName': f'many-{count}',
                      'groupType': str(0x80000000 - 2**32 | 2), 'member': members})


def remove():
    database = open_database()
    for kind in ('(&(objectClass=group)(cn=many-*))', '(ou=many-*)'):
        for found in database.search(f'OU=Corp,{database.domain_dn()}', ldb.SCOPE_SUBTREE, kind, ['cn']):
            if database.search(found.dn, ldb.SCOPE_BASE, attrs=['cn']):
                database.delete(found.dn, ['tree_delete:0'])
                if kind.startswith('(ou'):
                    return


if __name__ == '__main__':
    if sys.argv[1] == 'make':
        make([int(count) for count in sys.argv[2:]])
    else:
        remove()
