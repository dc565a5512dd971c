# SPDX-License-Identifier: Apache-2.0
"""Makes mutants of C++ source text: small changes that a test should notice. Works on tokens, as clang-format sets
them (an operator between two values has a space on each side, a template's bracket has not).

All mutants of a file are put into one text, each as an alternative of the statement or condition that it changes,
and chosen when the program runs: compiling is what takes long."""
import dataclasses
import re

TOKEN = re.compile(r'''
    (?P<skip>//[^\n]*|/\*.*?\*/|^[ \t]*\#[^\n]*)
  | (?P<string>"(?:\\.|[^"\\])*")
  | (?P<char>'(?:\\.|[^'\\])*')
  | (?P<number>\b\d[\dA-Za-z']*)
  | (?P<word>[A-Za-z_]\w*)
  | (?P<operator><<=|>>=|<=>|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|::|[-+*/%&|^!~<>=?:;,.(){}\[\]])
''', re.X | re.S | re.M)

BETWEEN = {  # operators with a space on each side
    '<': ['<=', '>='], '<=': ['<', '>'], '>': ['>=', '<='], '>=': ['>', '<'], '==': ['!='], '!=': ['=='],
    '&&': ['||'], '||': ['&&'], '+': ['-'], '-': ['+'], '*': ['/'], '/': ['*'], '%': ['*'], '<<': ['>>'], '>>': ['<<'],
    '&': ['|'], '|': ['&'], '+=': ['-='], '-=': ['+='], '|=': ['&='],
}
ENUMS = {
    'Reason': ['kAllowRule', 'kDenyRule', 'kDenyDisabled', 'kDenyExpired', 'kDenyLocked', 'kDenyMustChange',
               'kDenyContradicted', 'kDenyNoGroup', 'kDenyFrom', 'kDenyHours', 'kDenyStale', 'kDenyNoRule',
               'kDenyTagsUnknown', 'kDenyWorkstation', 'kDenyLogonHours', 'kDenyPasswordExpired'],
    'Obstacle': ['kFrom', 'kHours', 'kStale', 'kNone'],
    'OnStale': ['kDeny', 'kAllow'],
    'Client': ['kUnknown', 'kNone', 'kName', 'kAddress'],
}
WORDS = {
    'true': ['false'], 'false': ['true'], 'any_of': ['all_of'], 'max_element': ['min_element'], 'max': ['min'],
    'min': ['max'], 'front': ['back'], 'back': ['front'], 'continue': ['break'], 'npos': ['npos - 1'],
}


@dataclasses.dataclass(frozen=True)
class Token:
    kind: str
    text: str
    begin: int
    end: int


@dataclasses.dataclass(frozen=True)
class Mutant:
    path: str
    what: str    # the kind of change
    begin: int   # bytes of the source that are replaced
    end: int
    text: str    # by what
    line: int
    before: str  # the line, or lines, without and with the change
    after: str


@dataclasses.dataclass
class Slot:
    """A part of the source that is replaced as a whole: a statement with its semicolon, or an expression."""
    kind: str  # statement, expression, condition
    begin: int
    end: int


PRELUDE = """#include <cstdlib>
static bool ThisMutant(int number) {
  static const int chosen = [] {
    const char* text = std::getenv("TAGLOGIN_MUTANT");
    return text == nullptr ? -1 : std::atoi(text);
  }();
  return number == chosen;
}
#line 1
"""
DECLARATION = re.compile(r'(?:static |const |constexpr )*(?:[A-Za-z_][\w:]*(?:<[^=;]*>)?(?: const)? ?[&*]{0,2} ?)'
                         r'(?:(?<=[ &*])[A-Za-z_]\w*|\[[\w, ]+\]) = (?!\{|\[)')

# A variable without a value that can be replaced: `Decision decision;`, `Network network{...};`.
BARE_DECLARATION = re.compile(r'(?!return\b|break\b|continue\b)[A-Za-z_][\w:]*(?:<[^;=]*>)?[ &*]+[A-Za-z_]\w*(?:\[\w*\])?[;({]')


