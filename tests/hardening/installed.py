# SPDX-License-Identifier: Apache-2.0
"""What the build tree holds and what an installation of it brings: lines 1 to 8, 10, 11 and 13 as far as files show them."""
import json
import os
import pathlib
import re
import stat
import subprocess

import elf

# What a module must not call: threads, signals, the environment, other programs, the end of its caller.
FORBIDDEN_IMPORTS = {
    'pthread_create', 'thrd_create', 'signal', 'sigaction', 'sigprocmask', 'pthread_sigmask', 'getenv', 'secure_getenv',
    'setenv', 'putenv', 'unsetenv', 'clearenv', 'select', 'system', 'popen', 'fork', 'vfork', 'execve', 'posix_spawn',
    'dlopen', 'exit', '_exit', 'atexit', 'setlocale', 'fopen', 'signalfd', 'alarm', 'setitimer', 'sleep', 'usleep'}
MAX_MODULE_BYTES = 150 * 1024
MAX_MODULE_LINES = 1500
COMPILER_FLAGS = ('-fstack-protector-strong', '-fstack-clash-protection', '-fcf-protection=full', '-ftrivial-auto-var-init=zero',
                  '-D_FORTIFY_SOURCE=3', '-Wall', '-Wextra', '-Wformat=2', '-Wconversion', '-Werror')
THIN = ('protocol/', 'client/', 'pam_module/', 'nss_module/', 'keyhelper/')
FORBIDDEN_CALLS = (r'system|popen|strcpy|strcat|v?sprintf|gets|atoi|atol|atof|alloca|rand|srand|mktemp|tmpnam|tempnam|select|'
                   r'FD_SET|strtok|asctime|ctime|exec[lv]p?e?')
ROOMS = ('base', 'protocol', 'client', 'policy', 'directory', 'audit', 'daemon', 'pam_module', 'nss_module', 'keyhelper', 'cli')


