#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""DescribeTags of the EC2 API over HTTPS, which checks Signature Version 4 with botocore's implementation.

ec2_api.py STATE CERTIFICATE KEY PORT    serves what the JSON file STATE says (imds.py --write), read anew for each request

Modes: ok; unauthorized (the role lacks the right); expired (this machine's clock is too far off); broken (no XML).
What was asked goes to STATE.asked, a line each: "good" or what is wrong with the request.
"""
import datetime
import hmac
import http.server
import json
import re
import ssl
import sys
import urllib.parse
import xml.sax.saxutils

import botocore.auth
import botocore.awsrequest
import botocore.credentials

KEY_ID, SECRET, TOKEN = 'ASIALAB0000000000000', 'lab/Secret+Key', 'lab//session+token=='
INSTANCE = 'i-0123456789abcdef0'
REGION = 'eu-central-1'
FAILURES = {'unauthorized': (403, 'UnauthorizedOperation'), 'expired': (400, 'RequestExpired')}


def fault_of(headers, url, body):
    """What is wrong with the signature of a request; empty when nothing is."""
    found = re.fullmatch(r'AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/([^/]+)/aws4_request, ?'
                         r'SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})', headers.get('Authorization', ''))
    if not found:
        return 'no signature'
    key_id, date, region, service, names, signature = found.groups()
    signed = names.split(';')
    stamp = headers.get('X-Amz-Date', '')
    if (key_id, region, service) != (KEY_ID, REGION, 'ec2') or not stamp.startswith(date):
        return 'wrong scope'
    unsigned = [name.lower() for name in headers if name.lower().startswith('x-amz-') and name.lower() not in signed]
    if unsigned or 'host' not in signed:
        return 'not signed: ' + ' '.join(unsigned)
    if headers.get('X-Amz-Security-Token') != TOKEN:
        return 'wrong session token'
    asked = datetime.datetime.strptime(stamp, '%Y%m%dT%H%M%SZ')
    if abs((datetime.datetime.utcnow() - asked).total_seconds()) > 300:
        return 'wrong time'
    request = botocore.awsrequest.AWSRequest('POST', url, headers={name: headers[name] for name in signed}, data=body)
    request.context['timestamp'] = stamp
    signer = botocore.auth.SigV4Auth(botocore.credentials.Credentials(KEY_ID, SECRET, TOKEN), service, region)
    expected = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    return '' if hmac.compare_digest(expected, signature) else 'wrong signature'


class Api(http.server.BaseHTTPRequestHandler):
    state_path = ''

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get('Content-Length', '0')))
        fault = fault_of(self.headers, f'https://{self.headers["Host"]}{self.path}', body)
        with open(self.state_path + '.asked', 'a') as out:
            out.write((fault or 'good') + '\n')
        if fault:
            return self.fail(403, 'AuthFailure' if 'signature' not in fault else 'SignatureDoesNotMatch')
        with open(self.state_path) as state:
            loaded = json.load(state)
        if loaded['mode'] in FAILURES:
            return self.fail(*FAILURES[loaded['mode']])
        if loaded['mode'] == 'broken':
            return self.answer(200, '<html>maintenance')
        return self.describe(dict(urllib.parse.parse_qsl(body.decode())), sorted(loaded['tags'].items()))

    def describe(self, form, tags):
        if form.get('Action') != 'DescribeTags' or form.get('Filter.1.Value.1') != INSTANCE:
            return self.fail(400, 'InvalidParameterValue')
        begin = int(form.get('NextToken', 'page/+=0').removeprefix('page/+='))
        end = begin + int(form['MaxResults'])
        quote = xml.sax.saxutils.escape
        items = ''.join(f'<item><resourceId>{INSTANCE}</resourceId><resourceType>instance</resourceType>'
                        f'<key>{quote(key)}</key><value>{quote(value)}</value></item>' for key, value in tags[begin:end])
        more = f'<nextToken>page/+={end}</nextToken>' if end < len(tags) else ''
        self.answer(200, '<?xml version="1.0" encoding="UTF-8"?>\n<DescribeTagsResponse '
                    f'xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><tagSet>{items}</tagSet>{more}'
                    '</DescribeTagsResponse>')

    def fail(self, status, code):
        self.answer(status, '<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error>'
                    f'<Code>{code}</Code><Message>no</Message></Error></Errors><RequestID>1</RequestID></Response>')

    def answer(self, status, body):
        raw = body.encode()
        self.send_response(status)
        self.send_header('Content-Type', 'text/xml;charset=UTF-8')
        self.send_header('Content-Length', str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)


if __name__ == '__main__':
    Api.state_path, certificate, key, port = sys.argv[1:]
    server = http.server.ThreadingHTTPServer(('127.0.0.1', int(port)), Api)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.serve_forever()
