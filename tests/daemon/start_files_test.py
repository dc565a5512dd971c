#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""T42, T27: what taglogind makes and opens, seen from outside: modes at every instant under umask 000, close-on-exec
everywhere, nothing written through what others have planted, no path made of names or tags. Needs root and strace."""
import json
import os
import pathlib
import re
import signal
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import time
import unittest

TAGLOGIND = sys.argv.pop(1)
CONFIG = """
[directory]
domain = "corp.example"
servers = ["dc1.invalid"]
search_base = "DC=corp,DC=example"
timeout = "1s"
[tags]
sources = ["file:{home}/etc/tags.toml"]
[audit]
file = "{home}/log/audit.jsonl"
journal = false
[[rule]]
name = "web"
when = {{ Environment = true }}
login = ["ssh-{{Environment}}"]
"""
HOSTILE = ["../../../../tmp/evil-name", "/etc/evil-name", "evil-name/..", "evil-name\0x", "evil-name" * 33, "evil-name"]


def request(kind, *texts):
    body = b"".join(struct.pack("<I", len(t)) + t for t in (text.encode() for text in texts))
    return struct.pack("<HBB", 0x4C54, 1, kind) + body


class Machine:
    """The folders of one daemon and the daemon."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="taglogin-start-")
        self.home = pathlib.Path(self.folder.name)
        self.home.chmod(0o755)
        for name, mode in (("etc", 0o755), ("state", 0o700), ("run", 0o755), ("log", 0o2750)):
            (self.home / name).mkdir()
            (self.home / name).chmod(mode)
        (self.home / "etc/taglogin.toml").write_text(CONFIG.format(home=self.home))
        (self.home / "etc/tags.toml").write_text('Environment = "..-.._evil-tag"\n')
        self.log = (self.home / "stderr").open("w+b")
        self.running = None

    def start(self, *before):
        command = [*before, TAGLOGIND, "--config", self.home / "etc/taglogin.toml", "--state-folder",
                   self.home / "state", "--runtime-folder", self.home / "run"]
        self.running = subprocess.Popen(command, stderr=self.log, stdout=self.log, preexec_fn=lambda: os.umask(0))

    def said(self):
        return (self.home / "stderr").read_text(errors="replace")

    def wait(self):
        """True: it serves. False: it has ended, and said why."""
        end = time.monotonic() + 30
        while time.monotonic() < end:
            if "taglogind: ready" in self.said():
                return True
            if self.running.poll() is not None:
                return False
            time.sleep(0.01)
        raise AssertionError("neither ready nor ended: " + self.said())

    def ask(self, packet):
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as to:
            to.settimeout(10)
            to.connect(str(self.home / "run/socket"))
            to.send(packet)
            return to.recv(65536)

    def stop(self):
        if self.running is not None and self.running.poll() is None:
            self.running.kill()
        if self.running is not None:
            self.running.wait()
        self.running = None
        self.log.close()
        self.folder.cleanup()


CALL = re.compile(r"^(\d+) +(\w+)\((.*)\) += (-?\d+)(<[^>]*>)?")
OPENING = {"open", "openat", "socket", "socketpair", "accept", "accept4", "pipe", "pipe2", "epoll_create",
           "epoll_create1", "eventfd", "eventfd2", "timerfd_create", "signalfd4", "signalfd", "inotify_init1",
           "inotify_init", "memfd_create", "dup", "dup2", "dup3", "openat2"}
MODES = {"chmod", "fchmod", "fchmodat"}
MAKING = {"mkdir", "mkdirat", "mknod", "mknodat", "bind", "rename", "renameat", "renameat2", "link", "linkat",
          "symlink", "symlinkat", "unlink", "unlinkat", "umask", "execve", "fcntl", "creat", "truncate"}


def allowed(path, home):
    """The mode that what lies at `path` may have at most."""
    place = pathlib.Path(path)
    if place.is_relative_to(home / "state"):
        return 0o600
    if place.is_relative_to(home / "log"):
        return 0o640
    if place.is_relative_to(home / "run/nss"):
        return 0o644
    return None


