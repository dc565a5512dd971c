#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that rooms use each other only along the arrows of docs/architecture.md.

Looks at every #include "..." of the rooms' sources, at the taglogin_* libraries that their CMakeLists.txt link,
and at the folders themselves: two levels, never three. Prints a line for each fault and exits 1 if there is any.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
MODULE = {'client', 'protocol', 'base'}
DAEMON_PART = {'policy', 'audit', 'directory', 'protocol', 'base'}
PARTS = {'daemon/tags', 'daemon/replica', 'daemon/sessions', 'daemon/sinks'}
ARROWS = {
    'base': set(),
    'protocol': {'base'},
    'client': {'protocol', 'base'},
    'policy': {'base'},
    'directory': {'base'},
    'audit': {'base'},
    'pam_module': MODULE,
    'nss_module': MODULE,
    'keyhelper': MODULE,
    'cli': {'client', 'protocol', 'policy', 'audit', 'directory', 'base'},
    'daemon': DAEMON_PART | PARTS,
    **{part: DAEMON_PART for part in PARTS},
}
# What is built on all of it and is no room.
OTHERS = {'conf', 'tests', 'docs', 'build'}


def room_of(path):
    """The room that a path from the root lies in: 'daemon/tags' for daemon/tags/imds.cc."""
    folder = path.parent.as_posix()
    return folder if folder in ARROWS else None


def sources():
    for top in sorted(ROOT.iterdir()):
        if top.is_dir() and not top.name.startswith('.') and top.name not in OTHERS:
            yield from sorted(p.relative_to(ROOT) for p in top.rglob('*') if p.suffix in ('.h', '.cc', '.c'))


def include_faults(path):
    room = room_of(path)
    if room is None:
        yield f'{path}: lies in no room (a folder at the top, or one of {", ".join(sorted(PARTS))})'
        return
    for number, line in enumerate((ROOT / path).read_text().splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*"([^"]+)"', line)
        if not match:
            continue
        target = pathlib.PurePosixPath(match[1])
        other = room_of(target)
        if other is None:
            yield f'{path}:{number}: "{target}" is not a path from the root into a room'
        elif other != room and other not in ARROWS[room]:
            yield f'{path}:{number}: {room} must not include {other} ("{target}")'


def link_faults():
    """taglogin_daemon_tags belongs to daemon/tags, taglogin_policy to policy; others (full, thin …) to nobody."""
    owner = {'taglogin_' + room.replace('/', '_'): room for room in ARROWS}
    for room in ARROWS:
        script = ROOT / room / 'CMakeLists.txt'
        if not script.exists():
            continue
        text = re.sub(r'#.*', '', script.read_text())
        for call in re.findall(r'target_link_libraries\(([^)]*)\)', text):
            for library in set(re.findall(r'\btaglogin_\w+', call)):
                other = owner.get(library)
                if other and other != room and other not in ARROWS[room]:
                    yield f'{script.relative_to(ROOT)}: {room} must not link {library}'


def main():
    files = list(sources())
    faults = [fault for path in files for fault in include_faults(path)] + list(link_faults())
    print('\n'.join(faults) if faults else f'{len(files)} files of {len(ARROWS)} rooms follow the arrows')
    return 1 if faults or not files else 0


sys.exit(main())
