#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A second opinion on every decision: docs/rules.md read again, in another language, by brute force.
Written from that page alone; keep it that way. `oracle.py < cases` prints one decision a line."""
import datetime
import functools
import ipaddress
import json
import math
import re
import sys
import tomllib
import unicodedata
import zoneinfo

DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
EVERYWHERE = [ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0")]


def nfc(text):
    return unicodedata.normalize("NFC", text)


def usable(value):
    kinds = [unicodedata.category(c) for c in value if c not in " ._-"]
    return value != "" and all(kind[0] == "L" or kind in ("Nd", "Mn", "Mc") for kind in kinds)


@functools.lru_cache(maxsize=8)
def read_rules(text):
    return tomllib.loads(text).get("rule", [])


def keeps_out(rule):
    return "deny" in rule or "deny_users" in rule


def templates(rule):
    names = rule.get("deny", []) if keeps_out(rule) else rule.get("login", [])
    return [] if names in ("*", ["*"]) else [nfc(name) for name in names]


def placeholders(template):
    return re.findall(r"\{([^{}]*)\}", template)


def needs_tags(template):
    return any(p != "@hostname" for p in placeholders(template))


def uses_tags(rule):
    asked = templates(rule) + [nfc(p).replace("{name}", "") for p in rule.get("principals", [])]
    return "when" in rule or any(needs_tags(t) for t in asked)


def value_of(placeholder, tags):
    if placeholder == "@hostname":
        return nfc(tags["hostname"])
    if not tags["known"]:
        return ""
    return nfc(tags["instance_id"] if placeholder == "@instance_id" else tags["tags"].get(placeholder, ""))


def expand(template, tags):
    """The group's name, or None when it cannot be formed."""
    if not all(usable(value_of(p, tags)) for p in placeholders(template)):
        return None
    return re.sub(r"\{([^{}]*)\}", lambda m: value_of(m[1], tags), template)


def formed(rule, tags):
    return [name for name in (expand(t, tags) for t in templates(rule)) if name is not None]


def when_holds(rule, tags):
    for key, wanted in rule.get("when", {}).items():
        if not tags["known"] or nfc(key) not in tags["tags"]:
            return False
        choices = [wanted] if isinstance(wanted, str) else wanted
        if wanted is not True and nfc(tags["tags"][nfc(key)]) not in [nfc(choice) for choice in choices]:
            return False
    return True


def is_account(name, case):
    identity = case["names"]["users"].get(nfc(name), "")
    return identity != "" and identity == case["account"]["id"]


def membership(rule, case):
    """(matches, group)"""
    if rule.get("deny") in ("*", ["*"]):
        return True, ""
    for name in formed(rule, case["tags"]):
        identity = case["names"]["groups"].get(name, "")
        if identity != "" and identity in case["account"]["groups"]:
            return True, name
    return any(is_account(user, case) for user in rule.get("users", []) + rule.get("deny_users", [])), ""


def selected(rules, tags):
    """The [groups, accounts] that the directory is asked for."""
    rules = [rule for rule in rules if when_holds(rule, tags) or (keeps_out(rule) and not tags["known"])]
    users = [nfc(user) for rule in rules for user in rule.get("users", []) + rule.get("deny_users", [])]
    return [sorted({name for rule in rules for name in formed(rule, tags)}, key=str.encode), sorted(set(users), key=str.encode)]


def plain(address):
    return address.ipv4_mapped or address if address.version == 6 else address


@functools.lru_cache(maxsize=None)
def network(text):
    net = ipaddress.ip_network(text)
    base = plain(net.network_address)
    return ipaddress.ip_network((base, net.prefixlen - 96)) if base.version != net.version else net


def from_holds(rule, client):
    if "from" not in rule or client == "unknown":
        return True
    if client == "name":
        return "deny" in rule or "deny_users" in rule
    return client != "none" and any(plain(ipaddress.ip_address(client)) in network(n) for n in rule["from"])


