#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""random_graphs.py make SEED GRAPHS FILE: random groups and users in OU=Graphs, and who is in what by the domain's own
account of it: FILE holds a JSON object, user -> names of the groups in its tokenGroups. random_graphs.py remove: takes
them away. random_graphs.py compare FILE WALK: compares it with what walk_dump saw. The first two run on dc1.

A graph is up to 12 groups and 5 users of its own. Groups are of all types and scopes; what is put into what follows
Active Directory's rules of scope, cycles among groups and groups in themselves included. Some users have one of the
groups as their primary group.
"""
import json
import random
import sys

SECURITY, GLOBAL, LOCAL, UNIVERSAL = 0x80000000 - 2**32, 2, 4, 8
MAY_HOLD = {GLOBAL: {GLOBAL}, UNIVERSAL: {GLOBAL, UNIVERSAL}, LOCAL: {GLOBAL, UNIVERSAL, LOCAL}}


def open_database():
    import ldb
    from samba.auth import system_session
    from samba.param import LoadParm
    from samba.samdb import SamDB
    loaded = LoadParm()
    loaded.load_default()
    return ldb, SamDB(url=loaded.private_path('sam.ldb'), session_info=system_session(), lp=loaded)


def random_graph(rng, number):
    """Names and types of groups, members by group, users, and the primary group of some users."""
    scopes = {f'g{number}-{n}': rng.choice([GLOBAL, GLOBAL, UNIVERSAL, LOCAL]) for n in range(rng.randint(2, 12))}
    security = {name: rng.random() < 0.8 for name in scopes}
    users = [f'gu{number}-{n}' for n in range(rng.randint(1, 5))]
    members = {name: set(rng.sample(users, rng.randint(0, min(2, len(users))))) for name in scopes}
    names = list(scopes)
    if rng.random() < 0.5:  # a chain as deep as there are groups
        for upper, lower in zip(names, names[1:]):
            if scopes[lower] in MAY_HOLD[scopes[upper]]:
                members[upper].add(lower)
    for _ in range(rng.randint(0, 2 * len(names))):
        upper, lower = rng.choice(names), rng.choice(names)
        if scopes[lower] in MAY_HOLD[scopes[upper]] and upper != lower:
            members[upper].add(lower)
    primary = {}
    for user in users:
        fit = [name for name in names if security[name] and scopes[name] != LOCAL]
        if fit and rng.random() < 0.3:
            primary[user] = rng.choice(fit)
    return scopes, security, members, users, primary


def write_graph(ldb, database, unit, graph):
    scopes, security, members, users, primary = graph
    dn = {name: f'CN={name},{unit}' for name in [*users, *scopes]}
    for user in users:
        database.add({'dn': dn[user], 'objectClass': 'user', 'sAMAccountName': user, 'userAccountControl': '544'})
    for name, scope in scopes.items():
        kind = scope | (SECURITY if security[name] else 0)
        database.add({'dn': dn[name], 'objectClass': 'group', 'sAMAccountName': name, 'groupType': str(kind)})
    for user, name in primary.items():
        members[name].add(user)
    for name, inside in members.items():
        if inside:
            message = ldb.Message(ldb.Dn(database, dn[name]))
            message['member'] = ldb.MessageElement([dn[one] for one in sorted(inside)], ldb.FLAG_MOD_ADD, 'member')
            database.modify(message)
    for user, name in primary.items():
        rid = database.search(dn[name], ldb.SCOPE_BASE, attrs=['primaryGroupToken'])[0]['primaryGroupToken'][0]
        message = ldb.Message(ldb.Dn(database, dn[user]))
        message['primaryGroupID'] = ldb.MessageElement(rid, ldb.FLAG_MOD_REPLACE, 'primaryGroupID')
        database.modify(message)


def tokens_of(ldb, database, unit, users, sids):
    from samba.dcerpc import security
    from samba.ndr import ndr_unpack
    out = {}
    for user in users:
        found = database.search(f'CN={user},{unit}', ldb.SCOPE_BASE, attrs=['tokenGroups'])[0]
        tokens = [str(ndr_unpack(security.dom_sid, sid)) for sid in found['tokenGroups']]
        out[user] = sorted(sids[sid] for sid in tokens if sid in sids)
    return out


def sids_of_groups(ldb, database, unit):
    from samba.dcerpc import security
    from samba.ndr import ndr_unpack
    found = database.search(unit, ldb.SCOPE_ONELEVEL, '(objectClass=group)', ['sAMAccountName', 'objectSid'])
    return {str(ndr_unpack(security.dom_sid, row['objectSid'][0])): str(row['sAMAccountName']) for row in found}


def make(seed, graphs, file):
    ldb, database = open_database()
    unit = f'OU=Graphs,OU=Corp,{database.domain_dn()}'
    rng = random.Random(seed)
    users = []
    groups = []
    database.transaction_start()
    database.add({'dn': unit, 'objectClass': 'organizationalUnit'})
    for number in range(graphs):
        graph = random_graph(rng, number)
        write_graph(ldb, database, unit, graph)
        groups += graph[0]
        users += graph[3]
    database.transaction_commit()
    tokens = tokens_of(ldb, database, unit, users, sids_of_groups(ldb, database, unit))
    with open(file, 'w', encoding='utf-8') as out:
        json.dump({'groups': groups, 'users': tokens}, out)


def remove():
    ldb, database = open_database()
    unit = f'OU=Graphs,OU=Corp,{database.domain_dn()}'
    if not database.search(f'OU=Corp,{database.domain_dn()}', ldb.SCOPE_ONELEVEL, '(ou=Graphs)'):
        return
    # A group that is somebody's primary group is not deleted.
    for user in database.search(unit, ldb.SCOPE_ONELEVEL, '(objectClass=user)', ['dn']):
        database.delete(user.dn)
    database.delete(unit, ['tree_delete:1'])


def compare(expected_file, walk_file):
    """Prints the differences. Whatever tokenGroups told the walk that it had not found itself counts as one."""
    with open(expected_file, encoding='utf-8') as file:
        expected = json.load(file)
    with open(walk_file, encoding='utf-8') as file:
        walk = json.loads(file.read().splitlines()[-1])
    closure = walk['closure']
    names = {group['id']: group['name'] for group in closure['known_groups'].values()}
    got = {member['name']: member for member in closure['members'].values()}
    differences = [warning for warning in closure['warnings'] if 'tokenGroups' in warning]
    ways = 0
    for user, groups in expected['users'].items():
        memberships = got.get(user, {'memberships': []})['memberships']
        differences += [f'{user}: {way["path"]} is contradicted' for way in memberships if way['contradicted']]
        found = sorted(names[way['group']] for way in memberships)
        ways += len(found)
        if found != groups:
            differences.append(f'{user}: tokenGroups say {groups}, the walk {found}')
    print(f'{len(expected["users"])} users, {len(expected["groups"])} groups, {ways} memberships, '
          f'{len(differences)} differences')
    print('\n'.join(differences[:20]), end='')
    return 1 if differences or not ways else 0


if sys.argv[1] == 'make':
    make(int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
elif sys.argv[1] == 'remove':
    remove()
elif sys.argv[1] == 'compare':
    sys.exit(compare(sys.argv[2], sys.argv[3]))
else:
    sys.exit(__doc__)
