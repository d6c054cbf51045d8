"""A restored copy that follows the archive and nothing else. Real PostgreSQL, real pgBackRest."""
import os
import signal
import time

import database as databases
import pytest
from database import ALARM_LIMIT, Watcher, processes_of, run
from house import alive, wait_until


def place(lsn):
    high, low = lsn.split('/')
    return int(high, 16) << 32 | int(low, 16)


class Following(Watcher):
    """An agent with a proof standby."""

    def __init__(self, cluster):
        super().__init__(cluster)
        self.directory = cluster.folder / 'standby'

    def write_with(self, **more):
        return self.write(proof_standby={'directory': str(self.directory), 'every': '1s', 'niceness': 0, **more})

    def standby(self):
        return self.snapshot().get('standby') or {}

    def wait_standby(self, limit=60, **wanted):
        """Until it is so: `state='following'`, or a question of what is known of it."""
        def so():
            now = self.standby()
            return now if all(want(now.get(key)) if callable(want) else now.get(key) == want for key, want in wanted.items()) else None
        try:
            return wait_until(so, limit, f'a proof standby with {list(wanted)}')
        except AssertionError as late:
            raise AssertionError(f'{late}; it is {self.standby()}') from None

    def ask(self, statement):
        """Of the standby itself."""
        return run(databases.binaries() / 'psql', '-XAtq', '-h', self.directory / 's', '-U', 'postgres', '-c', statement, 'postgres').stdout.strip()

    def postmaster(self):
        return int((self.directory / 'data/postmaster.pid').read_text().split()[0])


@pytest.fixture
def house(cluster):
    made = Following(cluster)
    yield made
    made.clean_up()
    assert processes_of(made.directory) == []


@pytest.fixture
def following(house):
    house.write_with()
    house.start()
    house.wait_standby(state='following', canary=lambda row: row is not None)
    return house


def test_it_follows_a_busy_primary_and_its_failover_and_goes_when_it_is_not_wanted(following):
    house, cluster = following, following.cluster
    for _ in range(3):
        before = house.standby()['canary']
        cluster.write_segments(2)
        house.wait_standby(30, canary=lambda row: row > before, state='following')
    rows = cluster.sql('select count(*) from notes')
    wait_until(lambda: house.ask('select count(*) from notes') == rows, 15, 'all the rows')

    proven = house.snapshot()['exposure']['proven']
    assert proven['level'] == 'L3 replayed' and proven['fade'] == 'fresh' and proven['seconds'] < 60, proven
    code, line = house.check('rpo', '--require', 'level>=L3 age<10m')
    assert code == 0, line
    code, line = house.check('rpo', '--require', 'level>=L4')
    assert code == 2, 'nothing was asserted'
    assert house.metric('outrider_recovery_standby_state', state='following') == 1
    assert house.metric('outrider_recovery_standby_lag_seconds') < 60
    assert house.metric('outrider_recovery_standby_restores') == 1
    assert 'Proof standby' in house.page() and 'Lost now, by the standby' in house.page()
    assert 'proof standby' in house.run('status').stdout

    # It is cut off from everything but the archive.
    assert house.ask("select pg_is_in_recovery(), current_setting('primary_conninfo') = '', current_setting('archive_mode'), "
                     "current_setting('listen_addresses') = '', (select count(*) from pg_stat_wal_receiver)") == 't|t|off|t|0'
    assert cluster.sql('select count(*) from pg_stat_replication') == '0'
    done = house.run('audit', 'show').stdout
    assert 'restore the proof standby' in done and 'start the proof standby' in done

    # A failover.
    before = house.standby()
    assert before['timeline'] == 1
    cluster.fail_over()
    cluster.write_segments(2)
    after = house.wait_standby(40, state='following', timeline=2, canary=lambda row: row > before['canary'])
    assert after['restores'] == 1 and after['starts'] == 1
    house.wait_gate('archive', 1, 30, 'a standby was promoted')
    rows = cluster.sql('select count(*) from notes')
    wait_until(lambda: house.ask('select count(*) from notes') == rows, 15, 'the rows of the new primary')

    house.write()
    assert house.run('reload', '--reason', 'a story').returncode == 0
    assert processes_of(house.directory) == []
    assert {path.name for path in house.directory.iterdir()} == {'.outrider-standby'}
    assert house.metric('outrider_recovery_standby_lag_seconds') is None and not house.standby()
    assert house.run('audit', 'verify').returncode == 0


