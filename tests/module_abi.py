#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks what a loadable module brings into the processes that load it.

    module_abi.py MODULE --needed LIB [LIB ...] --exports REGEX [--count N]

Prints a line for each fault and exits 1 if there is any: a library it needs beyond those named, a symbol it
exports that REGEX does not match whole (or, with --count, not exactly N of them), a symbol unique to the process,
thread-local storage, constructors beyond the C runtime's one, bindings left lazy, relocations left writable, an
executable stack, a search path of its own, relocations in its code.
"""
import argparse
import re
import subprocess
import sys

POINTER_BYTES = 8


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True, env={'LC_ALL': 'C', 'PATH': '/usr/bin:/bin'}).stdout


def dynamic_faults(module, needed):
    dynamic = run('readelf', '-dW', module)
    for library in re.findall(r'\(NEEDED\).*\[(.+)\]', dynamic):
        if library not in needed:
            yield f'needs {library}'
    flags = ' '.join(re.findall(r'\((?:FLAGS|FLAGS_1)\)\s+(.*)', dynamic))
    if 'BIND_NOW' not in flags and 'NOW' not in flags:
        yield 'binds its functions lazily (-z now)'
    if 'NODELETE' not in flags:
        yield 'can be unloaded under the feet of its callers (-z nodelete)'
    for tag in ('RPATH', 'RUNPATH', 'TEXTREL'):
        if f'({tag})' in dynamic:
            yield f'has {tag}'
    for array in ('INIT_ARRAY', 'PREINIT_ARRAY', 'FINI_ARRAY'):
        size = re.search(rf'\({array}SZ\)\s+(\d+)', dynamic)
        if size and int(size[1]) > POINTER_BYTES:
            yield f'{array} has {int(size[1]) // POINTER_BYTES} entries: a static object has a constructor or destructor'


def segment_faults(module):
    segments = run('readelf', '-lW', module)
    if re.search(r'^\s+TLS\s', segments, re.M):
        yield 'has thread-local storage'
    if not re.search(r'^\s+GNU_RELRO\s', segments, re.M):
        yield 'leaves its relocations writable (-z relro)'
    stack = re.search(r'^\s+GNU_STACK\s.*?\s([RWE ]{3})\s+0x\w+$', segments, re.M)
    if not stack or 'E' in stack[1]:
        yield 'asks for an executable stack'


def symbol_faults(module, pattern, count):
    symbols = [line.split() for line in run('nm', '-D', '--defined-only', module).splitlines()]
    names = {fields[-1].split('@')[0] for fields in symbols}
    for name in sorted(names):
        if not re.fullmatch(pattern, name):
            yield f'exports {name}'
    if any(fields[-2] == 'u' for fields in symbols):
        yield 'defines a symbol that is unique in the process'
    if count is not None and len(names) != count:
        yield f'exports {len(names)} symbols, not {count}'


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument('module')
    arguments.add_argument('--needed', nargs='+', required=True)
    arguments.add_argument('--exports', required=True)
    arguments.add_argument('--count', type=int)
    given = arguments.parse_args()
    faults = [*dynamic_faults(given.module, given.needed), *segment_faults(given.module),
              *symbol_faults(given.module, given.exports, given.count)]
    for fault in faults:
        print(f'{given.module}: {fault}')
    return 1 if faults else 0


if __name__ == '__main__':
    sys.exit(main())
