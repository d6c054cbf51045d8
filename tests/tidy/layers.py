"""Who may include whom: downwards only, never room to room, never an entry its sibling."""

import re

from tree import Finding

LAYERS = [
    ["core"],
    ["async"],
    ["os"],
    ["net", "sql", "wal", "lines", "config", "telemetry", "seal", "durable"],
    ["tail", "tracing", "kube"],
    ["probes", "actuators", "sources", "transforms", "sinks", "catalogs", "stores", "clusters", "leases", "notifiers"],
    ["pipeline", "health", "slo", "supervise", "recovery", "failover", "incident", "audit", "alert"],
    ["api", "ui", "cli", "errand"],
    ["app"],
    ["main.cpp", "actuator_main.cpp"],
]
SHELVES = LAYERS[5]
RANK = {room: rank for rank, rooms in enumerate(LAYERS) for room in rooms}

_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+"([^"]+)"', re.MULTILINE)
_ROOM = re.compile(r"^(room|shelf)\((\w+)([^)]*)\)", re.MULTILINE)


def _entry(path):
    """`http` for agent/probes/http/entry.cpp; nothing for the shelf's own files."""
    parts = path.split("/")
    return parts[2] if len(parts) > 3 and parts[1] in SHELVES else None


def _complaint(source, target):
    here, there = source.room, target.split("/")[1]
    if there not in RANK:
        return f"agent/{there} is not a room of the house"
    if here == there:
        mine, other = _entry(source.path), _entry(target)
        if other and mine != other:
            return f"{mine or 'the shelf'} includes its sibling {other}; only the generated list knows the entries"
        return None
    if RANK[there] > RANK[here]:
        return f"{here} may not look up to {there}"
    if RANK[there] == RANK[here]:
        return f"{here} may not look sideways to {there}; they meet as plain data, joined in app"
    if there in SHELVES and _entry(target) and here not in ("app", "main.cpp"):
        return f"{here} includes the entry {_entry(target)}; a room knows only its shelf"
    return None


def check_includes(tree):
    for source in tree.cpp:
        if source.room is None:
            continue
        if source.room not in RANK:
            yield Finding(source.path, 1, "layers", f"agent/{source.room} is not a room of the house")
            continue
        for include in _INCLUDE.finditer(source.text):
            target, line = include.group(1), source.line_of(include.start())
            if source.is_test and target.startswith("tests/"):
                continue
            if not target.startswith("agent/"):
                yield Finding(source.path, line, "layers", f'write "{target}" as a path from the root: "agent/…"')
                continue
            complaint = _complaint(source, target)
            if complaint:
                yield Finding(source.path, line, "layers", complaint)


def check_own_header_first(tree):
    for source in tree.cpp:
        header = re.sub(r"(_test)?\.cpp$", ".hpp", source.path)
        if not source.path.endswith(".cpp") or header not in tree.by_path:
            continue
        first = _INCLUDE.search(source.text)
        wanted = first is not None and (first.group(1) == header or
                                        source.room is None and header.endswith("/" + first.group(1)))
        if not wanted:
            line = source.line_of(first.start()) if first else 1
            yield Finding(source.path, line, "own-header-first", f'the first include is "{header}"')


def check_build_files(tree):
    """The build's USES lists obey the same order, and each room in it is a folder, and the reverse."""
    build = tree.by_path.get("CMakeLists.txt")
    if build is None:
        return
    named = set()
    for match in _ROOM.finditer(build.text):
        kind, name, rest = match.groups()
        named.add(name)
        line = build.line_of(match.start())
        if name not in RANK:
            yield Finding(build.path, line, "build-rooms", f"{name} is not a room of the house")
            continue
        if (kind == "shelf") != (name in SHELVES):
            yield Finding(build.path, line, "build-rooms", f"{name} is declared as a {kind} and is not one")
        if f"agent/{name}" not in tree.folders:
            yield Finding(build.path, line, "build-rooms", f"agent/{name} does not exist")
        uses = re.search(r"USES((?:\s+(?!LINK|ALSO|EXCEPT)[\w]+)*)", rest)
        for other in uses.group(1).split() if uses else []:
            if RANK.get(other, 99) >= RANK[name]:
                yield Finding(build.path, line, "build-rooms", f"{name} may not use {other}")
    rooms = {source.room for source in tree.cpp if source.room in RANK and not source.room.endswith("main.cpp")}
    for room in sorted(rooms - named):
        yield Finding(build.path, 1, "build-rooms", f"agent/{room} has code and no room() here")


RULES = [check_includes, check_own_header_first, check_build_files]
