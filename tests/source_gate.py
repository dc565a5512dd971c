#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that no source of the rooms does what taglogin never does: run a shell, or compare people by what is written
in a distinguished name. Prints a line for each fault and exits 1 if there is any.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
NOT_ROOMS = {'conf', 'tests', 'docs', 'build', 'demo'}
# The one place where another program is started, by its path and with a list of arguments (docs/cli.md, check-config).
SPAWNS = {'cli/check_config.cc'}

# Each with a line that it must find and one that it must not.
RULES = (
    (r'(?<![\w.>])(?:std\s*::\s*|::\s*)?system\s*\(', 'runs a shell', 'x = ::system(text);', 'Filesystem(1)'),
    (r'(?<!\w)popen\s*\(', 'runs a shell', 'popen ("id", "r")', 'mypopen(1)'),
    (r'(?<!\w)wordexp\s*\(', 'runs a shell', 'wordexp(a, b, 0)', 'word exp(1)'),
    (r'(?<!\w)(?:exec(?:l|le|lp|v|ve|vp|vpe)|fexecve|execveat)\s*\(', 'runs a program', 'execl("/bin/sh", "sh")',
     'sigexecl(1)'),
    (r'(?<!\w)posix_spawnp\s*\(', 'looks for a program in PATH', 'posix_spawnp(&a, b)',
     'posix_spawn_file_actions_init(&a)'),
    (r'(?<!\w)(?:v?fork|clone3?)\s*\(', 'makes a process', 'if (fork() == 0)', 'pitchfork()'),
    (r'(?<!\w)dlopen\s*\(', 'loads code', 'dlopen("x", 1)', 'mydlopen()'),
    (r'\bdn\b\s*[=!]=|[=!]=\s*[\w.>\-]*\bdn\b|SameText\([^)]*\bdn\b', 'compares distinguished names as text',
     'if (member.dn == account->dn)', 'entry.dn = dn.get();'),
)
# The one that knows how such names are written: what lies below the search base.
KNOWS_NAMES = {'directory/directory_name.cc'}
SPAWN = re.compile(r'(?<!\w)posix_spawn\s*\(')


def sources():
    for top in sorted(ROOT.iterdir()):
        if top.is_dir() and not top.name.startswith('.') and top.name not in NOT_ROOMS:
            yield from sorted(p for p in top.rglob('*') if p.suffix in ('.h', '.cc', '.c'))


def code_of(path):
    """Its lines without comments; what stands in strings stays."""
    text = re.sub(r'/\*.*?\*/', lambda m: '\n' * m[0].count('\n'), path.read_text(), flags=re.S)
    return [re.sub(r'//.*', '', line) for line in text.splitlines()]


def faults(files):
    for path in files:
        name = path.relative_to(ROOT).as_posix()
        for number, line in enumerate(code_of(path), 1):
            for pattern, what, _, _ in RULES:
                if re.search(pattern, line) and not (what.startswith('compares') and name in KNOWS_NAMES):
                    yield f'{name}:{number}: {what}: {line.strip()}'
            if SPAWN.search(line) and name not in SPAWNS:
                yield f'{name}:{number}: runs a program: {line.strip()}'


def main():
    for pattern, _, bad, good in RULES:
        assert re.search(pattern, bad) and not re.search(pattern, good), pattern
    files = list(sources())
    found = list(faults(files))
    print('\n'.join(found) if found else f'{len(files)} files run no shell and compare no names of objects')
    return 1 if found or not files else 0


sys.exit(main())
