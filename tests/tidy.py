#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tidy.py BUILD [-jN]: clang-tidy over every source file of the product that BUILD compiles (not over the tests).

A file that was clean stays clean until it, a header of the project that it includes, its compile command, .clang-tidy
or clang-tidy itself changes: BUILD/tidy holds a stamp for each. Exits 1 if any file has a finding.
"""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = pathlib.Path(sys.argv[1]).resolve()
JOBS = int(sys.argv[2][2:]) if len(sys.argv) > 2 else os.cpu_count()
STAMPS = BUILD / 'tidy'


def project_headers():
    """Headers of the project that each object was made from, as ninja noted them."""
    output = subprocess.run(['ninja', '-C', BUILD, '-t', 'deps'], capture_output=True, text=True, check=True).stdout
    headers, current = {}, None
    for line in output.splitlines():
        match = re.match(r'(\S+): #deps', line)
        if match:
            current = headers.setdefault(match[1], [])
        elif line.startswith('    '):
            path = (BUILD / line.strip()).resolve()
            if path.is_relative_to(ROOT):
                current.append(path)
    return headers


def stamp_of(entry, headers, common):
    digest = hashlib.sha256(common)
    digest.update(entry['command'].encode())
    made = re.search(r' -o (\S+)', entry['command'])[1]
    for path in sorted({pathlib.Path(entry['file']), *headers.get(made, [])}):
        digest.update(path.as_posix().encode() + b'\0' + path.read_bytes())
    return STAMPS / digest.hexdigest()


def check(entry):
    result = subprocess.run(['clang-tidy', '--quiet', '-p', str(BUILD), entry['file']], capture_output=True, text=True)
    return entry, result.returncode, result.stdout


def main():
    STAMPS.mkdir(exist_ok=True)
    version = subprocess.run(['clang-tidy', '--version'], capture_output=True, check=True).stdout
    common = version + (ROOT / '.clang-tidy').read_bytes()
    headers = project_headers()
    entries = {}
    for entry in json.loads((BUILD / 'compile_commands.json').read_text()):
        if entry['file'].endswith('.cc') and '/tests/' not in entry['file'].removeprefix(str(ROOT)):
            entries.setdefault(entry['file'], {**entry, 'stamp': stamp_of(entry, headers, common)})
    due = [entry for entry in entries.values() if not entry['stamp'].exists()]
    faulty = 0
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        for entry, status, output in pool.map(check, due):
            if status == 0:
                entry['stamp'].touch()
            else:
                faulty += 1
                print(output)
    for stamp in set(STAMPS.iterdir()) - {entry['stamp'] for entry in entries.values()}:
        stamp.unlink()
    print(f'{len(entries)} files, {len(due)} of them looked at anew, {faulty} with findings')
    return 1 if faulty or not entries else 0


sys.exit(main())
