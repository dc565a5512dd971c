#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds docs/protocol.md and the code together: messages, fields in order, numbers, bounds, who may ask."""
import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
CODE = (ROOT / "protocol/messages.h").read_text()
PAGE = (ROOT / "docs/protocol.md").read_text()


def enum(name):
    """{enumerator without k: number} of an enum class in messages.h."""
    body = re.search(rf"enum class {name} [^{{]*{{(.*?)\n}};", CODE, re.S).group(1)
    return {n: int(v, 0) for n, v in re.findall(r"^\s*k(\w+) = (\w+),", body, re.M)}


def constant(name):
    return int(re.search(rf"constexpr \S+ {name} = (\w+);", CODE).group(1), 0)


def messages():
    """{struct: (type name or None, [(field, type, repeated)])} from the Fields functions."""
    found = {}
    for name, body in re.findall(r"^struct (\w+) {\n(.*?)^};", CODE, re.S | re.M):
        kind = re.search(r"kType = RequestType::k(\w+);", body)
        fields = [(field, codec.lower(), bool(many))
                  for codec, field, many in re.findall(r"codec\.(\w+)\(self\.(\w+)(\[i\])?\)", body)]
        found[name] = (kind.group(1) if kind else None, fields)
    return found


def sections():
    """{heading: text up to the next heading} of the page."""
    parts = re.split(r"^##+ (.*)$", PAGE, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


def rows(text, first):
    """The rows of the table whose first column is called `first`, as lists of cells."""
    match = re.search(rf"^\| {first} \|.*\n\|[-|]+\|\n((?:\|.*\n?)+)", text, re.M)
    return [[c.strip() for c in line.strip("|").split(" |")] for line in match.group(1).splitlines()] if match else []


def fields_of(text):
    return [(name, re.split(r",", kind)[0], "times" in kind) for name, kind, *_ in rows(text, "field")]


class ProtocolDocTest(unittest.TestCase):
    def test_every_request_stands_there_with_number_and_fields(self):
        types, documented = enum("RequestType"), sections()
        requests = {n: f for n, (kind, f) in messages().items() if kind}
        self.assertEqual(set(requests), set(types))
        self.assertEqual(len(set(types.values())), len(types))
        headings = {h for h in documented if re.fullmatch(r"\w+ \(\d+\)", h)}
        self.assertEqual(headings, {f"{name} ({number})" for name, number in types.items()})
        for name, fields in requests.items():
            self.assertEqual(fields_of(documented[f"{name} ({types[name]})"]), fields, name)

    def test_message_names_and_type_names_agree(self):
        for name, (kind, _) in messages().items():
            if kind:
                self.assertEqual(name, kind)

    def test_every_answer_stands_there_with_its_fields(self):
        documented = sections()
        answers = {n: f for n, (kind, f) in messages().items() if not kind}
        self.assertGreaterEqual(len(answers), 7)
        self.assertEqual({h for h in documented if h.endswith("Answer")}, set(answers))
        for name, fields in answers.items():
            self.assertEqual(fields_of(documented[name]), fields, name)

    def test_statuses_and_verdicts_have_their_numbers(self):
        for name, column in (("Status", "status"), ("Verdict", "verdict")):
            documented = {row[0]: int(row[1], 0) for row in rows(PAGE, column)}
            self.assertTrue(documented)
            self.assertEqual(documented, enum(name))

    def test_header_and_bounds(self):
        header = {row[0]: row[2] for row in rows(PAGE, "header")}
        self.assertEqual(list(header), ["magic", "version", "kind"])
        self.assertEqual(int(header["magic"].split(",")[0], 0), constant("kMagic"))
        self.assertEqual(int(header["version"]), constant("kVersion"))
        text = sections()
        self.assertIn(f"at most {constant('kMaxPacket')} bytes", text["Transport"])
        self.assertIn(f"at most {constant('kMaxGroups')}", text["GroupsAnswer"])
        self.assertIn(f"at most {constant('kMaxAdminArgs')}", text["Admin (10)"])
        path = re.search(r'kSocketPath\[\] = "(.*)"', CODE).group(1)
        self.assertIn(f"`{path}`", text["Transport"])

    def test_who_may_send_what_is_what_the_daemon_checks(self):
        table = {}
        for source in sorted((ROOT / "daemon").glob("*.cc")):
            for name, peers in re.findall(r"table\.Add<protocol::(\w+)>\(\s*(k[\w |]+),", source.read_text()):
                table[name] = {p.strip() for p in peers.replace("kEverybody", "kRoot|kKeyhelper|kAnybody").split("|")}
        columns = ("kRoot", "kKeyhelper", "kAnybody")
        documented = {row[0]: {c for c, cell in zip(columns, row[1:4]) if cell == "yes"}
                      for row in rows(PAGE, "request")}
        self.assertEqual(documented, table)
        self.assertEqual(set(documented), set(enum("RequestType")))
        answers = {row[4] for row in rows(PAGE, "request")}
        self.assertEqual(answers, {n for n, (kind, _) in messages().items() if not kind})

    def test_cells_that_are_tried_with_real_peers_are_the_documented_ones(self):
        source = (ROOT / "tests/daemon/peers_test.cc").read_text()
        peers = re.findall(r'^    {"([\w -]+)", [k\w]+', re.search(r"kPeers\[\] = {\n(.*?)\n};", source, re.S).group(1), re.M)
        cells = dict(re.findall(r'{"([\w -]+)", "([onxmu]+)"}', source))
        tried = {row: dict(zip(peers, letters)) for row, letters in cells.items()}
        columns = ("root", "keyhelper", "nobody")
        requests = {row[0]: [cell == "yes" for cell in row[1:4]] for row in rows(PAGE, "request")}
        verbs = {row[0]: row[2] for row in rows(PAGE, "verb")}
        self.assertEqual(set(tried), set(requests) - {"Admin"} | {f"Admin {verb}" for verb in verbs})
        for name, letters in tried.items():
            self.assertEqual(set(letters), set(peers), name)
            allowed = [letters[column] != "x" for column in columns]
            if name.startswith("Admin "):
                root, keyhelper, anybody = requests["Admin"]
                plain = verbs[name.removeprefix("Admin ")]
                self.assertEqual(allowed, [root, keyhelper, anybody and plain.startswith("yes") and
                                           not plain.startswith("yes: about oneself")], name)
                self.assertEqual(letters["self"] != "x", plain.startswith("yes"), name)
            else:
                self.assertEqual(allowed, requests[name], name)

    def test_verbs_are_those_of_the_daemon(self):
        source = (ROOT / "daemon/admin_service.cc").read_text()
        verbs = {v: root == "true" for v, root in re.findall(r'{"([\w-]+)", {(true|false), &AdminService::\w+}}', source)}
        self.assertTrue(verbs)
        documented = {row[0]: row[2] == "no" for row in rows(PAGE, "verb")}
        self.assertEqual(documented, verbs)


if __name__ == "__main__":
    unittest.main()
