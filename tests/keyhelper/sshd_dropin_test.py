#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the shipped 10-taglogin.conf makes of sshd's settings, asked of sshd itself (sshd -T).

The group of directory accounts does not exist where tests run: "root", which root is in, stands for it.
usage: sshd_dropin_test.py SSHD 10-taglogin.conf KEYS_PROGRAM
"""
import pathlib
import subprocess
import sys
import tempfile
import unittest

SSHD, DROPIN, KEYS = sys.argv[1:4]

# What a host may have behind the Include: all of it lets people in by other means.
REST = """
AuthorizedKeysFile .ssh/authorized_keys
TrustedUserCAKeys /etc/ssh/users_ca.pub
AuthorizedPrincipalsFile /etc/ssh/principals
PasswordAuthentication yes
KbdInteractiveAuthentication yes
HostbasedAuthentication yes
UsePAM no
"""


def settings(user: str) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        here = pathlib.Path(folder)
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", here / "host"], check=True)
        dropin = pathlib.Path(DROPIN).read_text().replace("taglogin-users", "root")
        (here / "10-taglogin.conf").write_text(dropin)
        (here / "sshd_config").write_text(f"HostKey {here}/host\nInclude {here}/10-taglogin.conf\n{REST}")
        # sshd wants /run/sshd; a private /run leaves the machine as it is.
        said = subprocess.run(
            ["unshare", "--map-root-user", "--mount", "sh", "-c",
             'mount -t tmpfs tmpfs /run && mkdir /run/sshd && exec "$@"', "sh",
             SSHD, "-T", "-f", here / "sshd_config", "-C", f"user={user},host=client,addr=192.0.2.1"],
            check=True, stdout=subprocess.PIPE, text=True).stdout
    return dict(line.split(" ", 1) for line in said.splitlines() if " " in line)


class DirectoryAccount(unittest.TestCase):
    def setUp(self):
        self.settings = settings("root")

    def test_takes_keys_from_taglogin_alone(self):
        self.assertEqual(self.settings["authorizedkeysfile"], "none")
        self.assertEqual(self.settings["authorizedkeyscommand"], f"{KEYS} %u %f")
        self.assertEqual(self.settings["authorizedkeyscommanduser"], "taglogin-keys")

    def test_takes_certificates_of_its_own_authorities_for_principals_of_taglogin_alone(self):
        self.assertEqual(self.settings["trustedusercakeys"], "/etc/taglogin/user_ca.pub")
        # "none" in a Match block is a file in the account's home.
        self.assertEqual(self.settings["authorizedprincipalsfile"], "/nonexistent/principals")
        self.assertEqual(self.settings["authorizedprincipalscommand"], f"{KEYS} --principals %u %f %t %F")
        self.assertEqual(self.settings["authorizedprincipalscommanduser"], "taglogin-keys")

    def test_asks_for_no_password(self):
        for name in ("passwordauthentication", "kbdinteractiveauthentication", "permitemptypasswords",
                     "hostbasedauthentication"):
            self.assertEqual(self.settings[name], "no", name)

    def test_goes_through_pam(self):
        self.assertEqual(self.settings["usepam"], "yes")


class LocalUser(unittest.TestCase):
    def test_keeps_what_the_host_says(self):
        local = settings("daemon")
        self.assertEqual(local["authorizedkeysfile"], ".ssh/authorized_keys")
        self.assertEqual(local["authorizedkeyscommand"], "none")
        self.assertEqual(local["trustedusercakeys"], "/etc/ssh/users_ca.pub")
        self.assertEqual(local["passwordauthentication"], "yes")
        self.assertEqual(local["hostbasedauthentication"], "yes")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
