#!/usr/bin/env python3
"""Runs the fuzz targets over their corpora, each for a number of seconds (30 by default)."""
import argparse
import pathlib
import subprocess
import sys


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('target', nargs='?', help='only this one')
    parser.add_argument('seconds', nargs='?', type=int, default=30)
    parser.add_argument('--build', default='build/fuzz')
    options = parser.parse_args()
    programs = sorted(pathlib.Path(options.build, 'bin').glob('fuzz_*'))
    if options.target:
        programs = [program for program in programs if program.name == f'fuzz_{options.target}']
    if not programs:
        print('no such fuzz target', file=sys.stderr)
        return 64
    failed = 0
    for program in programs:
        name = program.name.removeprefix('fuzz_')
        found = pathlib.Path(options.build, 'found', name)
        found.mkdir(parents=True, exist_ok=True)
        print(f'== {name}: {options.seconds} s', flush=True)
        done = subprocess.run([program, f'-max_total_time={options.seconds}', '-rss_limit_mb=1024', '-timeout=10', '-max_len=65536',
                               '-print_final_stats=1', '-verbosity=0', f'-artifact_prefix={found}/crash-', found,
                               f'tests/fuzz/corpus/{name}'])
        failed += done.returncode != 0
    print(f'{len(programs) - failed} passed, {failed} failed')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
