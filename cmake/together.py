"""Which sources of a library or program can be compiled as one: prints `number file` for each.

    together.py MOST FILE…    at most MOST files a group

A file that hides something under a name (in an unnamed namespace, or as a test) is not put together with one that
says the same word where it would be seen, in the same namespace or in one within it, so that nobody has to know what his
neighbours call theirs.
"""
import re
import sys

_NOT_CODE = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"([^()\s]*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Za-z_])\'(?:\\.|[^\'\\\n])+\'', re.DOTALL)
_WORD = re.compile(r'(?<![.\w])(?<!->)(?<!::)[A-Za-z_]\w*')  # not of a member, nor of a scope that is named: there nothing hidden is found
_BRINGS_QUOTED = re.compile(r'#include <(?:filesystem|iomanip)>')
_OPENED = re.compile(r'^using namespace ([\w:]*testing);', re.MULTILINE)
_UNNAMED = re.compile(r'^namespace \{', re.MULTILINE)
_NAMED = re.compile(r'^namespace ([\w:]+) \{', re.MULTILINE)
_SEES_ALL = re.compile(r'^\s*using namespace (?!std\b)', re.MULTILINE)
_TEST = re.compile(r'^(?:TEST|TEST_F|TEST_P|INSTANTIATE_TEST_SUITE_P)\((\w+), (\w+)', re.MULTILINE)
_ALIAS = re.compile(r'^(?:namespace|using) (\w+) = ([^;]+);', re.MULTILINE)
_TYPE = re.compile(r'^(?:struct|class|enum class|enum|union)\s+(\w+)', re.MULTILINE)
_VARIABLE = re.compile(r'^(?!using|namespace|struct|class|enum|template|return)[\w:<>,\s*&]*?[\w>*&]\s+[*&]*(\w+)(?:\[[^\]]*\])?\s*[={;]',
                       re.MULTILINE)
_FUNCTION = re.compile(r'^(?!using|namespace|struct|class|enum|return)[\w:<>,\[\]&* ]*?[\w>*&\]]\s+[*&]*(\w+)\(', re.MULTILINE)


def surface(code, start):
    """What stands directly in the braces that open before `start`, without the insides of its own braces."""
    kept, depth = [], 1
    for sign in code[start:]:
        if sign == '}':
            depth -= 1
            if depth == 0:
                break
        if depth == 1:
            kept.append(sign)
        if sign == '{':
            depth += 1
    return ''.join(kept)


def hidden(text):
    """Names that two files of a group must not both have, each with what it stands for: aliases of one thing agree."""
    code = _NOT_CODE.sub(' ', text)
    names = {f'{match[1]}.{match[2]}': None for match in _TEST.finditer(code)}
    if opened := sorted(_OPENED.findall(code)):  # two open ones may both have a House
        names['using namespace'] = ' '.join(opened)
    pieces = [surface(code, opening.end()) for opening in _UNNAMED.finditer(code)]
    for piece in pieces:
        for kind in (_TYPE, _VARIABLE, _FUNCTION):
            names.update({match[1]: None for match in kind.finditer(piece)})
    for piece in (code, *pieces):
        names.update({match[1]: match[2] for match in _ALIAS.finditer(piece)})
    return names


class File:
    def __init__(self, path):
        self.path = path
        with open(path, encoding='utf-8') as file:
            text = file.read()
        code = _NOT_CODE.sub(' ', text)
        self.names = hidden(text)
        # One namespace, and so are what it hides and what it sees; else everything may be seen, and sees everything.
        spaces = set(_NAMED.findall(code))
        self.space = spaces.pop().split('::') if len(spaces) == 1 and not _TEST.search(code) else []
        self.sees_all = not self.space or bool(_SEES_ALL.search(code))
        self.words = set(_WORD.findall(_NOT_CODE.sub(' ', text))) | self.names.keys()
        if _BRINGS_QUOTED.search(text):  # std::quoted would be taken for every `quoted` of our own
            self.names['quoted'] = None

    def bears(self, other):
        return not (self.upsets(other) or other.upsets(self))

    def is_seen_by(self, other):
        return other.sees_all or other.space[:len(self.space)] == self.space

    def upsets(self, other):
        return self.is_seen_by(other) and any(name in other.words and (meaning is None or other.names.get(name, meaning) != meaning)
                   for name, meaning in self.names.items())


def main():
    most, groups = int(sys.argv[1]), []
    for file in map(File, sorted(sys.argv[2:])):
        for group in groups:
            if len(group) < most and all(map(file.bears, group)):
                break
        else:
            groups.append(group := [])
        group.append(file)
    for number, group in enumerate(groups):
        for file in group:
            print(f'{number} {file.path}')


if __name__ == '__main__':
    main()
