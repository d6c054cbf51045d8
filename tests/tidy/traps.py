"""What g++ 12 destroys twice inside a co_await expression: temporaries of aggregates, {…}, lambdas that capture
by value. Name it before you await it; moving the named thing in is fine."""

import re

from tree import Finding

_AWAIT = re.compile(r"\bco_await\b")
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


RULES = [check_traps]