class Trace:
    """A whole life of taglogind: start, requests with hostile names, SIGHUP, SIGTERM."""

    def __init__(self):
        machine = Machine()
        self.home = machine.home
        trace = machine.home / "trace"
        machine.start("strace", "-f", "-y", "-s", "4096", "-e", "trace=" + ",".join(sorted(OPENING | MODES | MAKING)),
                      "-e", "signal=none", "-o", trace)
        assert machine.wait(), machine.said()
        (machine.home / "stderr").write_text("")
        pid = machine.ask_pid = int(re.search(r"^(\d+)", trace.read_text()).group(1))
        for name in HOSTILE:
            for kind, texts in ((1, [name]), (3, [name]), (5, [name]), (6, [name, name]), (7, [name] * 4),
                                (8, [name, "su", name, name, name])):
                assert machine.ask(request(kind, *texts))[:3] == b"TL\x01"
        os.kill(pid, signal.SIGHUP)
        assert machine.ask(request(1, "after-the-reload"))
        self.files = [(p, p.lstat()) for p in sorted(machine.home.rglob("*")) if p.parent.name != "etc"]
        os.kill(pid, signal.SIGTERM)
        machine.running.wait(timeout=60)
        self.lines = []
        for line in trace.read_text(errors="replace").splitlines():
            match = CALL.match(line)
            if match and int(match.group(4)) >= 0:
                self.lines.append((match.group(2), match.group(3), int(match.group(4)), match.group(5) or "", line))
        self.text = trace.read_text(errors="replace")
        machine.stop()

    def of(self, *names):
        return [line for line in self.lines if line[0] in names]


