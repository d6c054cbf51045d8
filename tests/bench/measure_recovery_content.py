"""What hashing its content costs the source: by the server's own account of each statement."""
import json
import re

import database as databases
from figure import Figure, Unmeasured

ROWS = 2_000_000
RUNS = 5
NAME = 'hashing content on the source'
USAGE = re.compile(r'!\s+([\d.]+) s user, ([\d.]+) s system, ([\d.]+) s elapsed.*?STATEMENT:  ([^\n]*)', re.DOTALL)


def make(cluster):
    cluster.sql("alter system set max_wal_size = '2GB'", 'select pg_reload_conf()',
                'create table results (id bigint primary key, pupil int, at timestamptz, points numeric, note text)',
                "insert into results select g, g % 5000, '2026-01-01'::timestamptz + g * interval '1 s', (g % 700) / 7.0, md5(g::text) || md5((-g)::text) "
                f'from generate_series(1, {ROWS}) g', 'vacuum analyze', 'checkpoint')
    cluster.backrest('--type=full', 'backup')
    cluster.switch()
    cluster.sql("alter system set log_line_prefix = '%a '", 'alter system set log_statement_stats = on', 'select pg_reload_conf()')


def usage(cluster, since):
    """(user and system, elapsed) seconds of the statements that hash."""
    with open(cluster.folder / 'pg.log', encoding='utf-8', errors='replace') as log:
        log.seek(since)
        found = [one for one in USAGE.findall(log.read()) if 'hashtextextended' in one[3]]
    return sum(float(one[0]) + float(one[1]) for one in found), sum(float(one[2]) for one in found)


def drilled(house):
    """The record, and what its two passes cost."""
    since = (house.cluster.folder / 'pg.log').stat().st_size
    done = house.run('drill', '--output', 'json', timeout=600)
    record = json.loads(done.stdout.strip().splitlines()[-1])
    assert record['finding'] == 'proven', record
    return record, usage(house.cluster, since)


def content(ground):  # pylint: disable=unused-argument
    why = databases.missing()
    if why:
        return [Unmeasured(NAME, why)]
    with databases.folder() as base_folder, databases.folder() as folder:
        cluster = databases.Cluster(base_folder).make().copy(folder).start()
        try:
            make(cluster)
            house = databases.Watcher(cluster)
            house.write(drill={'checks': ['canary', 'hashes'], 'hashes': {'most_bytes': '4GiB', 'rate': '16GiB', 'timeout': '1m'}})
            drilled(house)  # what is hashed once cannot be compared yet: from here on there are two passes
            cluster.switch()
            size = int(cluster.sql("select sum(pg_table_size(c.oid)) from pg_class c where relname in ('results', 'notes')")) / 1e6
            rates, shares, seconds = [], [], []
            for _ in range(RUNS):
                record, (cpu, elapsed) = drilled(house)
                assert record['contents']['same'] > 0, record['contents']
                rates.append(2 * size / elapsed)
                shares.append(100 * cpu / elapsed)
                seconds.append(cpu / (2 * size) * 256 * 1.048576)
        finally:
            cluster.stop()
    about = f'{size:.0f} MB, {ROWS / 1e6:g} M rows of five columns, twice; all of it in memory'
    return [Figure(f'{NAME}: rate', 32, 'MB/s', rates, f'{about}; the default keeps it below 32 MiB/s', lower_is_better=False),
            Figure(f'{NAME}: CPU of one backend while it runs', None, '% of a core', shares, about),
            Figure(f'{NAME}: CPU for a pass of 256 MiB', 5, 's', seconds, 'what a drill of the default costs twice')]
