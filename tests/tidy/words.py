"""Words that belong to one room, and words that belong nowhere."""

import re

from tree import Finding

# word, the rooms that may say it, why.
BANNED = [
    (r"\bco_spawn\b", {"async"}, "structured concurrency only: start it in a Nursery"),
    (r"\bdetached\b", {"async"}, "structured concurrency only: start it in a Nursery"),
    (r"\bsteady_timer\b", {"async", "os", "net"}, "sleep on the core::Clock that was handed in"),
    (r"\b(?:system|steady|high_resolution)_clock::now\b", {"os"}, "time comes in through core::Clock"),
    (r"\bclock_gettime\b|\bgettimeofday\b|\btime\(\s*(?:nullptr|NULL|0)\s*\)", {"os"}, "time comes in through core::Clock"),
    (r"\bstd::w?regex\b|<regex>", set(), "its time is not bounded, and it recurses: use RE2, or plain searching"),
    (r"\bsleep_(?:for|until)\s*\(\s*std::|this_thread::sleep|\busleep\b|\bnanosleep\b|(?<![\w.>])sleep\(\s*\d+\s*\)", {"os"},
     "sleep on the core::Clock that was handed in"),
    (r"\brandom_device\b|\bstd::rand\b|\bsrand\b|\bmt19937", {"os"}, "randomness comes in through core::Random"),
    (r"\bcatch\s*\(\s*\.\.\.\s*\)", {"async", "main.cpp"},
     "it would swallow cancellation: catch what the library throws, by its type"),
    (r"(?<![\w.])new\s+[A-Za-z_:]", set(), "std::make_unique or std::make_shared, or hand it straight to its owner"),
    (r"(?<![=\w])\s\bdelete\s+[\w*(]|\bdelete\s*\[\]", set(), "let the owner's destructor do it"),
    (r"\bstd::(?:recursive_|shared_|timed_)?mutex\b", {"async", "os"}, "a room lives on one river; rivers meet in a Mailbox"),
    (r"\bstd::j?thread\b", {"async", "os"}, "threads are rivers or the pool, and both live in async"),
    (r"\|\|\s*co_await|awaitable_operators", {"async"}, "Asio's || waits for the first success: use async::race"),
]
# Tests of the threads, the kernel and the network meet real time, and so may what lies in tests/. Any test may have threads.
REAL_WORLD = ("_clock::now", "clock_gettime", "this_thread::sleep")
THREADS = ("mutex", "j?thread\\b")
REAL_WORLD_ROOMS = {"async", "os", "net", None}
# A new that goes straight into its owner, where make_… cannot reach: std::unique_ptr<T>(new T), bytes_(new char[n]).
_OWNED = re.compile(r"(?:_ptr\s*<[^;{}]*>\s*\w*\s*\(|\w_\(|\breset\()\s*$")
# Looking for plain letters first makes the whole run several times quicker.
_LETTERS = ("co_spawn", "detached", "steady_timer", "_clock::now", "gettime|time(", "regex",
            "sleep_|this_thread::sleep|usleep|nanosleep|sleep(", "std::rand|srand|random_device|mt19937",
            "catch", "new", "delete", "mutex", "std::thread|std::jthread", "co_await|awaitable_operators")
_COMPILED = [(letters.split("|"), re.compile(pattern), pattern, rooms, why)
             for letters, (pattern, rooms, why) in zip(_LETTERS, BANNED, strict=True)]

# Written with a bracket so that this file does not find itself.
UNFINISHED = re.compile(r"\b(?:TO[D]O|FIX[M]E|XX[X]|HAC[K])\b")
MACHINE_PATH = re.compile(r"(?<![\w./-])/(?:wor[k]/(?:main|shared)|hom[e]/\w+|roo[t]/\w+|Use[r]s/\w+)\b")
# Few files have any of these, and to look for them is quicker than to match.
UNFINISHED_LETTERS = ("TO" "DO", "FIX" "ME", "XX" "X", "HAC" "K")
MACHINE_PATH_LETTERS = ("/wor" "k/", "/hom" "e/", "/roo" "t/", "/Use" "rs/")
DRAWERS = {"utils", "util", "common", "helpers", "helper", "misc", "manager", "managers", "shared", "stuff"}


def check_banned(tree):
    for source in tree.cpp:
        if source.room is None and source.parts[0] != "tests":
            continue
        real_world = source.is_test and source.room in REAL_WORLD_ROOMS
        for letters, compiled, pattern, rooms, why in _COMPILED:
            if not any(word in source.code for word in letters):
                continue
            if source.room in rooms or (real_world and any(word in pattern for word in REAL_WORLD)):
                continue
            if source.is_test and any(word in pattern for word in THREADS):
                continue
            for match in compiled.finditer(source.code):
                if match.group(0).startswith("new") and _OWNED.search(source.code, max(0, match.start() - 200), match.start()):
                    continue
                where = f"outside {', '.join(sorted(rooms))}" if rooms else "anywhere"
                yield Finding(source.path, source.line_of(match.start()), "banned-words",
                              f"`{match.group(0).strip()}` is not written {where}: {why}")


def check_unfinished(tree):
    for source in tree.sources:
        if not any(word in source.text for word in UNFINISHED_LETTERS):
            continue
        for match in UNFINISHED.finditer(source.text):
            yield Finding(source.path, source.line_of(match.start()), "unfinished",
                          f"{match.group(0)}: finish it, or leave it out whole")


def check_machine_paths(tree):
    for source in tree.sources:
        if not any(word in source.text for word in MACHINE_PATH_LETTERS):
            continue
        for match in MACHINE_PATH.finditer(source.text):
            yield Finding(source.path, source.line_of(match.start()), "machine-paths",
                          f"{match.group(0)} exists on one machine only")


def check_drawers(tree):
    for folder in tree.folders:
        if folder.rsplit("/", 1)[-1] in DRAWERS:
            yield Finding(folder, 1, "drawers", "a drawer collects everything: name the folder after its one job")
    for source in tree.sources:
        if source.parts[-1].split(".")[0].removesuffix("_test") in DRAWERS:
            yield Finding(source.path, 1, "drawers", "a drawer collects everything: name the file after its one job")


def check_headers(tree):
    for source in tree.cpp:
        if source.is_header and "#pragma once" not in source.text:
            yield Finding(source.path, 1, "headers", "#pragma once is missing")
        if source.is_header and not source.is_test:
            for match in re.finditer(r"^using namespace\b", source.code, re.MULTILINE):
                yield Finding(source.path, source.line_of(match.start()), "headers", "no using namespace in a header")


RULES = [check_banned, check_unfinished, check_machine_paths, check_drawers, check_headers]
