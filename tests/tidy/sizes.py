"""Sizes: a file 400 lines, a header 150, a function 60, a folder of a shelf entry 600, of a room 1,500.
The last two without tests; what outgrows its folder splits into folders of its own."""

import re

from layers import SHELVES
from tree import Finding

FILE, HEADER, FUNCTION, ENTRY, ROOM = 400, 150, 60, 600, 1500
CODE = (".cpp", ".hpp", ".py", ".sh", ".cmake")

_DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.MULTILINE)
_SIGN = re.compile(r"[{};]")
_BRACE = re.compile(r"[{}]")
_SCOPE = re.compile(r"(?:inline\s+)?(?:namespace|class|struct|union|enum|extern)\b")
_TEMPLATE = re.compile(r"template\s*<")


def _without_template(head):
    match = _TEMPLATE.match(head)
    while match:
        depth, at = 1, match.end()
        while at < len(head) and depth:
            depth += {"<": 1, ">": -1}.get(head[at], 0)
            at += 1
        head = re.sub(r"^\s*requires\b[^{;]*?\n", "", head[at:]).lstrip()
        match = _TEMPLATE.match(head)
    return head


def _without_parentheses(text):
    before = None
    while before != text:
        before, text = text, re.sub(r"\([^()]*\)", "", text)
    return text


def _kind(head):
    """What the brace after `head` opens at namespace or class scope."""
    head = _without_template(head.strip())
    head = re.sub(r"^(?:(?:public|private|protected)\s*:\s*)+", "", head)
    if _SCOPE.match(head):
        return "scope"
    if ")" not in head:
        return "block"
    flat = re.sub(r"operator\s*[^\s\w(]+", "operator", _without_parentheses(head))
    return "block" if "=" in flat else "function"


def _ends(code):
    """For each brace that opens, where it is closed: the last character, where it is not."""
    ends, opened = {}, []
    for match in _BRACE.finditer(code):
        at = match.start()
        if code[at] == "{":
            opened.append(at)
        elif opened:
            ends[opened.pop()] = at
    return ends | dict.fromkeys(opened, len(code) - 1)


def functions(code, longer_than=0):
    """(first line, last line, name) of each function body at namespace or class scope; lambdas count as part of it.
    What is in no more than so many lines is passed over, which is quicker."""
    code = _DIRECTIVE.sub(lambda match: re.sub(r"[^\n]", " ", match.group(0)), code)
    ends = _ends(code)
    stack, head_start, found, at = [], 0, [], -1
    while match := _SIGN.search(code, at + 1):
        at, sign = match.start(), match.group(0)
        if sign == "{":
            head = code[head_start:at]
            if at and not code[at - 1].isspace() and code[at - 1] != ")":
                at = ends[at]  # member{value}: no body, and the head goes on after it
                continue
            start = head_start + len(head) - len(head.lstrip())
            end = ends[at]
            if code.count("\n", start, end) < longer_than:
                at = end
            elif (kind := _kind(head)) == "scope":
                stack.append(kind)
            else:
                at = end
                if kind == "function":
                    name = re.search(r"([~\w:]+)\s*\(", _without_template(code[start:at]))
                    found.append((code.count("\n", 0, start) + 1, code.count("\n", 0, at) + 1,
                                  name.group(1) if name else "?"))
        elif sign == "}" and stack:
            stack.pop()
        head_start = at + 1
    return found


def check_files(tree):
    for source in tree.sources:
        if not source.path.endswith(CODE) and source.path != "dev":
            continue
        header = source.is_header and not source.is_test
        limit, what = (HEADER, "a header") if header else (FILE, "a file")
        if len(source.lines) > limit:
            yield Finding(source.path, limit + 1, "sizes", f"{len(source.lines)} lines; {what} has at most {limit}")


def check_functions(tree):
    for source in tree.cpp:
        if len(source.lines) <= FUNCTION:
            continue
        for first, last, name in functions(source.code, FUNCTION):
            if last - first + 1 > FUNCTION:
                yield Finding(source.path, first, "sizes",
                              f"{name} has {last - first + 1} lines; a function has at most {FUNCTION}")


def check_folders(tree):
    totals = {}
    for source in tree.cpp:
        if source.room is None or source.is_test or len(source.parts) < 3:
            continue
        entry = source.room in SHELVES and len(source.parts) > 3
        folder = "/".join(source.parts[:-1])
        limit = ENTRY if entry else ROOM
        totals.setdefault((folder, limit), 0)
        totals[folder, limit] += len(source.lines)
    for (folder, limit), lines in sorted(totals.items()):
        if lines > limit:
            yield Finding(folder, 1, "sizes", f"{lines} lines without tests; it has at most {limit} before it splits")


RULES = [check_files, check_functions, check_folders]
