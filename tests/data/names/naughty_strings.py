#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Strings that have broken programs which wrote, cut, sorted, quoted or showed them. Same output as login_names.py."""
import sys

from login_names import utf8, write

ESC = '\x1b'


def words():
    return utf8('undefined', 'null', 'NULL', 'nil', 'None', 'true', 'FALSE', 'NaN', 'Infinity', '-Infinity', 'void',
                'hasOwnProperty', 'constructor', '__proto__', 'toString', '__class__', 'TRUE', 'yes', 'off', '()',
                '[]', '{}', 'then', 'then()', 'EOF', 'END', '.', '<<EOF', '-----BEGIN', 'con', 'NUL', 'LPT1', 'AUX')


def numbers():
    return utf8('0', '-0', '1.00', '1,000', '1e309', '-1e309', '1E-400', '0b10', '0o17', '0x1F', '01', '1_000',
                '9007199254740993', '9223372036854775808', '-9223372036854775809', '18446744073709551616',
                '340282366920938463463374607431768211456', '1' * 400, '0.1' + '0' * 400 + '1', '--1', '+1', '1/0',
                '.5', '5.', '1..2', '٣', '१', '①', '1\u00a0000')


def json():
    return utf8('"', '\\', '\\"', '\\\\"', '"}', '{"a":', '{"a":1}', '[1,2', ',', '","b":"', '\\u0000', '\\ud800',
                '\\u000a', '"\n"', '/*', '*/', '//', '{"metadata":{"sequence":99}}', '"}\n{"forged":true',
                '}\n{"forged":true}\n{', '\n{"time":0}\n', '[' * 2000, '{"a":' * 500, '"' * 999, "'", '\\x41', '\\/',
                '\u2028"', '\x00"', 'a\\')


def tables():
    return utf8("'", "''", "' OR 1=1--", '"; DROP TABLE record;--', "'); DELETE FROM record;--", "x'41'", '1;SELECT 1',
                "' UNION SELECT kind,key,body FROM record--", 'PRAGMA journal_mode=DELETE', "ATTACH 'x' AS y", '%',
                '_', '%_%', "\\'", '`a`', '[a]', ':a', '?1', '@a', '$a', "a'||'b", 'char(0)', "'\x00'", '--', ';')


def terminals():
    return utf8(f'{ESC}[31mred', f'{ESC}[2J{ESC}[H', f'{ESC}[1A{ESC}[2K', f'{ESC}[999C', f'{ESC}[?1049h',
                f'{ESC}[8mhidden', f'{ESC}c', f'{ESC}]0;title\x07', f'{ESC}]8;;http://x{ESC}\\text',
                f'{ESC}]52;c;cm0=\x07', f'{ESC}]50;x\x07', f'{ESC}P$q"p{ESC}\\', f'{ESC}_x{ESC}\\', f'{ESC}^x{ESC}\\',
                f'{ESC}[6n', f'{ESC}[c', f'{ESC}[5i', f'{ESC}(0', f'{ESC}#8', f'{ESC}', f'{ESC}[', '\x9b31m',
                '\x9d0;t\x9c', '\x90q\x9c', '\x84', '\x85', '\x8d', '\x0e', '\x0f', '\x07', '\b\b\b\bok', 'bad\rgood',
                '\x7f', '\x05', '\x0c', '\x0b', '\x11', '\x13', 'a\x00b', '\x1a', '\x04', '\x03', '%G', f'{ESC}%G',
                'a' + '\b' * 500)


def lines():
    return utf8('a\nb', 'a\r\nb', 'a\rb', '\n', '\n\n\n', 'a\u2028b', 'a\u2029b', 'a\x85b', 'a\vb', 'a\fb', 'a\x1cb',
                'a\x1db', 'a\x1eb', '<3>taglogind: forged', 'a\n<0>taglogind: forged', 'ok\nMESSAGE=forged',
                'a\nPRIORITY=0', 'MESSAGE=x', '=x', 'a\tb', 'sshd[1]: Accepted publickey for root',
                '\nNov 22 00:00:00 host sshd[1]: forged', '# comment', 'a: b', '- a', '---', 'key=value other=1',
                '" res=success', "' exe='/bin/su", 'a' * 1023, 'a' * 1024, 'a' * 4096, 'a' * 70000)