def test_a_segment_that_was_never_stored_is_named_and_a_newer_backup_begun_from(following, record_property):
    house, cluster = following, following.cluster
    cluster.archive_with('/bin/true')
    name = cluster.switch()
    cluster.archive_with(cluster.push)
    cluster.switch()
    began = time.monotonic()
    house.wait_gate('archive', 2, ALARM_LIMIT + 5, ' missing')
    broken = house.wait_standby(ALARM_LIMIT, state='broken')
    took = time.monotonic() - began
    record_property('seconds', round(took, 1))
    print(f'a hole: {took:.1f} s')
    assert took <= ALARM_LIMIT
    assert broken['segment'] == name and name in broken['sentence'], broken
    cluster.backrest('check')  # it sees nothing
    assert any('the proof standby cannot go on' in fault['sentence'] for fault in house.snapshot()['exposure']['faults'])
    assert house.metric('outrider_recovery_standby_state', state='broken') == 1
    # Its proof stays where it was.
    held = broken['proven_to']
    cluster.backrest('--type=full', 'backup')
    cluster.switch()
    mended = house.wait_standby(60, state='following', restores=2, canary=lambda row: row is not None)
    assert mended['set'] != broken['set'] and place(mended['proven_to']) > place(held)


def test_after_kill_9_it_goes_on_from_the_same_data(following):
    house, cluster = following, following.cluster
    before, server = house.standby(), house.postmaster()
    restored = (house.directory / 'whole').stat().st_mtime_ns
    os.kill(house.agent.pid, signal.SIGKILL)
    house.agent.wait(10)
    cluster.write_segments(2)
    house.start()
    after = house.wait_standby(state='following', canary=lambda row: (row or 0) > before['canary'])
    assert after['restores'] == 0 and after['set'] == before['set']
    assert (house.directory / 'whole').stat().st_mtime_ns == restored
    assert not alive(server) and house.postmaster() != server
    # Its server is killed, as for want of memory: unknown, and started again.
    os.kill(house.postmaster(), signal.SIGKILL)
    house.wait_standby(state='blind')
    assert house.check('archive')[0] == 0, 'it says nothing of the archive'
    house.wait_standby(state='following', starts=2)
    # The source allows more than it does: replay pauses, until it is started with as much.
    cluster.sql('alter system set max_connections = 150')
    cluster.stop('fast')
    cluster.start()
    cluster.write_segments(1)
    house.wait_standby(state='following', starts=3)
    assert house.ask('show max_connections') == '150'
    began = time.monotonic()
    assert house.stop(limit=20) == 0
    assert time.monotonic() - began < 15
    assert processes_of(house.directory) == []
    assert (house.directory / 'data/PG_VERSION').exists(), 'for the next time'


def test_it_ends_the_server_that_was_left_in_its_directory_and_no_other(following):
    house, cluster = following, following.cluster
    data = house.directory / 'data'
    house.stop(limit=20)
    # As where the agent is root, and its server does not die with it.
    run(databases.binaries() / 'pg_ctl', '-D', data, '-o', f'-c config_file={house.directory}/postgresql.conf', '-l', house.directory / 'left.log',
        '-W', '-s', 'start')
    left = wait_until(lambda: (data / 'postmaster.pid').exists() and house.postmaster(), 10, 'a server that was left')
    house.start()
    again = house.wait_standby(state='following')
    assert not alive(left) and house.postmaster() != left and again['restores'] == 0
    # The number that stands there may have become somebody else's: the primary's, say.
    house.stop(limit=20)
    primary = cluster.postmaster()
    databases.write(data / 'postmaster.pid', f'{primary}\n{data}\n')
    house.start()
    house.wait_standby(state='following')
    assert alive(primary) and cluster.sql('select 1') == '1'


def test_what_cannot_be_fetched_and_what_is_somebody_elses_is_unknown(house):
    house.directory.mkdir()
    thesis = house.directory / 'thesis.txt'
    thesis.write_text('do not lose me')
    databases.own(house.directory)
    house.write_with()
    house.start()
    house.wait_standby(state='blind', sentence=lambda text: 'holds files that are not its' in text)
    code, text = house.check('drill', '--output', 'json')
    assert code == 3 and 'the proof standby cannot verify' in text and str(house.directory) in text, text
    house.write()
    assert house.run('reload', '--reason', 'a story').returncode == 0
    assert thesis.read_text() == 'do not lose me'
    thesis.unlink()
    house.write_with()
    assert house.run('reload', '--reason', 'a story').returncode == 0
    house.wait_standby(state='following')
    os.chmod(house.cluster.repo, 0)
    try:
        house.wait_standby(40, state='blind', sentence=lambda text: 'could not be fetched' in text)
        assert alive(house.postmaster()), 'it waits'
    finally:
        os.chmod(house.cluster.repo, 0o750)
    house.wait_standby(40, state='following')
    assert house.standby()['starts'] == 1
