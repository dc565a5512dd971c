# SPDX-License-Identifier: Apache-2.0
"""The programs as they run: in a mount and a network namespace of their own, with their own uids, folders and LDAP server."""
import contextlib
import os
import pathlib
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time

DAEMON_UID = 61001  # stand for the users taglogin and taglogin-keys; no account of this machine has them
KEYS_UID = 61002
SERVER = 'dc1.corp.example.com'
BIND_DN = 'cn=svc-taglogin,dc=corp,dc=example,dc=com'
FINGERPRINT = 'SHA256:' + 'A' * 43
INSIDE = 'TAGLOGIN_HARDENING_INSIDE'


def enter_namespaces():
    """Starts this program again where nothing that it mounts or listens to concerns anybody else."""
    if os.environ.get(INSIDE) == '1':
        subprocess.run(['ip', 'link', 'set', 'lo', 'up'], check=True)
        with tempfile.NamedTemporaryFile('w') as hosts:
            hosts.write(f'127.0.0.1 {SERVER} localhost\n')
            hosts.flush()
            os.chmod(hosts.name, 0o644)
            subprocess.run(['mount', '--bind', hosts.name, '/etc/hosts'], check=True)
        return
    os.environ[INSIDE] = '1'
    os.execvp('unshare', ['unshare', '--mount', '--net', sys.executable, *sys.argv])