def is_open(entry, here):
    """Whether one entry of `hours` covers a minute of the week (0 = Monday 00:00)."""
    days, times = entry.split(" ")
    begin, end = (int(t[:2]) * 60 + int(t[3:]) for t in times.split("-"))
    length = end - begin if end > begin else end + 1440 - begin
    chosen = set()
    for part in days.split(","):
        first, _, last = part.partition("-")
        day = DAYS.index(first)
        chosen.add(day)
        while last and DAYS[day] != last:
            day = (day + 1) % 7
            chosen.add(day)
    return any((here - day * 1440 - begin) % 10080 < length for day in chosen)


def hours_hold(rule, now):
    if "hours" not in rule:
        return True
    utc = datetime.datetime.fromtimestamp(now, datetime.timezone.utc)
    local = utc.astimezone(zoneinfo.ZoneInfo(rule["zone"]))
    here = local.weekday() * 1440 + local.hour * 60 + local.minute
    return any(is_open(entry, here) for entry in rule["hours"])


def too_old(rule, case):
    limit = rule.get("max_staleness", "24h")
    seconds = int(limit[:-1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[limit[-1]]
    ages = [case["account"]["data_age"]] + ([case["tags"]["age"]] if uses_tags(rule) else [])
    return not case["account"]["age_known"] or max(ages) > seconds


def say(reason, case, rule=None, group="", **more):
    path = case["account"]["groups"][case["names"]["groups"][group]] if group else []
    return {"allow": reason == "ALLOW-RULE", "reason": "TL-" + reason, "rule": nfc(rule["name"]) if rule else "",
            "group": group, "path": path, "would_suffice": [], "stale": False, "from_limits": [], **more}


def reached(moment, now):
    return moment is not None and moment <= now


def may_log_on_here(case):
    wanted = case["account"]["workstations"]
    return wanted is None or {name.lower() for name in wanted} & {name.lower() for name in case["checks"]["host_names"]} != set()


def may_log_on_at(text, now):
    """`text`: one digit an hour, the last one for Sunday 00:00 UTC."""
    if text in (None, "unreadable"):
        return text is None
    utc = datetime.datetime.fromtimestamp(now, datetime.timezone.utc)
    return text[::-1][utc.isoweekday() % 7 * 24 + utc.hour] == "1"


def state(case):
    account, checks, now = case["account"], case["checks"], case["now"]
    locked = account["locked_until"] == "forever" or (account["locked_until"] or -math.inf) > now
    change = account["must_change"] and checks["password_must_change"] == "deny"
    password = reached(account["password_expires"], now) and checks["password_expired"] == "deny"
    for reason, holds in (("DISABLED", account["disabled"]), ("EXPIRED", reached(account["expires"], now)),
                          ("LOCKED", locked), ("WORKSTATION", not may_log_on_here(case)),
                          ("LOGONHOURS", not may_log_on_at(account["logon_hours"], now)), ("MUSTCHANGE", change),
                          ("PWEXPIRED", password), ("CONTRADICTED", account["contradicted"])):
        if holds:
            return say("DENY-" + reason, case)
    return None


def denials(case, rules):
    """Every rule that keeps out, those without a doubt first: (decision, its networks or None)."""
    certain, doubtful = [], []
    for rule in filter(keeps_out, rules):
        if from_holds(rule, case["client"]) and hours_hold(rule, case["now"]):
            matches, group = membership(rule, case)
            if when_holds(rule, case["tags"]) and matches:
                certain.append((say("DENY-RULE", case, rule, group), rule.get("from")))
            elif not case["tags"]["known"] and (matches or any(needs_tags(t) for t in templates(rule))):
                doubtful.append((say("DENY-TAGS", case, rule, group), rule.get("from")))
    return certain + doubtful


def principals(rule, case):
    """Those that the rule gives the account."""
    name, tags, given = case["account"]["name"], case["tags"], []
    for template in rule.get("principals", ["{name}"]):
        marked = nfc(template).replace("{name}", "\x00")
        if all(usable(value_of(p, tags)) for p in placeholders(marked)):
            text = re.sub(r"\{([^{}]*)\}", lambda m: value_of(m[1], tags), marked).replace("\x00", name)
            if name and re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._+@-]{0,127}\$?", text) and text not in given:
                given.append(text)
    return given


def all_principals(case, rules):
    here = [rule for rule in rules if not keeps_out(rule) and when_holds(rule, case["tags"])]
    found = list(dict.fromkeys(p for rule in here for p in principals(rule, case)))
    return found[:64] or principals({}, case)


def demanded(rule):
    """(types or None, verified)"""
    sk = ["sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com"]
    verified = rule.get("verify_required", False)
    types = rule.get("key_types", ["sk"] if verified else None)
    return types and [t for name in types for t in (sk if name == "sk" else [name])], verified


def proof_misses(rule, case):
    """The reasons against each part of the proof, None for one that is good."""
    types, verified = demanded(rule)
    proof, misses = case["proof"], []
    for key in proof["keys"]:
        if key["principals"] is not None and not set(key["principals"]) & set(principals(rule, case)):
            misses.append("DENY-PRINCIPAL")
        elif types is not None and key["type"] not in types:
            misses.append("DENY-KEYTYPE")
        else:
            misses.append("DENY-VERIFY" if verified and not key["verified"] else None)
    if proof["otherwise"] or not proof["keys"]:
        misses.append(None if proof["otherwise"] and types is None else "DENY-KEYTYPE")
    return misses


def key_obstacle(rule, case):
    if case["proof"] is None:
        return None
    misses = proof_misses(rule, case)
    return next(m for m in (None, "DENY-VERIFY", "DENY-KEYTYPE", "DENY-PRINCIPAL") if m in misses)


def obstacle(rule, case):
    if not from_holds(rule, case["client"]):
        return "DENY-FROM"
    if not hours_hold(rule, case["now"]):
        return "DENY-HOURS"
    if too_old(rule, case) and rule.get("on_stale", "deny") == "deny":
        return "DENY-STALE"
    return key_obstacle(rule, case)


def let_in(case, rules):
    """(decision, the rules that allow)"""
    tags, opening = case["tags"], [rule for rule in rules if not keeps_out(rule)]
    here = [rule for rule in opening if when_holds(rule, tags)]
    matching = [rule for rule in here if membership(rule, case)[0]]
    allowing = [rule for rule in matching if obstacle(rule, case) is None]
    if allowing:
        first = allowing[0]
        return say("ALLOW-RULE", case, first, membership(first, case)[1], stale=too_old(first, case)), allowing
    for reason in ("DENY-VERIFY", "DENY-KEYTYPE", "DENY-PRINCIPAL", "DENY-STALE", "DENY-HOURS", "DENY-FROM"):
        for rule in matching:
            if obstacle(rule, case) == reason:
                return say(reason, case, rule, membership(rule, case)[1]), []
    if not tags["known"] and any(uses_tags(rule) for rule in opening):
        return say("DENY-TAGS", case), []
    applying = [rule for rule in here if "users" in rule or formed(rule, tags)]
    if not applying:
        return say("DENY-NORULE", case), []
    enough = [name for rule in applying if obstacle(rule, case) is None for name in formed(rule, tags)
              if case["names"]["groups"].get(name, "") != ""]
    return say("DENY-NOGROUP", case, would_suffice=list(dict.fromkeys(enough))), []


def without(networks, hole):
    rest = [net for net in networks if not net.overlaps(hole)]
    wider = [net for net in networks if net.version == hole.version and net != hole and hole.subnet_of(net)]
    return rest + [part for net in wider for part in net.address_exclude(hole)]


def collapse(networks):
    return [n for version in (4, 6) for n in ipaddress.collapse_addresses([x for x in networks if x.version == version])]


def decide(case):
    rules = read_rules(case["rules"])
    refused = state(case)
    kept_out = [] if refused else denials(case, rules)
    everywhere = [decision for decision, networks in kept_out if networks is None or case["client"] != "unknown"]
    if refused or everywhere:
        return refused or everywhere[0]
    decision, allowing = let_in(case, rules)
    if decision["allow"] and case["client"] == "unknown":
        limited = all("from" in rule for rule in allowing)
        limits = collapse([network(n) for rule in allowing for n in rule["from"]]) if limited else EVERYWHERE
        for hole in [network(n) for _, networks in kept_out for n in networks]:
            limits = without(limits, hole)
        if not limits:
            return kept_out[0][0]
        decision["from_limits"] = [str(n) for n in collapse(limits)]
    return decision


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(decide(json.loads(line))))
