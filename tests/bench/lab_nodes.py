# SPDX-License-Identifier: Apache-2.0
"""The lab's nodes as measure.py sees them: a probe on each, commands, and what a service holds in memory."""
import os
import pathlib
import subprocess

LAB = '/run/taglogin-lab'
BENCH = f'{LAB}/bench'
ENVIRONMENT = {'PATH': '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'HOME': '/root', 'USER': 'root',
               'LANG': 'C.UTF-8'}
ADDRESS = {'host1': '10.99.0.21', 'host2': '10.99.0.22', 'host3': '10.99.0.23', 'host4': '10.99.0.24'}


class Failed(Exception):
    """A command on a node did not answer as it must."""


def on(node, *command):
    """The command line that runs `command` on `node` (as `on` in nodes.sh does)."""
    init = pathlib.Path(f'{LAB}/nodes/{node}/init').read_text().strip()
    return ['nsenter', '-t', init, '-r', '-w', '-m', '-u', '-n', '-p', '--', *command]


def output(node, *command):
    done = subprocess.run(on(node, *command), env=ENVIRONMENT, capture_output=True, text=True)
    if done.returncode != 0:
        raise Failed(f'{node}: {" ".join(command)}: status {done.returncode}: {done.stderr.strip()[-300:]}')
    return done.stdout


class Probe:
    """bench_probe on a node; one command, one line of numbers."""

    def __init__(self, node):
        self.node = node
        self.process = subprocess.Popen(on(node, f'{BENCH}/bench_probe'), env=ENVIRONMENT, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)

    def ask(self, *words):
        self.process.stdin.write(' '.join(str(word) for word in words) + '\n')
        self.process.stdin.flush()
        answer = self.process.stdout.readline().split()
        if not answer or answer[0] != 'ok':
            raise Failed(f'{self.node}: {" ".join(map(str, words))}: {" ".join(answer[1:]) or "the probe has died"}')
        return [float(word) for word in answer[1:]]


def memory_of(is_ours):
    """Sums of smaps_rollup, in bytes, over all processes whose executable `is_ours` names; and their number."""
    total = {'private': 0, 'pss': 0, 'rss': 0, 'processes': 0}
    for pid in filter(str.isdigit, os.listdir('/proc')):
        try:
            if not is_ours(os.path.basename(os.readlink(f'/proc/{pid}/exe'))):
                continue
            lines = pathlib.Path(f'/proc/{pid}/smaps_rollup').read_text().splitlines()[1:]
        except OSError:
            continue  # a kernel thread, or gone
        size = {line.split(':')[0]: int(line.split()[1]) * 1024 for line in lines}
        total['private'] += size['Private_Clean'] + size['Private_Dirty']
        total['pss'] += size['Pss']
        total['rss'] += size['Rss']
        total['processes'] += 1
    return total


def busy_share(before, after):
    """The share of all processors that was in use between two readings of `cpu_times`."""
    used, idle = (after[n] - before[n] for n in (0, 1))
    return used / max(used + idle, 1)


def cpu_times():
    numbers = [int(word) for word in pathlib.Path('/proc/stat').read_text().split('\n', 1)[0].split()[1:9]]
    idle = numbers[3] + numbers[4]
    return sum(numbers) - idle, idle
