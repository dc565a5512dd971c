#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Names that somebody may try to log in under: ordinary ones, and everything that has ever been taken for one.

Prints a line for each, three fields with a tab between: the class, the name in hex, and its canonical form or "-" when
it can be nobody's. The verdict is computed here from the regular expression alone, not by the code under test.
"""
import re
import sys
import unicodedata

LABEL = rb'[a-z0-9](?:[a-z0-9-]*[a-z0-9])?'
CANONICAL = re.compile(rb'[a-z_][a-z0-9_.-]{0,31}(?:@(?=.{1,64}$)' + LABEL + rb'(?:\.' + LABEL + rb')*)?')
SEEDS = ('root', 'alice', 'admin')
# Letters that look like a Latin one: Cyrillic, Greek, Armenian, Cherokee, and Latin ones beyond ASCII.
LOOKALIKES = {
    'a': 'а\u0251\u03b1ạ', 'c': 'с\u03f2', 'd': 'ԁ\u217e', 'e': 'е\u212e', 'i': 'і\u0131\u03b9\u2170',
    'l': '\u217c\u0406\u04c0\u01c0\u2223', 'm': '\u217f', 'n': 'ո', 'o': 'о\u03bf\u0585\u1d0f', 'r': 'г\u1d26',
    't': '\u03c4\u1d1b',
}


def utf8(*texts):
    return [text.encode('utf-8', 'surrogatepass') for text in texts]


def around(insert, seed='root'):
    """INSERT before, in the middle of and behind SEED."""
    middle = len(seed) // 2
    return [insert + seed, seed[:middle] + insert + seed[middle:], seed + insert]


def plain():
    return utf8('a', 'z', '_', 'alice', 'bob', '_apt', '__', 'a.b', 'a-b', 'a_b', 'a1', 'a..b', 'a--', 'a.', 'a-', 'a_',
                'svc-web.01', 'first.last', 'x0day', 'o-reilly', 'user-4294967295', 'null', 'undefined', 'nan', 'true',
                'none', 'localhost', 'systemd-network', 'root', 'toor', 'nobody', 'e', 'n0', 'eof', 'a1.2.3.4')


def in_other_case():
    return utf8('Root', 'ROOT', 'rOOt', 'Alice', 'ALICE', 'aLICE', 'A', 'Z', 'A.B', 'SVC-Web.01', '_APT', 'First.Last',
                'NULL', 'NaN', 'EOF', 'AbCdEfGhIjKlMnOpQrStUvWxYz012345')


def of_a_length():
    names = []
    for size in (2, 16, 20, 30, 31, 32, 33, 34, 63, 64, 65, 104, 127, 128, 254, 255, 256, 257, 511, 1024, 4095, 4096,
                 4097, 65534, 65535, 65536):
        names += utf8('a' * size, 'A' * size, '_' * size, 'a' * (size - 1) + '-')
    # 31 to 33 bytes that are fewer characters.
    return names + utf8('é' * 16, 'a' + 'é' * 15, 'a' * 31 + 'é', 'a' * 30 + 'é')


def nothing_much():
    return utf8('', '.', '..', '...', '-', '--', '-.', '.-', '.a', '..a', '~', '~root', '*', '?', '+', '+@', '+x', '@',
                '@everyone', '%', '%wheel', '!', '#', '#0', ':', '/', '\\', '\\\\')


def options():
    return utf8('-rf', '-h', '-v', '--help', '--version', '--socket', '--socket=/tmp/x', '--json', '--user=root', '-l',
                '-oProxyCommand=id', '-oUser=root', '-x', '-1', '-0', '--', '-- root', '-E/tmp/x', '-F/dev/null')


def numbers():
    return utf8('0', '1', '00', '123', '0day', '007', '1e3', '1000', '65534', '65535', '4294967294', '4294967295',
                '4294967296', '-1', '+0', '0x0', '0x10', '1.5', '1a', '9lives', '2147483648', '18446744073709551615',
                '#1000', '٠', '１２３', '²', '½', 'Ⅳ')


def spaces():
    blanks = [' ', '\t', '\u00a0', '\u1680', '\u2000', '\u2003', '\u2007', '\u2009', '\u202f', '\u205f', '\u3000',
              '\u2800', '\u3164', '\uffa0', '  ']
    return utf8(*blanks, *(name for blank in blanks for name in around(blank)), 'Domain Users', 'a b c')


def controls():
    names = []
    for code in [*range(32), 0x7f, *range(0x80, 0xa0)]:
        names += utf8(chr(code), *around(chr(code), 'al'))
    return names + utf8('root\r\n', 'root\nalice', 'a\x1b[2J', '\x1b]0;x\x07', 'a\x1b[31mb', 'root\0admin', '\0root')


def punctuation():
    marks = [c for c in map(chr, range(0x21, 0x7f)) if not c.isalnum() and c not in '._-']
    return utf8(*(name for mark in marks for name in around(mark, 'ab')))


def shells():
    return utf8('$(id)', '`id`', 'a;b', 'a;id', ';id', 'a|b', '|id', 'a&b', '&& id', 'a>b', 'a<b', '$IFS', '${HOME}',
                '$(touch x)', 'a$b', "a'b", 'a"b', "';id;'", '";id;"', 'a b', 'a\nid', '\\$(id)', '$((1+1))', '!!',
                'a\\', '{a,b}', '[a-z]', '~/.ssh', '#x', '=cmd', 'a=b', 'PATH=/tmp', '() { :;}; id', '%COMSPEC%', '^C')


def formats():
    return utf8('%u', '%h', '%%', '%s', '%n', '%s%n', '%x%x%x%x', '%p', '%1$s', '%99999999s', '%.1000d', 'a%u', '{0}',
                '{}', '{name}', '{user.__class__}', '{{7*7}}', '${7*7}', '<%= 1 %>', '#{1}', '%0a', '%00', '%2e%2e%2f',
                'a%0d%0ab', '&lt;', '&#114;oot', '\\x72oot', '\\u0072oot', '\\162oot', '=?utf-8?q?root?=')


def filters():
    return utf8('*', 'a*', '*a', 'a*b', 'a)(uid=*', 'a)(|(uid=*', '*)(uid=*))(|(uid=*', 'uid)(uid=admin', '(', ')',
                '()', 'a(b', 'a)b', '&(a=b)', '!(a=b)', '\\2a', '\\28', '\\00', 'a\\5c', 'a=b', 'a>=b', 'a~=b',
                'cn:dn:=a', 'cn=root', 'cn=root,dc=corp', 'a,b', 'a+b', 'a;binary', '<GUID=00>', '<SID=S-1-5-18>',
                'CN=a\\,b', '#04')


def paths():
    return utf8('/', '//', '/etc/passwd', '../../etc', '../root', './root', 'a/b', 'a/', '/a', 'root/', 'a/../b',
                '..\\a', 'C:\\a', '\\\\host\\a', 'file:///etc', 'a/.', '.ssh', '.bashrc', '/dev/null', '/proc/self',
                'con:', '//a')


def domains():
    return utf8('user@dom', 'root@', '@root', 'root@localhost', 'alice@corp.example', 'DOM\\user', 'CORP\\alice',
                'dom/user', 'dom+user', 'dom:user', 'host$', 'WEB1$', 'root/admin', 'host/web1', 'S-1-5-18',
                'S-1-5-21-1-2-3-500', 'alice@CORP.EXAMPLE', 'alice%corp', 'corp!alice', 'NT AUTHORITY\\SYSTEM',
                'BUILTIN\\Users', '.\\root', 'alice@@corp', 'alice@corp@other', 'krbtgt/CORP.EXAMPLE@CORP.EXAMPLE',
                'user@dom.', '<alice@corp>', 'Alice@Corp.Example.COM', 'a@b', 'a@b.c', 'a@1', 'a@1.2.3.4', 'a@b-c.d-e',
                'a@-b', 'a@b-', 'a@b.-c', 'a@b-.c', 'a@.b', 'a@b..c', 'a@b.', 'a@_b', 'a@b_c', 'a@b c', 'a@b/c', 'a@*',
                'a @b', 'a@ b', '.a@b', '-a@b', '1@b', 'a@[::1]', 'a@xn--bcher-kva.example', 'a@bücher.example', 'a@b@c',
                'alice@corp.example:22', 'alice@corp.example%eth0', 'alice@corp.example,bob', 'root@corp.example.com',
                'administrator@corp.example.com', 'ROOT@corp', '@', 'a@', 'a@@', 'a\\b@c', 'c\\a@b', 'a@b\\c',
                *('a' * user + '@' + 'd' * domain for user in (1, 31, 32, 33) for domain in (1, 62, 63, 64, 65)),
                'a@' + 'b.' * 31 + 'cc', 'a@' + 'b.' * 32 + 'c', 'a@' + 'b-' * 31 + 'cc')


def files_of_accounts():
    return utf8('root:x:0:0', 'a:b', ':root', 'root:', 'a:0:0::/:/bin/sh', 'a\nroot::0:0:::', '+', '+root', '-root',
                '+::::', 'a,b', 'a:!:', '*:', 'nologin:', 'a\tb', 'ALL', 'root ALL=(ALL)', '#includedir /tmp', '%sudo')


def queries():
    return utf8("' OR '1'='1", "a'--", 'a";--', "'; DROP TABLE record;--", 'a\' UNION SELECT 1', '{"a":1}', '["a"]',
                '"a"', '<a>', '<!--', ']]>', '<script>', '&amp;', 'a\\"b', '{"$ne":null}', '__proto__', 'a\\nb')


def look_alikes():
    names = []
    for seed in SEEDS:
        for place, letter in enumerate(seed):
            names += [seed[:place] + other + seed[place + 1:] for other in LOOKALIKES.get(letter, '')]
    return utf8(*names)


def styled():
    """The seeds in letters that some software folds to ASCII: fullwidth, circled, mathematical, superscript."""
    names = []
    for seed in SEEDS:
        for first in (0xff41, 0x24d0, 0x1d41a, 0x1d4ea, 0x1d51e, 0x1d552, 0x1d5ba, 0x1d68a):
            names.append(''.join(chr(first + ord(c) - ord('a')) for c in seed))
            names.append(chr(first + ord(seed[0]) - ord('a')) + seed[1:])
    names += ['ʳᵒᵒᵗ', 'ᴿᴼᴼᵀ', '🄰lice', '🅰lice', 'ＲＯＯＴ', 'root＠corp', 'ｒoot', 'ﬁle', 'ǆ', '℡', '㏂', '™', '№']
    return utf8(*names)


def folded():
    """Letters that change their length or turn into ASCII when case is folded, here or in another locale."""
    return utf8('\u212aelvin', 'as\u212a', '\u212bngstrom', '\u0130d', 'l\u0130nda', '\u0131d', 'l\u0131nda',
                'stra\u00dfe', 'STRA\u1e9eE', '\u017fudo', 'hou\u017fe', '\u01f0a', '\u0149a', '\ufb00', '\ufb06a',
                '\u03c3\u03c2', 'ÅSA', 'åsa', 'ñ', 'Ñ', 'é', 'É', 'ø', 'þ', 'ÿ', 'Ÿ', 'а', 'А', 'Ω', '\u2126')


def composed():
    """Pairs that are one text to a person: composed and decomposed, and folded by compatibility."""
    names = []
    for text in ('josé', 'naïve', 'zoë', 'françois', 'åke', 'müller', 'ñandu', 'ệ', '각', 'が', 'ḍ̇', 'ﬁx', '①'):
        names += [unicodedata.normalize(form, text) for form in ('NFC', 'NFD', 'NFKC', 'NFKD')]
    return utf8(*dict.fromkeys(names))


def combining():
    marks = '\u0300\u0301\u0308\u0327\u0332\u0335\u0338\u034f\u0360\u0489\u20dd\u20e3\ufe0f\ufe00\U000e0100'
    return utf8(*(name for mark in marks for name in around(mark)), 'r' + '\u0301' * 40, '\u0301root')


def bidi():
    marks = '\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069'
    return utf8(*(name for mark in marks for name in around(mark)), '\u202etoor', '\u202etoor\u202c', 'אבג', 'عربي',
                'rootא')


def invisible():
    marks = ('\u00ad\u180e\u200b\u200c\u200d\u2028\u2029\u2060\u2061\u2064\u206a\ufeff\ufff9\ufffb\ufffc\ufffd'
             '\U000e0001\U000e0072\U0001d173\u115f\u17b4')
    return utf8(*(name for mark in marks for name in around(mark)))


def other_scripts():
    return utf8('東京', 'путин', 'иван', 'γιώργος', 'ชื่อ', 'नाम', '이름', 'יוסי', 'محمد', 'ქართ', 'ᚠᚢᚦ', '🙂', 'root🙂',
                '👨‍👩‍👧', '🇩🇪', '\U0001f1e9', '\U000f0000', '\U0010fffd', 'a\ufdd0', 'a\uffff', 'a\U0001fffe', '𒀀',
                '\ue000', '０day')


def not_text():
    """Bytes that are no UTF-8: alone, and within a name."""
    pieces = [b'\x80', b'\xbf', b'\xc0', b'\xc1', b'\xc3', b'\xe2', b'\xe2\x80', b'\xf0\x9f', b'\xf0\x9f\x99', b'\xfe',
              b'\xff', b'\xc0\x80', b'\xc0\xaf', b'\xc1\xb2', b'\xe0\x80\xaf', b'\xe0\x81\xb2', b'\xf0\x80\x80\xaf',
              b'\xf8\x80\x80\x80\xaf', b'\xfc\x80\x80\x80\x80\xaf', b'\xed\xa0\x80', b'\xed\xbf\xbf',
              b'\xed\xa0\xbd\xed\xb9\x82', b'\xf4\x90\x80\x80', b'\xf5\x80\x80\x80', b'\xff\xfer\x00o\x00',
              b'\xfe\xff\x00r', b'\xe9', b'\xa0', b'\xd2o', b'\x1b\x24\x42']
    names = []
    for piece in pieces:
        names += [piece, piece + b'root', b'ro' + piece + b'ot', b'root' + piece]
    return names


def single_bytes():
    return [bytes([code]) for code in range(256)]


CLASSES = (plain, in_other_case, of_a_length, nothing_much, options, numbers, spaces, controls, punctuation, shells,
           formats, filters, paths, domains, files_of_accounts, queries, look_alikes, styled, folded, composed,
           combining, bidi, invisible, other_scripts, not_text, single_bytes)


def canonical(name):
    lower = name.lower()  # of bytes: ASCII letters alone
    return lower.decode() if CANONICAL.fullmatch(lower) else None


def write(classes, out):
    seen = set()
    for one in classes:
        for name in one():
            if name not in seen:
                seen.add(name)
                out.write(f'{one.__name__}\t{name.hex()}\t{canonical(name) or "-"}\n')
    return len(seen)


if __name__ == '__main__':
    sys.exit(0 if write(CLASSES, sys.stdout) >= 600 else 1)
