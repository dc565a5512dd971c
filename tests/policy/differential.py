#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random cases, decided by decide_cases (the product's code) and by oracle.py, and compared.
Runs the fixed seed and one random seed; --seed N runs that one alone. Exits 1 on a difference, or
when the cases of a run did not bring out every reason."""
import argparse
import collections
import concurrent.futures
import datetime
import ipaddress
import json
import os
import random
import subprocess
import sys
import zoneinfo

import oracle

FIXED_SEED = 20240229
CASES_PER_RULES = 4
ENOUGH_FOR_EVERY_REASON = 5000
COMPARED = ["allow", "reason", "rule", "group", "path", "would_suffice", "stale"]
REASONS = ["TL-ALLOW-RULE"] + ["TL-DENY-" + reason for reason in (
    "RULE DISABLED EXPIRED LOCKED WORKSTATION LOGONHOURS MUSTCHANGE PWEXPIRED CONTRADICTED NOGROUP FROM HOURS STALE NORULE TAGS PRINCIPAL KEYTYPE VERIFY".split())]
E_NFC, E_NFD = "caf\u00e9", "cafe\u0301"
# Usable and odd values; those a rule may name in `when` come first.
GOOD_VALUES = ["prod", "web", "db", "a.b_c-d", "with space", E_NFC, "\u0416\u0663", "\u0e01\u0e34"]
ODD_VALUES = ["", "prod ", "Prod", E_NFD, "a/b", "x=y", "a,b", "{Env}", "*", "a\nb", "\u00b2", "\u20ac", "\u200d", "a\x00b"]
TEMPLATES = ["ops", "team-a", "ssh-{Env}", "ssh-{Env}-{Role}", "{Team}", "host-{@hostname}", "i-{@instance_id}",
             "{@hostname}.{Role}", E_NFD, "{" + E_NFD + "}", "{Missing}x", "no-such-group"]
USERS = ["alice", "bob", "svc-" + E_NFD, "ghost"]
NETWORKS = ["10.0.0.0/8", "10.1.0.0/16", "10.1.2.3", "192.168.0.0/17", "0.0.0.0/0", "0.0.0.0/1", "::/0", "2001:db8::/32",
            "2001:db8:0:1::/64", "2001:db8::7", "::ffff:10.0.0.0/104", "::ffff:192.168.1.1", "fe80::/10", "128.0.0.0/1"]
CLIENTS = ["10.1.2.3", "10.255.255.255", "11.0.0.0", "9.255.255.255", "192.168.127.255", "192.168.128.0", "::ffff:10.1.2.3",
           "::ffff:192.168.1.1", "::ffff:c0a8:101", "::10.1.2.3", "2001:db8::7", "2001:db8:0:1::1", "2001:db9::", "::1",
           "fe80::1%eth0", "255.255.255.255", "0.0.0.0"]
ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC", "America/Santiago",
         "Africa/Casablanca", "Pacific/Apia", "Etc/GMT+12", "Asia/Tehran"]
WORKSTATIONS = ["WEB1", "web1", "Web1.Corp.Example", "WEB2", "web1.corp.example.", "WEB1$", "", "*"]
KEY_TYPES = ["ssh-ed25519", "ssh-rsa", "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com"]
SECURITY_KEYS = ["sk"] + KEY_TYPES[2:]
PRINCIPALS = ["{name}", "{name}", "{name}+{Env}", "{Role}+{name}", "x{name}", "-{name}", "{name}.{@hostname}", "{name}+{" + E_NFD + "}"]
HELD = ["alice", "bob", "alice@prod", "web+bob", "xalice", "-alice", "alice.web1", "bob-web", "Alice", ""]
STALENESS = ["1s", "90s", "15m", "24h", "7d"]


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def chance(self, probability):
        return self.random.random() < probability

    def some(self, items, most):
        return self.random.sample(items, self.random.randint(1, most))

    def when(self):
        conditions = []
        for key in self.some(["Env", "Role", "Team", "Env", E_NFD], 1 if self.chance(0.8) else 2):
            values = self.some(GOOD_VALUES[:3] if self.chance(0.8) else GOOD_VALUES + [E_NFD], 2)
            wanted = "true" if self.chance(0.2) else quote(values[0] if self.chance(0.5) else values)
            conditions.append((quote(key), wanted))
        return "{ " + ", ".join(f"{k} = {v}" for k, v in dict(conditions).items()) + " }"

    def clock(self):
        return f"{self.random.randrange(24):02}:{self.random.choice([0, 0, 30, 59, self.random.randrange(60)]):02}"

    def hours(self):
        days = []
        for _ in range(self.random.choice([1, 1, 2])):
            first, last = self.random.choice(oracle.DAYS), self.random.choice(oracle.DAYS)
            days.append(first if self.chance(0.3) else f"{first}-{last}")
        begin = self.clock()
        end = self.random.choice([self.clock(), self.clock(), "24:00", "00:00", begin])
        return ",".join(days) + f" {begin}-{end}"

    def rule(self, number):
        lines = ["[[rule]]", f"name = {quote(f'r{number}' + self.random.choice(['', ' ' + E_NFD]))}"]
        denies = self.chance(0.3)
        if self.chance(0.45):
            lines.append("when = " + self.when())
        kinds = self.random.choice([("groups",), ("groups",), ("users",), ("groups", "users")])
        if "groups" in kinds and denies and self.chance(0.1):
            lines.append(self.random.choice(['deny = "*"', 'deny = ["*"]']))
        elif "groups" in kinds:
            lines.append(f"{'deny' if denies else 'login'} = {quote(self.some(TEMPLATES, 1 if denies else 3))}")
        if "users" in kinds:
            lines.append(f"{'deny_users' if denies else 'users'} = {quote(self.some(USERS, 2))}")
        if self.chance(0.35):
            lines.append(f"from = {quote(self.some(NETWORKS, 3))}")
        if self.chance(0.35):
            lines.append(f"hours = {quote([self.hours() for _ in range(self.random.choice([1, 1, 2, 3]))])}")
            lines.append(f"zone = {quote(self.random.choice(ZONES))}")
        if not denies and self.chance(0.4):
            lines.append(f"max_staleness = {quote(self.random.choice(STALENESS))}")
        if not denies and self.chance(0.3):
            lines.append(f"on_stale = {quote(self.random.choice(['allow', 'allow', 'deny']))}")
        if not denies and self.chance(0.3):
            verify = self.chance(0.6)
            lines.append(f"verify_required = {str(verify).lower()}")
            if not verify or self.chance(0.3):
                lines.append(f"key_types = {quote(self.some(SECURITY_KEYS if verify else SECURITY_KEYS + KEY_TYPES[:2], 2))}")
        if not denies and self.chance(0.25):
            lines.append(f"principals = {quote(self.some(PRINCIPALS, 3))}")
        keys = lines[1:]
        self.random.shuffle(keys)
        return "\n".join(lines[:1] + keys)

    def rules(self):
        return "\n".join(self.rule(n) for n in range(self.random.choice([0, 1, 2, 2, 3, 3, 4, 5, 6, 8])))

    def tags(self):
        tags = {}
        for key in ["Env", "Role", "Team", E_NFC, "Other"]:
            if self.chance(0.75):
                tags[key] = self.random.choice(GOOD_VALUES[:3] if self.chance(0.75) else GOOD_VALUES + ODD_VALUES)
        known = self.chance(0.85)
        return {"known": known, "tags": tags if known or self.chance(0.3) else {}, "age": self.age(),
                "hostname": self.random.choice(["web1", "web1", "", "bad/name"]),
                "instance_id": self.random.choice(["i-0abc", "i-0abc", ""])}

    def age(self):
        edge = oracle_seconds(self.random.choice(STALENESS))
        return max(0, self.random.choice([0, 0, 5, edge - 1, edge, edge + 1, self.random.randrange(10**6)]))

    def names(self, rules, tags):
        """Ids of the names that these rules ask for, most of them, and of some others."""
        groups, users = {}, {}
        asked = [name for rule in rules for name in oracle.formed(rule, tags)]
        for number, name in enumerate(dict.fromkeys(asked + ["ops", "ssh-prod", "*", ""])):
            if self.chance(0.85):
                groups[name] = "" if self.chance(0.04) else f"S-1-{number if self.chance(0.9) else 0}"
        for number, name in enumerate(USERS[:-1]):
            if self.chance(0.85):
                users[oracle.nfc(name)] = "" if self.chance(0.04) else f"U-{number}"
        return {"groups": groups, "users": users}

    def account(self, names, now):
        rare = 0.02
        near = lambda: now + self.random.choice([-86400, -1, 0, 1, 86400])
        expires = near() if self.chance(0.06) else None
        locked = self.random.choice(["forever", near()]) if self.chance(0.06) else None
        member = {}
        for identity in list(names["groups"].values()) + ["S-1-99"]:
            if self.chance(0.45):
                member[identity] = [f"g{n}" for n in range(self.random.randint(1, 3))]
        return {"name": self.random.choice(["alice", "bob"]), "id": self.random.choice(["U-0", "U-1", "U-2", "U-9", ""]),
                "disabled": self.chance(rare), "locked_until": locked, "must_change": self.chance(rare),
                "password_expires": near() if self.chance(0.1) else None, "workstations": self.workstations(),
                "logon_hours": self.logon_hours(now), "expires": expires, "contradicted": self.chance(rare), "groups": member, "data_age": self.age(),
                "age_known": self.chance(0.97)}

    def workstations(self):
        return self.random.choices(WORKSTATIONS, k=self.random.randint(0, 3)) if self.chance(0.05) else None

    def logon_hours(self, now):
        """None, or a digit an hour, the last one for Sunday 00:00 UTC; those around `now` matter."""
        if self.chance(0.93):
            return None
        bits = [self.random.choice("01") for _ in range(168)]
        if self.chance(0.5):  # only this hour open, or only this hour shut
            bits = ["0"] * 168
            bits[(now // 3600 + 96) % 168] = "1"  # 1970-01-01 was a Thursday
            if self.chance(0.5):
                bits = ["1" if bit == "0" else "0" for bit in bits]
        return self.random.choice(["".join(reversed(bits))] * 9 + ["unreadable"])

    def checks(self):
        return {"password_must_change": self.random.choice(["deny", "deny", "allow"]),
                "password_expired": self.random.choice(["allow", "allow", "deny"]),
                "host_names": self.random.choice([["WEB1", "web1.corp.example"], ["WEB1"], []])}

    def proof(self):
        """What the login was proven with, or None: not known."""
        if self.chance(0.4):
            return None
        keys = [{"type": self.random.choice(KEY_TYPES + KEY_TYPES[2:]), "verified": self.chance(0.5),
                 "principals": self.some(HELD, 4) if self.chance(0.3) else None}
                for _ in range(self.random.choice([0, 1, 1, 1, 2]))]
        return {"keys": keys, "otherwise": self.chance(0.2)}

    def now(self, rules):
        """Often the very minute, or the second beside it, at which one of the rules opens or closes."""
        start = datetime.datetime(2005, 1, 1, tzinfo=datetime.timezone.utc)
        moment = start + datetime.timedelta(seconds=self.random.randrange(31 * 365 * 86400))
        timed = [rule for rule in rules if "hours" in rule]
        if not timed or self.chance(0.3):
            return int(moment.timestamp())
        rule = self.random.choice(timed)
        hour, minute = map(int, self.random.choice(self.random.choice(rule["hours"])[-11:].split("-")).split(":"))
        if self.chance(0.3):  # a Sunday on which many clocks change
            moment = moment.replace(month=self.random.choice([3, 4, 10, 11]), day=self.random.randint(1, 30))
            while moment.weekday() != 6:
                moment += datetime.timedelta(days=1)
        local = moment.astimezone(zoneinfo.ZoneInfo(rule["zone"])).replace(
            hour=hour % 24, minute=minute, second=0, fold=self.random.randint(0, 1))
        return int(local.timestamp()) + self.random.choice([-1, 0, 0, 1, 59, 60, -3600, 3600])

    def cases(self, count):
        while count > 0:
            text = self.rules()
            for _ in range(min(count, CASES_PER_RULES)):
                yield self.case(text)
            count -= CASES_PER_RULES

    def case(self, text):
        rules, tags = oracle.read_rules(text), self.tags()
        names, now = self.names(rules, tags), self.now(rules)
        client = self.random.choice(["unknown", "none", "name"]) if self.chance(0.35) else self.random.choice(CLIENTS)
        if self.chance(0.1):
            client = str(ipaddress.ip_address(self.random.getrandbits(32)))
        return {"rules": text, "tags": tags, "names": names, "account": self.account(names, now), "client": client, "now": now, "checks": self.checks(),
                "proof": self.proof()}


def quote(value):
    """As TOML: a JSON string is a TOML basic string."""
    return json.dumps(value, ensure_ascii=False)


def oracle_seconds(text):
    return int(text[:-1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[text[-1]]


def networks(texts):
    collapsed = oracle.collapse([ipaddress.ip_network(text) for text in texts])
    return [] if collapsed == oracle.EVERYWHERE else collapsed


def differences(case, ours, theirs):
    if "error" in ours:
        return ["the rules were refused: " + ours["error"]]
    found = [f"{field}: {ours[field]!r}, oracle {theirs[field]!r}" for field in COMPARED if ours[field] != theirs[field]]
    if networks(ours["from_limits"]) != networks(theirs["from_limits"]):
        found.append(f"from_limits: {ours['from_limits']!r}, oracle {theirs['from_limits']!r}")
    principals = oracle.all_principals(case, oracle.read_rules(case["rules"]))
    if ours["principals"] != principals:
        found.append(f"principals: {ours['principals']!r}, oracle {principals!r}")
    selected = oracle.selected(oracle.read_rules(case["rules"]), case["tags"])
    if ours["selected"] != selected:
        found.append(f"selected: {ours['selected']!r}, oracle {selected!r}")
    for field in ("detail", "message"):
        if not ours[field] or not all(" " <= c <= "~" for c in ours[field]):
            found.append(f"{field} is no printable line: {ours[field]!r}")
    return found


def run(program, seed, count):
    """(number of differences, reasons); in its own process, so that two seeds share two processors."""
    maker = Maker(seed)
    cases = list(maker.cases(count))
    # Only the first of the cases that share their rules carries them.
    sent = [case | ({"rules": None} if number % CASES_PER_RULES else {}) for number, case in enumerate(cases)]
    text = "".join(json.dumps(case) + "\n" for case in sent)
    answers = subprocess.run([program], input=text, capture_output=True, text=True, check=True).stdout.splitlines()
    if len(answers) != count:
        sys.exit(f"{count} cases, but {len(answers)} answers")
    reasons, wrong = collections.Counter(), []
    for case, answer in zip(cases, answers):
        theirs = oracle.decide(case)
        reasons[theirs["reason"]] += 1
        found = differences(case, json.loads(answer), theirs)
        if found:
            wrong.append("\n".join(found + [json.dumps(case)]))
    return wrong, reasons


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True, help="decide_cases")
    parser.add_argument("--seed", type=int, action="append")
    parser.add_argument("--count", type=int, default=12000, help="cases per seed")
    options = parser.parse_args()
    seeds = options.seed or [FIXED_SEED, int.from_bytes(os.urandom(4), "big")]
    failed = False
    with concurrent.futures.ProcessPoolExecutor(max_workers=2) as pool:
        for seed, job in [(seed, pool.submit(run, options.program, seed, options.count)) for seed in seeds]:
            wrong, reasons = job.result()
            print(f"seed {seed}: {options.count} cases, {len(wrong)} differences")
            print("  " + ", ".join(f"{reason} {reasons[reason]}" for reason in REASONS))
            missing = [reason for reason in REASONS if not reasons[reason]]
            if missing and options.count >= ENOUGH_FOR_EVERY_REASON:
                print("  never seen: " + ", ".join(missing))
            for text in wrong[:3]:
                print(text)
            failed = failed or bool(wrong) or (bool(missing) and options.count >= ENOUGH_FOR_EVERY_REASON)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
