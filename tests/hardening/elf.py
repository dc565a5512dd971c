# SPDX-License-Identifier: Apache-2.0
"""What an ELF file says of itself, as binutils print it."""
import functools
import pathlib
import re
import subprocess

ENVIRONMENT = {'LC_ALL': 'C', 'PATH': '/usr/bin:/bin'}


def output_of(*command):
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True,
                          env=ENVIRONMENT).stdout


def is_elf(path):
    with open(path, 'rb') as file:
        return file.read(4) == b'\x7fELF'


class Elf:
    def __init__(self, path):
        self.path = pathlib.Path(path)

    @functools.cached_property
    def dynamic(self):
        return output_of('readelf', '-dW', self.path)

    @functools.cached_property
    def segments(self):
        return output_of('readelf', '-lW', self.path)

    @functools.cached_property
    def symbols(self):
        """(type letter, name without version) of the dynamic symbols, as nm(1) has them."""
        lines = [line.split() for line in output_of('nm', '-D', self.path).splitlines()]
        return [(fields[-2], fields[-1].split('@')[0]) for fields in lines if len(fields) >= 2]

    @property
    def needed(self):
        return set(re.findall(r'\(NEEDED\).*\[(.+)\]', self.dynamic))

    @property
    def imports(self):
        return {name for letter, name in self.symbols if letter in 'Uw'}

    @property
    def exports(self):
        return {name for letter, name in self.symbols if letter not in 'Uwv'}

    @property
    def unique_symbols(self):
        return {name for letter, name in self.symbols if letter == 'u'}

    @property
    def is_program(self):
        return '(INTERP)' in self.segments or re.search(r'^\s+INTERP\s', self.segments, re.M) is not None

    def has_tag(self, tag):
        return f'({tag})' in self.dynamic

    def flags(self):
        return set(' '.join(re.findall(r'\((?:FLAGS|FLAGS_1)\)\s+(.*)', self.dynamic)).replace('Flags:', ' ').split())

    def has_segment(self, name):
        return re.search(rf'^\s+{name}\s', self.segments, re.M) is not None

    def array_entries(self, name):
        size = re.search(rf'\({name}SZ\)\s+(\d+)', self.dynamic)
        return int(size[1]) // 8 if size else 0

    def faults_of_linking(self):
        """What full RELRO, NX, PIE and no search path of its own lack."""
        if not self.has_segment('GNU_RELRO'):
            yield 'no GNU_RELRO'
        if not self.flags() & {'BIND_NOW', 'NOW'}:
            yield 'binds lazily'
        stack = re.search(r'^\s+GNU_STACK\s.*?\s([RWE ]{3})\s+0x\w+$', self.segments, re.M)
        if not stack or 'E' in stack[1]:
            yield 'executable stack'
        for line in self.segments.splitlines():
            if re.match(r'\s+LOAD\s', line) and re.search(r'\sRWE\s', line):
                yield 'a segment both writable and executable'
        if 'Type:                              DYN' not in output_of('readelf', '-hW', self.path):
            yield 'not position independent'
        if self.is_program and 'PIE' not in self.flags():
            yield 'not PIE'
        for tag in ('RPATH', 'RUNPATH', 'TEXTREL'):
            if self.has_tag(tag):
                yield tag


def cet_of(path):
    """The control-flow properties in a file's notes, e.g. {'IBT', 'SHSTK'}."""
    found = re.search(r'x86 feature: (.*)', output_of('readelf', '-nW', path))
    return set(re.findall(r'\w+', found[1])) if found else set()


def entries_without_landing_pad(path, names):
    """Those of the exported functions that do not begin with endbr64."""
    code = output_of('objdump', '-d', '--no-show-raw-insn', path)
    for name in sorted(names):
        first = re.search(rf'^[0-9a-f]+ <{re.escape(name)}(?:@@?[^>]*)?>:\n\s*[0-9a-f]+:\s*(\S+)', code, re.M)
        if not first or first[1] != 'endbr64':
            yield name
