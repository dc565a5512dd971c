#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""measure.py --build DIR --out DIR [--quick] [--only GROUP,...]: takes every measure of the bench and prints the table.

Runs in the lab's root when inside.sh has set the hosts up (`--only decide` needs no lab). The hosts take turns, call by
call or batch by batch, so that whatever the machine does meanwhile meets all of them. docs/measurements.md says how
each is measured and what would mislead.
"""
import argparse
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import report  # noqa: E402
from lab_nodes import ADDRESS, BENCH, Failed, Probe, busy_share, cpu_times, memory_of, on, output  # noqa: E402

HOSTS = {'taglogin': 'host1', 'sssd': 'host2', 'nslcd': 'host3', 'floor': 'host4'}
MODULES = {'taglogin': 'taglogin', 'sssd': 'sss', 'nslcd': 'ldap'}
PAM_MODULES = {'taglogin': 'pam_taglogin.so', 'sssd': 'pam_sss.so', 'nslcd': 'pam_ldap.so', 'floor': 'pam_permit.so'}
SERVICES = {'taglogin': lambda exe: exe == 'taglogind', 'sssd': lambda exe: exe.startswith('sssd'),
            'nslcd': lambda exe: exe == 'nslcd'}
CLIENT = 'client1'

# Who is used for what; nobody of a range is touched before it is that range's turn.
KNOWN = 'u0020'  # in six groups
NOBODY = 'nosuchuser'
NEVER_LISTED = range(100, 300)
NEVER_LOGGED_IN = range(300, 400)
STRANGERS = range(0, 40)


class Bench:
    def __init__(self, arguments):
        self.arguments = arguments
        self.results = {}
        self.notes = []
        self.probes = {}

    def scale(self, full, quick):
        return quick if self.arguments.quick else full

    def keep(self, row, column, values, **more):
        if values:
            self.results.setdefault(row, {})[column] = {**report.summary(values), **more}

    # --- setting out

    def open_probes(self):
        for column, node in HOSTS.items():
            absent = pathlib.Path(self.arguments.out) / f'{column}.absent'
            if absent.exists():
                self.notes.append(f'{report.TITLES[column]} is not measured: {absent.read_text().strip()}')
                continue
            self.probes[column] = Probe(node)
        self.client = Probe(CLIENT)
        known = [column for column in MODULES if column in self.probes]
        self.uid = {column: output(HOSTS[column], 'id', '-u', KNOWN).strip() for column in known}

    def wait_for_calm(self):
        """Until what was set up has come to rest, at most 60 s; says so when the machine stays busy."""
        share = 1.0
        for _ in range(30):
            before = cpu_times()
            time.sleep(2)
            share = busy_share(before, cpu_times())
            if share < 0.1 or self.arguments.quick:
                break
        if share >= 0.1:
            self.notes.append(f'THE MACHINE WAS BUSY: {share:.0%} of its processors before the first measure')
        self.busy = share

    def turns(self, columns, rounds):
        """The columns `rounds` times over, beginning with another one each time."""
        order = [column for column in columns if column in self.probes]
        for number in range(rounds):
            first = number % len(order)
            yield from order[first:] + order[:first]

    def takes_part(self, column, number):
        """nslcd keeps nothing and asks the directory each time: where that takes long, every fourth turn is its."""
        return column in self.probes and (column != 'nslcd' or number % 4 == 0)

    # --- measures

    def nss(self):
        calls = self.scale(2000, 200)
        times = {}
        for column in self.turns(['floor', *MODULES], self.scale(60, 3)):
            if column == 'floor':  # our table alone: it lies on taglogin's host
                times.setdefault(('name', 'floor'), []).extend(self.probes['taglogin'].ask('table', KNOWN, calls))
                continue
            for row, call, key in (('name', 'name', KNOWN), ('uid', 'uid', self.uid[column]),
                                   ('initgroups', 'groups', KNOWN)):
                # nslcd asks the directory each time.
                count = calls if column != 'nslcd' else 1 if call == 'groups' else 10
                times.setdefault((row, column), []).extend(
                    self.probes[column].ask('module', MODULES[column], call, key, count))
        for (row, column), values in times.items():
            self.keep(row, column, values)

    def absent(self):
        times = {}
        for column in self.turns(MODULES, self.scale(60, 3)):
            count = self.scale(2000, 200) if column == 'taglogin' else self.scale(100, 10)
            values = self.probes[column].ask('module', MODULES[column], 'absent', NOBODY, count)
            times.setdefault(column, []).extend(values)
        for column, values in times.items():
            self.keep('absent', column, values)

    def first(self):
        times = {}
        for column in self.turns(HOSTS, self.scale(200, 5)):
            name = 'local' if column == 'floor' else KNOWN
            times.setdefault(column, []).extend(self.probes[column].ask('first', f'{BENCH}/bench_first', name))
            if column == 'floor':  # in no file: host4's empty module answers
                values = self.probes[column].ask('first', f'{BENCH}/bench_first', 'somebody')
                times.setdefault('empty', []).extend(values)
        self.keep('first_empty', 'floor', times.pop('empty'))
        for column, values in times.items():
            self.keep('first', column, values)

    def groups(self):
        times, counts = {}, {}
        for column in MODULES:  # the process is warm, the account is not
            if column in self.probes:
                self.probes[column].ask('grouplist', KNOWN)
        people = [f'u{number:04d}' for number in NEVER_LISTED][:self.scale(200, 10)]
        for number, person in enumerate(people):
            for column in filter(lambda column: self.takes_part(column, number), MODULES):
                ns, groups = self.probes[column].ask('grouplist', person)
                if groups < 2:
                    raise Failed(f'{column}: {person} is in no group')
                times.setdefault(column, []).append(ns)
                counts.setdefault(column, []).append(groups)
        for column, values in times.items():
            self.keep('fresh_groups', column, values, groups_each=sum(counts[column]) / len(values))
        times = {}
        for number in list(STRANGERS)[:self.scale(40, 5)]:
            for column in filter(lambda column: self.takes_part(column, number), MODULES):
                ns, _ = self.probes[column].ask('grouplist', f'outsider{number:02d}', 'account')
                times.setdefault(column, []).append(ns)
            time.sleep(0.1)  # taglogind bounds the rate at which strangers make it ask the directory
        for column, values in times.items():
            self.keep('stranger', column, values)

    def keys(self):
        fingerprint = output(CLIENT, 'ssh-keygen', '-lf', f'{BENCH}/key.pub').split()[1]
        commands = {'taglogin': ('/usr/libexec/taglogin/taglogin-keys', KNOWN, fingerprint), 'floor': ('/bin/true',),
                    'sssd': ('/usr/bin/sss_ssh_authorizedkeys', KNOWN), 'nslcd': ('/usr/local/sbin/ldap-keys', KNOWN)}
        for column in self.probes:
            if column != 'floor' and 'ssh-ed25519' not in output(HOSTS[column], *commands[column]):
                raise Failed(f'{column}: the key helper gives no key')
        times = {}
        for column in self.turns(HOSTS, self.scale(100, 5)):
            times.setdefault(column, []).extend(self.probes[column].ask('program', *commands[column]))
        for column, values in times.items():
            self.keep('keys', column, values)

    def account(self):
        for column in self.probes:
            stack = f'account required {PAM_MODULES[column]}\n'
            write = on(HOSTS[column], 'sh', '-c', 'mkdir -p /run/bench-pam && cat >/run/bench-pam/sshd')
            subprocess.run(write, input=stack, text=True, check=True)
        times = {}
        each = self.scale(10, 2)
        for column in self.turns(HOSTS, self.scale(40, 3)):
            # The first call of a transaction is not a warm one.
            answer = self.probes[column].ask('account', '/run/bench-pam', 'sshd', KNOWN, ADDRESS['host4'], each + 1)
            times.setdefault(column, []).extend(answer[1:])
        for column, values in times.items():
            self.keep('account', column, values)

    def log_in(self, column, user):
        name = 'local' if column == 'floor' else user
        host = f'{name}@{ADDRESS[HOSTS[column]]}'
        return self.client.ask('program', '/usr/bin/ssh', '-F', f'{BENCH}/ssh_config', host, 'true')[0]

    def login(self):
        people = [f'u{number:04d}' for number in NEVER_LOGGED_IN]
        rounds = self.scale(60, 3)
        for column in self.turns(HOSTS, 2):
            self.log_in(column, KNOWN)
        for row, users in (('login_known', [KNOWN] * rounds), ('login_fresh', people[:rounds])):
            rounds_taken = [self.login_round(number, user) for number, user in enumerate(users)]
            plain = [times['floor'] for times in rounds_taken]
            self.keep(row, 'floor', [0.0] * len(plain), whole=report.summary(plain))
            for column in MODULES:
                taken = [times for times in rounds_taken if column in times]
                if taken:
                    self.keep(row, column, [times[column] - times['floor'] for times in taken],
                              whole=report.summary([times[column] for times in taken]))

    def login_round(self, number, user):
        """One login on each host, beginning with another one each time."""
        order = [column for column in HOSTS if self.takes_part(column, number)]
        order = order[number % len(order):] + order[:number % len(order)]
        return {column: self.log_in(column, user) for column in order}

    def memory(self):
        for number in range(self.scale(1000, 20)):
            for column in filter(lambda column: column in self.probes, MODULES):
                if column != 'nslcd' or number < 50:  # which keeps none of them
                    self.probes[column].ask('grouplist', f'u{number:04d}', 'account')
        time.sleep(self.scale(5, 1))
        for column in MODULES:
            if column in self.probes:
                held = memory_of(SERVICES[column])
                self.keep('memory', column, [held['private']], **held)
        table = output('host1', 'stat', '-c', '%s', '/run/taglogin/nss/table').strip()
        self.results['memory']['taglogin']['published_table'] = int(table)

    def decide(self):
        program = f'{self.arguments.build}/tests/bench/bench_decide'
        printed = subprocess.run([program, str(self.scale(60, 3))], capture_output=True, text=True, check=True).stdout
        cases = {line.split()[0]: [float(word) for word in line.split()[1:]] for line in printed.splitlines()}
        worst = max(cases, key=lambda case: report.summary(cases[case])['median'])
        self.keep('decide', 'taglogin', cases[worst], case=worst,
                  cases={case: report.summary(values) for case, values in cases.items()})

    def run(self, groups):
        if groups != ['decide']:
            self.wait_for_calm()
            self.open_probes()
        for group in groups:
            began = time.monotonic()
            getattr(self, group)()
            print(f'[bench] {group}: {time.monotonic() - began:.0f} s', file=sys.stderr, flush=True)
        report.write(self.arguments.out, self.results, report.this_machine(), self.notes)


GROUPS = ['decide', 'nss', 'absent', 'first', 'groups', 'keys', 'account', 'login', 'memory']


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--build', required=True)
    parser.add_argument('--out', required=True)
    parser.add_argument('--quick', action='store_true')
    parser.add_argument('--only', default=','.join(GROUPS))
    arguments = parser.parse_args()
    wanted = arguments.only.split(',')
    if unknown := set(wanted) - set(GROUPS):
        parser.error(f'no group is named {", ".join(sorted(unknown))}; there are {", ".join(GROUPS)}')
    bench = Bench(arguments)
    if arguments.quick:
        bench.notes.append('QUICK RUN: these numbers mean little')
    try:
        bench.run([group for group in GROUPS if group in wanted])
    except Failed as error:
        sys.exit(f'bench: {error}')


main()
