#!/usr/bin/env python3
"""Writes cmake/idle_functions.txt: what an idle agent runs, so that the release's linker puts it together.

The kernel maps 64 KiB around each page that is touched. What runs each second is 300 KiB in nine hundred pieces; scattered over
the program it kept 4.2 MiB of it in memory. Names that are no more are passed over, so the list may be older than the code;
make it anew when the idle memory of ./dev bench has grown. Needs valgrind, and a release build that is not stripped.

    python3 tests/bench/idle_functions.py [--build build/release]
"""
import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

import ground as benches
from house import get
from measure_weight import idle_settings

SECONDS_TO_SETTLE, SECONDS = 15, 35
LIST = benches.ROOT / 'cmake' / 'idle_functions.txt'


def under_callgrind(program, folder):
    """A program that runs the agent, and only it, under callgrind."""
    wrapper = folder / 'outrider'
    wrapper.write_text(f'#!/bin/sh\n[ "$1" = run ] || exec {program} "$@"\n'
                       f'exec valgrind --tool=callgrind --demangle=no --compress-strings=no --callgrind-out-file={folder}/calls {program} "$@"\n')
    wrapper.chmod(0o755)
    return wrapper


def control(pid, word):
    subprocess.run(['callgrind_control', word, str(pid)], check=True, capture_output=True)


def functions_run(ground, folder):
    benches.stories.OUTRIDER = under_callgrind(ground.outrider, folder)
    with ground.agent() as house:
        house.write(**idle_settings(house))
        house.start(ready=False)
        house.wait_healthy(limit=120)
        get(house.metrics_port, '/metrics', timeout=30)
        time.sleep(SECONDS_TO_SETTLE)
        control(house.agent.pid, '--zero')
        time.sleep(SECONDS)
        control(house.agent.pid, '--dump')
    calls = (folder / 'calls.1').read_text(errors='replace')
    return {re.sub(r"'\d+$", '', name) for name in re.findall(r'^c?fn=(\S+)$', calls, re.M)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--build', default='build/release')
    options = parser.parse_args()
    if shutil.which('valgrind') is None:
        sys.exit('idle_functions: valgrind is not installed')
    ground = benches.Ground(options.build)
    addresses = {}
    for line in subprocess.run(['nm', '--defined-only', ground.outrider], check=True, capture_output=True, text=True).stdout.splitlines():
        address, kind, name = line.split(' ', 2)
        if kind in 'tTwW':
            addresses.setdefault(name, int(address, 16))
    with tempfile.TemporaryDirectory() as folder:
        run = functions_run(ground, pathlib.Path(folder)) & addresses.keys()
    if not run:
        sys.exit(f'idle_functions: no function of {ground.outrider} was seen: is it stripped?')
    LIST.write_text('\n'.join(sorted(run, key=addresses.get)) + '\n')
    print(f'{len(run)} functions in {LIST}')


if __name__ == '__main__':
    main()
