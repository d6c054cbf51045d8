"""Is the forecast true? Clusters that grow and backlogs of WAL that vary: what was foretold before each drill, and what it took."""
import json
import os
import random
import shutil

from figure import Figure, Unmeasured
from measure_recovery import labs, proven

# Megabytes of table at the time of a backup; each is then drilled with a backlog of its own. The first are what it learns from.
SIZES_MB = [int(size) for size in os.environ.get('BENCH_SIZES_MB', '200 400 200 400 800 1200 600 1600 2000 300 2400 1000').split()]
LEARNED = 2
BACKLOG_MB = (20, 500)
SHARE, SECONDS = 0.20, 3.0
ROW_BYTES = 120


def grow(lab, size_mb):
    """A table of that size, and a backup of it."""
    rows = size_mb * 1_000_000 // ROW_BYTES
    lab.sql('drop table if exists rows', 'create table rows (id bigint primary key, body text)')
    for first in range(0, rows, 1_000_000):
        lab.sql(f'insert into rows select g, md5(g::text) || md5((g + 1)::text) from generate_series({first + 1}, {min(first + 1_000_000, rows)}) g')
    lab.sql('vacuum analyze rows', 'checkpoint')
    lab.backup()


def write_backlog(lab, megabytes):
    enough = len(lab.segments()) + max(1, megabytes // lab.segment_mb)
    while len(lab.segments()) < enough:
        lab.sql("insert into log select g, md5(g::text) || md5((g + 7)::text) from generate_series(1, 50000) g")
    lab.sing()
    lab.switch()


def foretold(lab):
    """Seconds, as the gate has them; nothing while it knows of no drill."""

    done = labs.run(labs.OUTRIDER, 'check', 'rto', '--here', '-c', lab.config, '--output', 'json', check=False, environment=lab.environment)
    measures = next(check['measures'] for check in json.loads(done.stdout)['checks'] if check['check'] == 'rto')
    return measures.get('rto_expected')


def forecast(ground):
    labs.OUTRIDER, labs.LENS = ground.outrider, ground.outrider
    why = labs.missing()
    if why:
        return [Unmeasured('forecast', why)]
    chance = random.Random(20)
    folder = labs.new_folder()
    lab = labs.Lab(folder, segment_mb=16)
    lab.archive_timeout = 60
    told = []
    try:
        lab.make(settings='max_wal_size = 4GB\ncheckpoint_timeout = 1h\nwal_compression = off')
        lab.sql('create table log (id bigint, body text)')
        lab.write_config(checks=('canary',))
        lab.sing()
        for size_mb in SIZES_MB:
            grow(lab, size_mb)
            write_backlog(lab, chance.randint(*BACKLOG_MB))
            before = foretold(lab)
            record = proven(lab, 2)
            told.append((before, record['total_seconds']))
            print(f'  {size_mb} MB: foretold {before and round(before, 1)} s, took {record["total_seconds"]:.1f} s', flush=True)
    finally:
        lab.close()
        shutil.rmtree(folder, ignore_errors=True)
    judged = [(before, took) for before, took in told[LEARNED:] if before is not None]
    good = sum(abs(took - before) <= max(SHARE * took, SECONDS) for before, took in judged)
    off = [100 * abs(took - before) / took for before, took in judged]
    about = f'{min(SIZES_MB)}-{max(SIZES_MB)} MB, {BACKLOG_MB[0]}-{BACKLOG_MB[1]} MB of WAL, after {LEARNED} drills to learn from'
    return [Figure('forecast: drills foretold within 20 % or 3 s', 90, '%', [100 * good / max(1, len(told) - LEARNED)], f'{good} of {len(told) - LEARNED}; {about}',
                   lower_is_better=False),
            Figure('forecast: off by', None, '%', off or [0], about)]
