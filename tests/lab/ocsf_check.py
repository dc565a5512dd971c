#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks records (JSON lines on standard input) against the OCSF 1.8.0 schema in tests/data/ocsf-1.8.0.

Checked: that every attribute belongs where it stands (classes and objects with all they extend, profiles that the
record lists), required attributes, at_least_one and just_one, lists, types with their patterns and ranges, enums,
and the computed class, category and type ids. An object whose definition is not kept there is a fault too.
Prints a line for each fault; exits 1 if there is any, or no record at all.
"""
import functools
import json
import pathlib
import re
import sys

SCHEMA = pathlib.Path(__file__).resolve().parent.parent / 'data' / 'ocsf-1.8.0'
JSON_TYPES = {'boolean_t': bool, 'integer_t': int, 'long_t': int, 'float_t': (int, float), 'string_t': str}
FREE_FORM = {'object', 'json_t'}  # any JSON may stand there: `unmapped`


def load(name):
    path = SCHEMA / (name + '.json')
    return json.loads(path.read_text()) if path.exists() else None


DICTIONARY = load('dictionary')
ATTRIBUTES = DICTIONARY['attributes']
TYPES = DICTIONARY['types']['attributes']
CATEGORIES = load('categories')['attributes']


@functools.lru_cache(maxsize=None)
def definition(folder, name, profiles):
    """(attributes, constraints, category, uid) of a class or object, its ancestors' included; None when not kept."""
    own = load(f'{folder}/{name}')
    if own is None:
        return None
    attributes, constraints, category, uid = {}, {}, None, None
    if 'extends' in own:
        base = definition(folder, own['extends'], profiles)
        if base is None:
            return None
        attributes = {key: dict(value) for key, value in base[0].items()}
        constraints, category, uid = dict(base[1]), base[2], base[3]
    for key, value in own['attributes'].items():
        if key == '$include':
            merge_profiles(attributes, [value] if isinstance(value, str) else value, profiles)
        elif not value.get('profile') or value['profile'] in profiles:
            attributes.setdefault(key, {}).update(value)
    merge_profiles(attributes, [f'profiles/{name}.json' for name in own.get('profiles', [])], profiles)
    constraints.update(own.get('constraints', {}))
    return attributes, constraints, own.get('category', category), own.get('uid', uid)


def merge_profiles(attributes, files, profiles):
    for file in files:
        name = pathlib.PurePosixPath(file).stem
        if name in profiles:
            for key, value in load(f'profiles/{name}')['attributes'].items():
                attributes[key] = {**value, **attributes.get(key, {})}


def check_members(folder, name, value, path, profiles):
    found = definition(folder, name, profiles)
    if found is None:
        yield f'{path}: the definition of {folder}/{name} is not kept in tests/data'
        return
    attributes, constraints = found[:2]
    for key, spec in attributes.items():
        if spec.get('requirement') == 'required' and key not in value:
            yield f'{path}.{key}: required and missing'
    for rule, names in constraints.items():
        present = sum(name in value for name in names)
        if present == 0 or (rule == 'just_one' and present > 1):
            yield f'{path}: {rule} of {", ".join(names)}'
    for key, member in value.items():
        if key not in attributes:
            yield f'{path}.{key}: no such attribute in {name}'
        else:
            yield from check_attribute(key, {**ATTRIBUTES.get(key, {}), **attributes[key]}, member, f'{path}.{key}', profiles)


def check_attribute(key, spec, value, path, profiles):
    if isinstance(value, list) != spec.get('is_array', False):
        yield f'{path}: {"must" if spec.get("is_array") else "must not"} be a list'
        return
    enum = {**ATTRIBUTES.get(key, {}).get('enum', {}), **spec.get('enum', {})}
    for item in value if isinstance(value, list) else [value]:
        kind = spec['type']
        if kind in TYPES:
            yield from check_scalar(kind, item, path)
            # Class, category and type ids are computed, not enumerated: see check_record.
            if enum and key not in ('class_uid', 'category_uid', 'type_uid') and str(item) not in enum:
                yield f'{path}: {item!r} is not one of {", ".join(enum)}'
        elif kind not in FREE_FORM:
            if isinstance(item, dict):
                yield from check_members('objects', kind, item, path, profiles)
            else:
                yield f'{path}: must be an object ({kind})'


def check_scalar(kind, value, path):
    """A value of a type of the dictionary; what a type is made from is checked as well."""
    if kind in FREE_FORM:
        return
    spec = TYPES[kind]
    expected = JSON_TYPES.get(kind)
    if expected and (not isinstance(value, expected) or isinstance(value, bool) != (expected is bool)):
        yield f'{path}: {value!r} is not of type {kind}'
        return
    if 'type' in spec:
        faults = list(check_scalar(spec['type'], value, path))
        yield from faults
        if faults:
            return
    if 'regex' in spec and not re.search(spec['regex'], str(value)):
        yield f'{path}: {value!r} does not look like {kind}'
    if 'range' in spec and not spec['range'][0] <= value <= spec['range'][1]:
        yield f'{path}: {value!r} is out of the range of {kind}'
    if 'max_len' in spec and len(value) > spec['max_len']:
        yield f'{path}: longer than {kind} may be'


def check_record(record):
    profiles = frozenset(record.get('metadata', {}).get('profiles', []))
    for name in profiles:
        if load(f'profiles/{name}') is None:
            yield f'$.metadata.profiles: the profile {name} is not kept in tests/data'
            return
    for path in sorted((SCHEMA / 'events').glob('*.json')):
        found = definition('events', path.stem, profiles)
        if found and found[3] and CATEGORIES[found[2]]['uid'] * 1000 + found[3] == record.get('class_uid'):
            category = CATEGORIES[found[2]]['uid']
            yield from check_members('events', path.stem, record, '$', profiles)
            break
    else:
        yield f'$.class_uid: {record.get("class_uid")!r} is no class that is kept in tests/data'
        return
    computed = {'category_uid': category, 'type_uid': record['class_uid'] * 100 + record.get('activity_id', 0)}
    for key, value in computed.items():
        if record.get(key) != value:
            yield f'$.{key}: {record.get(key)!r} where {value} is due'
    if record.get('metadata', {}).get('version') != load('version')['version']:
        yield '$.metadata.version: not that of the schema'


def main():
    count = faulty = 0
    for number, line in enumerate(sys.stdin, 1):
        faults = list(check_record(json.loads(line)))
        count, faulty = count + 1, faulty + bool(faults)
        for fault in faults:
            print(f'record {number}: {fault}')
    print(f'{count} records, {faulty} with faults')
    return 1 if faulty or not count else 0


if __name__ == '__main__':
    sys.exit(main())
