#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""syslog.py SOCKET FILE: appends what programs send to the log socket to FILE, a line a message."""
import os
import socket
import sys

listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listener.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o666)
with open(sys.argv[2], 'ab', buffering=0) as out:
    while True:
        out.write(listener.recv(65536).rstrip(b'\0\n').replace(b'\n', b'#012') + b'\n')