class WholeLife(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.trace = Trace()

    def test_what_is_made_has_its_mode_at_once(self):
        home, made, mask = self.trace.home, 0, 0
        for name, args, result, _, line in self.trace.lines:
            if name == "umask":
                mask = int(args, 8)
            elif name in ("openat", "open") and "O_CREAT" in args:
                path, mode = re.search(r'"([^"]*)"', args).group(1), int(args.rsplit(",", 1)[1], 8)
                bound = allowed(path, home) if path.startswith("/") else allowed(home / "state" / path, home)
                self.assertIsNotNone(bound, line)
                self.assertEqual(mode & ~bound & 0o777, 0, "asked for too much: " + line)
                made += 1
            elif name in ("mkdir", "mkdirat"):
                path, mode = re.search(r'"([^"]*)"', args).group(1), int(args.rsplit(",", 1)[1], 8)
                bound = 0o755 if path.startswith(str(home / "run")) else 0o700
                self.assertEqual(mode & ~bound, 0, line)
            elif name == "bind" and "AF_UNIX" in args:
                self.assertEqual(mask, 0o077, "the socket is for its owner until chmod: " + line)
                made += 1
            elif name in ("mknod", "mknodat", "creat", "link", "linkat", "symlink", "symlinkat", "truncate"):
                self.fail("not expected here: " + line)
        self.assertEqual(mask, 0o077)
        self.assertGreaterEqual(made, 6)
        print(f"T42: {made} files made, none with a mode beyond its own")

    def test_modes_are_changed_where_all_may_read_and_nowhere_else(self):
        home = str(self.trace.home)
        expected = {"socket": 0o666, "nss/table.new": 0o644, "nss/control.new": 0o644, "nss": 0o755,
                    "audit.jsonl": 0o640}
        for _, args, _, _, line in self.trace.of(*MODES):
            path = re.search(r'[<"](' + re.escape(home) + r'[^>"]*)', args).group(1)
            name = path.removeprefix(home + "/run/").removeprefix(home + "/log/")
            self.assertIn(name, expected, line)
            self.assertEqual(int(args.rsplit(",", 1)[1], 8), expected[name], line)

    def test_what_is_there_afterwards(self):
        wanted = {"run/socket": 0o666, "run/nss": 0o755, "run/nss/table": 0o644, "run/nss/control": 0o644,
                  "log/audit.jsonl": 0o640, "state/replica.sqlite": 0o600, "state/replica.sqlite-wal": 0o600}
        found = {str(p.relative_to(self.trace.home)): stat.S_IMODE(s.st_mode) for p, s in self.trace.files}
        for name, mode in wanted.items():
            self.assertEqual(found.get(name), mode, name)
        for name, mode in found.items():
            if name.startswith("state/"):
                self.assertEqual(mode, 0o600, name)

    def test_every_descriptor_is_closed_on_exec(self):
        closed_later = {re.match(r"(\d+)", a).group(1) for n, a, *_ in self.trace.of("fcntl") if "FD_CLOEXEC" in a}
        count, bad = 0, []
        for name, args, result, path, line in self.trace.of(*OPENING):
            count += 1
            if "CLOEXEC" in args:
                continue
            # libcrypto, libkrb5 and libldap open by fopen() or mark afterwards; what they read is public.
            if name in ("open", "openat") and re.search(r"/(openssl\.cnf|krb5\.conf|ldap\.conf|ldaprc)", args + path):
                continue
            if str(result) in closed_later:
                continue
            bad.append(line)
        self.assertEqual(bad, [])
        self.assertGreater(count, 50)
        self.assertEqual(len(self.trace.of("execve")), 1, "taglogind runs no program")
        print(f"T42: {count} descriptors opened, all close-on-exec")

    def test_no_path_is_made_of_names_or_tags(self):
        # Every call that takes a path is traced, those that fail too.
        self.assertEqual([line for line in self.trace.text.splitlines() if "evil" in line], [])
        print(f"T27: {len(HOSTILE)} names in 6 requests each, and a tag: in no path")


SESSION = {"uid": "earlier-1", "pid": 1, "start": 1, "audit_session": 1, "login_uid": 1, "user_name": "a", "user_id": "S",
           "user_uid": 1, "service": "su", "rhost": "", "tty": "", "auth_method": "", "key_fingerprint": "",
           "created_ms": 1}
PLACES = ["state/replica.sqlite", "state/replica.sqlite-wal", "state/replica.sqlite-journal", "state/replica.sqlite-shm",
          "state/replica.sqlite.bad", "state/sessions.json", "state/sessions.json.new", "state/sessions.json.unusable",
          "run/nss", "run/nss/table", "run/nss/table.new", "run/nss/control", "run/nss/control.new", "run/socket",
          "log/audit.jsonl", "log/audit.jsonl.1"]
KINDS = ["symlink", "hard link", "FIFO", "folder", "symlink to nothing"]


class Planted(unittest.TestCase):
    def plant(self, machine, place, kind):
        path = machine.home / place
        path.parent.mkdir(mode=0o755, exist_ok=True)
        if kind == "symlink":
            path.symlink_to(machine.home / "victim")
        elif kind == "symlink to nothing":
            path.symlink_to(machine.home / "made-elsewhere")
        elif kind == "hard link":
            os.link(machine.home / "victim", path)
        elif kind == "FIFO":
            os.mkfifo(path, 0o600)
        else:
            path.mkdir(mode=0o700)

    def one(self, place, kind):
        machine = Machine()
        try:
            victim = machine.home / "victim"
            victim.write_text("not taglogind's to write, without an end of line")
            victim.chmod(0o600)
            self.plant(machine, place, kind)
            if place.endswith(".bad"):
                (machine.home / "state/replica.sqlite").write_text("this is no database, so it is moved away")
                (machine.home / "state/replica.sqlite").chmod(0o600)
            if place.endswith(".unusable"):
                (machine.home / "state/sessions.json").write_text("no sessions")
            if place.endswith("sessions.json.new"):  # sessions of an earlier boot make it write the file anew
                (machine.home / "state/sessions.json").write_text(json.dumps(
                    {"version": 1, "boot": "earlier", "sessions": [SESSION]}))
            machine.start()
            served = machine.wait()
            if served:
                opened = machine.ask(request(8, "root", "su", "", "", ""))  # a session's record, and an answer
                self.assertEqual(opened[:3], b"TL\x01")
            else:
                self.assertIn(str(machine.home / place).rsplit("/", 1)[0], machine.said())
            self.assertEqual(victim.read_text(), "not taglogind's to write, without an end of line")
            self.assertEqual(stat.S_IMODE(victim.stat().st_mode), 0o600)
            self.assertFalse((machine.home / "made-elsewhere").exists())
            return served
        finally:
            machine.stop()

    def test_nothing_outside_is_written(self):
        served = refused = 0
        for place in PLACES:
            for kind in KINDS:
                with self.subTest(place=place, kind=kind):
                    if self.one(place, kind):
                        served += 1
                    else:
                        refused += 1
        print(f"T42: {len(PLACES)} places x {len(KINDS)} kinds: {served} replaced or left alone, {refused} refused")
        self.assertGreater(served, 10)
        self.assertGreater(refused, 10)


if __name__ == "__main__":
    if os.geteuid() != 0:
        print("needs root")
        sys.exit(77)
    unittest.main()
