#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""count_packets.py INTERFACE SOURCE FILE: counts IPv4 packets from SOURCE that carry data, until it is ended.

TCP segments without payload (acknowledgements, keep-alives) do not count, opening a connection does. FILE holds the
number; it appears when the counting has begun.
"""
import os
import signal
import socket
import struct
import sys

ETH_P_ALL, TCP, SYN = 3, 6, 2
interface, source, path = sys.argv[1], socket.inet_aton(sys.argv[2]), sys.argv[3]


def counts(frame):
    if frame[12:14] != b'\x08\x00' or frame[26:30] != source:
        return False
    header = (frame[14] & 15) * 4
    total = struct.unpack('!H', frame[16:18])[0]
    if frame[23] != TCP:
        return True
    tcp = frame[14 + header:]
    return total - header - (tcp[12] >> 4) * 4 > 0 or bool(tcp[13] & SYN)


def write(number):
    with open(path + '.new', 'w') as out:
        out.write(str(number))
    os.replace(path + '.new', path)


def stop(*_):
    raise SystemExit


signal.signal(signal.SIGTERM, stop)
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
wire.bind((interface, 0))
number = 0
write(number)
try:
    while True:
        if counts(wire.recv(65536)):
            number += 1
            write(number)
finally:
    write(number)