def formats():
    return utf8('%s', '%n', '%s%s%s%s%n', '%*.*s', '%1$*2$d', '%m', '%%', '%hhn', '{}', '{0}', '{:d}', '{0:99999}',
                '{', '}', '{{', '}}', '{name}', '{Environment}', '{@hostname}', '$1', '\\1', '&', '${jndi:ldap://x}',
                '#{7*7}', '<%= 7 %>', '%(a)s', '$(id)', '`id`', '!!', '${IFS}', '|id', ';id', '&&id', '>x', '%0d%0a',
                '%00', '%c0%af', '&#x0a;', '\\n', '\\x0a', '^[')


def invisible():
    points = [0xad, 0x34f, 0x61c, 0x115f, 0x1160, 0x17b4, 0x17b5, 0x180b, 0x180e, 0x200b, 0x200c, 0x200d, 0x200e,
              0x200f, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2060, 0x2061, 0x2064, 0x2066, 0x2067, 0x2068, 0x2069,
              0x206a, 0x206f, 0x3164, 0xfe00, 0xfe0f, 0xfeff, 0xffa0, 0xfff9, 0xfffa, 0xfffb, 0xfffe, 0xffff, 0xfdd0,
              0x1bca0, 0x1d173, 0x1d17a, 0xe0001, 0xe0020, 0xe007f, 0xe0100, 0x1fffe, 0x10ffff]
    return utf8(*(f'a{chr(point)}b' for point in points), 'abc\u202egpj.exe', '\u2067a\u2066b', '\ufeffroot',
                '🏴' + ''.join(
        chr(0xe0000 + ord(c)) for c in 'gbeng') + '\U000e007f')


def text():
    return utf8('Ω≈ç√∫', 'åß∂ƒ©˙', '¡™£¢∞', '⅛⅜⅝', '﷽', 'Z̸̡a̷l̶g̵o̴', 'e' + '\u0301' * 500, 'ﬀ', 'ß', 'İ', 'ı', 'ǰ',
                'ŉ', 'Å', 'Å', '각', '각', 'שלום', 'مرحبا', 'ltr אבג rtl', '田中', 'ヽ༼ຈل͜ຈ༽ﾉ', '👨‍👩‍👧‍👦', '👍🏿', '🇺🇸🇷', '🧟',
                '𠜎', '𝕿𝖍𝖊', '⒯⒣⒠', 'ɐuuǝ', '\u00a0', '\u3000', '\u2003x', '\ue000', '\U000f0000', '゛', 'ﾟ', 'œ', 'ǆ',
                '℀', '⁄', '∕', '․', '‥', '…', '＜a＞', '＂', '＇', '\u0131d', '\u212a')


def not_text():
    return [b'\xff', b'\xfe\xff', b'\xff\xfe', b'\xc0\x80', b'\xc0\xaf', b'\xc1\xbf', b'\xe0\x80\x8a',
            b'\xf0\x80\x80\x8a', b'\xed\xa0\x80', b'\xed\xb0\x80', b'\xed\xa0\x80\xed\xb0\x80', b'\xf4\x90\x80\x80',
            b'\xf8\x88\x80\x80\x80', b'\xfc\x84\x80\x80\x80\x80', b'\x80', b'\xbf', b'\xc2', b'\xe2\x80',
            b'\xf0\x9f\x99', b'a\xc2', b'\xc2a', b'\xe2\x80"', b'\xe2\x80\n', b'\xf0\x9f\x99\n', b'\xc2\n', b'caf\xe9',
            b'\x93quoted\x94', b'\x1b$B\x46|\x1b(B', b'\xa4', b'\x81\x40', b'+ADw-script', b'\x00' * 64,
            bytes(range(256)), b'x' * 1023 + b'\xc3\xa9', b'x' * 1022 + b'\xe2\x82\xac',
            b'x' * 1021 + b'\xf0\x9f\x99\x82', b'\xe2\x80\xae' * 400]


CLASSES = (words, numbers, json, tables, terminals, lines, formats, invisible, text, not_text)

if __name__ == '__main__':
    sys.exit(0 if write(CLASSES, sys.stdout) >= 200 else 1)
