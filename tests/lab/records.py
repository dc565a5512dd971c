#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Audit records from standard input (JSON lines), for people and for tests.

records.py short                  a line a record
records.py full USER              the last record about USER, a line for each attribute
records.py told USER:CODE ...     exits 0 if there is a record for each pair, and the numbers have no gap
"""
import json
import sys
import time

KINDS = {1: 'logon', 2: 'logoff'}


def kind(record):
    return KINDS.get(record['activity_id'], record.get('activity_name', 'other')).lower()


def short(record):
    clock = time.strftime('%H:%M:%S', time.localtime(record['time'] / 1000))
    verdict = 'allowed' if record.get('status_id') == 1 else 'refused'
    if record['activity_id'] == 2:
        verdict = 'ended'
    return '%4d  %s  %-13s %-7s %-7s %-18s %s' % (
        record['metadata']['sequence'], clock, kind(record), record.get('user', {}).get('name', '?'), verdict,
        record.get('status_code', ''), record.get('status_detail', ''))


def full(record):
    """A line for each attribute; `unmapped` and `metadata`, which hold most, a line for each of theirs."""
    lines = []
    for key, value in record.items():
        if key in ('unmapped', 'metadata'):
            inner = value.get('taglogin', value)
            lines += [f'{key}:'] + [f'    {name}: {json.dumps(item, ensure_ascii=False)}' for name, item in inner.items()]
        else:
            lines.append(f'{key}: {json.dumps(value, ensure_ascii=False)}')
    return '\n'.join(lines)


def gaps(records):
    numbers = [record['metadata']['sequence'] for record in records]
    return [n for n, previous in zip(numbers[1:], numbers) if n != previous + 1]


def main():
    records = [json.loads(line) for line in sys.stdin]
    verb, rest = sys.argv[1], sys.argv[2:]
    if verb == 'short':
        print('\n'.join(short(record) for record in records))
    elif verb == 'full':
        about = [record for record in records if record.get('user', {}).get('name') == rest[0]]
        print(full(about[-1]) if about else 'no record')
    elif verb == 'told':
        seen = {'%s:%s' % (record.get('user', {}).get('name'), record.get('status_code')) for record in records}
        for pair in rest:
            if pair not in seen:
                print(f'   no record of {pair}')
        for number in gaps(records):
            print(f'   a gap before number {number}')
        return 0 if records and not set(rest) - seen and not gaps(records) else 1
    return 0


sys.exit(main())
