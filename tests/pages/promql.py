"""PromQL as the tests need it: its parser is promtool's own; what we look for in a query is found by ourselves."""

import json
import re
import shutil
import subprocess
import tempfile

PROMTOOL = shutil.which("promtool")

_STRING = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'')
_SELECTOR = re.compile(r"([a-zA-Z_:][\w:]*)?\s*\{([^{}]*)\}")
_MATCHER = re.compile(r'\s*(\w+)\s*(=~|!~|!=|=)\s*("(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\')\s*,?')
_CALL = re.compile(r"\b([a-z_][a-z0-9_]*)\s*\(")
_METRIC = re.compile(r"(?<![\w:$])[a-zA-Z_:][\w:]*(?![\w:]|\s*\()")
_WORDS = {"by", "without", "on", "ignoring", "group_left", "group_right", "bool", "offset", "and", "or", "unless",
          "inf", "nan", "start", "end", "atan2"}
_GROUPING = re.compile(r"\b(by|without|on|ignoring|group_left|group_right)\s*\([^()]*\)")
VARIABLES = {"$__rate_interval": "5m", "$__interval": "1m", "$__range": "1h", "$__auto": "1m"}


def without_strings(query):
    return _STRING.sub(lambda match: '"' + " " * (len(match.group(0)) - 2) + '"', query)


def plain(query):
    """The query with Grafana's variables turned into values that parse."""
    for name, value in VARIABLES.items():
        query = query.replace(name, value)
    return re.sub(r"\$\{?\w+(?::\w+)?\}?", "x", query)


def selectors(query):
    """[(metric, {label: (operator, value)}), …], bare metrics without braces included."""
    found = []
    strings = {}

    def keep(match):
        key = f'"{len(strings)}"'
        strings[key] = match.group(0)[1:-1]
        return key

    safe = _GROUPING.sub(" ", re.sub(r"\[[^\]]*\]", " ", _STRING.sub(keep, query)))
    for match in _SELECTOR.finditer(safe):
        labels = {label: (operator, strings[value]) for label, operator, value in _MATCHER.findall(match.group(2))}
        found.append((match.group(1) or labels.get("__name__", ("", ""))[1], labels))
    rest = _SELECTOR.sub(" ", safe)
    for match in _METRIC.finditer(re.sub(r'"\d+"', " ", rest)):
        if match.group(0).lower() not in _WORDS and not re.fullmatch(r"\d\w*|e\d+", match.group(0)):
            found.append((match.group(0), {}))
    return found


def metrics(query):
    return {name for name, _ in selectors(query) if name}


def calls(query):
    """[(function, its whole argument text), …], outermost first."""
    safe, found = without_strings(query), []
    for match in _CALL.finditer(safe):
        depth = 0
        for at in range(match.end() - 1, len(safe)):
            depth += {"(": 1, ")": -1}.get(safe[at], 0)
            if depth == 0:
                found.append((match.group(1), query[match.end():at]))
                break
    return found


def refused(queries):
    """{query: what promtool says} for those it cannot parse. One call when all are good."""
    queries = list(dict.fromkeys(queries))
    if not queries or _check(queries) is None:
        return {}
    answers = {query: _check([query]) for query in queries}
    return {query: said for query, said in answers.items() if said is not None}


def _check(queries):
    rules = [{"record": f"query:{index}", "expr": plain(query)} for index, query in enumerate(queries)]
    with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as file:
        json.dump({"groups": [{"name": "queries", "rules": rules}]}, file)
        file.flush()
        done = subprocess.run([PROMTOOL, "check", "rules", "--lint=none", file.name], capture_output=True, text=True,
                              check=False)
    return None if done.returncode == 0 else (done.stderr + done.stdout).strip()