class Installation:
    def __init__(self, source, build, root):
        self.source, self.build, self.root = source, build, root
        os.umask(0o022)
        subprocess.run(['cmake', '--install', build], check=True, capture_output=True, env=os.environ | {'DESTDIR': str(root)})
        cache = dict(re.findall(r'^(\w+):\w+=(.*)$', (build / 'CMakeCache.txt').read_text(), re.M))
        prefix = cache['CMAKE_INSTALL_PREFIX']

        def folder(name, default):
            value = cache.get(f'CMAKE_INSTALL_{name}') or default
            if name in ('SYSCONFDIR',) and prefix == '/usr' and not value.startswith('/'):
                return f'/{value}'
            return value if value.startswith('/') else f'{prefix}/{value}'
        self.folders = {name: folder(name, default) for name, default in (
            ('SBINDIR', 'sbin'), ('BINDIR', 'bin'), ('LIBEXECDIR', 'libexec'), ('LIBDIR', 'lib'), ('SYSCONFDIR', 'etc'),
            ('MANDIR', 'share/man'), ('DOCDIR', 'share/doc/taglogin'))}
        self.folders['PAM'] = cache['TAGLOGIN_PAM_MODULE_DIR']
        self.folders['SYSTEMD'] = cache['TAGLOGIN_SYSTEMD_PREFIX']

    def path(self, name):
        """A file of the manifest, by its last part, in the tree where it was installed."""
        return next(self.root / line.split()[1].format(**self.folders).lstrip('/') for line in self.manifest_lines()
                    if line.endswith('/' + name))

    def manifest_lines(self):
        return [line for line in (self.source / 'tests/hardening/manifest.txt').read_text().splitlines()
                if line and not line.startswith('#')]

    def files(self):
        return sorted(path for path in self.root.rglob('*') if not path.is_dir() or path.is_symlink())

    def elf_files(self):
        return [elf.Elf(path) for path in self.files() if path.is_file() and elf.is_elf(path)]

    @property
    def modules(self):
        return {'pam': elf.Elf(self.path('pam_taglogin.so')), 'nss': elf.Elf(self.path('libnss_taglogin.so.2'))}

    # Line 1
    def module_linking(self):
        for module in self.modules.values():
            for library in module.needed - {'libpam.so.0', 'libc.so.6', 'ld-linux-x86-64.so.2', 'ld-linux-aarch64.so.1'}:
                yield f'{module.path.name} needs {library}'
            for fault in module.faults_of_linking():
                yield f'{module.path.name}: {fault}'

    # Line 2
    def module_exports(self):
        for name, pattern in (('pam', r'pam_sm_(authenticate|setcred|acct_mgmt|open_session|close_session|chauthtok)'),
                              ('nss', r'_nss_taglogin_\w+')):
            module = self.modules[name]
            for symbol in sorted(module.exports):
                if not re.fullmatch(pattern, symbol):
                    yield f'{module.path.name} exports {symbol}'
            if not module.exports or (name == 'pam' and len(module.exports) > 6):
                yield f'{module.path.name} exports {len(module.exports)} symbols'
            if module.unique_symbols:
                yield f'{module.path.name} defines symbols unique in the process: {module.unique_symbols}'

    # Line 3
    def module_tls(self):
        for module in self.modules.values():
            if module.has_segment('TLS'):
                yield f'{module.path.name} has thread-local storage'

    # Line 4
    def module_manners(self):
        for module in self.modules.values():
            for name in ('INIT_ARRAY', 'PREINIT_ARRAY', 'FINI_ARRAY'):
                if module.array_entries(name) > 1:
                    yield f'{module.path.name}: {name} has {module.array_entries(name)} entries'
            for symbol in sorted(module.imports & FORBIDDEN_IMPORTS):
                yield f'{module.path.name} calls {symbol}'

    # Line 5
    def module_size(self, notes):
        for name, room in (('pam', 'pam_module'), ('nss', 'nss_module')):
            module = self.modules[name]
            size = module.path.stat().st_size
            lines = sum(len(file.read_text().splitlines()) for file in (self.source / room).glob('*.[hc]*'))
            notes.append(f'{module.path.name}: {size} bytes, {lines} lines of its own')
            if size > MAX_MODULE_BYTES:
                yield f'{module.path.name} has {size} bytes'
            if lines > MAX_MODULE_LINES:
                yield f'{room} has {lines} lines'

    # Line 7: the files
    def every_elf(self, notes):
        fortified = {}
        for file in self.elf_files():
            name = file.path.name
            for fault in file.faults_of_linking():
                yield f'{name}: {fault}'
            if '__stack_chk_fail' not in file.imports:
                yield f'{name}: no stack protector'
            fortified[name] = sum(symbol.endswith('_chk') for symbol in file.imports if symbol != '__stack_chk_fail')
            if file.is_program and not fortified[name] and {'memcpy', 'snprintf', 'printf', 'syslog', 'strcpy'} & file.imports:
                notes.append(f'{name}: gcc proved every call that it could fortify safe')
        notes.append('fortified functions: ' + ', '.join(f'{name} {count}' for name, count in fortified.items()))
        tests = 0
        for path in self.build.rglob('*'):
            if path.is_file() and os.access(path, os.X_OK) and 'CMakeFiles' not in path.parts and elf.is_elf(path):
                tests += 1
                for fault in elf.Elf(path).faults_of_linking():
                    if path.parent.name != 'mutation':
                        yield f'{path.relative_to(self.build)}: {fault}'
        notes.append(f'{len(self.elf_files())} ELF files installed, {tests} built')

    # Line 7: how they were compiled
    def compiler_flags(self, notes):
        commands = json.loads((self.build / 'compile_commands.json').read_text())
        product = 0
        for entry in commands:
            path = pathlib.Path(entry['file'])
            if not path.is_relative_to(self.source):
                continue
            words = entry['command'].split()
            name = str(path.relative_to(self.source))
            product += not name.startswith('tests/')
            # The warnings are those of C++; control-flow protection is x86's.
            wanted = [flag for flag in COMPILER_FLAGS if (path.suffix == '.cc' or not flag.startswith('-W'))
                      and (flag != '-fcf-protection=full' or os.uname().machine == 'x86_64')]
            missing = [flag for flag in wanted if flag not in words]
            if not any(re.fullmatch(r'-O([123s]|fast)', word) for word in words):
                missing.append('an optimisation level, without which FORTIFY does nothing')
            if not name.startswith(THIN + ('tests/',)) and '-D_GLIBCXX_ASSERTIONS' not in words:
                missing.append('-D_GLIBCXX_ASSERTIONS')
            if missing:
                yield f'{name}: compiled without {" ".join(missing)}'
        notes.append(f'{product} sources of the product, {len(commands)} with the tests, each with every flag')
        notes.append("except: thin code has no _GLIBCXX_ASSERTIONS: what they call lies in the C++ library, and ends the caller "
                     '(sshd, PID 1)')

    # Line 7: control-flow protection
    def control_flow(self, notes):
        if os.uname().machine != 'x86_64':
            return
        objects = [path for path in self.build.rglob('*.o') if 'tests' not in path.relative_to(self.build).parts]
        for path in objects:
            if elf.cet_of(path) != {'IBT', 'SHSTK'}:
                yield f'{path.relative_to(self.build)}: its note does not say IBT and SHSTK'
        for module in self.modules.values():
            for name in elf.entries_without_landing_pad(module.path, module.exports):
                yield f'{module.path.name}: {name} does not begin with endbr64'
        without = [file.path.name for file in self.elf_files() if elf.cet_of(file.path) != {'IBT', 'SHSTK'}]
        start = elf.output_of('gcc', '-print-file-name=crti.o').strip()
        if without and elf.cet_of(start) == {'IBT', 'SHSTK'}:
            yield f'without IBT and SHSTK although the C library has them: {without}'
        elif without:
            notes.append(f"except: the C library's own {pathlib.Path(start).name} has no IBT and SHSTK here, so the linker writes "
                         f'neither into any program of this system; all {len(objects)} objects of ours have both')

    # Line 8: what stands in the file system
    def privileged_files(self):
        for path in self.files():
            if path.lstat().st_mode & (stat.S_ISUID | stat.S_ISGID):
                yield f'{path}: setuid or setgid'
            if 'security.capability' in os.listxattr(path, follow_symlinks=False):
                yield f'{path}: has file capabilities'

    # Line 11
    def manifest(self, notes):
        wanted = dict(reversed(line.format(**self.folders).split()) for line in self.manifest_lines())
        found = {}
        for path in self.files():
            state = path.lstat()
            name = '/' + str(path.relative_to(self.root))
            found[name] = f'{stat.S_IMODE(state.st_mode):04o}'
            if (state.st_uid, state.st_gid) != (0, 0):
                yield f'{name}: belongs to {state.st_uid}:{state.st_gid}'
            if not stat.S_ISREG(state.st_mode):
                yield f'{name}: no regular file'
        for name in sorted(wanted.keys() | found.keys()):
            if wanted.get(name) != found.get(name):
                yield f'{name}: mode {found.get(name, "(not there)")}, the manifest says {wanted.get(name, "nothing of it")}'
        for folder in self.root.rglob('*'):
            if folder.is_dir() and stat.S_IMODE(folder.stat().st_mode) & 0o022:
                yield f'{folder}: others may write'
        notes.append(f'{len(wanted)} files as the manifest says')

    # Line 11: users and folders
    def folders_of_the_daemon(self, notes):
        """tmpfiles.d and sysusers.d, carried out in the installed tree."""
        etc = self.root / 'etc'
        (etc / 'passwd').write_text('root:x:0:0::/root:/bin/sh\n')
        (etc / 'group').write_text('root:x:0:\nadm:x:4:\n')
        for program, file in (('systemd-sysusers', 'sysusers.d'), ('systemd-tmpfiles', 'tmpfiles.d')):
            configured = self.root / self.folders['SYSTEMD'].lstrip('/') / file / 'taglogin.conf'
            command = [program, f'--root={self.root}', *(['--create'] if 'tmp' in program else []), configured]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode != 0:
                yield f'{program}: {done.stderr.strip()}'
                return
        ids = {line.split(':')[0]: line.split(':')[2:4] for line in (etc / 'passwd').read_text().splitlines()}
        uid, gid = (int(part) for part in ids['taglogin'])
        for name, mode, owner in (('run/taglogin', 0o755, (uid, gid)), ('run/taglogin/nss', 0o755, (uid, gid)),
                                  ('var/lib/taglogin', 0o700, (uid, gid)), ('var/log/taglogin', 0o2750, (uid, 4))):
            state = (self.root / name).stat()
            if (stat.S_IMODE(state.st_mode), (state.st_uid, state.st_gid)) != (mode, owner):
                yield f'/{name}: {stat.S_IMODE(state.st_mode):o} {state.st_uid}:{state.st_gid}'
        for user in ('taglogin', 'taglogin-keys'):
            entry = next(line for line in (etc / 'passwd').read_text().splitlines() if line.startswith(user + ':'))
            if not entry.endswith(':/usr/sbin/nologin') or not 0 < int(entry.split(':')[2]) < 1000:
                yield f'no static system user without a shell: {entry}'
        notes.append('except: taglogin.toml is 0644 (it holds no secret, and everybody may run check-config); one socket for all, '
                     '0666: the request table says by peer who may ask what; the bind password is root:taglogin 0640, for a '
                     'daemon that is not root')

    # Line 10
    def units(self, notes):
        for unit in sorted((self.root / self.folders['SYSTEMD'].lstrip('/') / 'systemd/system').iterdir()):
            done = subprocess.run(['systemd-analyze', 'security', '--offline=true', '--threshold=20', '--no-pager', unit],
                                  capture_output=True, text=True)
            score = re.search(r'Overall exposure level.*: ([\d.]+)', done.stdout)
            if done.returncode != 0 or not score:
                yield f'{unit.name}: more exposed than 2.0: {done.stdout[-200:]}{done.stderr}'
                continue
            notes.append(f'{unit.name}: exposure {score[1]}')
            text = unit.read_text()
            for setting in ('User=taglogin', 'NoNewPrivileges=yes', 'CapabilityBoundingSet=CAP_KILL', 'Restart=always',
                            'TasksMax=64', 'LimitNOFILE=4096', 'WatchdogSec=30s', 'LimitCORE=0', 'MemoryMax=512M',
                            'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6', 'SystemCallFilter=@system-service',
                            'SystemCallFilter=~@privileged @resources', 'SystemCallArchitectures=native', 'ProtectSystem=strict',
                            'MemoryDenyWriteExecute=yes'):
                if not re.search(rf'^{re.escape(setting)}$', text, re.M):
                    yield f'{unit.name}: no {setting}'
            if re.search(r'^DynamicUser', text, re.M):
                yield f'{unit.name}: a dynamic user'
        notes.append('except: the design promises 2.0, not 1.2: CAP_KILL ends sessions, PrivateUsers= and ProtectProc= hide '
                     'peers and sessions; MemoryMax=512M, not 128M: room for directories of 100,000 accounts')

    # Line 13
    def source_gates(self, notes):
        lines = 0
        for room in ROOMS:
            for path in sorted((self.source / room).rglob('*')):
                if path.suffix not in ('.h', '.cc', '.c'):
                    continue
                name = path.relative_to(self.source)
                code = re.sub(r'//[^\n]*', '', path.read_text())
                code = re.sub(r'"(?:\\.|[^"\\\n])*"', '""', code)
                for number, line in enumerate(code.splitlines(), 1):
                    lines += 1
                    if re.search(rf'(?<![\w.>])(?:::)?(?:std::)?\b(?:{FORBIDDEN_CALLS})\s*\(', line):
                        yield f'{name}:{number}: {line.strip()}'
                    if room == 'daemon' and re.search(r'\bget(pw|gr)\w*\s*\(|\bgetservby|\bgethostby', line):
                        yield f'{name}:{number}: asks NSS: {line.strip()}'
                    if room in ('pam_module', 'nss_module', 'client', 'protocol', 'base') and re.search(r'(?<!pam_)\b(secure_)?getenv\b', line):
                        yield f'{name}:{number}: reads the environment: {line.strip()}'
        notes.append(f'{lines} lines of the product without any of them; clang-tidy: lint_tidy (./check --long)')
