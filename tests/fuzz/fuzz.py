#!/usr/bin/env python3
"""Fuzzes each target for a while and ends with a summary: tests/fuzz/fuzz.py --build build/fuzz [TARGET …] [--seconds N]

What is learned lies in <build>/corpus, an input that breaks a promise in <build>/found. Exit code 1 when there is one.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
CORPUS = ROOT / 'tests' / 'fuzz' / 'corpus'
MORE_SEEDS = {'config': [ROOT / 'tests' / 'golden' / 'config']}
LONGEST_INPUT = 16 * 1024


def fuzz(build, target, seconds):
    """(target, what libFuzzer said at its end, inputs that broke it)"""
    learned, found = build / 'corpus' / target, build / 'found'
    learned.mkdir(parents=True, exist_ok=True)
    found.mkdir(exist_ok=True)
    before = set(found.glob(f'{target}-*'))
    done = subprocess.run(
        [build / 'bin' / f'fuzz_{target}', f'-max_total_time={seconds}', f'-max_len={LONGEST_INPUT}', '-timeout=10',
         '-rss_limit_mb=2048', '-print_final_stats=1', f'-artifact_prefix={found}/{target}-', learned, CORPUS / target,
         *MORE_SEEDS.get(target, [])],
        cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors='replace')
    return target, done.returncode, done.stderr, sorted(set(found.glob(f'{target}-*')) - before)


def number(text, pattern):
    numbers = re.findall(pattern, text)
    return int(numbers[-1]) if numbers else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('targets', nargs='*', metavar='TARGET', help='all of them when none is named')
    parser.add_argument('--build', type=pathlib.Path, required=True)
    parser.add_argument('--seconds', type=int, default=30, help='for each target (default: %(default)s)')
    options = parser.parse_args()
    build = options.build.resolve()
    known = sorted(folder.name for folder in CORPUS.iterdir())
    unknown = [target for target in options.targets if target not in known]
    if unknown:
        parser.error(f'no such target: {", ".join(unknown)}; there are {", ".join(known)}')

    broken = []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = [pool.submit(fuzz, build, target, options.seconds) for target in options.targets or known]
        for run in concurrent.futures.as_completed(runs):
            target, code, said, inputs = run.result()
            verdict = 'ok' if code == 0 else 'BROKEN'
            print(f'{target}: {number(said, r"stat::number_of_executed_units: *([0-9]+)")} inputs, '
                  f'{number(said, r" cov: ([0-9]+)")} edges: {verdict}', flush=True)
            if code != 0:
                broken.append((target, said, inputs))

    for target, said, inputs in broken:
        why = [line for line in said.splitlines() if re.match(r'broken promise|.*(ERROR: |SUMMARY: |runtime error: )', line)]
        print(f'\n{target}: ' + ('\n  '.join(why) or said[-2000:]))
        for path in inputs:
            print(f'  repeat it: {build / "bin"}/fuzz_{target} {path}\n  keep it: cp {path} {CORPUS / target}/')
    print(f'{len(runs) - len(broken)} targets held for {options.seconds} s each, {len(broken)} did not')
    return 1 if broken else 0


if __name__ == '__main__':
    sys.exit(main())
