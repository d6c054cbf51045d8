"""A look at real servers: as a superuser, as a mere pg_monitor, as nobody; on a primary, on a standby, and while it breaks."""
import json
import os
import pathlib
import subprocess
import time

import pytest

import wal_cluster

ROOT = pathlib.Path(__file__).resolve().parents[2]
LENS = pathlib.Path(os.environ.get('OUTRIDER_BUILD', ROOT / 'build/dev')) / 'bin' / 'evidence_lens'

pytestmark = [pytest.mark.skipif(not LENS.exists(), reason=f'{LENS} is not built'),
              pytest.mark.skipif(wal_cluster.bin_folder() is None, reason='PostgreSQL is missing (apt install postgresql)')]


def begin(segment_mb=16):
    cluster = wal_cluster.Cluster(segment_mb)
    cluster.start()
    cluster.sql("alter system set fsync = on", "alter system set archive_timeout = '2s'", "select pg_reload_conf()",
                "create role watcher login in role pg_monitor", "create role nobody_at_all login",
                "create table t (i int)", "insert into t values (1)", "select pg_switch_wal()")
    cluster.wait_for_archive(cluster.sql('select pg_walfile_name(pg_current_wal_lsn())'))
    return cluster


@pytest.fixture(scope='module')
def primary():
    cluster = begin()
    yield cluster
    cluster.close()


@pytest.fixture
def breaking():
    cluster = begin()
    yield cluster
    cluster.close()


def dsn(cluster, user='postgres', socket='socket'):
    return f'host={cluster.root}/{socket} user={user} dbname=postgres'


def look(cluster, looks=1, user='postgres', socket='socket', pause_ms=1000):
    run = subprocess.run([LENS, dsn(cluster, user, socket), str(looks), str(pause_ms)], capture_output=True, text=True, timeout=90)
    assert run.returncode == 0, run.stderr
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(lines) == looks
    return lines


def ids(line):
    return {judged['id']: judged for judged in line['judgements']}


@pytest.mark.parametrize('user', ['postgres', 'watcher'])
def test_a_healthy_primary_is_seen_whole_and_nothing_is_said_of_it(primary, user):
    first, second = look(primary, 2, user)
    assert first['system_id'] == primary.system_id()
    assert first['version'] // 10000 >= 12 and first['timeline'] == 1 and first['in_recovery'] is False
    assert first['segment_bytes'] == primary.segment_bytes
    assert first['archiver']['archived'] >= 1 and first['archiver']['last_archived'].startswith('00000001')
    assert first['ready'] == {'count': 0, 'oldest': ''} and first['wal_folder_bytes'] >= primary.segment_bytes
    assert first['settings']['archive_mode'] == 'on' and 'cp %p' in first['settings']['archive_command']
    assert first['database_bytes'] > 10 << 20 and first['checksum_failures'] == 0
    assert second['database_bytes'] is None, 'only now and then'
    assert first['troubles'] == [] and first['judgements'] == [] and second['judgements'] == []


def test_without_privileges_it_says_what_it_cannot_see_and_who_could_let_it(primary):
    line = look(primary, 1, 'nobody_at_all')[0]
    assert line['ready'] is None and line['wal_folder_bytes'] is None
    assert any('pg_ls_archive_statusdir' in trouble and 'pg_monitor' in trouble for trouble in line['troubles'])
    assert ids(line)['archiver.queue']['severity'] == 'unknown'
    assert line['written'] and line['archiver'], 'what may be seen is seen'


def test_it_holds_no_lock_and_is_quick(primary):
    lens = subprocess.Popen([LENS, dsn(primary, 'watcher'), '20', '100'], stdout=subprocess.PIPE, text=True)
    held = 0
    for _ in range(15):
        held += int(primary.sql("select count(*) from pg_locks l join pg_stat_activity a using (pid) where a.application_name = "
                                "'outrider evidence' and l.locktype = 'relation' and l.mode <> 'AccessShareLock'"))
        time.sleep(0.05)
    lines = [json.loads(line) for line in lens.communicate(timeout=60)[0].splitlines()]
    assert held == 0 and len(lines) == 20
    assert sorted(line['took_ms'] for line in lines)[10] < 100


