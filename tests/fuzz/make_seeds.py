#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""make_seeds.py FOLDER: writes the seed inputs of every fuzz target to FOLDER/TARGET/, from the samples below.

The results are kept in corpus/; run it again only when a format or this file changes. The images of the published
table come from `seed_tables FOLDER` of the fuzz build, which writes them with the daemon's own encoder.
"""
import base64
import json
import pathlib
import re
import struct
import sys

OUT = pathlib.Path(sys.argv[1])
END = b'\xff'


def put(target, name, data):
    folder = OUT / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())


def text(value):
    raw = value.encode()
    return struct.pack('<I', len(raw)) + raw


def number(value):
    return struct.pack('<I', value)


def packet(kind, *fields):
    return b'TL\x01' + bytes([kind]) + b''.join(fields)


ED25519 = 'AAAAC3NzaC1lZDI1NTE5AAAAIOb9OA7vusgaDLRonDOIU9zbdBsmdu73VxnqsP+PeYTH'
ECDSA = ('AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBC4NPtREStKuWKatovItUOZU8oqFquPWr0AbLwZQgPhY'
         'ShW5upsV+Cbd79dQatrl/jaZy99/xHQsJYZXf4nyago=')
RSA = ('AAAAB3NzaC1yc2EAAAADAQABAAABAQDZ711n0osCl1Q+q58dSD2+VOwcktoJcafZzdMJFJkpsdmn0SIu9ZL8WOUpmIr8Zocl'
       '3uweD3UF8qyt9xLruw14k5hQtFmcz2UEZiHKOcV650qst/1SPSH+ACE1njBQseo9nhX7xif0GYNCGelm9QeaLtp6mIyDW2qR'
       'xKx+ZBU4W78PxeMsZcwL7zYc9kNPEk+NkKN6KqAu1hAPR/II5kYROL+o+CKwLiZB2QateHvY77nzMHZTSWmT/4C5/Caevx4N'
       'aaY0TSLT0+ecTAEiyaZvy2hQNm2V+zNRQuRDbW7LlUhsrb+kmjnRXLLtV3akQ+amWWAERs1PPYpXisUQUG3j')
SK = ('AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIOb9OA7vusgaDLRonDOIU9zbdBsmdu73VxnqsP+PeYTHAAAABHNz'
      'aDo=')
SID = 'S-1-5-21-2153326666-2176343378-3404031434'
GUID = '0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9'


def certificate_vectors():
    """`TYPE BASE64` of the certificates that the unit tests read."""
    header = pathlib.Path(__file__).parent.parent / 'directory/certificate_vectors.h'
    found = re.findall(r'Certificate\[\] =((?:\s*"[^"]*")+);', header.read_text())
    return [''.join(re.findall(r'"([^"]*)"', one)) for one in found]


def wire():
    requests = {
        'account_by_name': packet(1, text('alice')), 'account_by_uid': packet(2, number(1201104)),
        'group_by_name': packet(3, text('ssh prod')), 'group_by_gid': packet(4, number(1201110)),
        'groups': packet(5, text('alice')), 'keys': packet(6, text('alice'), text('SHA256:x')),
        'check': packet(7, text('alice'), text('sshd'), text('192.0.2.7'), text('ssh')),
        'open': packet(8, *map(text, ('alice', 'sshd', '192.0.2.7', 'ssh', f'publickey ssh-ed25519 {ED25519}\n'))),
        'close': packet(9, text('alice'), text('sshd')), 'admin': packet(10, number(2), text('why'), text('alice')),
        'empty': b'', 'unknown': packet(12),
        'principals': packet(11, *map(text, ('alice', 'SHA256:x', 'ssh-rsa-cert-v01@openssh.com', 'SHA256:y'))), 'cut': packet(1, number(6), b'alice'),
        'left_over': packet(2, number(1), b'x'), 'other_version': b'TL\x02\x01' + text('alice'),
        'too_many': packet(10, number(33)),
    }
    for name, data in requests.items():
        put('wire_server', name, data)
    allow, deny = 0x5a3c96e1, 0x1d7b42c9
    answers = {
        'allow': packet(1, number(allow), text('TL-ALLOW-RULE'), text('You may.')),
        'deny': packet(1, number(deny), text('TL-DENY-NOGROUP'), text('No.')),
        'expired': packet(1, number(0x2e8f53da), text('TL-DENY-EXPIRED'), text('Your account has expired.')),
        'unknown': packet(1, number(0x3f9064eb), text(''), text('')),
        'allow_and_more': packet(1, number(allow), text(''), text(''), b'x'),
        'account': packet(1, text('alice'), number(1201104), number(1200513), text('Alice'), text('/home/alice'),
                          text('/bin/bash')),
        'group': packet(1, text('ssh-prod-web'), number(1201110)),
        'groups': packet(1, number(2), number(1200513), number(1201110)),
        'keys': packet(1, text(f'ssh-ed25519 {ED25519}\n')), 'done': packet(1),
        'admin': packet(1, b'\x00\x00', text('{}')), 'not_found': packet(2), 'unavailable': packet(5),
    }
    for name, data in answers.items():
        for call in range(3):
            put('wire_client', f'{name}_{call}', bytes([call]) + data)


def names_and_values():
    for index, name in enumerate(['alice', 'Alice.B-c_9', '_x', 'a' * 32, 'a' * 33, '.', '-a', ' root', 'root\n',
                                  'аlice', 'domain users', 'x ', 'CORP\\alice', '9lives']):
        put('login_names', f'{index:02}', name)
    for index, value in enumerate(['alice', 'a)(uid=*', '*', '\\2a', 'Lučić', 'a\0b', '(&(x=y))', ' lead']):
        put('ldap_filter', f'{index:02}', value)
    put('ldap_filter', 'several', END.join([b'alice', b'*)(cn=*', b'x']))
    sid = struct.pack('<BB6sIIIII', 1, 5, b'\0\0\0\0\0\5', 21, 2153326666, 2176343378, 3404031434, 1107)
    for name, value in {'sid': sid, 'sid_text': SID + '-1107', 'builtin': 'S-1-5-32-544', 'guid': bytes(range(16)),
                        'guid_text': GUID, 'number': '133000000000000000', 'never': '9223372036854775807', 'zero': '0',
                        'negative': '-1', 'sid_most': 'S-1-281474976710655' + '-4294967295' * 15}.items():
        put('ad_values', name, value)


def entries():
    extended = f'<GUID={GUID}>;<SID=S-1-5-21-1-2-3-1107>;CN=Alice,OU=people,DC=corp,DC=example'.encode()
    sid = struct.pack('<BB6sIIIII', 1, 5, b'\0\0\0\0\0\5', 21, 1, 2, 3, 1107)
    account = [extended, b'objectClass=top', b'objectClass=user', b'objectSid=' + sid, b'sAMAccountName=alice',
               b'userAccountControl=512', b'msDS-User-Account-Control-Computed=0', b'accountExpires=0', b'pwdLastSet=5',
               b'primaryGroupID=513', b'displayName=Alice', f'altSecurityIdentities=ssh-ed25519 {ED25519}'.encode()]
    put('directory_entries', 'account', END.join(account))
    limited = [b'msDS-User-Account-Control-Computed=16', b'lockoutTime=133444736000000000', b'logonHours=' + b'\x0f' * 21,
               b'userWorkstations=WEB1, web2.corp.example', b'msDS-UserPasswordExpiryTimeComputed=133444736000000000']
    put('directory_entries', 'limited', END.join(account[:6] + account[7:] + limited))
    put('directory_entries', 'limited_by_nonsense', END.join(account + [b'logonHours=x', b'userWorkstations=,',
                                                                        b'msDS-ResultantPSO=CN=p', b'lockoutTime=-1']))
    group = [extended, b'objectClass=group', b'objectSid=' + sid, b'sAMAccountName=ssh-prod-web',
             b'groupType=-2147483646', b'member;range=0-0=' + extended, b'tokenGroups=' + sid]
    put('directory_entries', 'group', END.join(group))
    put('directory_entries', 'all_members', END.join([*group[:5], b'member;range=0-*=' + extended]))
    names = ['CN=a\\', 'CN=a\\\\', 'DC=corp,DC=example', 'cafe\u0301', 'T\u0308', '\u212a', '<GUID=']
    for index, dn in enumerate(names):
        put('directory_entries', f'name_{index}', dn)


def ldap():
    person = [b'uid=alice,ou=people,dc=corp,dc=example', b'objectClass=posixAccount', b'entryUUID=5c2e1b7e-0000-4000-8000-000000000001',
              b'uid=alice', b'uidNumber=20001', b'gidNumber=20000', b'sshPublicKey=ssh-ed25519 x']
    states = [b'nsAccountLock=TRUE', b'accountUnlockTime=20361122092448Z', b'shadowExpire=1', b'shadowLastChange=0',
              b'pwdAccountLockedTime=000001010000Z', b'pwdReset=TRUE', b'passwordExpirationTime=19700101000000Z',
              b'krbPasswordExpiration=20261122092448Z', b'krbLastPwdChange=20261122092448Z',
              b'krbPrincipalExpiration=20261122092448Z', b'pwdEndTime=20261122092448Z', b'pwdStartTime=20361122092448Z']
    group = [b'dn=cn=ops,dc=corp,dc=example', b'objectClass=groupOfNames', b'cn=ops', b'entryUUID=5c2e1b7e-2', b'memberUid=bob',
             b"uniqueMember=uid=a,dc=x#'01'B", b"objectClasses=( 1.2 NAME 'a' MUST ( cn $ member ) )", b'pwdLockoutDuration=300']
    put('ldap_entries', 'both', b'\0' + END.join(person + group))
    put('ldap_entries', 'states', b'\0' + END.join(person + states))
    put('ldap_entries', 'freeipa', b'\1' + END.join([*person[:2], b'ipaUniqueID=5c2e1b7e-3', b'uid=alice', *states[7:]]))
    name = f'<GUID={GUID}>;<SID=S-1-5-21-1-2-3-1107>;CN=HOST1,OU=web,DC=corp,DC=example'.encode()
    sid = struct.pack('<BB6sIIIII', 1, 5, b'\0\0\0\0\0\5', 21, 1, 2, 3, 1107)
    host = [name, b'objectClass=computer', b'objectSid=' + sid, b'sAMAccountName=HOST1$', b'department=prod', b'info=web',
            b'allowedAttributes=cn', b'allowedAttributesEffective=info', b'tokenGroups=' + sid]
    site = [b'dn=' + name, b'objectClass=group', b'objectSid=' + sid, b'sAMAccountName=site-berlin', b'groupType=-2147483646']
    put('ldap_entries', 'computer', b'\2' + END.join([*host, b'dn=' + name, *host[1:], *site]))


def clouds():
    good = [b'4520031799277581759', b'739419398126', b'projects/739419398126/zones/us-central1-a',
            b'ssh-keys\ntaglogin-Environment\n', b'prod']
    put('other_clouds', 'gce', bytes(9) + END.join(good))
    put('other_clouds', 'gce_nameless', bytes(8) + b'\xf0' + END.join(good))
    put('other_clouds', 'gce_bad', bytes(9) + END.join([*good[:3], b'taglogin-\ntaglogin-a\r\ntaglogin-b', b'x\ny']))
    azure = {'vmId': '02aab8a4-74ef-476e-8182-f6d2ba4166a6', 'subscriptionId': '8d10da13-8125-4ba9-a717-bf7490507b3d',
             'location': 'westus', 'tagsList': [{'name': 'a', 'value': '1'}, {'name': 'a', 'value': '2'}, {'name': 'b', 'value': 'c'}]}
    put('other_clouds', 'azure', b'\1' + bytes(8) + json.dumps(azure).encode())


def dns_name(name):
    return b''.join(bytes([len(label)]) + label.encode() for label in name.split('.') if label) + b'\0'


def srv(priority, weight, port, target, kind=33):
    data = struct.pack('>HHH', priority, weight, port) + (target if isinstance(target, bytes) else dns_name(target))
    return b'\xc0\x0c' + struct.pack('>HHIH', kind, 1, 600, len(data)) + data


def servers():
    def message(*records, code=0):
        head = struct.pack('>HHHHHH', 0x1234, 0x8180 | code, 1, len(records), 0, 0)
        return bytes(8) + head + dns_name('_ldap._tcp.corp.example') + b'\0\x21\0\1' + b''.join(records)

    good = srv(0, 100, 389, 'dc1.corp.example')
    for name, data in {
            'one': message(good),
            'three': message(good, srv(0, 0, 389, 'dc2.corp.example'), srv(9, 1, 3, 'corp.example')),
            'foreign': message(srv(0, 0, 389, 'dc1.evil.test'), good), 'none': message(srv(0, 0, 0, '.')),
            'port': message(srv(0, 0, 0, 'dc1.corp.example')), 'pointer': message(srv(0, 0, 389, b'\3dc1\xc0\x17')),
            'loop': message(srv(0, 0, 389, b'\xc0\x3b')), 'alias': message(srv(0, 0, 0, 'x', 5), good),
            'failure': message(code=3), 'empty': message(), 'cut': message(good)[:-9]}.items():
        put('srv_answer', name, data)
    blob = bytes.fromhex(
        '17000000fd130000a259fc21c003dc418c48fb7f2ef3e99104636f7270076578616d706c6500c01803646331c0180443'
        '4f5250000344433100001744656661756c742d46697273742d536974652d4e616d6500c03a05000000ffffffff')
    done = bytes.fromhex('300c02010165070a010004000400')
    entry = bytes.fromhex('307602010164710400306d306b04086e65746c6f676f6e315f045d')
    for name, data in {'blob': blob, 'datagram': entry + blob + done, 'done': done, 'paused': b'\x18' + blob[1:],
                       'loop': blob[:0x3a] + b'\xc0\x3a', 'cut': blob[:0x42]}.items():
        put('netlogon_ping', name, data)


def keys():
    lines = {'ed25519': f'ssh-ed25519 {ED25519} alice@host', 'ecdsa': f'SSHKey: ecdsa-sha2-nistp256 {ECDSA}',
             'rsa': f'ssh-rsa {RSA}', 'sk': f'sk-ssh-ed25519@openssh.com {SK}',
             'options': f'no-pty ssh-ed25519 {ED25519}',
             'x509': 'X509:<I>DC=com<S>CN=x', 'two_lines': f'ssh-ed25519 {ED25519}\r\nssh-rsa {RSA}', 'comment': '# no'}
    for name, line in lines.items():
        put('ssh_keys', name, line)
    put('ssh_keys', 'values', END.join(line.encode() for line in lines.values()))
    certificate = 'ssh-ed25519-cert-v01@openssh.com ' + base64.b64encode(b'certificate').decode()
    infos = {'key': f'publickey ssh-ed25519 {ED25519}\n', 'certificate': f'publickey {certificate}\n',
             **{f'real_certificate_{n}': f'publickey {text}\n' for n, text in enumerate(certificate_vectors())},
             'two': f'publickey ssh-rsa {RSA}\nkeyboard-interactive/pam\n', 'gssapi': 'gssapi-with-mic alice@CORP\n',
             'password': 'password', 'hostbased': 'hostbased ssh-rsa AAAA host alice\n', 'none': '', 'blank': '\n',
             'space': f'publickey ssh-ed25519 {ED25519} \n', 'many': 'password\n' * 17}
    for name, info in infos.items():
        put('auth_info', name, info)


RULES = {
    'plain': '[[rule]]\nname = "web"\nwhen = { Environment = ["prod", "staging"], Role = true }\n'
             'login = ["ssh-{Environment}-{Role}", "ssh-{@hostname}"]\nusers = ["alice"]\nmax_staleness = "24h"\n'
             'on_stale = "allow"\n',
    'limits': '[[rule]]\nname = "n"\nlogin = ["g"]\nfrom = ["10.0.0.0/8", "2001:db8::/32", "192.0.2.1"]\n'
              '[[rule]]\nname = "m"\nlogin = ["h"]\n[[rule]]\nname = "k"\ndeny = ["g"]\nfrom = ["10.1.0.0/16"]\n',
    'hours': '[[rule]]\nname = "h"\nlogin = ["g"]\nhours = ["Mon-Fri 08:00-18:00", "Sat,Sun 22:00-06:00"]\n'
             'zone = "Europe/Berlin"\n',
    'deny': '[[rule]]\nname = "d"\nwhen = { Role = "db" }\ndeny = "*"\n[[rule]]\nname = "e"\ndeny_users = ["alice"]\n'
            'deny = ["x-{Role}"]\n[[rule]]\nname = "f"\nlogin = ["g"]\nusers = ["bob"]\n',
    'misspelt': '[[rule]]\nname = "x"\nlogn = ["g"]\n',
    'bits': '[[rule]]\nname="x"\nlogin=["g"]\nfrom=["10.0.0.1/8"]\n',
    'zone': '[[rule]]\nname="x"\nlogin=["g"]\nhours=["Mon 00:00-24:00"]\nzone="Europe/Berln"\n', 'empty': '',
}
SETTINGS = {
    'least': '[directory]\ndomain = "corp.example.com"\nservers = ["dc1.corp.example.com"]\n',
    'found': '[directory]\ndomain = "corp.example.com"\n',
    'most': '[directory]\ntype = "ad"\ndomain = "c"\nservers = ["s"]\nsearch_base = "DC=c"\nbind = "gssapi"\n'
            'transport = "starttls"\nkeytab = "/k"\nprincipal = "p"\nca_file = "/c"\nkey_attributes = ["a"]\n'
            'poll_interval = "3s"\nsweep_interval = "45s"\ntimeout = "5s"\n[tags]\nsources = ["imds", "file:/t"]\n'
            'refresh_interval = "60s"\n[nss]\nvisible = "used"\ngroups = []\nhome = "/home/{name}"\nshell = "/bin/sh"\n'
            'directory_home = true\nenumerate = false\neveryone_group = "all"\n[ssh]\nrequire_directory_key = true\n'
            '[audit]\nfile = "/a"\njournal = false\n',
    'unknown': '[directry]\ndomain = "c"\n', 'kind': '[directory]\ndomain = 5\nservers = "s"\n',
}


def texts():
    for name, rules in RULES.items():
        put('rules', name, rules)
    for name, settings in SETTINGS.items():
        put('settings', name, settings)
    for name, tags in {'plain': 'Environment = "prod"\n"two words" = \'a b\'\n',
                       'twice': '"caf\u00e9"="x"\n"cafe\u0301"="y"\n',
                       'table': '[Role]\nx = "y"\n', 'control': 'Role = "a\\nb"\n', 'dots': 'a.b.c = "x"\n'}.items():
        put('tags_file', name, tags)
    identity = json.dumps({'accountId': '123456789012', 'region': 'eu-central-1'}).encode()
    good = [b'token', b'Environment\nRole', b'prod', b'web', b'i-0123456789abcdef0', identity]
    put('imds_tags', 'good', bytes(16) + END.join(good))
    put('imds_tags', 'new_token', bytes([0, 6] + [0] * 14) + END.join([b'old', b'', b'new', *good[1:]]))
    put('imds_tags', 'hostile',
        bytes(16) + END.join([b'token', b'..\na/b\n\xc3\xa9\nRole', b'x\ry', b'\xfe', b'../', b'[]']))
    for status in (7, 8, 9, 10):
        put('imds_tags', f'status_{status}', bytes([0, status]) + bytes(14) + END.join(good))


def records():
    fields = ['alice', 'in a group', 'You may.', 'TL-ALLOW-RULE', SID, 'corp', 'sshd', '192.0.2.7', 'host', 'ssh',
              'publickey', 'SHA256:x', 'web', 'ssh-prod-web', 'live', 'ssh-prod-web', 'other', 'Role', 'web']
    head = struct.pack('<QBIqiq', 7, 1 | 4 | 8, 1201104, 1790000000000, 42, 3)
    put('ocsf_record', 'login', head + END.join(field.encode() for field in fields))
    put('ocsf_record', 'hostile',
        head + END.join([b'a\nb', b'\xfe\x80', '\u202e\u2028\ufeff'.encode(), b'"\\', b'\x7f\x1b[2J']))
    long = struct.pack('<QBIqiq', 7, 1 | 8 | 16, 1201104, 1790000000000, 42, 3)
    put('ocsf_record', 'long', long + END.join([b'a', 'x\u00e9'.encode()]))
    record = json.dumps({'metadata': {'sequence': 41}})
    for name, text_ in {'one': record + '\n', 'two': record + '\n' + record.replace('41', '42') + '\n',
                        'cut': record + '\n{"me', 'unfinished': '{"metadata', 'empty': '', 'other': '[]\n',
                        'negative': record.replace('41', '-1') + '\n',
                        'blank': '\n'}.items():
        put('audit_file', name, text_)
    session = {'uid': '0a1b2c3d-7', 'pid': 4711, 'start': 123456, 'audit_session': 7, 'login_uid': 1201104,
               'user_name': 'alice', 'user_id': SID + '-1107', 'user_uid': 1201104, 'service': 'sshd',
               'rhost': '192.0.2.7',
               'tty': 'ssh', 'auth_method': 'publickey', 'key_fingerprint': 'SHA256:x', 'created_ms': 1790000000000}
    for name, changed in {'one': {}, 'fraction': {'pid': 1.5}, 'large': {'pid': 1e300}, 'wide': {'start': 2**64 - 1},
                          'negative': {'pid': -1}, 'true': {'login_uid': True}}.items():
        put('ledger_file', name, json.dumps({'version': 1, 'boot': '0a1b2c3d', 'sessions': [{**session, **changed}]}))
    put('ledger_file', 'none', '{"version":1,"boot":"0a1b2c3d","sessions":[]}')


def replica():
    moment = {'boot_id': 'boot-1', 'boot_ms': 1000, 'wall_s': 1789999999}
    account = {'id': SID + '-1107', 'guid': GUID, 'name': 'Alice', 'display_name': {'hex': 'c3a9'}, 'disabled': False,
               'locked_until': 1790000001, 'workstations': ['WEB1'], 'logon_hours': '01' * 84,
               'password_must_change': False, 'password_expires': 'never', 'primary_group_id': SID + '-513', 'home': '/home/a',
               'shell': '', 'key_values': ['ssh-ed25519 ' + ED25519], 'expires': 'never'}
    group = {'id': SID + '-2001', 'guid': GUID, 'name': 'ssh-prod-web', 'security': True}
    member = {'account': account, 'nss_group_ids': [],
              'memberships': [{'group_id': group['id'], 'path': ['ssh-prod-web'], 'contradicted': False}]}
    rows = [('pin', 'ssh-prod-web', group['id']),
            ('walk', '', {'server': 'dc1', 'warnings': [], 'asked_groups': ['ssh-prod-web'], 'asked_users': [],
                          'walked_at': moment}),
            ('resolved', 'ssh-prod-web', {'resolution': 'found', 'group': group}), ('group', group['id'], group),
            ('group', SID + '-513', {**group, 'id': SID + '-513', 'name': 'Domain Users'}),
            ('member', account['id'], member), ('used', account['id'], 1789999999), ('clock', '', 1789999999),
            ('tags', '', {'tags': [{'key': 'Role', 'value': 'web', 'source': 'imds', 'read_at': 1789999999}],
                          'hostname': 'web1', 'instance_id': 'i-0', 'account_id': '', 'region': '', 'sources': ['imds'],
                          'read_at': moment}),
            ('decision', 'alice', '{}')]
    extra_id = SID + '-1108'
    extra = ('extra', extra_id, {'member': {'account': {**account, 'id': extra_id, 'name': 'carol'}, 'memberships': [],
                                            'nss_group_ids': []}, 'read_at': moment})

    def image(some):
        return END.join('\t'.join([kind, key, json.dumps(body)]).encode() for kind, key, body in some)

    put('replica_rows', 'all', image([*rows, extra]))
    put('replica_rows', 'extra', image([extra]))
    for row in rows:
        put('replica_rows', row[0] + '_' + str(len(row[1])), image([row]))
    put('replica_rows', 'clock_wide', image([('clock', '', 2**64 - 1)]))
    put('replica_rows', 'clock_low', image([('clock', '', -2**63)]))


def tables():
    account = bytes([0]) + b'\x05' + b'alice\nAlice\n/home/alice\n'
    put('table_writer', 'some',
        b'\x07\0' + account + bytes([2]) + b'\x06domain users\n' + bytes([3]) + b'\x01nobody2\n')
    put('table_writer', 'twice',
        b'\x07\0' + account + account + bytes([2]) + b'\x06x\n' + bytes([6]) + number(200006) + b'y\n')
    put('table_writer', 'refused', b'\x01\0' + bytes([4]) + number(5) + b'root\n:\nhome\n' + bytes([3]) + b'\x01Root\n')
    put('published_table', 'change_header', b'\x02\0\0' + bytes([1] * 8))
    put('published_table', 'change_record', b'\x02\x40\0' + bytes([1] * 8))


for make in (wire, names_and_values, entries, ldap, clouds, servers, keys, texts, records, replica, tables):
    make()