class Source:
    def __init__(self, path, text):
        # Without comments: an alternative is written on one line.
        text = re.sub(r'//[^\n]*', lambda m: ' ' * len(m[0]), text)
        self.path, self.text = path, text
        self.tokens = [Token(m.lastgroup, m[0], m.start(), m.end()) for m in TOKEN.finditer(text) if m.lastgroup != 'skip']
        self.found = []

    def add(self, what, begin, end, text):
        if self.text[begin:end] == text:
            return
        first = self.text.rfind('\n', 0, begin) + 1
        last = self.text.find('\n', end)
        before = self.text[first:last]
        after = self.text[first:begin] + text + self.text[end:last]
        squeeze = lambda piece: ' '.join(piece.split())
        mutant = Mutant(self.path, what, begin, end, text, self.text.count('\n', 0, begin) + 1, squeeze(before), squeeze(after))
        if all((m.begin, m.end, m.text) != (begin, end, text) for m in self.found):
            self.found.append(mutant)

    def spaced(self, token):
        return self.text[token.begin - 1].isspace() and self.text[token.end].isspace()

    def closing(self, index):
        """Index of the token that closes the bracket at `index`."""
        depth = 0
        for i in range(index, len(self.tokens)):
            depth += (self.tokens[i].text in '([{') - (self.tokens[i].text in ')]}')
            if depth == 0:
                return i
        raise ValueError(f'{self.path}: a bracket is not closed')

    def mutants(self):
        for index, token in enumerate(self.tokens):
            self.operators(token, index)
            self.constants(token, index)
            if token.text in ('if', 'while') and self.tokens[index + 1].text == '(':
                self.condition(index)
            if token.text == '?':
                self.ternary(index)
            if token.text == 'return':
                self.returned(index)
        self.statements()
        return self.found

    def operators(self, token, index):
        if token.kind != 'operator':
            return
        if token.text in BETWEEN and self.spaced(token):
            for other in BETWEEN[token.text]:
                self.add('operator', token.begin, token.end, other)
        if token.text == '!':
            self.add('negation dropped', token.begin, token.end, '')
        if token.text in ('++', '--'):
            self.add('operator', token.begin, token.end, '--' if token.text == '++' else '++')

    def constants(self, token, index):
        if token.kind == 'number':
            digits = re.match(r'0[xX][0-9a-fA-F]+|\d+', token.text)[0]
            suffix = token.text[len(digits):]
            for other in (int(digits, 0) + 1, int(digits, 0) - 1):
                if other >= 0:
                    self.add('constant', token.begin, token.end, f'{other}{suffix}')
        if token.kind == 'string' and ' ' not in token.text and len(token.text) > 2:
            self.add('text', token.begin, token.end, token.text[:-1] + 'X"')
        if token.kind == 'word':
            for other in WORDS.get(token.text, []):
                self.add('word', token.begin, token.end, other)
            before = [t.text for t in self.tokens[max(0, index - 2):index]]
            if len(before) == 2 and before[1] == '::' and before[0] in ENUMS and token.text in ENUMS[before[0]]:
                for other in ENUMS[before[0]]:
                    # Of the many reasons: allow, and the next one.
                    names = ENUMS[before[0]]
                    following = names[(names.index(token.text) + 1) % len(names)]
                    if len(names) < 5 or other in ('kAllowRule', following):
                        self.add('value', token.begin, token.end, other)

    def condition(self, index):
        last = self.closing(index + 1)
        begin, end = self.tokens[index + 1].end, self.tokens[last].begin
        inside = self.text[begin:end]
        if any(t.text == ';' for t in self.tokens[index + 2:last]):
            declaration, condition = inside.rsplit(';', 1)
            begin, inside = begin + len(declaration) + 1, condition
        elif re.match(r'(const )?auto\b', inside):
            return
        self.add('condition negated', begin, end, f'!({inside.strip()})')
        if self.tokens[index].text == 'if':
            self.add('condition always', begin, end, 'true')
        self.add('condition never', begin, end, 'false')

    def ternary(self, index):
        depth, colon = 0, None
        for i in range(index + 1, len(self.tokens)):
            text = self.tokens[i].text
            if depth == 0 and text == ':' and colon is None:
                colon = i
            elif depth == 0 and text in (';', ',', ')'):
                first = self.text[self.tokens[index].end:self.tokens[colon].begin].strip()
                second = self.text[self.tokens[colon].end:self.tokens[i].begin].strip()
                self.add('choice swapped', self.tokens[index].begin, self.tokens[i].begin, f'? {second} : {first}')
                return
            depth += (text in '([{') - (text in ')]}')

    def returned(self, index):
        end = self.end_of_statement(index)
        begin = self.tokens[index].end
        value = self.text[begin:self.tokens[end].begin].strip()
        if value and '[' not in value[:1]:
            self.add('return value negated', begin, self.tokens[end].begin, f' !({value})')
            # An enumerator becomes another one above.
            if value not in ('false', 'std::nullopt', 'nullptr', '{}') and not re.fullmatch(r'\w+::k\w+', value):
                self.add('return value empty', begin, self.tokens[end].begin, ' {}')

    def end_of_statement(self, index):
        depth = 0
        for i in range(index, len(self.tokens)):
            text = self.tokens[i].text
            if text == ';' and depth == 0:
                return i
            depth += (text in '([{') - (text in ')]}')
        raise ValueError(f'{self.path}: a statement does not end')

    def find_blocks(self):
        """The tokens that stand in a function, directly in a block of statements."""
        self.in_block, open_braces = set(), []
        for index, token in enumerate(self.tokens):
            if token.text == '}':
                open_braces.pop()
            if open_braces and open_braces[-1] == 'block':
                self.in_block.add(index)
            if token.text == '{':
                open_braces.append(self.kind_of_brace(index))

    def kind_of_brace(self, index):
        line = self.text[self.text.rfind('\n', 0, self.tokens[index].begin) + 1:self.tokens[index].begin]
        if re.match(r'\s*(namespace|struct|class|enum)\b', line):
            return 'scope'
        return 'block' if self.tokens[index - 1].text in (')', 'else', 'do', 'noexcept', 'const', 'try', ':', ']') else 'values'

    def statement_begins(self, index):
        if index == 0:
            return False
        before = self.tokens[index - 1]
        if before.text in (';', '}', 'else'):
            return True
        if before.text == '{':
            return self.kind_of_brace(index - 1) == 'block'
        if before.text == ':':
            line = self.text[self.text.rfind('\n', 0, before.begin) + 1:before.begin]
            return bool(re.match(r'\s*(case|default)\b', line))
        if before.text == ')':
            return index - 1 in self.headers
        return False

    def find_slots(self):
        """Statements and conditions, and the statements that may be left out."""
        self.find_blocks()
        self.headers, self.slots, self.droppable = set(), [], []
        in_header = set()
        for index, token in enumerate(self.tokens):
            if token.text in ('if', 'while', 'for', 'switch') and self.tokens[index + 1].text == '(':
                last = self.closing(index + 1)
                self.headers.add(last)
                in_header.update(range(index + 1, last + 1))
                self.header_slots(token.text, index + 1, last)
            if token.text == 'constexpr' and index not in self.in_block:
                self.statement_slot(index)
        for index, token in enumerate(self.tokens):
            if index in in_header or index not in self.in_block or not (token.text == 'return' or self.statement_begins(index)):
                continue
            if token.kind not in ('word', 'operator') or token.text in (
                    '{', '}', ';', 'if', 'for', 'while', 'else', 'case', 'default', 'using', 'namespace', 'struct', 'enum',
                    'class', 'switch', '#', ')', ']', ':', 'public', 'private'):
                continue
            self.statement_slot(index)

    def header_slots(self, word, first, last):
        begin, end = self.tokens[first].end, self.tokens[last].begin
        if word == 'switch':
            return
        semicolons = [t for t in self.tokens[first + 1:last] if t.text == ';']
        if word == 'for' and len(semicolons) == 2:
            for kind, b, e in (('condition', semicolons[0].end, semicolons[1].begin), ('expression', semicolons[1].end, end)):
                if self.text[b:e].strip():
                    self.slots.append(Slot(kind, b, e))
            return
        if word == 'for':
            colon = next((t for t in self.tokens[first + 1:last] if t.text == ':'), None)
            if colon:
                self.slots.append(Slot('expression', colon.end, end))
            return
        begin = semicolons[-1].end if semicolons else begin
        if not re.match(r'\s*(const )?auto\b', self.text[begin:end]):
            self.slots.append(Slot('condition', begin, end))

    def statement_slot(self, index):
        try:
            last = self.end_of_statement(index)
        except ValueError:
            return
        begin, end = self.tokens[index].begin, self.tokens[last].end
        text = self.text[begin:end]
        declared = DECLARATION.match(text)
        if declared and self.tokens[index].text != 'return':
            self.slots.append(Slot('expression', begin + declared.end(), end - 1))
        elif not BARE_DECLARATION.match(text) and self.tokens[index].text not in ('const', 'constexpr', 'static', 'auto', 'try', 'catch'):
            self.slots.append(Slot('statement', begin, end))
            if self.tokens[index].text not in ('return', 'break') or self.tokens[index - 1].text in (')', 'else'):
                self.droppable.append((begin, end))

    def statements(self):
        for begin, end in self.droppable:
            self.add('statement left out', begin, end, ';')

    def slot_of(self, mutant):
        around = [slot for slot in self.slots if slot.begin <= mutant.begin and mutant.end <= slot.end]
        return min(around, key=lambda slot: slot.end - slot.begin, default=None)

    def combined(self, mutants):
        """One text with all of `mutants` (number: mutant), and for each of its lines the numbers that stand there."""
        of_slot = {}
        for number, mutant in mutants.items():
            slot = self.slot_of(mutant)
            of_slot.setdefault((slot.begin, slot.end, slot.kind), []).append(number)
        text = PRELUDE + self.emit(0, len(self.text), sorted(of_slot, key=lambda key: (key[0], -key[1])), of_slot, mutants)
        # What is chosen when the program runs is no constant expression.
        text = re.sub(r'\bconstexpr (?=[^;{(]*= [^;{]*ThisMutant)', 'const ', text)
        body = text.split('#line 1\n', 1)[1]
        return text, [[int(n) for n in re.findall(r'ThisMutant\((\d+)\)', line)] for line in body.split('\n')]

    def emit(self, begin, end, slots, of_slot, mutants):
        out, at = [], begin
        while slots:
            slot_begin, slot_end, kind = slot = slots[0]
            inner = [other for other in slots[1:] if other[1] <= slot_end]
            slots = [other for other in slots[1:] if other[1] > slot_end]
            out.append(self.text[at:slot_begin])
            original = self.emit(slot_begin, slot_end, inner, of_slot, mutants)
            out.append(self.alternatives(slot, original, [(n, mutants[n]) for n in of_slot[slot]]))
            at = slot_end
        return ''.join(out) + self.text[at:end]

    def alternatives(self, slot, original, choices):
        begin, end, kind = slot
        text = ''
        # Otherwise an optional among the alternatives would turn the others into optionals.
        cast = 'static_cast<bool>' if kind == 'condition' else ''
        for number, mutant in choices:
            changed = self.text[begin:mutant.begin] + mutant.text + self.text[mutant.end:end]
            changed = ' '.join(changed.split())
            if kind != 'statement':
                text += f'\nThisMutant({number}) ? {cast}({changed}) :\n'
            else:
                text += f'\nif (ThisMutant({number})) {{ {changed} }} else\n'
        return f'({text} {cast}({original}))' if kind != 'statement' else f'{{ {text} {{ {original} }} }}'


def of(path, text):
    source = Source(path, text)
    source.find_slots()
    source.mutants()
    source.found = [mutant for mutant in source.found if source.slot_of(mutant) is not None]
    return source
