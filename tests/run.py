#!/usr/bin/env python3
"""Runs every test and ends with one line: N passed, N failed, N skipped.

C++ test programs are found through ctest and counted case by case; Python tests run under pytest. A skipped test
says why. Each program's output is shown only when something in it failed.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import xml.etree.ElementTree as xml

# Four pieces at a time: most of a story's time is spent waiting for servers. A folder is one piece where its files share what
# is costly to make, else each file is. What takes a minute and more is begun first.
PYTHON_FOLDERS = ['tests/ruin', 'tests/e2e', 'tests/chaos', 'tests/integration', 'tests/pages']
LONGEST = ['tests/ruin', *(f'tests/e2e/test_{name}.py' for name in ('database', 'content', 'alarms', 'postgres_metrics', 'proof_standby')),
           'tests/integration/test_elasticsearch.py', 'tests/chaos/test_oracle.py']
# Of the sanitized programs: what is left at the end is run by one core alone.
LONGEST_PROGRAMS = ['unit_pipeline', 'unit_recovery', 'unit_sources', 'contract_probe_contract', 'contract_catalog_contract', 'unit_durable']
TIMED_FOLDERS = ['tests/tidy']  # before all others, and alone
WHOLE_FOLDERS = {'tests/ruin', 'tests/pages', 'tests/tidy'}
PYTHON_LANES = 4
# In CI `./dev check` has run the unit tests of these very programs a moment before.
JUST_RUN = 'unit-tests-just-run.json'
SUPPRESSIONS = pathlib.Path(__file__).resolve().parent / 'tsan.supp'
SYMBOLIZER = shutil.which('addr2line') or 'addr2line'  # comes with the compiler; clang's own is a package of 70 MB


class Tally:
    def __init__(self):
        self.passed = self.failed = 0
        self.skipped = []
        self.failures = []

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        self.failures += other.failures


def programs(build, label):
    listing = subprocess.run(['ctest', '--test-dir', build, '--show-only=json-v1'], capture_output=True, text=True, check=True)
    for test in json.loads(listing.stdout)['tests']:
        properties = {entry['name']: entry['value'] for entry in test.get('properties', [])}
        labels = properties.get('LABELS', [])
        if 'command' in test and (label is None or label in labels):
            yield test['name'], test['command'], properties.get('TIMEOUT', 300), properties.get('WORKING_DIRECTORY', '.')


def count_cases(name, report):
    tally = Tally()
    for case in xml.fromstring(report.read_text(errors='replace')).iter('testcase'):
        full = f"{name}: {case.get('classname')}.{case.get('name')}"
        skipped = case.find('skipped')
        if case.find('failure') is not None:
            tally.failed += 1
            tally.failures.append(full)
        elif skipped is not None:
            place_and_reason = skipped.get('message', '').split('\n', 1)
            tally.skipped.append((full, ' '.join(place_and_reason[1:]).strip() or 'no reason given'))
        elif case.get('status') == 'run':
            tally.passed += 1
    return tally


def run_program(job):
    name, command, limit, folder = job
    with tempfile.TemporaryDirectory() as scratch:
        report = pathlib.Path(scratch) / 'report.xml'
        environment = dict(os.environ, GTEST_OUTPUT=f'xml:{report}', ASAN_OPTIONS=f'external_symbolizer_path={SYMBOLIZER}',
                           TSAN_OPTIONS=f'suppressions={SUPPRESSIONS}:external_symbolizer_path={SYMBOLIZER}')
        began = time.monotonic()
        try:
            done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=float(limit),
                                  stdin=subprocess.DEVNULL, errors='replace')
            code, output = done.returncode, done.stdout + done.stderr
        except subprocess.TimeoutExpired as late:
            code, output = -1, f'took longer than {limit} s\n{(late.stdout or b"").decode(errors="replace")}'
        tally = count_cases(name, report) if report.exists() else Tally()
    if code != 0 and tally.failed == 0:
        tally.failed += 1
        tally.failures.append(f'{name}: ended with {code}')
    if code == 0 and tally.passed + len(tally.skipped) == 0:
        tally.failed += 1
        tally.failures.append(f'{name}: ran no test')
    return name, tally, output if tally.failed else '', time.monotonic() - began


def run_pytest(piece, environment):
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        report = pathlib.Path(scratch) / 'report.xml'
        process = subprocess.Popen([sys.executable, '-m', 'pytest', '-q', '-p', 'no:cacheprovider', f'--junitxml={report}', piece],
                                   env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, stdin=subprocess.DEVNULL, errors='replace')
        output = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)  # with all that its servers have used
        process.returncode = os.waitstatus_to_exitcode(status)
        tally = Tally()
        if report.exists():
            for case in xml.parse(report).iter('testcase'):
                full = f"{case.get('classname')}.{case.get('name')}"
                skipped = case.find('skipped')
                if case.find('failure') is not None or case.find('error') is not None:
                    tally.failed += 1
                    tally.failures.append(full)
                elif skipped is not None:
                    tally.skipped.append((full, skipped.get('message', 'no reason given')))
                else:
                    tally.passed += 1
    if process.returncode not in (0, 1) and tally.failed == 0:
        tally.failed += 1
        tally.failures.append(f'{piece}: pytest ended with {process.returncode}')
    took = f'{time.monotonic() - began:.1f} s, {used.ru_utime + used.ru_stime:.0f} s of processor'
    return tally, output if tally.failed else '', took


def python_pieces(folders, wanted):
    """Folders and files for pytest, in the order in which they are begun."""
    pieces = []
    for folder in folders:
        files = sorted(str(path) for path in pathlib.Path(folder).glob('test_*.py'))
        pieces += [folder] if folder in WHOLE_FOLDERS and files else files
    pieces.sort(key=lambda piece: LONGEST.index(piece) if piece in LONGEST else len(LONGEST))
    return [piece for piece in pieces if not wanted or wanted in piece]


def run_lanes(environment, folders, wanted):
    """Pieces with what came of them, as they end."""
    with concurrent.futures.ThreadPoolExecutor(PYTHON_LANES) as pool:
        running = {pool.submit(run_pytest, piece, environment): piece for piece in python_pieces(folders, wanted)}
        for done in concurrent.futures.as_completed(running):
            yield (running[done], *done.result())


def remembered(build):
    """What `./dev check` has counted, program by program; nothing at a desk, where sources change in between."""
    notes = pathlib.Path(build or '', JUST_RUN)
    return json.loads(notes.read_text()) if 'OUTRIDER_COLD' in os.environ and notes.exists() else {}


def stamp(command):
    """Another one after each build of the program."""
    return f'{command[0]} {os.stat(command[0]).st_mtime_ns}'


def left_to_run(jobs, just_run, total):
    for job in jobs:
        passed = just_run.get(stamp(job[1]))
        if passed is None:
            yield job
            continue
        print(f'{job[0]}: {passed} passed, 0 failed, 0 skipped (a moment ago, by ./dev check)', flush=True)
        total.passed += passed


def run_programs(jobs, total):
    """Gives of each that passed whole how many of its tests did, by its stamp."""
    jobs, went_well = list(jobs), {}
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for (_, command, *_), (name, tally, output, took) in zip(jobs, pool.map(run_program, jobs)):
            print(f'{name}: {tally.passed} passed, {tally.failed} failed, {len(tally.skipped)} skipped ({took:.1f} s)', flush=True)
            if output:
                print(output)
            total.add(tally)
            if not tally.failed and not tally.skipped:
                went_well[stamp(command)] = tally.passed
    return went_well


def run_stories(options, total, folders):
    binaries = pathlib.Path(options.build).resolve() / 'bin'
    environment = dict(os.environ, OUTRIDER=str(binaries / 'outrider'), OUTRIDER_BIN=str(binaries / 'outrider'), REFERENCE_BIN=str(binaries / 'notation-api'),
                       OUTRIDER_BUILD=str(pathlib.Path(options.build).resolve()), PYTHONDONTWRITEBYTECODE='1')
    for piece, tally, output, took in run_lanes(environment, folders, options.filter):
        print(f'{piece}: {tally.passed} passed, {tally.failed} failed, {len(tally.skipped)} skipped ({took})', flush=True)
        if output:
            print(output)
        total.add(tally)


class Meanwhile:
    """Commands that are run one after the other while stories wait for servers, on what processor time these leave: the builds
    of the sanitized programs."""

    def __init__(self, commands):
        self.commands, self.failed, self.began = commands, [], time.monotonic()
        self.thread = threading.Thread(target=self.work)
        self.thread.start()

    def work(self):
        for command in self.commands:
            done = subprocess.run(['nice', '-n', '19', *command.split()], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, errors='replace')
            if done.returncode != 0:
                print(done.stdout, flush=True)
                self.failed.append(command)

    def wait(self, total):
        self.thread.join()
        total.failed += len(self.failed)
        total.failures += self.failed
        if self.commands:
            print(f'built meanwhile, {time.monotonic() - self.began:.0f} s after the tests were begun', flush=True)


def sanitized(options):
    """The longest first."""
    jobs = list(sanitized_jobs(options))
    jobs.sort(key=lambda job: not job[0].endswith(tuple(LONGEST_PROGRAMS)))
    return jobs


def sanitized_jobs(options):
    for build, labels in ((options.asan, ('unit', 'contract', 'fuzz')), (options.tsan, ('threads',))):
        for label in labels if build else ():
            for name, *rest in programs(build, label):
                if not options.filter or options.filter in name:
                    yield (f'{pathlib.Path(build).name}/{name}', *rest)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('filter', nargs='?', help='only what has this in its name')
    parser.add_argument('--build', help='the build whose tests all run')
    parser.add_argument('--label', help='only programs with this label, and no Python tests')
    parser.add_argument('--asan', help='a further build, of which the unit, contract and fuzz programs run')
    parser.add_argument('--tsan', help='a further build, of which the programs with threads run')
    parser.add_argument('--meanwhile', action='append', default=[], help='a command that makes --asan or --tsan, run beside the Python tests')
    options = parser.parse_args()

    total = Tally()
    meanwhile = Meanwhile(options.meanwhile)
    if options.build:
        jobs = [job for job in programs(options.build, options.label) if not options.filter or options.filter in job[0]]
        went_well = run_programs(left_to_run(jobs, {} if options.label else remembered(options.build), total), total)
        if options.label == 'unit':
            pathlib.Path(options.build, JUST_RUN).write_text(json.dumps(went_well))
    if options.build and options.label is None:
        run_stories(options, total, TIMED_FOLDERS)
        run_stories(options, total, PYTHON_FOLDERS)
    meanwhile.wait(total)
    if not meanwhile.failed:
        run_programs(sanitized(options), total)

    for name, why in total.skipped:
        print(f'skipped: {name}: {why}')
    for name in total.failures:
        print(f'FAILED: {name}')
    print(f'{total.passed} passed, {total.failed} failed, {len(total.skipped)} skipped')
    return 1 if total.failed or total.passed == 0 else 0


if __name__ == '__main__':
    sys.exit(main())
