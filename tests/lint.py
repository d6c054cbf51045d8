#!/usr/bin/env python3
"""clang-tidy over the sources of the agent, remembering what it has found clean.

    tests/lint.py BUILD                  everything
    tests/lint.py BUILD --changed [REF]  what differs from REF (default: the commit before this one), tests left out

A file is clean for as long as neither it, nor a header of the house that it reads, nor the rules have changed; the
memory is kept in the build folder. Exits 1 with the findings when there are any.
"""
import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

LINTER = 'clang-tidy-19'


def commands(build: pathlib.Path) -> list[dict]:
    """How each source would be compiled alone, though the build may compile several as one and parse the common headers once for
    all: here each must stand by the headers that it names, and those of another compiler could not be read anyway."""
    found = []
    for entry in json.loads((build / 'compile_commands.json').read_text()):
        parsed_once = r' -Winvalid-pch -include \S+/cmake_pch\.hxx'
        command = re.sub(parsed_once, '', entry['command'])
        files = [entry['file']]
        if '/Unity/unity_' in entry['file']:
            files = re.findall(r'#include "(.+\.cpp)"', pathlib.Path(entry['file']).read_text())
        for file in files:
            found.append({**entry, 'file': file, 'command': command.replace(entry['file'], file)})
    return found


def sources(entries: list[dict], root: pathlib.Path) -> list[str]:
    return sorted({entry['file'] for entry in entries
                   if entry['file'].startswith(str(root / 'agent')) and not entry['file'].endswith('_test.cpp')
                   and not entry['file'].endswith('asio_once.cpp')})


def changed(root: pathlib.Path, since: str) -> set[str]:
    """Files that differ from `since`, those not committed yet included; every file when there is no such commit."""
    known = subprocess.run(['git', 'rev-parse', '--verify', '--quiet', since], cwd=root, capture_output=True).returncode == 0
    base = since if known else '4b825dc642cb6eb9a060e54bf8d69288fbee4904'  # git's empty tree
    differ = subprocess.run(['git', 'diff', '--name-only', base], cwd=root, capture_output=True, text=True, check=True)
    fresh = subprocess.run(['git', 'ls-files', '--others', '--exclude-standard'], cwd=root, capture_output=True, text=True, check=True)
    return {str(root / name) for name in (differ.stdout + fresh.stdout).splitlines()}


def dependencies(build: pathlib.Path, root: pathlib.Path) -> dict[str, list[str]]:
    """Source → the headers of the house that it read when it was last compiled here."""
    told = subprocess.run(['ninja', '-C', build, '-t', 'deps'], capture_output=True, text=True, check=True)
    found: dict[str, list[str]] = {}
    for block in told.stdout.split('\n\n'):
        paths = [os.path.normpath(build.resolve() / line.strip()) for line in block.splitlines()[1:]]
        house = sorted(path for path in paths[1:] if path.startswith(str(root / 'agent')) and os.path.exists(path))
        if paths:
            found[paths[0]] = house
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('build', type=pathlib.Path)
    parser.add_argument('--changed', nargs='?', const='HEAD~1', metavar='REF')
    parser.add_argument('--jobs', type=int, default=os.cpu_count())
    options = parser.parse_args()
    root = pathlib.Path.cwd()
    entries = commands(options.build)
    files = sources(entries, root)
    if options.changed:
        differing = changed(root, options.changed)
        files = [file for file in files if file in differing]
    read_by = dependencies(options.build, root)
    every_header = sorted(str(path) for path in root.glob('agent/**/*.hpp'))
    memory = options.build / 'lint-clean'
    memory.mkdir(exist_ok=True)

    def mark_of(file: str) -> pathlib.Path:
        text = hashlib.sha256(file.encode())
        for path in (root / '.clang-tidy', file, *read_by.get(file, every_header)):
            text.update(hashlib.sha256(pathlib.Path(path).read_bytes()).digest())
        return memory / text.hexdigest()

    todo = [file for file in files if not mark_of(file).exists()]

    alone = options.build / 'lint-commands'
    alone.mkdir(exist_ok=True)
    (alone / 'compile_commands.json').write_text(json.dumps(entries))

    def lint(file: str):
        done = subprocess.run([LINTER, '-p', str(alone), '--quiet', '--extra-arg=-Wno-unknown-warning-option',
                               '--extra-arg=-Wno-deprecated-declarations',
                               '--extra-arg=-Wno-return-type-c-linkage', file],  # both sides of a module are C++, and of one tree
                              capture_output=True, text=True)
        return file, done.returncode, done.stdout

    bad = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for file, code, output in pool.map(lint, todo):
            if code == 0:
                mark_of(file).touch()
                continue
            bad += 1
            print(output, flush=True)
    print(f'lint: {len(files) - bad} files clean, {bad} with findings ({len(files) - len(todo)} known from before)')
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main())
