#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The EC2 instance metadata service, version 2 only, on 169.254.169.254:80.

imds.py STATE                              serves what the JSON file STATE says, read anew for each request
imds.py --write STATE MODE [KEY=VALUE...]  replaces STATE

Modes: ok; no-tags (404 for the tags, as when they are not enabled for the instance); error (500); hang (accepts
and never answers); slow (1 byte a second); redirect (to a listener that would count); huge (an endless body);
no-token (the token request is refused); v1-only (no token service at all); wrong-token (hands out dead tokens).
A KEY that begins with @ is one of the identity document (@instanceId=i-1), or @SecretAccessKey, instead of a tag. If
there are STATE.signer.pem and STATE.signer.key, the identity document is signed with them.
"""
import base64
import http.server
import json
import os
import secrets
import subprocess
import sys
import time
import urllib.parse

TOKEN_PATH = '/latest/api/token'
TAGS_PATH = '/latest/meta-data/tags/instance/'
IDENTITY = {'accountId': '111122223333', 'architecture': 'x86_64', 'availabilityZone': 'eu-central-1a',
            'instanceId': 'i-0123456789abcdef0', 'privateIp': '10.99.0.21', 'region': 'eu-central-1',
            'version': '2017-09-30'}
# What ec2_api.py expects, too.
CREDENTIALS = {'Code': 'Success', 'Type': 'AWS-HMAC', 'AccessKeyId': 'ASIALAB0000000000000',
               'SecretAccessKey': 'lab/Secret+Key', 'Token': 'lab//session+token==', 'Expiration': '2099-01-01T00:00:00Z'}
ROLES_PATH = '/latest/meta-data/iam/security-credentials/'
SIGNED_PATH = '/latest/dynamic/instance-identity/rsa2048'
MODES = 'ok no-tags error hang slow redirect huge no-token v1-only wrong-token'.split()


def write_state(path, mode, pairs):
    if mode not in MODES:
        sys.exit(f'imds.py: no mode is called {mode!r}; there are {", ".join(MODES)}')
    values = dict(pair.split('=', 1) for pair in pairs)
    tags = {key: value for key, value in values.items() if not key.startswith('@')}
    facts = {key[1:]: value for key, value in values.items() if key.startswith('@')}
    with open(path + '.new', 'w') as out:
        json.dump({'mode': mode, 'tags': tags, 'facts': facts}, out)
    os.chmod(path + '.new', 0o644)
    os.replace(path + '.new', path)


class Metadata(http.server.BaseHTTPRequestHandler):
    server_version = 'EC2ws'
    sys_version = ''
    state_path = ''
    tokens = {}

    def do_PUT(self):
        mode = self.begin()
        ttl = self.headers.get('X-aws-ec2-metadata-token-ttl-seconds', '')
        if self.headers.get('X-Forwarded-For') or mode == 'no-token':
            return self.answer(403)
        if self.path != TOKEN_PATH or mode == 'v1-only':
            return self.answer(404)
        if not ttl.isdigit() or not 1 <= int(ttl) <= 21600:
            return self.answer(400)
        token = secrets.token_urlsafe(40)
        if mode != 'wrong-token':
            self.tokens[token] = time.monotonic() + int(ttl)
            with open(self.state_path + '.tokens', 'a') as out:  # for stories that look where none must be
                out.write(token + '\n')
        return self.answer(200, token, {'X-aws-ec2-metadata-token-ttl-seconds': ttl})

    def do_GET(self):
        mode = self.begin()
        if mode != 'v1-only' and not self.has_token():
            return self.answer(401)
        if mode == 'redirect':
            return self.answer(302, headers={'Location': 'http://10.99.0.32:8080' + self.path})
        if mode == 'huge':
            return self.answer_endless()
        return self.answer_path(mode)

    def begin(self):
        """Reads the state; hangs and errors are the same for every request."""
        with open(self.state_path) as state:
            loaded = json.load(state)
        self.tags = loaded['tags']
        facts = loaded.get('facts', {})
        self.identity = {key: facts.get(key, value) for key, value in IDENTITY.items()}
        self.credentials = {key: facts.get(key, value) for key, value in CREDENTIALS.items()}
        if loaded['mode'] in ('no-token', 'v1-only', 'wrong-token'):
            self.tokens.clear()
        if loaded['mode'] == 'hang':
            time.sleep(3600)
        if loaded['mode'] == 'slow':
            for byte in b'HTTP/1.1 200 OK\r\n':
                self.wfile.write(bytes([byte]))
                time.sleep(1)
        return loaded['mode']

    def has_token(self):
        return self.tokens.get(self.headers.get('X-aws-ec2-metadata-token', ''), 0) > time.monotonic()

    def answer_path(self, mode):
        if mode == 'error':
            return self.answer(500)
        if self.path == '/latest/meta-data/instance-id':
            return self.answer(200, self.identity['instanceId'])
        if self.path == '/latest/dynamic/instance-identity/document':
            return self.answer(200, json.dumps(self.identity, indent=2))
        if self.path == SIGNED_PATH and os.path.exists(self.state_path + '.signer.key'):
            return self.answer(200, self.signed_identity())
        if self.path == ROLES_PATH:
            return self.answer(200, 'lab-role')
        if self.path == ROLES_PATH + 'lab-role':
            return self.answer(200, json.dumps(self.credentials))
        if mode == 'no-tags' or not self.path.startswith(TAGS_PATH.rstrip('/')):
            return self.answer(404)
        key = urllib.parse.unquote(self.path[len(TAGS_PATH):])
        if not key:
            return self.answer(200, '\n'.join(self.tags))
        return self.answer(200, self.tags[key]) if key in self.tags else self.answer(404)

    def signed_identity(self):
        signer = self.state_path + '.signer'
        der = subprocess.run(['openssl', 'smime', '-sign', '-binary', '-nodetach', '-nocerts', '-md', 'sha256', '-outform',
                              'DER', '-signer', signer + '.pem', '-inkey', signer + '.key'],
                             input=json.dumps(self.identity).encode(), stdout=subprocess.PIPE, check=True).stdout
        return base64.encodebytes(der).decode().strip()

    def answer(self, status, body='', headers=None):
        raw = body.encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header('Content-Type', 'text/plain')
        self.send_header('Content-Length', str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def answer_endless(self):
        self.send_response(200)
        self.end_headers()
        try:
            while True:
                self.wfile.write(b'A' * 65536)
        except OSError:
            self.close_connection = True


if __name__ == '__main__':
    if sys.argv[1] == '--write':
        write_state(sys.argv[2], sys.argv[3], sys.argv[4:])
    else:
        Metadata.state_path = sys.argv[1]
        http.server.ThreadingHTTPServer(('169.254.169.254', 80), Metadata).serve_forever()
