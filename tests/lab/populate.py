#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The people and groups of corp.example, written into the local sam.ldb in one transaction.

Runs on dc1 as root, before Samba is started. Names, and what each is for, stand in PEOPLE and in the
functions below; keys are put in later, fresh for every run.
"""
import random

import ldb
from samba.auth import system_session
from samba.param import LoadParm
from samba.samdb import SamDB

SECURITY, GLOBAL, LOCAL, UNIVERSAL = 0x80000000 - 2**32, 2, 4, 8
NORMAL, DISABLED, NO_PASSWORD, NEVER_EXPIRES = 0x200, 0x2, 0x20, 0x10000
PASSWORD = 'Lab.Us3r.Passw0rd'

LOADED = LoadParm()
LOADED.load_default()
DB = SamDB(url=LOADED.private_path('sam.ldb'), session_info=system_session(), lp=LOADED, options=['batch_mode:1'])
BASE = str(DB.domain_dn())
CORP = f'OU=Corp,{BASE}'


def unit(name, parent=CORP):
    DB.add({'dn': f'OU={name},{parent}', 'objectClass': 'organizationalUnit'})


def user(name, unit_name='People', password=True, control=NORMAL | NEVER_EXPIRES, cn=None, parent=CORP, **attributes):
    dn = f'CN={cn or name},OU={unit_name},{parent}'
    entry = {'dn': dn, 'objectClass': 'user', 'sAMAccountName': name, 'displayName': name.capitalize(),
             'userPrincipalName': f'{name}@corp.example'}
    if password:
        entry['unicodePwd'] = f'"{PASSWORD}"'.encode('utf-16-le')
    entry['userAccountControl'] = str(control if password else control | NO_PASSWORD)
    DB.add({**entry, **attributes})
    return dn


def group(name, members=(), kind=SECURITY | GLOBAL, unit_name='Groups', cn=None, parent=CORP):
    dn = f'CN={cn or name},OU={unit_name},{parent}'
    entry = {'dn': dn, 'objectClass': 'group', 'sAMAccountName': name, 'groupType': str(kind)}
    if members:
        entry['member'] = list(members)
    DB.add(entry)
    return dn


def join(group_dn, member_dn):
    message = ldb.Message(ldb.Dn(DB, group_dn))
    message['member'] = ldb.MessageElement(member_dn, ldb.FLAG_MOD_ADD, 'member')
    DB.modify(message)


def people():
    """Who the stories tell of."""
    names = 'alice bob dave erin frank grace heidi ivan judy kim lars'.split()
    dn = {name: user(name) for name in names}
    dn['carol'] = user('carol', control=NORMAL | NEVER_EXPIRES | DISABLED)
    # alice: ssh-prod-web > web-team > web-oncall; carol directly; dave through a universal group
    oncall = group('web-oncall', [dn['alice']])
    team = group('web-team', [oncall, dn['erin']])
    everywhere = group('web-everywhere', [dn['dave']], SECURITY | UNIVERSAL)
    group('ssh-prod-web', [team, everywhere, dn['carol'], dn['heidi']])
    group('ssh-prod-db', [dn['frank'], dn['erin']])
    group('ssh-staging-web', [dn['bob']])
    # a distribution group in the chain grants nothing: judy is not in ssh-prod-mail for Windows either
    group('ssh-prod-mail', [group('mail-list', [dn['judy']], GLOBAL), dn['kim']])
    # groups that keep people out: directly, nested, universal, and as somebody's primary group
    group('ssh-banned', [dn['heidi'], group('contractors', [dn['ivan']])])
    group('leavers', [dn['lars']], SECURITY | UNIVERSAL)
    primary = group('interns', [dn['grace']])
    rid = DB.search(primary, ldb.SCOPE_BASE, attrs=['primaryGroupToken'])[0]['primaryGroupToken'][0]
    message = ldb.Message(ldb.Dn(DB, dn['grace']))
    message['primaryGroupID'] = ldb.MessageElement(rid, ldb.FLAG_MOD_REPLACE, 'primaryGroupID')
    DB.modify(message)
    group('ssh-prod-all', [dn['heidi'], dn['ivan'], dn['lars'], dn['grace'], dn['alice']])
    return dn


def impostors(everybody):
    """Accounts and groups named like local ones, and copies of the real ones outside OU=Corp."""
    local = [user(name, 'Impostors') for name in ('root', 'daemon', 'sshd', 'taglogin', 'lena')]
    group('sudo', [everybody['alice']], unit_name='Impostors')
    group('adm', [everybody['alice']], unit_name='Impostors')
    group('ssh-prod-local', local)
    # the same common names outside the search base; sAMAccountName is unique in a domain
    unit('Lookalikes', BASE)
    mallory = user('mallory', 'Lookalikes', parent=BASE)
    user('alice2', 'Lookalikes', cn='alice', parent=BASE)
    group('ssh-prod-web2', [mallory, everybody['bob']], unit_name='Lookalikes', cn='ssh-prod-web', parent=BASE)
    group('ssh-prod-cache', [mallory, everybody['bob']], unit_name='Lookalikes', parent=BASE)


def fleet():
    """1,000 users and 200 groups: a twelve-deep chain, a cycle, and a distribution group in the middle of a chain."""
    rng = random.Random(20260101)
    users = [user(f'u{n:04d}', 'Fleet', password=False) for n in range(1000)]
    top = [group(f'fleet-{n:03d}', rng.sample(users, rng.randint(0, 12)), unit_name='Fleet') for n in range(175)]
    for n, parent in enumerate(top):
        for child in rng.sample(top[n + 1:], min(len(top) - n - 1, rng.randint(0, 2))):
            join(parent, child)
    join(top[90], top[3])  # back up: cycles
    below = rng.sample(users, 5)
    chain = []
    for depth in range(12, 0, -1):
        below = [group(f'deep-{depth:02d}', below, unit_name='Fleet')]
        chain = below + chain
    ring = [group(f'ring-{n}', rng.sample(users, 8), unit_name='Fleet') for n in range(6)]
    for n, member in enumerate(ring):
        join(ring[(n + 1) % len(ring)], member)
    behind = group('behind-list', rng.sample(users, 40), unit_name='Fleet')
    plain = group('news-list', [behind] + rng.sample(users, 20), GLOBAL, 'Fleet')
    mixed = [group(f'scope-{n}', rng.sample(users, 10), SECURITY | kind, 'Fleet')
             for n, kind in enumerate((UNIVERSAL, LOCAL, GLOBAL, UNIVERSAL))]
    group('ssh-prod-fleet', rng.sample(top, 60) + [chain[0], ring[0], plain] + mixed[:1], SECURITY | LOCAL, 'Fleet')


DB.transaction_start()
try:
    unit('Corp', BASE)
    for name in ('People', 'Groups', 'Impostors', 'Fleet', 'Hosts', 'Services'):
        unit(name)
    everybody = people()
    impostors(everybody)
    fleet()
    user('svc-taglogin', 'Services')
except BaseException:
    DB.transaction_cancel()
    raise
DB.transaction_commit()
