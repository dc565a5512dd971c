#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""T17, T25, T28: the built taglogin beside a built taglogind, given what nobody should be given.

    real_program_test.py TAGLOGIN TAGLOGIND SBINDIR FOLDER

FOLDER holds login_names.tsv and naughty_strings.tsv; SBINDIR is where taglogin looks for taglogind. Runs in a mount
namespace of its own, with its own /run, so as root; ends with 77 otherwise. The daemon has no directory to ask.
"""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time
import unittest

CLI, DAEMON, SBINDIR, LISTS = sys.argv[1:5]
RUN = pathlib.Path('/run')
CONFIG = RUN / 'taglogin.toml'
SETTINGS = """
[directory]
domain = "corp.example"
servers = ["127.0.0.1"]
timeout = "1s"
[tags]
sources = ["file:/run/tags.toml"]
[audit]
file = "/run/audit/audit.jsonl"
journal = false
[[rule]]
name = "web"
when = { Role = "web" }
login = ["ssh-{Role}"]
"""
NOBODY = "this can be nobody's login name"
PLAIN = re.compile(rb'[\x20-\x7e\n]*')
ARGUMENTS = ('$(touch x)', '`touch x`', ';touch x', '|touch x', '&touch x', '>x', '--', '--\n--json', '\n',
             'a\ntouch x', '-c', '-x', '--help=$(touch x)', "';touch x;'", '"$(touch x)"', '${IFS}touch', '/bin/sh',
             '../x', '%s%n', '{a}')


def read_list(name):
    """Pairs of a string and its canonical form (None: it is no name); those that no argument can hold are left out."""
    for line in (pathlib.Path(LISTS) / name).read_text().splitlines():
        _, text, canonical = line.split('\t')
        text = bytes.fromhex(text)
        if b'\0' not in text and len(text) < 60000:
            yield text, None if canonical == '-' else canonical


def run(*arguments, program=(CLI,)):
    return subprocess.run([*program, *arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=60,
                          cwd=RUN / 'empty', check=False)


def mount(*arguments):
    subprocess.run(['mount', *arguments], check=True)


def prepare():
    mount('--make-rprivate', '/')
    mount('-t', 'tmpfs', '-o', 'mode=755', 'none', '/run')
    for folder in ('taglogin', 'empty', 'sbin', 'audit', 'state'):
        (RUN / folder).mkdir(mode=0o755)
    (RUN / 'state').chmod(0o700)
    shutil.copy2(DAEMON, RUN / 'sbin/taglogind')
    mount('--bind', '/run/sbin', SBINDIR)
    (RUN / 'tags.toml').write_text('Role = "web"\n')
    CONFIG.write_text(SETTINGS)


def start_daemon():
    log = open(RUN / 'log', 'wb')
    daemon = subprocess.Popen([DAEMON, '--config', CONFIG, '--state-folder', '/run/state',
                               '--runtime-folder', '/run/taglogin'],
                              stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    until = time.monotonic() + 30
    while run('status').returncode == 4:
        if daemon.poll() is not None or time.monotonic() > until:
            raise SystemExit('taglogind does not answer: ' + (RUN / 'log').read_text())
        time.sleep(0.05)
    return daemon


class Names(unittest.TestCase):
    """T17: the cli and the daemon behind it take the same names as every other part."""

    def test_why(self):
        count = 0
        for text, canonical in read_list('login_names.tsv'):
            done = run('why', '--json', '--', text)
            answer = json.loads(done.stdout)
            self.assertEqual(done.returncode, 3, text)
            self.assertEqual(answer['error'] == NOBODY, canonical is None, (text, answer))
            count += 1
        print(f'{count} names through taglogin why')
        self.assertGreater(count, 600)

    def test_test(self):
        for text, canonical in list(read_list('login_names.tsv'))[::6]:
            done = run('test', b'--user=' + text, '--json')
            self.assertEqual(done.returncode, 2 if canonical is None else 3, (text, done))


class Shells(unittest.TestCase):
    """T25: whatever the arguments are, nothing is run but taglogin itself and, to check settings, taglogind."""

    def calls(self):
        for verb in ('status', 'who', 'tags', 'why', 'refresh', 'check-config', 'test', ''):
            for argument in ARGUMENTS:
                yield [verb, argument]
        for argument in ARGUMENTS:
            yield ['why', '--', argument]
            yield ['check-config', '--', argument]
            yield ['refresh', '--repin=' + argument]
            yield ['test', '--user=' + argument, '--from=' + argument, '--at=' + argument, '--tags=' + argument]

    def test_no_program_is_run(self):
        trace = RUN / 'trace'
        programs = set()
        count = 0
        for call in self.calls():
            done = run(*call, program=('strace', '-f', '-qq', '-e', 'trace=execve,execveat', '-o', str(trace), CLI))
            self.assertGreaterEqual(done.returncode, 0, (call, done))
            lines = trace.read_text(errors='replace').splitlines()
            self.assertTrue(any(f'execve("{CLI}"' in line for line in lines), lines)
            programs.update(re.findall(r'execve(?:at)?\((?:\w+, )?"([^"]*)"', '\n'.join(lines)))
            count += 1
        print(f'{count} calls ran {sorted(programs)}')
        self.assertEqual(programs, {CLI, SBINDIR + '/taglogind'})
        self.assertEqual(list((RUN / 'empty').iterdir()), [])


class Output(unittest.TestCase):
    """T28: what comes back to the terminal is printable ASCII."""

    def check(self, *call):
        done = run(*call)
        for out in (done.stdout, done.stderr):
            self.assertTrue(PLAIN.fullmatch(out), (call, out[:300]))

    def test_arguments_come_back_printable(self):
        for number, (text, _) in enumerate(read_list('naughty_strings.tsv')):
            self.check('why', '--', text)
            self.check('status', b'x' + text)
            if number % 5 == 0:
                self.check('test', b'--user=' + text, '--json')
                self.check('test', '--user=alice', b'--from=' + text)
                self.check('test', '--user=alice', b'--at=' + text, '--json')
                self.check('why', b'--' + text)
                self.check(text)
                self.check('check-config', '--', text)
                self.check('check-config', '--json', '--', text)

    def test_a_file_that_is_right_or_wrong_under_an_odd_name(self):
        for settings in (SETTINGS, SETTINGS + '\x1b[31m = "\\u202e"\n', '"\\u001b[2J" = 1\n'):
            for name in ('a\x1b[2Jb', 'a\nb', 'a\u202eb'):
                path = RUN / name
                path.write_text(settings)
                self.check('check-config', str(path))
                self.check('check-config', '--json', str(path))
                path.unlink()


def main():
    if os.geteuid() != 0 or not all(map(shutil.which, ('unshare', 'strace', 'mount'))):
        print('needs root, unshare and strace')
        return 77
    if len(sys.argv) == 5:
        os.execvp('unshare', ['unshare', '--mount', sys.executable, *sys.argv, 'inside'])
    prepare()
    daemon = start_daemon()
    try:
        done = unittest.main(argv=sys.argv[:1], exit=False, verbosity=2)
        alive = daemon.poll() is None
    finally:
        daemon.send_signal(signal.SIGTERM)
        daemon.wait(30)
    log = (RUN / 'log').read_bytes()
    plain = all(PLAIN.fullmatch(line) for line in log.split(b'\n'))
    print(f'taglogind ended with {daemon.returncode}, its log has {len(log)} bytes')
    return 0 if done.result.wasSuccessful() and alive and plain and daemon.returncode == 0 else 1


sys.exit(main())