def test_reading_is_not_writing_and_writing_is_seen(primary):
    before, idle = look(primary, 2)
    primary.sql('select count(*) from pg_class', 'begin; select 1; commit')
    assert look(primary)[0]['written'] == before['written'] == idle['written']
    lens = subprocess.Popen([LENS, dsn(primary), '4', '700'], stdout=subprocess.PIPE, text=True)
    time.sleep(1)
    primary.sql('insert into t values (2)')
    places = [json.loads(line)['quiet_at'] for line in lens.communicate(timeout=60)[0].splitlines()]
    assert places[0] != places[-1] and places[-2] == places[-1], places


def test_a_standby_says_where_it_is_and_is_not_late_for_being_idle(primary):
    copy = primary.root / 'standby'
    (primary.root / 'socket2').mkdir()
    if primary.prefix:
        subprocess.run(['chown', 'postgres:', primary.root / 'socket2'], check=True)
    primary.run('pg_basebackup', '-h', primary.root / 'socket', '-U', 'postgres', '-D', copy, '-R', '-c', 'fast', '-C', '-S', 'copy')
    with open(copy / 'postgresql.auto.conf', 'a', encoding='utf-8') as file:
        file.write(f"unix_socket_directories = '{primary.root}/socket2'\nrestore_command = ''\n")
    data, primary.data = primary.data, copy
    try:
        primary.start()
        time.sleep(1)
        line = look(primary, 2, 'watcher', 'socket2')[1]
        assert line['in_recovery'] is True and line['written'] is None and line['timeline'] == 1
        assert line['standby']['received'] == line['standby']['replayed'] and line['standby']['receiver'] == 'streaming'
        assert line['system_id'] == primary.system_id() and line['judgements'] == []
        bare = look(primary, 1, 'nobody_at_all', 'socket2')[0]
        assert any('receiver' in trouble for trouble in bare['troubles'])
        primary.data, seen = data, look(primary, 1, 'watcher')[0]
        assert seen['replicas'][0]['state'] == 'streaming' and seen['slots'][0]['active'] is True
        blind = look(primary, 1, 'nobody_at_all')[0]
        assert any(name.startswith('replica.unseen') for name in ids(blind)), 'unknown, and not well'
    finally:
        primary.data = copy
        primary.stop('immediate')
        primary.data = data
    time.sleep(0.5)
    assert look(primary)[0]['slots'][0]['active'] is False
    primary.sql("select pg_drop_replication_slot('copy')")


def archive_by(cluster, command):
    quoted = command.replace("'", "''")
    cluster.sql(f"alter system set archive_command = '{quoted}'", 'select pg_reload_conf()')
    time.sleep(0.3)
    cluster.sql('insert into t values (3)', 'select pg_switch_wal()', 'insert into t values (4)')


def test_an_archiver_that_hangs_is_told_although_it_counts_no_failure(breaking):
    archive_by(breaking, 'sleep 999')
    last = look(breaking, 7)[-1]
    stalled = ids(last)['archiver.stalled']
    assert stalled['severity'] == 'critical' and last['ready']['oldest'] in stalled['sentence']
    assert last['archiver']['failed'] == 0
    breaking.sql("select pg_terminate_backend(pid) from pg_stat_activity where backend_type = 'archiver'")


def test_an_archiver_that_fails_and_one_that_lies_are_told(breaking):
    archive_by(breaking, 'cp %p /does/not/exist/%f')
    for _ in range(40):
        last = look(breaking)[0]
        if last['archiver']['failed']:
            break
        time.sleep(0.25)
    assert last['archiver']['last_failed'] in ids(last)['archiver.failing']['sentence']
    archive_by(breaking, '/bin/true')
    lying = ids(look(breaking)[0])
    assert 'stores nothing' in lying['archiver.command']['sentence'] and lying['archiver.command']['severity'] == 'critical'


def test_segments_of_64_mib_are_as_quiet():
    cluster = begin(64)
    try:
        lines = look(cluster, 3)
        assert all(line['segment_bytes'] == 64 << 20 and line['judgements'] == [] for line in lines)
    finally:
        cluster.close()


def test_settings_that_end_a_recovery_and_restarts_that_are_pending_are_told(breaking):
    breaking.sql("alter system set fsync = off", "alter system set wal_level = minimal", "select pg_reload_conf()")
    time.sleep(0.5)
    found = ids(look(breaking)[0])
    assert found['settings.fsync']['severity'] == 'critical'
    assert 'wal_level' in found['settings.pending_restart']['sentence']
