#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""coverage.py BUILD [--uncovered]: builds the code that is loaded into other people's processes with --coverage -O0 in
BUILD, runs its rooms' unit tests there, and prints how much of each file and room they ran, lines and branches. Counts are
merged over the objects that hold a function; each instance of a template counts its own branches. Exits 1 when a test
fails or a room is below MIN_LINES or MIN_BRANCHES. --uncovered lists the lines and branches that nothing ran."""
import argparse
import collections
import json
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parent.parent
ROOMS = ['protocol', 'client', 'nss_module', 'pam_module', 'keyhelper']
MIN_LINES, MIN_BRANCHES = 95.0, 85.0  # per cent of a room
# Without those that trace, filter or starve the process they run, where the writing of counts is in the way.
TESTS = ['base_test', 'protocol_messages_test', 'protocol_login_name_test', 'table_reader_test', 'table_cache_test',
         'client_test', 'nss_lookup_test', 'nss_module_test', 'login_flow_test', 'pam_call_test', 'real_pam_test',
         'key_lines_test', 'taglogin_keys_test']
SCRIPTS_RUNNER, SCRIPTS = 'pam_script_runner', 'pam_scripts/'


def run(command, log):
    with open(log, 'w') as file:
        done = subprocess.run([str(word) for word in command], stdout=file, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        sys.exit('\n'.join([*pathlib.Path(log).read_text(errors='replace').splitlines()[-60:], f'{command[0]} failed']))


def build(folder, log):
    folder.mkdir(parents=True, exist_ok=True)
    uncaged = folder / 'uncaged.o'
    run(['cc', '-O0', '-c', HERE / 'uncaged.c', '-o', uncaged], log)
    run(['cmake', '-S', SOURCE, '-B', folder, '-G', 'Ninja', '-DCMAKE_BUILD_TYPE=Debug',
         '-DCMAKE_C_FLAGS_DEBUG=-O0 --coverage', '-DCMAKE_CXX_FLAGS_DEBUG=-O0 --coverage',
         '-DCMAKE_MODULE_LINKER_FLAGS=--coverage',
         f'-DCMAKE_EXE_LINKER_FLAGS=--coverage {uncaged} -Wl,--wrap=prctl,--wrap=_exit'], log)
    run(['cmake', '--build', folder, '--target', *TESTS, SCRIPTS_RUNNER], log)


def test(folder, log):
    for counts in folder.rglob('*.gcda'):
        counts.unlink()
    chosen = f'^({"|".join(TESTS)})$|^{SCRIPTS}'
    run(['ctest', '--test-dir', folder, '--no-tests=error', '--output-on-failure', '-R', chosen], log)
    print(re.search(r'tests passed.* out of \d+', pathlib.Path(log).read_text(errors='replace'))[0])


def own_branches(branches):
    """The counts of the ways out of our own decisions. A call that may throw has two ways, of which gcov(1) marks the
    second; neither is a decision."""
    own = []
    for branch in branches:
        if not branch['throw']:
            own.append(branch['count'])
        elif own:
            own.pop()
    return own


class File:
    def __init__(self):
        self.lines = collections.Counter()     # {line: count}
        self.branches = collections.Counter()  # {(line, function, ways, way): count}

    def add(self, found):
        for line in found['lines']:
            number, own = line['line_number'], own_branches(line['branches'])
            self.lines[number] += line['count']
            for way, count in enumerate(own):
                self.branches[number, line.get('function_name'), len(own), way] += count

    def figures(self):
        return collections.Counter(lines=len(self.lines), run=sum(map(bool, self.lines.values())),
                                   branches=len(self.branches), taken=sum(map(bool, self.branches.values())))

    def uncovered(self):
        for number, count in sorted(self.lines.items()):
            ways = [taken for (line, *_), taken in self.branches.items() if line == number]
            if count == 0:
                yield number, 'not run'
            elif 0 in ways:
                yield number, f'{ways.count(0)} of {len(ways)} ways not taken'


def collect(folder):
    """({path in SOURCE: File}) of the rooms and of the headers of base/ that they use."""
    files, loaded = collections.defaultdict(File), set()
    for notes in sorted(folder.rglob('*.gcno')):
        done = subprocess.run(['gcov', '--branch-probabilities', '--json-format', '--stdout', notes], cwd=folder, check=True, capture_output=True, text=True)
        for found in [file for line in done.stdout.splitlines() if line for file in json.loads(line)['files']]:
            path = (folder / found['file']).resolve()
            if not path.is_relative_to(SOURCE) or path.relative_to(SOURCE).parts[0] not in [*ROOMS, 'base']:
                continue
            name = path.relative_to(SOURCE)
            files[name].add(found)
            if notes.relative_to(folder).parts[0] in ROOMS:
                loaded.add(name)
    missing = {path.relative_to(SOURCE) for room in ROOMS for path in (SOURCE / room).glob('*.cc')} - loaded
    if missing:
        sys.exit(f'not built with --coverage: {", ".join(map(str, sorted(missing)))}')
    return {name: files[name] for name in sorted(files) if name in loaded or name.parts[0] in ROOMS}


def share(part, whole):
    return 100 * part / whole if whole else 100.0


def row(name, figures):
    lines, branches = share(figures['run'], figures['lines']), share(figures['taken'], figures['branches'])
    print(f'{name!s:32} {figures["lines"]:6} {lines:6.1f} % {figures["branches"]:9} {branches:6.1f} %')
    return lines >= MIN_LINES and branches >= MIN_BRANCHES


def report(files):
    """Whether every room is as it must be."""
    print(f'{"file":32} {"lines":>6} {"run":>8} {"branches":>9} {"taken":>8}')
    rooms = collections.defaultdict(collections.Counter)
    for name, file in files.items():
        row(name, file.figures())
        rooms[name.parts[0]].update(file.figures())
    print()
    low = [room for room, figures in rooms.items() if not row(room, figures)]
    row('all', sum(rooms.values(), collections.Counter()))
    for room in low:
        print(f'{room} is below {MIN_LINES:g} % of lines or {MIN_BRANCHES:g} % of branches')
    return not low


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('build', type=pathlib.Path)
    parser.add_argument('--uncovered', action='store_true')
    options = parser.parse_args()
    folder = options.build.resolve()
    log = f'{folder}.log'
    build(folder, log)
    test(folder, log)
    files = collect(folder)
    if options.uncovered:
        for name, file in files.items():
            text = (SOURCE / name).read_text().splitlines()
            for number, what in file.uncovered():
                print(f'{name}:{number}: {what}: {text[number - 1].strip()}')
    sys.exit(0 if report(files) else 1)


if __name__ == '__main__':
    main()
