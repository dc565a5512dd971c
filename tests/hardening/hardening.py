#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""hardening.py BUILD: installs BUILD into a folder of its own, looks at every file and at the programs as they run, and
prints PASS or FAIL for each of thirteen lines, with what was counted and what is not so and why. Exits 1 on any FAIL.
Runs as root: the programs get namespaces, uids and an LDAP server of their own."""
import ctypes
import os
import pathlib
import re
import secrets
import shutil
import sys
import tempfile
import threading

import running
from installed import Installation

SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent
MAX_HELPER_CPU = 0.005  # seconds
CAPABILITY_SETS = ('CapInh', 'CapPrm', 'CapEff', 'CapAmb')


class Report:
    def __init__(self):
        self.failed = False

    def line(self, number, title, *checks):
        """Runs the checks, each of which yields what is wrong and adds to the notes."""
        notes, faults = [], []
        for check in checks:
            try:
                faults += list(check(notes) if check.__code__.co_argcount > (1 if hasattr(check, '__self__') else 0) else check())
            except Exception as error:  # a check that can not be made has failed
                faults.append(f'{type(error).__name__}: {error}')
        print(f'{"FAIL" if faults else "PASS"} {number:2} {title}')
        for text in [*(f'wrong: {fault}' for fault in faults[:20]), *notes]:
            print(f'        {text}')
        sys.stdout.flush()
        self.failed = self.failed or bool(faults)


class Running:
    def __init__(self, installation, folder):
        self.installation, self.folder = installation, folder

    # Line 4
    def module_calls(self, notes):
        silent = running.SilentSocket(self.folder / 'modules')
        closer = threading.Thread(target=lambda: silent.request()[0].close())
        closer.start()
        lines = running.system_calls_of_the_modules(self.installation.path('pam_taglogin.so'), silent.path, self.folder)
        closer.join()
        opened = [line for line in lines if re.search(r'\bsocket\(', line)]
        if not any('SOCK_SEQPACKET' in line for line in opened):
            yield 'the module did not connect'
        for line in opened:
            # libpam itself tells the kernel's audit of the account phase.
            if 'NETLINK_AUDIT' not in line and ('AF_UNIX' not in line or 'SOCK_CLOEXEC' not in line):
                yield line
        for line in lines:
            if re.search(r'\bsend(to|msg)\(', line) and 'AF_NETLINK' not in line and 'MSG_NOSIGNAL' not in line:
                yield line
        notes.append(f'{len(lines)} system calls of a PAM call looked at: unix sockets alone, closed on exec, no SIGPIPE')

    # Line 6
    def module_loading(self, notes):
        libdl = ctypes.CDLL(None)
        libdl.dlopen.restype = ctypes.c_void_p
        libdl.dlopen.argtypes = [ctypes.c_char_p, ctypes.c_int]
        libdl.dlclose.argtypes = [ctypes.c_void_p]
        for module in self.installation.modules.values():
            path = str(module.path).encode()
            libdl.dlclose(libdl.dlopen(path, os.RTLD_NOW))
            before = (len(os.listdir('/proc/self/fd')), len(pathlib.Path('/proc/self/maps').read_text().splitlines()))
            for _ in range(10000):
                handle = libdl.dlopen(path, os.RTLD_NOW)
                if not handle:
                    yield f'{module.path.name} does not load'
                    break
                libdl.dlclose(handle)
            after = (len(os.listdir('/proc/self/fd')), len(pathlib.Path('/proc/self/maps').read_text().splitlines()))
            if after[0] != before[0] or after[1] > before[1] + 1:
                yield f'{module.path.name}: descriptors and mappings were {before}, are {after}'
        notes.append('each loaded and closed 10,000 times, with no descriptor and no mapping more; they stay in memory '
                     '(-z nodelete), so there is nothing to leak')

    # Line 8
    def keyhelper(self, notes):
        program = self.installation.path('taglogin-keys')
        status, limits, descriptors, cpu = running.keyhelper_while_it_waits(program, self.folder / 'keys')
        expected = {'Seccomp': '2', 'NoNewPrivs': '1', 'Uid': '\t'.join([str(running.KEYS_UID)] * 4), 'Groups': ''}
        for name, value in expected.items():
            if status[name].strip() != value:
                yield f'taglogin-keys: {name} is {status[name].strip()!r}'
        for name in CAPABILITY_SETS:
            if int(status[name], 16):
                yield f'taglogin-keys: {name} is {status[name]}'
        if not re.search(r'^Max core file size\s+0\s+0\s', limits, re.M):
            yield 'taglogin-keys: RLIMIT_CORE is not 0'
        if len(descriptors) != 4:
            yield f'taglogin-keys: has open {descriptors}'
        if cpu > MAX_HELPER_CPU:
            yield f'taglogin-keys took {cpu * 1000:.1f} ms of CPU'
        refused, logged = running.calls_the_cage_refused(program, self.folder / 'cage')
        for call in refused:
            yield f'its cage refuses what it needs: {call}'
        if not logged:
            yield 'its log line did not arrive'
        notes.append(f'taglogin-keys: uid of its own, no capability, no group, seccomp filter, no core, {cpu * 1000:.1f} ms of CPU')
        notes.append('except: sshd gives its user the groups that /etc/group lists for it: none; taglogin-refused is run by the '
                     "refused person's own shell and has her rights: a filter there would guard nothing")

    # Lines 9 and 12
    def start_daemon(self, transport):
        self.password = secrets.token_urlsafe(30)
        self.slapd = running.Slapd(self.folder / f'{transport}-slapd', self.password)
        self.daemon = running.Taglogind(self.installation.path('taglogind'), self.folder / transport, self.password, transport)
        if not self.daemon.notice('READY=1'):
            yield 'taglogind does not say that it is ready: ' + self.daemon.output()

    def daemon_status(self, notes):
        status = running.status_of(self.daemon.process.pid)
        for name, value in (('NoNewPrivs', '1'), ('Uid', '\t'.join([str(running.DAEMON_UID)] * 4)), ('Groups', '')):
            if status[name].strip() != value:
                yield f'taglogind: {name} is {status[name].strip()!r}'
        for name in CAPABILITY_SETS:
            if int(status[name], 16):
                yield f'taglogind: {name} is {status[name]}'
        # proc(5): the files of a process that is not dumpable belong to root.
        if os.stat(f'/proc/{self.daemon.process.pid}/environ').st_uid != 0:
            yield 'taglogind can be dumped'
        if not self.daemon.notice('WATCHDOG=1'):
            yield 'taglogind does not tell the watchdog that it lives'
        notes.append('taglogind: static user, no new privileges, not dumpable, feeds the watchdog; the unit bounds it to CAP_KILL')
        notes.append('except: one process, not two: the keytab is readable to its group, so nothing needs root; system calls '
                     "are filtered by the unit; its uid stands in /etc/passwd, and ids there are always refused")

    # Line 11
    def files_of_the_daemon(self, notes):
        running.wait_for(lambda: list((self.daemon.folder / 'run/nss').glob('table*')), 5)
        seen = 0
        modes = {'replica.sqlite': 0o600, 'audit.jsonl': 0o640, 'sessions.json': 0o600, 'socket': 0o666, 'nss': 0o755}
        for path in [p for name in ('state', 'run', 'log') for p in (self.daemon.folder / name).rglob('*')]:
            seen += 1
            mode, published = path.lstat().st_mode & 0o7777, 'nss' in path.parts[len(self.daemon.folder.parts):]
            wanted = modes.get(path.name, 0o644 if published else 0o600)
            if mode != wanted or path.lstat().st_uid != running.DAEMON_UID:
                yield f'{path.relative_to(self.daemon.folder)}: {mode:o}, uid {path.lstat().st_uid}; should be {wanted:o}'
        if seen < 4:
            yield f'taglogind made {seen} files only'
        notes.append(f'{seen} files made by taglogind under umask 000')

    def secret_is_wiped(self, notes):
        if not running.wait_for(self.slapd.has_bound):
            yield 'taglogind did not bind: ' + self.daemon.output() + self.slapd.text()[-500:]
            return
        if not self.daemon.pieces_found(running.BIND_DN, len(running.BIND_DN)):
            yield 'this search finds nothing, not even the name that stands in the settings'
        for length in (len(self.password), 8):
            found = running.wait_for(lambda: not self.daemon.pieces_found(self.password, length), 3)
            if not found:
                yield f'{length} bytes of the bind password stand in {self.daemon.pieces_found(self.password, length)}'

    def nothing_is_dumped(self, notes):
        status = self.daemon.crash()
        if not os.WIFSIGNALED(status) or os.WCOREDUMP(status):
            yield f'taglogind left a core behind (status {status})'
        self.slapd.stop()


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    if os.geteuid() != 0:
        sys.exit('hardening.py: please run as root')
    running.enter_namespaces()
    folder = pathlib.Path(tempfile.mkdtemp(prefix='taglogin-hardening-'))
    folder.chmod(0o755)
    try:
        files = Installation(SOURCE, pathlib.Path(sys.argv[1]).resolve(), folder / 'root')
        runs, report = Running(files, folder), Report()
        report.line(1, 'modules need libc and libpam alone; full RELRO, no executable stack', files.module_linking)
        report.line(2, 'modules export their entry points alone', files.module_exports)
        report.line(3, 'modules have no thread-local storage', files.module_tls)
        report.line(4, 'modules have no constructors, threads, signals or environment; unix sockets alone', files.module_manners, runs.module_calls)
        report.line(5, 'modules are small', files.module_size)
        report.line(6, 'modules can be loaded and closed for ever', runs.module_loading)
        report.line(7, 'every ELF file: RELRO, PIE, NX, canary, FORTIFY, CET, zeroed variables', files.every_elf, files.compiler_flags, files.control_flow)
        report.line(8, 'no privileged file; taglogin-keys is caged', files.privileged_files, runs.keyhelper)
        report.line(9, 'taglogind: static user, no new privileges, not dumpable',
                    lambda notes: runs.start_daemon('ldaps'), runs.daemon_status)
        report.line(10, 'the unit: exposure, limits, watchdog', files.units)
        report.line(11, 'files, owners and modes', files.manifest, files.folders_of_the_daemon, runs.files_of_the_daemon)
        report.line(12, 'the bind password is wiped, nothing is dumped', runs.secret_is_wiped, runs.nothing_is_dumped,
                    lambda notes: runs.start_daemon('starttls'), runs.secret_is_wiped, runs.nothing_is_dumped)
        report.line(13, 'source: no forbidden function', files.source_gates)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(1 if report.failed else 0)


if __name__ == '__main__':
    main()
