"""What g++ 12 destroys twice: inside a co_await expression temporaries of aggregates, {…} and lambdas that capture
by value; in a condition, the unnamed result of the co_await itself. Name it before you await it, and name what you
get; moving the named thing in is fine."""

import re

from tree import Finding

_AWAIT = re.compile(r"\bco_await\b")
_CONDITION = re.compile(r"\b(if|while|for|switch)\s*\(")
_DECLARES = re.compile(r"^\s*(?:[\w:&*<>,\s]+[\s&*]\w+|(?:const\s+)?auto\s*&{0,2}\s*\[[^\]]*\])\s*=\s*co_await\b")
_LAMBDA = re.compile(r"\[([^\[\]]*)\]\s*(?=[({]|mutable)")
_OPENS, _CLOSES = "([{", ")]}"


def _end(code, start):
    """Where the awaited expression that begins at `start` ends: at its `;` or `,`, or at a bracket it did not open."""
    depth = 0
    for at in range(start, len(code)):
        sign = code[at]
        if sign in _OPENS:
            depth += 1
        elif sign in _CLOSES:
            depth -= 1
            if depth < 0:
                return at
        elif sign in ";," and depth == 0:
            return at
    return len(code)


def _close(code, start):
    depth = 0
    for at in range(start, len(code)):
        depth += {"{": 1, "}": -1}.get(code[at], 0)
        if depth == 0:
            return at + 1
    return len(code)


def _is_lambda(code, at):
    """Is the `[` at `at` the start of a lambda, not a subscript or an attribute?"""
    before = code[:at].rstrip()
    return not before or not (before[-1].isalnum() or before[-1] in "_)]" or before.endswith("["))


def _captures_by_value(captures):
    for capture in filter(None, (piece.strip() for piece in captures.split(","))):
        if not capture.startswith("&") and capture != "this":
            return True
    return False


def _without_lambda_bodies(piece):
    """The expression with each lambda's body blanked: what stands in a body is not part of this expression."""
    at = 0
    while True:
        match = _LAMBDA.search(piece, at)
        if not match:
            return piece
        at = match.end()
        if not _is_lambda(piece, match.start()):
            continue
        body = re.compile(r"\s*(?:\([^()]*(?:\([^()]*\)[^()]*)*\))?[^{};]*?\{").match(piece, at)
        if body:
            end = _close(piece, body.end() - 1)
            piece = piece[: body.end() - 1] + " " * (end - body.end() + 1) + piece[end:]


def check_traps(tree):
    for source in tree.cpp:
        for match in _AWAIT.finditer(source.code):
            piece = source.code[match.end(): _end(source.code, match.end())]
            if "[" not in piece and "{" not in piece:
                continue
            line = source.line_of(match.start())
            for found in _LAMBDA.finditer(piece):
                if _is_lambda(piece, found.start()) and _captures_by_value(found.group(1)):
                    yield Finding(source.path, line, "compiler-traps",
                                  f"[{found.group(1)}] captures by value inside co_await: name the lambda first")
            flat = _without_lambda_bodies(piece)
            brace = re.search(r"[(,]\s*\{", flat)
            if brace:
                yield Finding(source.path, line, "compiler-traps", "{…} inside co_await: name the value first")
            typed = re.search(r"([A-Za-z_][\w:]*(?:<[^<>;]*>)?)\{", flat)
            if typed:
                yield Finding(source.path, line, "compiler-traps",
                              f"{typed.group(1)}{{…}} inside co_await: name the value first")


def check_conditions(tree):
    """`while (co_await next())`: the result has no name, and g++ 12 destroys it twice. A condition that declares it,
    `while (auto item = co_await next())`, is fine."""
    for source in tree.cpp:
        if "co_await" not in source.code:
            continue
        in_one = source.code.replace(";", " ")
        for match in _CONDITION.finditer(source.code):
            end = _end(in_one, match.end())
            pieces = _without_lambda_bodies(source.code[match.end(): end]).split(";")
            for piece in pieces:
                if _AWAIT.search(piece) and not _DECLARES.match(piece):
                    yield Finding(source.path, source.line_of(match.start()), "compiler-traps",
                                  f"a co_await without a name in the condition of {match.group(1)}: name its result first")


RULES = [check_traps, check_conditions]
