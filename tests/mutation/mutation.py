#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Puts small faults into the code that decides and runs its tests: a mutant that no test notices is a hole in them.

    mutation.py BUILD [--file PATH ...] [--seconds N [--seed N]] [--jobs N]

Without --seconds every mutant of every file is run; with it, random ones of a random file for that long. A mutant that
survives the unit tests meets the oracle's cases (tests/policy/differential.py) too. Mutants that change nothing that can be
observed stand in equivalent.txt with the reason. Prints a table, and each survivor; exits 1 if one is not listed there,
or a listed one is noticed after all.
"""
import argparse
import collections
import concurrent.futures
import functools
import hashlib
import json
import os
import pathlib
import random
import re
import shlex
import subprocess
import sys
import threading
import time

import mutants

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / 'tests/policy'))
import differential  # noqa: E402
FILES = {f'policy/{name}.cc': 'policy' for name in (
    'account_state bound_rules decide deny_rules key_demand membership select hours network network_set principal tag_change '
    'template tags'.split())}
FILES |= {'daemon/judge.cc': 'daemon', 'daemon/login_proof.cc': 'daemon'}
LIMITS = ['prlimit', '--cpu=20', '--as=8589934592', '--core=0']
FIXED_SEED = 20240229
CASES = 12000


def same_answer(ours, right):
    """As differential.py compares: sentences must be there, networks are sets."""
    if 'error' in ours or not ours['detail'] or not ours['message']:
        return False
    if any(ours[field] != right[field] for field in [*differential.COMPARED, 'selected', 'principals']):
        return False
    same = ours['from_limits'] == right['from_limits']
    return same or differential.networks(ours['from_limits']) == differential.networks(right['from_limits'])


class Bench:
    """One build tree: compiles the mutants of a file, runs one of them."""

    def __init__(self, build):
        self.build = build.resolve()
        self.work = self.build / 'mutation'
        self.work.mkdir(exist_ok=True)
        self.lock, self.right = threading.Lock(), None
        self.commands = {entry['file']: entry['command']
                         for entry in json.loads((self.build / 'compile_commands.json').read_text())}

    def compiler(self, path):
        """As the file is compiled, but for optimisation and warnings."""
        words = shlex.split(self.commands[str(ROOT / path)])
        kept = [w for w in words[1:words.index('-o')] if not re.match(r'-O|-W|-g|-M|-D_FORTIFY|-f(stack|cf)-', w)]
        return [words[0], *kept, f'-I{ROOT}', '-O0', '-w', '-fPIC', '-shared', '-fmax-errors=0']

    def compile(self, path):
        """(library, {number: mutant}): without those that are no C++."""
        source = mutants.of(path, (ROOT / path).read_text())
        alive = dict(enumerate(source.found))
        command = self.compiler(path)
        text = source.combined(alive)[0]
        # With the headers, too: a library of before they changed would not fit.
        headers = subprocess.run([*command, '-E', '-P', str(ROOT / path)], cwd=self.build, capture_output=True, text=True,
                                 check=True).stdout
        key = hashlib.sha256(('\0'.join(command) + headers + text).encode()).hexdigest()[:24]
        library, listed = self.work / f'{key}.so', self.work / f'{key}.json'
        if library.exists() and listed.exists():
            return library, {n: alive[n] for n in json.loads(listed.read_text())}
        mutated = self.work / f'{key}.cc'
        while True:
            text, numbers_of_line = source.combined(alive)
            # Errors name lines of this file, not of a header.
            mutated.write_text(text.replace('#line 1\n', f'#line 1 "{mutated}"\n'))
            done = subprocess.run([*command, '-o', str(library), str(mutated)], cwd=self.build, capture_output=True,
                                  text=True, env=os.environ | {'LC_ALL': 'C'})
            if done.returncode == 0:
                break
            wrong = {number for line in re.findall(rf'^{re.escape(str(mutated))}:(\d+):', done.stderr, re.M)
                     for number in numbers_of_line[int(line) - 1]}
            if not wrong & alive.keys():
                sys.exit(f'{path}: the mutants do not compile\n{done.stderr[:2000]}')
            alive = {number: mutant for number, mutant in alive.items() if number not in wrong}
        mutated.unlink()
        listed.write_text(json.dumps(sorted(alive)))
        return library, alive

    def passes(self, command, library, number):
        # The library is for this program alone: in another it would miss what it calls.
        chosen = ['env', f'LD_PRELOAD={library}', f'TAGLOGIN_MUTANT={number}']
        try:
            return subprocess.run([*LIMITS, *chosen, *command], cwd=self.work, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL, timeout=120).returncode == 0
        except subprocess.TimeoutExpired:
            return False

    def units_pass(self, suite, library, number):
        test = self.build / 'tests/mutation' / f'mutable_{suite}_test'
        return self.passes([test, '--gtest_fail_fast', '--gtest_brief=1'], library, number)

    def answers(self, library, number):
        """What decide_cases says to the cases that differential.py makes; the oracle says the same of the unchanged code
        (test policy_differential). None when it does not end well."""
        chosen = ['env', f'LD_PRELOAD={library}', f'TAGLOGIN_MUTANT={number}']
        program = self.build / 'tests/mutation/mutable_decide_cases'
        try:
            done = subprocess.run([*LIMITS, *chosen, program], input=self.cases, cwd=self.work, capture_output=True, text=True,
                                  timeout=120)
        except subprocess.TimeoutExpired:
            return None
        return [json.loads(line) for line in done.stdout.splitlines()] if done.returncode == 0 else None

    @functools.cached_property
    def cases(self):
        maker = differential.Maker(FIXED_SEED)
        cases = enumerate(maker.cases(CASES))
        return ''.join(json.dumps(case | ({'rules': None} if number % differential.CASES_PER_RULES else {})) + '\n'
                       for number, case in cases)

    def oracle_agrees(self, library, number):
        with self.lock:  # one makes the cases, the others use them
            if self.right is None:
                self.right = self.answers(library, -1)
        answers = self.answers(library, number)
        return answers is not None and len(answers) == len(self.right) and all(map(same_answer, answers, self.right))

    def fate(self, path, library, number):
        suite = FILES[path]
        if not self.units_pass(suite, library, number):
            return 'killed'
        if suite == 'policy' and not self.oracle_agrees(library, number):
            return 'killed by the oracle'
        return 'survived'


def read_equivalents():
    """{(path, line before, line after): reason}"""
    found = {}
    for block in (HERE / 'equivalent.txt').read_text().split('\n\n'):
        lines = [line for line in block.splitlines() if line and not line.startswith('#')]
        if lines:
            path, before, after, reason = lines[0], lines[1], lines[2], ' '.join(line[2:] for line in lines[3:])
            if not (before.startswith('- ') and after.startswith('+ ') and reason):
                sys.exit(f'equivalent.txt: not a path, a "-", a "+" and a "=" line: {lines}')
            found[path, before[2:], after[2:]] = reason
    return found


def chosen_mutants(bench, options):
    """[(path, library, number, mutant)] in the order in which they are run, compiled."""
    paths = options.file or list(FILES)
    chance = random.Random(options.seed)
    if options.seconds:
        paths = [chance.choice(paths)]
    tasks = []
    for path in paths:
        library, alive = bench.compile(path)
        if not bench.units_pass(FILES[path], library, -1):
            sys.exit(f'{path}: the tests fail without any mutant')
        tasks += [(path, library, number, mutant) for number, mutant in alive.items()]
    if options.seconds:
        chance.shuffle(tasks)
    return tasks


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('build', type=pathlib.Path)
    parser.add_argument('--file', action='append', choices=list(FILES))
    parser.add_argument('--seconds', type=int)
    parser.add_argument('--seed', type=int, default=int.from_bytes(os.urandom(4), 'big'))
    parser.add_argument('--jobs', type=int, default=1)
    options = parser.parse_args()
    if options.seconds:
        print(f'seed {options.seed}')
    bench, equivalents = Bench(options.build), read_equivalents()
    tasks = chosen_mutants(bench, options)
    end = time.monotonic() + (options.seconds or float('inf'))
    counts, faults = collections.defaultdict(collections.Counter), []

    def run(task):
        if time.monotonic() > end:
            return None
        return bench.fate(task[0], task[1], task[2])

    with concurrent.futures.ThreadPoolExecutor(max_workers=options.jobs) as pool:
        for (path, _, number, mutant), fate in zip(tasks, pool.map(run, tasks)):
            if fate is None:
                continue
            key = (path, mutant.before, mutant.after)
            if fate == 'survived' and key in equivalents:
                fate = 'equivalent'
            elif fate != 'survived' and key in equivalents:
                faults.append(f'listed as equivalent, but noticed:\n  {path}\n  - {mutant.before}\n  + {mutant.after}')
            counts[path][fate] += 1
            if fate == 'survived':
                faults.append(f'survived ({mutant.what}):\n{path}\n- {mutant.before}\n+ {mutant.after}\n= line {mutant.line}')
                print(faults[-1] + '\n', flush=True)
    report(counts)
    for fault in faults:
        if not fault.startswith('survived'):
            print(fault)
    sys.exit(1 if faults else 0)


def report(counts):
    columns = ['killed', 'killed by the oracle', 'equivalent', 'survived']
    print(f'{"file":24} {"mutants":>8} ' + ' '.join(f'{column:>20}' for column in columns))
    total = collections.Counter()
    for path, counter in counts.items():
        total.update(counter)
        print(f'{path:24} {sum(counter.values()):8} ' + ' '.join(f'{counter[column]:20}' for column in columns))
    print(f'{"all":24} {sum(total.values()):8} ' + ' '.join(f'{total[column]:20}' for column in columns))
    killed = total['killed'] + total['killed by the oracle']
    if killed + total['survived']:
        print(f'{100 * killed / (killed + total["survived"]):.1f} % of the mutants that change anything were killed')


if __name__ == '__main__':
    main()
