# SPDX-License-Identifier: Apache-2.0
"""The table and the JSON of one run."""
import json
import os
import pathlib
import platform
import statistics

COLUMNS = ('floor', 'taglogin', 'sssd', 'nslcd')
TITLES = {'floor': 'floor', 'taglogin': 'taglogin', 'sssd': 'SSSD', 'nslcd': 'nslcd'}
MICRO, MILLI, MEGABYTES = (1e-3, 'µs'), (1e-6, 'ms'), (1e-6, 'MB')

# key: what is said of it, unit, decimals, what taglogin should reach (in that unit; None: nothing is promised)
ROWS = {
    'name': ('NSS module alone, warm: name', MICRO, 3, 0.12),
    'uid': ('NSS module alone, warm: uid', MICRO, 3, 0.12),
    'initgroups': ('NSS module alone, warm: initgroups', MICRO, 3, 0.12),
    'absent': ('a name that does not exist, repeated', MICRO, 3, 0.3),
    'first': ('first getpwnam in a fresh process', MICRO, 0, 130),
    'first_empty': ('  with a module that does nothing', MICRO, 0, None),
    'fresh_groups': ('getgrouplist, account never used here', MILLI, 3, 0.02),
    'stranger': ('getpwnam + getgrouplist, never used, no rule', MILLI, 3, None),
    'keys': ('keyhelper, exec to exit', MILLI, 2, 0.8),
    'account': ('pam_acct_mgmt alone, warm', MILLI, 3, 0.2),
    'login_known': ('ssh login over plain sshd, same user again', MILLI, 1, 4),
    'login_fresh': ('ssh login over plain sshd, never used here', MILLI, 1, 4),
    'memory': ('private memory, 1,000 accounts and groups', MEGABYTES, 1, 14),
    'decide': ('decision, 1,000 rules, account in 1,000 groups', MICRO, 1, 50),
}


def summary(values):
    """Median and spread of raw values."""
    ordered = sorted(values)
    middle = statistics.median(ordered)
    return {'n': len(ordered), 'median': middle, 'min': ordered[0], 'p95': ordered[(len(ordered) * 95 + 99) // 100 - 1],
            'mad': statistics.median(abs(value - middle) for value in ordered)}


def cell(row, column, results):
    _, (factor, _), digits, _ = ROWS[row]
    entry = results.get(row, {}).get(column)
    if entry is None:
        return ''
    sign = '+' if row.startswith('login') and column != 'floor' else ''
    return f'{entry["median"] * factor:{sign}.{digits}f}'


def is_missed(row, results):
    _, (factor, _), _, reach = ROWS[row]
    entry = results.get(row, {}).get('taglogin')
    return entry is not None and reach is not None and entry['median'] * factor > reach


def table(results, machine, notes):
    lines = [['measure', 'unit', *(TITLES[column] for column in COLUMNS), 'reach']]
    for row, (text, (_, unit), _, reach) in ROWS.items():
        if row in results:
            mark = ' MISSED' if is_missed(row, results) else ''
            lines.append([text, unit, *(cell(row, column, results) for column in COLUMNS),
                          ('' if reach is None else f'{reach:g}') + mark])
    widths = [max(len(line[n]) for line in lines) for n in range(len(lines[0]))]
    out = []
    for line in lines:
        cells = [text.ljust(width) if n < 2 or n == 6 else text.rjust(width)
                 for n, (text, width) in enumerate(zip(line, widths))]
        out.append('  '.join(cells).rstrip())
    out.insert(1, '-' * max(map(len, out)))
    out.append('')
    out.append(', '.join(machine.values()))
    out.extend(notes)
    return '\n'.join(out) + '\n'


def this_machine():
    cpu = 'unknown processor'
    for line in pathlib.Path('/proc/cpuinfo').read_text().splitlines():
        if line.startswith('model name'):
            cpu = line.split(':', 1)[1].strip()
            break
    lines = pathlib.Path('/etc/os-release').read_text().splitlines()
    release = dict(line.split('=', 1) for line in lines if '=' in line)
    return {'cpu': cpu, 'cores': f'{os.cpu_count()} cores', 'kernel': f'Linux {platform.release()}',
            'system': release.get('PRETTY_NAME', '').strip('"')}


def write(out, results, machine, notes):
    folder = pathlib.Path(out)
    text = table(results, machine, notes)
    rows = {row: {'measure': text, 'shown_in': unit, 'reach': reach}
            for row, (text, (_, unit), _, reach) in ROWS.items()}
    document = {'machine': machine, 'notes': notes, 'values': 'nanoseconds; memory: bytes', 'rows': rows,
                'results': results}
    (folder / 'results.json').write_text(json.dumps(document, indent=1, ensure_ascii=False) + '\n')
    (folder / 'table.txt').write_text(text)
    print(text, end='')
