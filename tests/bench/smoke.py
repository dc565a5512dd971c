#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""smoke.py FOLDER: the bench's programs in FOLDER run, answer with numbers, and say so when an answer is a wrong one.

No time is asserted: the numbers of a machine that is testing mean nothing.
"""
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import report  # noqa: E402

FOLDER = pathlib.Path(sys.argv[1])
failures = []


def expect(what, holds):
    if not holds:
        failures.append(what)


def probe(*lines):
    done = subprocess.run([FOLDER / 'bench_probe'], input=''.join(f'{line}\n' for line in lines), text=True,
                          capture_output=True, check=True)
    return done.stdout.splitlines()


def check_probe():
    with tempfile.TemporaryDirectory() as services:
        for name, module in (('yes', 'pam_permit.so'), ('no', 'pam_deny.so')):
            pathlib.Path(services, name).write_text(f'account required {module}\n')
        good = probe(f'first {FOLDER}/bench_first root', 'program /bin/true', 'grouplist root account',
                     f'account {services} yes root 127.0.0.1 3')
        bad = probe(f'first {FOLDER}/bench_first no-such-user', 'program /bin/false', 'program', 'sing',
                    'module no-such-module name root 1', 'grouplist no-such-user account',
                    f'account {services} no root 127.0.0.1 1')
    for line in good:
        words = line.split()
        expect(f'numbers: {line}', words[0] == 'ok' and len(words) > 1 and all(float(word) > 0 for word in words[1:]))
    expect('one number for each account phase', len(good[-1].split()) == 4)
    for line in bad:
        expect(f'an error: {line}', line.startswith('error '))


def check_decide():
    printed = subprocess.run([FOLDER / 'bench_decide', '1'], text=True, capture_output=True, check=True).stdout
    expect('three cases of decide', [line.split()[0] for line in printed.splitlines()] == ['last', 'first', 'nobody'])


def check_report():
    results = {'decide': {'taglogin': report.summary([60000.0, 40000.0, 80000.0])},
               'login_known': {'floor': report.summary([0.0]), 'sssd': report.summary([2000000.0])},
               'memory': {'taglogin': report.summary([14e6])}}
    lines = report.table(results, {'cpu': 'A processor'}, ['a note']).splitlines()
    expect('a median of 60 µs misses 50 µs', lines[4].split()[-3:] == ['60.0', '50', 'MISSED'])
    expect('differences have a sign', '+2.0' in lines[2].split())
    expect('14 MB reach 14 MB', lines[3].split()[-2:] == ['14.0', '14'])
    expect('machine and notes', lines[-2:] == ['A processor', 'a note'])
    expect('p95 of 1 to 100', report.summary(range(1, 101))['p95'] == 95)


check_probe()
check_decide()
check_report()
if failures:
    sys.exit('\n'.join(failures))
