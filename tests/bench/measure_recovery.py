"""Drills of a real cluster: what fetching ahead gains, what a drill costs beside doing it by hand, and the witnesses."""
import os
import pathlib
import shutil
import sys
import time

from figure import Figure, Unmeasured

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'ruin'))
import lab as labs  # noqa: E402

RUNS = 3
WAL_MB = int(os.environ.get('BENCH_WAL_MB', '400'))
ROWS = int(os.environ.get('BENCH_ROWS', '8000000'))
WITNESSES = ('canary', 'lengths', 'rows', 'checksums')


def phase(record, name):
    return sum(one['seconds'] for one in record['phases'] if one['name'] == name)


def rate(record):
    """From the server's start to its promotion, which is what can also be timed by hand."""
    return record['replayed_bytes'] / 1e6 / sum(phase(record, name) for name in ('start', 'replay', 'promote'))


def make(lab):
    """A table in the backup, and a log of changes behind it."""
    lab.make(settings='max_wal_size = 4GB\ncheckpoint_timeout = 1h\nwal_compression = off')
    lab.sql('create table rows (id bigint primary key, body text)',
            f"insert into rows select g, md5(g::text) || md5((g + 1)::text) from generate_series(1, {ROWS}) g", 'vacuum analyze')
    lab.sing()
    lab.backup()
    lab.sql('create table log (id bigint, body text)')
    turn, enough = 0, len(lab.segments()) + WAL_MB // lab.segment_mb
    while len(lab.segments()) < enough and turn < 400:
        turn += 1
        lab.sql(f"insert into log select g, md5(g::text) || md5((g + {turn})::text) from generate_series(1, 100000) g")
    lab.sing()
    lab.switch()


def by_hand(lab):
    """The same restore and recovery with the tools alone: seconds of both together, promotion included."""
    data, began = lab.folder / 'hand', time.monotonic()
    lab.backrest(f'--pg1-path={data}', 'restore', timeout=600)
    restored = time.monotonic()
    socket = lab.folder / 'hs'
    socket.mkdir()
    labs.own(socket)
    options = f'-k {socket} -c archive_mode=off -c fsync=off -c max_wal_size=16GB -c checkpoint_timeout=1d'
    labs.subprocess.run([*labs.PREFIX, labs.BIN / 'pg_ctl', '-D', str(data), '-l', str(lab.folder / 'hand.log'), '-s', '-w', '-t', '900', '-o',
                         options, 'start'], check=True, cwd='/', stdin=labs.subprocess.DEVNULL, stdout=labs.subprocess.DEVNULL,
                        stderr=labs.subprocess.DEVNULL)
    session = labs.Session(socket)
    labs.wait_until(lambda: session.ask('select pg_is_in_recovery()') == ['f'], 900, 'the recovery')
    done = time.monotonic()
    session.close()
    labs.run(labs.BIN / 'pg_ctl', '-D', data, '-s', '-m', 'immediate', 'stop')
    shutil.rmtree(data)
    shutil.rmtree(socket)
    return restored - began, done - restored


def proven(lab, lanes):
    lab.write_config(checks=WITNESSES, drill={'lanes': lanes, 'limit': '30m'})
    record, code = lab.drill(timeout=1800)
    assert code == 0, record
    return record


def compare(compression):
    """Runs of a drill that fetches ahead, of one that does not, and of the same by hand, over one repository."""
    folder = labs.new_folder()
    lab = labs.Lab(folder, segment_mb=16)
    lab.archive_timeout = 60
    lab.compression = compression
    try:
        make(lab)
        runs = []
        for _ in range(RUNS):
            ahead, asked = proven(lab, 2), proven(lab, 0)
            fetched, recovered = by_hand(lab)
            runs.append({'ahead': rate(ahead), 'asked': rate(asked), 'plain': ahead['replayed_bytes'] / 1e6 / recovered,
                         'drill': ahead['total_seconds'], 'by hand': fetched + recovered,
                         'witnesses': sum(witness['seconds'] for witness in ahead['witnesses'])})
        size = lab.sets()[-1]['info']['size'] / 1e6
        return runs, f'{compression}, {size:.0f} MB, {ROWS / 1e6:g} M rows, {ahead["replayed_bytes"] / 1e6:.0f} MB of WAL'
    finally:
        lab.close()
        shutil.rmtree(folder, ignore_errors=True)


def recovery(ground):
    """With the compression that pgBackRest has by default, and with the one that costs least."""
    labs.OUTRIDER, labs.LENS = ground.outrider, ground.outrider
    why = labs.missing()
    if why:
        return [Unmeasured('recovery', why)]
    figures = []
    for compression, goal in (('gz', 1.5), ('zst', None)):
        runs, about = compare(compression)
        several = {key: [run[key] for run in runs] for key in runs[0]}
        gains = [run['ahead'] / run['plain'] for run in runs]
        more = [100 * (run['drill'] / run['by hand'] - 1) for run in runs]
        figures += [
            Figure(f'drill: replay with fetching ahead, {compression}', None, 'MB/s', several['ahead'], about),
            Figure(f'drill: replay with each segment fetched when asked for, {compression}', None, 'MB/s', several['asked'], about),
            Figure(f'by hand: replay with plain archive-get, {compression}', None, 'MB/s', several['plain'], about),
            Figure(f'drill: what fetching ahead gains, {compression}', goal, '×', gains, 'over plain archive-get by hand in the same run',
                   lower_is_better=False),
            Figure(f'drill: more than restore and recovery by hand, {compression}', 10, '%', more, 'without the witnesses'),
            Figure(f'drill: witnesses, {compression}', 15, 's', several['witnesses'], f'{", ".join(WITNESSES)} over {about}'),
        ]
    return figures
