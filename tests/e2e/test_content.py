"""What tables hold is compared with the source, while it is written to. Real PostgreSQL, real pgBackRest."""
import contextlib
import json
import time

from house import wait_until
from test_database import house, watched  # noqa: F401  pylint: disable=unused-import


def contents(record):
    return next(one for one in record['witnesses'] if one['name'] == 'content hashes')


@contextlib.contextmanager
def written_to(cluster):  # noqa: F811  pylint: disable=redefined-outer-name
    """One table that rests, two that never do."""
    cluster.sql('create table still (id int, t text)', "insert into still select g, md5(g::text) from generate_series(1, 5000) g",
                'create table busy (n int)', 'insert into busy values (0)')
    writer = cluster.session('do $$ begin loop update busy set n = n + 1; insert into notes select max(id) + 1, null from notes; commit; '
                             'perform pg_sleep(0.002); end loop; end $$')
    try:
        yield
    finally:
        writer.kill()
        writer.wait()


def drilled(house):  # noqa: F811  pylint: disable=redefined-outer-name
    done = house.run('drill', '--output', 'json', timeout=120)
    record = json.loads(done.stdout.strip().splitlines()[-1])
    assert done.returncode == 0 and record['finding'] == 'proven', record
    return record


def test_content_is_compared_with_a_source_that_is_written_to(watched):  # noqa: F811  pylint: disable=redefined-outer-name
    house, cluster = watched, watched.cluster  # noqa: F811  pylint: disable=redefined-outer-name
    with written_to(cluster):
        first = drilled(house)
        assert contents(first)['standing'] == 'unknown' or first['contents']['same'] > 0, first
        hashed = cluster.sql('select pg_current_wal_lsn()')
        wait_until(lambda: cluster.sql(f"select last_archived_wal > pg_walfile_name('{hashed}') from pg_stat_archiver") == 't', 60, 'archiving')
        second = drilled(house)
    assert contents(second)['standing'] == 'ok' and second['level'] == 'L4 asserted', second
    found = second['contents']
    assert found['same'] >= 1 and found['busy'] + found['young'] >= 2 and found['differing'] == 0, found
    wait_until(lambda: house.metric('outrider_recovery_content_ranges', state='same') == found['same'], 15, 'the metric')
    assert 0 < house.metric('outrider_recovery_content_compared_ratio') < 1
    assert 'as on the source' in house.page()


def test_a_drill_by_the_clock_is_hashed_ahead_of_and_the_first_one_compares(house):  # noqa: F811  pylint: disable=redefined-outer-name
    # By then the archive has come past what was hashed.
    house.write(drill={'at': time.strftime('%H:%M', time.gmtime(time.time() + 80)), 'hashes': {'tables': ['public.still', 'public.busy']}})
    with written_to(house.cluster):
        house.start()
        wait_until(lambda: (house.state / 'recovery' / 'hashes').exists(), 30, 'what is hashed ahead')
        assert not house.snapshot()['drills']
        [record] = wait_until(lambda: house.snapshot()['drills'], 150, 'the drill by the clock')
    assert record['finding'] == 'proven' and contents(record)['standing'] == 'ok', record
    assert record['contents']['same'] == 1, record['contents']
