#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How long the AuthorizedKeysCommand takes for accounts that are allowed, denied, unknown, and for what is no name.

    time_key_command.py PROGRAM UID ROUNDS KIND=NAME:FINGERPRINT...

Each round runs the program once for every kind, in an order drawn anew, as the user UID. Prints a table in
microseconds and exits 1 when two kinds that print nothing can be told apart: their medians differ by a millisecond or more, and their
fastest tenths do too (a busy machine makes medians jump), and the Kolmogorov-Smirnov test gives p up to 0.01 for their
being one. What is no name costs no request; that it is none is no secret. Runs on host1 as root.
"""
import bisect
import itertools
import math
import os
import random
import statistics
import sys
import time

LIMIT_US = 1000


def run_once(program, uid, name, fingerprint):
    """Wall time from fork to the end, in microseconds, and what was printed."""
    reading, writing = os.pipe()
    began = time.perf_counter_ns()
    pid = os.fork()
    if pid == 0:
        os.dup2(writing, 1)
        os.setgroups([])
        os.setgid(uid)
        os.setuid(uid)
        os.execve(program, [program, name, fingerprint], {})
    os.close(writing)
    out = b''
    while piece := os.read(reading, 65536):
        out += piece
    _, status = os.waitpid(pid, 0)
    took = (time.perf_counter_ns() - began) / 1000
    os.close(reading)
    if status != 0:
        sys.exit(f'{program} {name!r} ended with {status}')
    return took, out


def alike(one, other):
    """The p-value of the two-sample Kolmogorov-Smirnov test, by its asymptotic distribution."""
    one, other = sorted(one), sorted(other)
    distance = max(abs(bisect.bisect_right(one, x) / len(one) - bisect.bisect_right(other, x) / len(other))
                   for x in one + other)
    n = math.sqrt(len(one) * len(other) / (len(one) + len(other)))
    t = (n + 0.12 + 0.11 / n) * distance
    tail = 2 * sum((-1) ** (k - 1) * math.exp(-2 * (k * t) ** 2) for k in range(1, 101))
    return min(1.0, max(0.0, tail)) if t > 0.2 else 1.0


def main():
    program, uid, rounds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    kinds = {}
    for argument in sys.argv[4:]:
        kind, rest = argument.split('=', 1)
        kinds[kind] = rest.rsplit(':SHA256:', 1)
    times = {kind: [] for kind in kinds}
    printed = {}
    draw = random.Random(52)
    for _ in range(rounds):
        for kind in draw.sample(sorted(kinds), len(kinds)):
            name, fingerprint = kinds[kind]
            took, out = run_once(program, uid, name, 'SHA256:' + fingerprint)
            times[kind].append(took)
            if printed.setdefault(kind, out) != out:
                sys.exit(f'{kind}: printed {out!r} and before {printed[kind]!r}')
    print(f'{rounds} rounds of {len(kinds)} kinds, seed 52; microseconds from fork to end')
    print(f'{"kind":22} {"prints":>6} {"p10":>8} {"median":>8} {"p90":>8}')
    medians, fastest = {}, {}
    for kind, values in times.items():
        tens = statistics.quantiles(values, n=10)
        medians[kind], fastest[kind] = statistics.median(values), tens[0]
        print(f'{kind:22} {len(printed[kind]):6} {tens[0]:8.0f} {medians[kind]:8.0f} {tens[-1]:8.0f}')
    told_apart = False
    for one, other in itertools.combinations([kind for kind in kinds if not printed[kind]], 2):
        difference, p = abs(medians[one] - medians[other]), alike(times[one], times[other])
        apart = min(difference, abs(fastest[one] - fastest[other]))
        told_apart |= apart >= LIMIT_US and p <= 0.01
        print(f'{one} and {other}: medians {difference:.0f} apart, one distribution with p = {p:.3f}')
    return 1 if told_apart else 0


sys.exit(main())
