#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""token_groups.py GROUP: the accounts in GROUP by the domain's own account of it: every enabled user whose tokenGroups
holds the group's SID. Runs on dc1."""
import sys

import ldb
from samba.auth import system_session
from samba.dcerpc import security
from samba.ndr import ndr_unpack
from samba.param import LoadParm
from samba.samdb import SamDB

loaded = LoadParm()
loaded.load_default()
db = SamDB(url=loaded.private_path('sam.ldb'), session_info=system_session(), lp=loaded)
group = db.search(db.domain_dn(), ldb.SCOPE_SUBTREE, f'(sAMAccountName={sys.argv[1]})', ['objectSid'])[0]
wanted = ndr_unpack(security.dom_sid, group['objectSid'][0])
users = db.search(db.domain_dn(), ldb.SCOPE_SUBTREE,
                  '(&(objectCategory=person)(objectClass=user)(!(userAccountControl:1.2.840.113556.1.4.803:=2)))',
                  ['sAMAccountName'])
for user in users:
    tokens = db.search(user.dn, ldb.SCOPE_BASE, attrs=['tokenGroups'])[0]
    if any(ndr_unpack(security.dom_sid, sid) == wanted for sid in tokens.get('tokenGroups', [])):
        print(user['sAMAccountName'][0].decode())
