#!/usr/bin/env python3
"""clang-tidy over the sources of the agent, remembering what it has found clean.

A file is clean for as long as neither it, nor a header of the house, nor the rules have changed; the memory is
kept in the build folder. Exits 1 with the findings when there are any.
"""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import subprocess
import sys

LINTER = 'clang-tidy-19'


def main() -> int:
    build = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else 'build/dev')
    entries = json.loads((build / 'compile_commands.json').read_text())
    root = pathlib.Path.cwd()
    files = sorted({entry['file'] for entry in entries
                    if entry['file'].startswith(str(root / 'agent')) and not entry['file'].endswith('_test.cpp')
                    and not entry['file'].endswith('asio_once.cpp')})
    headers = hashlib.sha256()
    for path in sorted([*root.glob('agent/**/*.hpp'), root / '.clang-tidy']):
        headers.update(path.read_bytes())
    memory = build / 'lint-clean'
    memory.mkdir(exist_ok=True)

    def mark_of(file: str) -> pathlib.Path:
        return memory / hashlib.sha256(headers.digest() + file.encode() + pathlib.Path(file).read_bytes()).hexdigest()

    todo = [file for file in files if not mark_of(file).exists()]

    def lint(file: str):
        done = subprocess.run([LINTER, '-p', str(build), '--quiet', '--extra-arg=-Wno-unknown-warning-option', file], capture_output=True, text=True)
        return file, done.returncode, done.stdout

    bad = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for file, code, output in pool.map(lint, todo):
            if code == 0:
                mark_of(file).touch()
                continue
            bad += 1
            print(output)
    print(f'{len(files) - bad} files clean, {bad} with findings ({len(files) - len(todo)} known from before)')
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main())