def wait_for(condition, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    return condition()


def status_of(pid):
    text = pathlib.Path(f'/proc/{pid}/status').read_text()
    return dict(line.split(':\t', 1) for line in text.splitlines() if ':\t' in line)


def as_user(uid, **more):
    return {'user': uid, 'group': uid, 'extra_groups': [], **more}


class SilentSocket:
    """A unix socket that takes a request and never answers, in a folder that clients trust."""

    def __init__(self, folder):
        folder.mkdir()
        folder.chmod(0o755)
        self.path = folder / 'socket'
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(str(self.path))
        self.path.chmod(0o666)
        self.listener.listen(8)

    def request(self):
        self.listener.settimeout(10)
        connection, _ = self.listener.accept()
        connection.settimeout(10)
        return connection, connection.recv(65536)


def keyhelper_while_it_waits(program, folder):
    """(status, limits, open descriptors, CPU seconds) of taglogin-keys between request and answer, as sshd runs it."""
    silent = SilentSocket(folder)
    child = subprocess.Popen([program, '--socket', silent.path, 'alice', FINGERPRINT], stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={'LANG': 'C', 'EVIL': '1'}, **as_user(KEYS_UID))
    connection, _ = silent.request()
    status = status_of(child.pid)
    limits = pathlib.Path(f'/proc/{child.pid}/limits').read_text()
    descriptors = sorted(os.readlink(f'/proc/{child.pid}/fd/{fd}') for fd in os.listdir(f'/proc/{child.pid}/fd'))
    connection.close()
    used = os.wait4(child.pid, 0)[2]
    return status, limits, descriptors, used.ru_utime + used.ru_stime


def calls_the_cage_refused(program, folder):
    """System calls of a whole run, with a log to write to, that gave EPERM; and whether the log was written."""
    silent = SilentSocket(folder)
    log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    log.bind(str(folder / 'log'))
    (folder / 'log').chmod(0o666)
    devices = folder / 'dev'
    devices.mkdir()
    (devices / 'log').symlink_to(folder / 'log')
    (devices / 'null').touch()
    trace = folder / 'trace'
    script = f'mount --bind /dev/null {devices}/null && mount --rbind {devices} /dev && exec strace -f -o {trace} {program} --socket {silent.path} alice {FINGERPRINT}'
    child = subprocess.Popen(['unshare', '--mount', 'sh', '-c', script], stdin=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    silent.request()[0].close()  # hangs up: there is something to log
    child.wait(timeout=20)
    log.settimeout(1)
    with contextlib.suppress(TimeoutError):
        line = log.recv(4096)
        return [line for line in trace.read_text().splitlines() if 'EPERM' in line], b'taglogin-keys' in line
    return [line for line in trace.read_text().splitlines() if 'EPERM' in line], False


class Slapd:
    """An LDAP server with TLS that takes one name and password."""

    def __init__(self, folder, password):
        folder.mkdir()
        (folder / 'data').mkdir()
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', f'/CN={SERVER}',
                        '-addext', f'subjectAltName=DNS:{SERVER}', '-keyout', folder / 'key.pem', '-out', folder / 'ca.pem'],
                       check=True, capture_output=True)
        (folder / 'ca.pem').chmod(0o644)
        (folder / 'slapd.conf').write_text(
            'include /etc/ldap/schema/core.schema\nmodulepath /usr/lib/ldap\nmoduleload back_mdb\n'
            f'TLSCertificateFile {folder}/ca.pem\nTLSCertificateKeyFile {folder}/key.pem\n'
            f'database mdb\nsuffix "dc=corp,dc=example,dc=com"\nrootdn "{BIND_DN}"\nrootpw {password}\ndirectory {folder}/data\n')
        self.log = open(folder / 'log', 'wb')
        self.process = subprocess.Popen(
            ['/usr/sbin/slapd', '-f', folder / 'slapd.conf', '-h', 'ldap://127.0.0.1:389/ ldaps://127.0.0.1:636/', '-d', '256'],
            stdout=self.log, stderr=subprocess.STDOUT)
        self.text = lambda: (folder / 'log').read_text(errors='replace')
        if not wait_for(lambda: 'slapd starting' in self.text()):
            sys.exit('slapd does not start: ' + self.text())

    def has_bound(self):
        return f'BIND dn="{BIND_DN}" mech=SIMPLE' in self.text() or f'BIND dn="{BIND_DN}" method=128' in self.text()

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Taglogind:
    """The installed daemon under a uid of its own, with an umask that hides nothing, ready to be looked at."""

    def __init__(self, program, folder, password, transport):
        self.folder = folder
        folder.mkdir()
        folder.chmod(0o755)
        for name, mode in (('state', 0o700), ('run', 0o755), ('log', 0o750)):
            (folder / name).mkdir()
            os.chown(folder / name, DAEMON_UID, DAEMON_UID)
            (folder / name).chmod(mode)
        (folder / 'password').write_text(password + '\n')
        os.chown(folder / 'password', 0, DAEMON_UID)
        (folder / 'password').chmod(0o640)
        (folder / 'tags.toml').write_text('Environment = "prod"\n')
        (folder / 'taglogin.toml').write_text(
            f'[directory]\ntype = "ad"\ndomain = "corp.example.com"\nservers = ["{SERVER}"]\nbind = "simple"\n'
            f'transport = "{transport}"\nbind_dn = "{BIND_DN}"\nbind_password_file = "{folder}/password"\n'
            f'ca_file = "{folder.parent}/{transport}-slapd/ca.pem"\ntimeout = "2s"\n[tags]\nsources = ["file:{folder}/tags.toml"]\n'
            f'[audit]\nfile = "{folder}/log/audit.jsonl"\njournal = false\n[[rule]]\nname = "r"\nlogin = ["ops"]\n')
        self.notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notices.bind(str(folder / 'notify'))
        (folder / 'notify').chmod(0o666)
        self.log = open(folder / 'output', 'wb')
        os.umask(0)
        self.process = subprocess.Popen(
            [program, '--config', folder / 'taglogin.toml', '--state-folder', folder / 'state', '--runtime-folder', folder / 'run'],
            stdout=self.log, stderr=subprocess.STDOUT, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (-1, -1)),
            env={'NOTIFY_SOCKET': str(folder / 'notify'), 'WATCHDOG_USEC': '400000', 'PATH': '/usr/bin'}, **as_user(DAEMON_UID))
        os.umask(0o022)

    def output(self):
        return (self.folder / 'output').read_text(errors='replace')

    def notice(self, text, seconds=10):
        """Whether the service manager is told `text` in time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.notices.settimeout(max(0.01, end - time.monotonic()))
            with contextlib.suppress(TimeoutError):
                if text in self.notices.recv(4096).decode().splitlines():
                    return True
        return False

    def memory(self):
        """Every readable byte of the process, one piece for each mapping."""
        with open(f'/proc/{self.process.pid}/mem', 'rb', buffering=0) as memory:
            for line in pathlib.Path(f'/proc/{self.process.pid}/maps').read_text().splitlines():
                span, rights, *rest = line.split()
                if 'r' not in rights or '[vvar]' in rest or '[vsyscall]' in rest:
                    continue
                begin, end = (int(part, 16) for part in span.split('-'))
                with contextlib.suppress(OSError, OverflowError):
                    memory.seek(begin)
                    yield rest[3] if len(rest) > 3 else 'anonymous memory', memory.read(end - begin)

    def pieces_found(self, secret, length):
        """{where: how often} for the parts of `secret` of `length` bytes that stand somewhere in its memory."""
        parts = [secret[i:i + length].encode() for i in range(len(secret) - length + 1)]
        found = {}
        for name, piece in self.memory():
            count = sum(piece.count(part) for part in parts)
            if count:
                found[name] = found.get(name, 0) + count
        return found

    def crash(self):
        """The wait status after a SIGSEGV."""
        self.process.send_signal(signal.SIGSEGV)
        return os.waitpid(self.process.pid, 0)[1]


def system_calls_of_the_modules(pam_module, socket_path, folder):
    """strace's lines of a PAM account call and a close, made by the system's libpam from Python."""
    services = folder / 'services'
    services.mkdir()
    (services / 'sshd').write_text(f'account required {pam_module} socket={socket_path}\n')
    program = f'''
import ctypes
pam = ctypes.CDLL("libpam.so.0")
handle, conversation = ctypes.c_void_p(), (ctypes.c_void_p * 2)()
print(pam.pam_start_confdir(b"sshd", b"alice", ctypes.byref(conversation), {str(services)!r}.encode(), ctypes.byref(handle)))
print(pam.pam_acct_mgmt(handle, 0x8000))
'''
    trace = folder / 'modules.trace'
    subprocess.run(['strace', '-f', '-o', trace, sys.executable, '-c', program], check=True, capture_output=True)
    return trace.read_text().splitlines()
