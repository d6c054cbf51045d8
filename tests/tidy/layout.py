"""Every room has its page, every shelf entry its four files, every metric its line."""

import re

from layers import RANK, SHELVES
from tree import Finding

ROOM_README_LINES = 20
METRICS_PAGE = "docs/metrics.md"
_REGISTERED = re.compile(r'"(outrider_[a-z0-9_]+)"')
_DOCUMENTED = re.compile(r"^\| *`(outrider_[a-z0-9_]+)`", re.MULTILINE)


def metrics_in_code(tree):
    """{name: (path, line)} of every metric name in the agent's own sources, tests left out."""
    names = {}
    for source in tree.cpp:
        if source.room is None or source.is_test:
            continue
        for match in _REGISTERED.finditer(source.text):
            names.setdefault(match.group(1), (source.path, source.line_of(match.start())))
    return names


def metrics_in_page(tree):
    page = tree.by_path.get(METRICS_PAGE)
    return set(_DOCUMENTED.findall(page.text)) if page else set()


def check_rooms(tree):
    rooms = sorted({source.room for source in tree.cpp if source.room in RANK and not source.room.endswith("main.cpp")})
    for room in rooms:
        readme = tree.by_path.get(f"agent/{room}/README.md")
        if readme is None:
            yield Finding(f"agent/{room}", 1, "rooms", "README.md is missing")
        elif len(readme.lines) > ROOM_README_LINES:
            yield Finding(readme.path, ROOM_README_LINES + 1, "rooms", f"longer than {ROOM_README_LINES} lines")


def check_entries(tree):
    for folder in tree.folders:
        parts = folder.split("/")
        if len(parts) != 3 or parts[0] != "agent" or parts[1] not in SHELVES:
            continue
        names = [path[len(folder) + 1:] for path in tree.by_path if path.startswith(folder + "/")]
        for wanted in ("entry.cpp", "README.md", "example.yaml"):
            if wanted not in names:
                yield Finding(folder, 1, "entries", f"{wanted} is missing")
        if not any(name.endswith("_test.cpp") for name in names):
            yield Finding(folder, 1, "entries", "it has no *_test.cpp")
        entry = tree.by_path.get(f"{folder}/entry.cpp")
        if entry and not re.search(r"\benter\s*\(\s*Shelf\s*&", entry.code):
            yield Finding(entry.path, 1, "entries", "it does not define enter(Shelf&)")


def check_metrics(tree):
    if METRICS_PAGE not in tree.by_path:
        yield Finding(METRICS_PAGE, 1, "metrics", "the metrics page is missing")
        return
    documented = metrics_in_page(tree)
    for name, (path, line) in sorted(metrics_in_code(tree).items()):
        if name not in documented:
            yield Finding(path, line, "metrics", f"{name} is not documented in {METRICS_PAGE}")


RULES = [check_rooms, check_entries, check_metrics]
