#!/usr/bin/env python3
"""Measures the figures of docs/benchmarks.md and writes its table. ./dev bench [NAME]"""
import argparse
import datetime
import os
import pathlib
import platform
import sys

from figure import Unmeasured
from ground import ROOT, Ground
import measure_health
import measure_logs
import measure_remote_write
import measure_traces
from measure_forecast import forecast
from measure_metrics import metrics
from measure_proof_standby import standby
from measure_recovery import recovery
from measure_recovery_content import content
from measure_recovery_watch import watching
from measure_restart import restart
from measure_rivers import lateness
from measure_weight import idle, simulation, size, start

MEASURES = {'start': start, 'idle': idle, 'size': size, 'restart': restart, 'metrics': metrics, 'lateness': lateness,
            'simulation': simulation, 'recovery': recovery, 'recovery-watch': watching,
            'recovery-forecast': forecast, 'recovery-content': content, 'recovery-standby': standby,
            'health-cost': measure_health.cost, 'health-late': measure_health.late, 'logs-throughput': measure_logs.throughput, 'logs-following': measure_logs.following, 'logs-idle': measure_logs.idle,
            'logs-wide': measure_logs.wide, 'logs-soon': measure_logs.soon, 'logs-again': measure_logs.again,
            'traces-through': measure_traces.forwarding, 'traces-waiting': measure_traces.waiting,
            'samples-sent': measure_remote_write.sending}
GROUPS = {name.split('-')[0] for name in MEASURES}
BEGIN, END = '<!-- figures: begin -->', '<!-- figures: end -->'
HEAD = '| figure | goal | median | spread | runs | | |\n|---|---|---|---|---|---|---|'


def machine():
    model = next((line.split(':')[1].strip() for line in open('/proc/cpuinfo') if line.startswith('model name')), 'unknown')
    when = datetime.datetime.now(datetime.timezone.utc).strftime('%Y-%m-%d %H:%M UTC')
    return f'{os.cpu_count()} × {model}, Linux {platform.release()}, load {os.getloadavg()[0]:.1f} at the start, {when}.'


def write(page, table):
    text = page.read_text() if page.exists() else ('# Benchmarks\n\nMeasured by `./dev bench` on a release build: '
                                                   f'medians of five in one run.\n\n{BEGIN}\n{END}\n')
    if BEGIN not in text or END not in text:
        sys.exit(f'bench: {page} has no markers {BEGIN} and {END}')
    before, rest = text.split(BEGIN, 1)
    page.parent.mkdir(exist_ok=True)
    page.write_text(f'{before}{BEGIN}\n{table}\n{END}{rest.split(END, 1)[1]}')


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('name', nargs='?', choices=sorted({*MEASURES, *GROUPS}), help='only this one, or those of this name; the page is then left alone')
    parser.add_argument('--build', default='build/release')
    options = parser.parse_args()
    ground = Ground(options.build)
    for program in (ground.outrider, ground.service):
        if not program.exists():
            sys.exit(f'bench: {program} is not built: run ./dev build release')

    about, rows, missed = machine(), [], 0
    print(about, flush=True)
    for name, measure in MEASURES.items():
        if options.name and options.name not in (name, name.split('-')[0]):
            continue
        try:
            figures = measure(ground)
        except (AssertionError, OSError, TimeoutError) as problem:
            figures = [Unmeasured(name, str(problem).splitlines()[0] if str(problem) else type(problem).__name__)]
        for figure in figures:
            rows.append(figure.row())
            missed += not figure.reached
            print(figure.row(), flush=True)
    if not options.name:
        write(pathlib.Path(ROOT) / 'docs' / 'benchmarks.md', f'{about}\n\n{HEAD}\n' + '\n'.join(rows))
    return 1 if missed else 0


if __name__ == '__main__':
    sys.exit(main())
