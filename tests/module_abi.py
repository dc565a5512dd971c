#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks what a loadable module brings into the processes that load it.

    module_abi.py MODULE --needed LIB [LIB ...] --exports REGEX [--count N]
    module_abi.py MODULE... --listing FILE
    module_abi.py MODULE... --print

Prints a line for each fault and exits 1 if there is any: a library it needs beyond those named, a symbol it
exports that REGEX does not match whole (or, with --count, not exactly N of them), a symbol unique to the process,
thread-local storage, constructors beyond the C runtime's one, bindings left lazy, relocations left writable, an
executable stack, a search path of its own, relocations in its code, more than 150 KB.

A listing is the whole of what the modules give to and take from a process, as --print writes it: libraries, symbols
that come and go, flags, segments, constructors. Any difference is a fault. When one is meant, write the listing anew.
"""
import argparse
import difflib
import os
import re
import subprocess
import sys

POINTER_BYTES = 8
MAX_BYTES = 150 * 1024
NOTES = ('NOTE', 'GNU_PROPERTY', 'GNU_EH_FRAME')  # read by tools, not by the loader


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


def size_faults(module):
    size = os.path.getsize(module)
    if size > MAX_BYTES:
        yield f'is {size} bytes long, more than {MAX_BYTES}'


def entries(dynamic, array):
    size = re.search(rf'\({array}SZ\)\s+(\d+)', dynamic)
    return int(size[1]) // POINTER_BYTES if size else 0


def listing(module):
    """Lines that do not depend on addresses, on the C library's version, nor on fortification."""
    dynamic = run('readelf', '-dW', module)
    segments = run('readelf', '-lW', module)
    symbols = run('readelf', '--dyn-syms', '-W', module)
    yield f'[{os.path.basename(module)}]'
    yield from (f'soname {name}' for name in re.findall(r'\(SONAME\).*\[(.+)\]', dynamic))
    yield from (f'needs {name}' for name in re.findall(r'\(NEEDED\).*\[(.+)\]', dynamic))
    flags = ' '.join(re.findall(r'\((?:FLAGS|FLAGS_1)\)\s+(.*)', dynamic)).replace('Flags:', '')
    yield 'flags ' + ' '.join(flags.split())
    yield from (f'{name.lower()} {entries(dynamic, name)}' for name in ('PREINIT_ARRAY', 'INIT_ARRAY', 'FINI_ARRAY'))
    kinds = re.findall(r'^\s+([A-Z_]+)\s+0x\w+ 0x\w+ 0x\w+ 0x\w+ 0x\w+ ([RWE ]{3})', segments, re.M)
    yield from sorted({f'segment {kind} {access.replace(" ", "")}' for kind, access in kinds if kind not in NOTES})
    gives, takes = [], []
    for line in symbols.splitlines():
        found = re.match(r'\s*\d+: \w+\s+\w+ (\w+)\s+(\w+)\s+(\w+)\s+(\w+) (\S+)', line)
        if not found:
            continue
        kind, binding, visibility, section, name = found.groups()
        if section == 'UND':
            plain = re.sub(r'^__(\w+)_chk$', r'\1', name.split('@')[0])
            takes.append(f'takes {plain}{" if there" if binding == "WEAK" else ""}')
        else:
            gives.append(f'gives {name} {kind} {binding} {visibility}')
    yield from sorted(gives)
    yield from sorted(set(takes))


def listing_faults(modules, expected_path):
    found = [line for module in modules for line in listing(module)]
    with open(expected_path, encoding='utf-8') as file:
        expected = [line for line in file.read().splitlines() if line and not line.startswith('#')]
    yield from difflib.unified_diff(expected, found, expected_path, 'as built', lineterm='', n=1)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument('modules', nargs='+', metavar='MODULE')
    arguments.add_argument('--needed', nargs='+')
    arguments.add_argument('--exports')
    arguments.add_argument('--count', type=int)
    arguments.add_argument('--listing', metavar='FILE')
    arguments.add_argument('--print', action='store_true')
    given = arguments.parse_args()
    if given.print:
        print('\n'.join(line for module in given.modules for line in listing(module)))
        return 0
    if not given.listing and not (given.needed and given.exports):
        arguments.error('nothing to compare with: --listing, or --needed and --exports')
    faults = [*listing_faults(given.modules, given.listing)] if given.listing else []
    for module in given.modules:
        of_module = [*segment_faults(module), *size_faults(module)]
        of_module += dynamic_faults(module, given.needed) if given.needed else []
        of_module += symbol_faults(module, given.exports, given.count) if given.exports else []
        faults += [f'{module}: {fault}' for fault in of_module]
    print('\n'.join(faults) if faults else f'{len(given.modules)} modules as they should be')
    return 1 if faults else 0


if __name__ == '__main__':
    sys.exit(main())
