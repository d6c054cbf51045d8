import concurrent.futures
import dataclasses
import json
import os
import pathlib
import shutil
import time

import barman_lab
import lab as labs
import pytest
import ruins_timelines
from row import run_row
from rows import ROWS

RESULTS = pathlib.Path(os.environ.get('RUIN_RESULTS', '/tmp/outrider-ruin-results.json'))


def pytest_addoption(parser):
    parser.addoption('--runs', type=int, default=int(os.environ.get('RUIN_RUNS', '0')), help='how many primaries are killed at random')
    parser.addoption('--row', action='append', help='only this row of the table')


@pytest.fixture(scope='session', autouse=True)
def here():
    why = labs.missing()
    if why:
        pytest.skip(why)


@pytest.fixture(scope='session')
def bases(request, here):
    """What rows are copies of."""
    folders = {'base': labs.new_folder(), 'timelines': labs.new_folder()}
    made = {'base': labs.base_lab(folders['base'])}
    made['timelines'] = ruins_timelines.make(labs.copy_of(made['base'], folders['timelines']))
    if any(row.base == 'barman' for row in wanted(request)) and not barman_lab.missing():
        folders['barman'] = labs.new_folder()
        made['barman'] = labs.base_lab(folders['barman'], barman_lab.BarmanLab)
    yield {**made, 'none': None}
    for lab in made.values():
        lab.close()
    for folder in folders.values():
        shutil.rmtree(folder, ignore_errors=True)


def wanted(request):
    chosen = [item.callspec.params['name'] for item in request.session.items if 'name' in getattr(getattr(item, 'callspec', None), 'params', {})]
    return [row for row in ROWS if row.name in chosen]


@pytest.fixture(scope='session')
def results(request, bases):
    """Rows run beside each other: most of their time is spent waiting for servers to start and stop."""
    done, began = {}, time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(int(os.environ.get('RUIN_LANES', '2'))) as pool:
        running = {}
        for row in wanted(request):
            why = row.needs() if row.needs else None
            if why:
                done[row.name] = why
            else:
                running[pool.submit(run_row, row, bases[row.base])] = row
        for one in concurrent.futures.as_completed(running):
            done[running[one].name] = one.result()
            keep(done, time.monotonic() - began)
    keep(done, time.monotonic() - began)
    return done


def keep(done, seconds):
    """For write_table.py."""
    rows = []
    for result in done.values():
        if isinstance(result, str):
            continue
        told = dataclasses.asdict(dataclasses.replace(result, row=None))
        row = result.row
        rows.append({**told, 'name': row.name, 'ruin': row.ruin, 'must_say': row.must_say, 'finding': row.finding, 'level': row.level,
                     'seen_at': result.seen_at() if row.tools else '', 'tools': row.tools, 'base': row.base})
    RESULTS.write_text(json.dumps({'seconds': seconds, 'rows': rows}, indent=1))
