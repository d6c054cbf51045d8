"""A database whose recovery is watched: healthy, ruined, gone, and back. Real PostgreSQL, real pgBackRest."""
import json
import os
import signal
import time

import database as databases
import pytest
from database import ALARM_LIMIT, Watcher, processes_of, write
from house import alive, get, wait_until


@pytest.fixture
def house(cluster):
    """An agent over the cluster; conftest.py shows what it said when a story fails."""
    made = Watcher(cluster)
    yield made
    made.clean_up()


@pytest.fixture
def watched(house):
    """It has read the archive once and finds nothing critical."""
    house.write()
    house.start()
    house.wait_known()
    assert house.critical() == 0, house.gate('all')['nagios']
    return house


def since(began, what, record_property):
    took = time.monotonic() - began
    record_property('seconds', round(took, 1))
    print(f'{what}: {took:.1f} s')
    assert took <= ALARM_LIMIT, f'{what} took {took:.1f} s'


def told_everywhere(house, words):
    """The page, the metrics and the command line say what the API says."""
    assert house.critical() >= 1
    assert words in house.page()
    code, line = house.check('archive')
    assert code == 2 and 'CRITICAL' in line and words in line, line


# -- a healthy one


def test_faces_agree_on_a_healthy_database(watched):
    house = watched
    first = house.canary()
    wait_until(lambda: house.canary() > first, what='another canary')
    known = house.inferred()
    assert known['level'] == 'L2 checked' and known['seconds'] < 60 and known['fade'] == 'fresh'
    rows = int(house.cluster.sql('select count(*) from outrider.canary'))
    assert rows >= 2
    assert len((house.state / 'recovery' / 'canaries').read_text().splitlines()) >= 2

    assert house.metric('outrider_recovery_rpo_seconds', kind='inferred') < 60
    assert house.metric('outrider_recovery_level') == 2
    assert house.metric('outrider_recovery_archive_gaps') == 0
    page = house.page()
    assert 'Recovery of lab' in page and 'if the primary died now you would lose' in page and 'L2' in page
    shown = house.run('status').stdout
    assert 'if the primary died now you would lose' in shown, shown


def test_checks_answer_like_nagios(watched):
    house = watched
    for check in ('rpo', 'backup', 'archive'):
        code, line = house.check(check)
        assert code == 0 and line.startswith(f'RECOVERY {check} OK - ') and ' | ' in line and '\n' not in line, line
    # Nothing was drilled: that is not known, and what is not known is not allowed.
    for check in ('drill', 'rto', 'all'):
        code, line = house.check(check)
        assert code == 3 and 'UNKNOWN' in line, line
    code, line = house.check('rpo', '--require', 'level>=L3 age<24h')
    assert code == 2 and 'CRITICAL' in line and 'L3' in line, line
    code, line = house.check('rpo', '--require', 'level>=L2 rpo<10m')
    assert code == 0, line
    code, text = house.check('rpo', '--output', 'json')
    told = json.loads(text)
    assert code == 0 and told['allowed'] is True and told['checks'][0]['measures']['rpo'] < 60
    code, line = house.check('rpo', '--require', 'level>=L9')
    assert code not in (0, 1) and 'L9' in line, line


def test_check_without_an_agent(house):
    house.write()
    code, line = house.check('rpo')
    assert code == 3 and line.startswith('UNKNOWN - cannot reach the agent'), line
    code, line = house.check('rpo', '--here')
    assert code == 0 and 'RECOVERY rpo OK' in line, line
    code, line = house.check('archive', '--here')
    assert code == 0 and 'RECOVERY archive OK' in line, line


def test_check_without_a_recovery_section(house):
    house.write(recovery=False)
    house.start()
    code, line = house.check('rpo')
    assert code == 3 and 'no database is watched' in line and 'section `recovery`' in line, line
    answer = get(house.api_port, '/api/v1/recovery')
    assert answer[0] >= 400 and 'recovery' in answer[1]
    code, line = house.check('rpo', '--here')
    assert code == 78 and line.startswith('UNKNOWN - ') and 'no section `recovery`' in line, line


def test_an_override_needs_a_name_a_reason_and_an_end(watched):
    house = watched
    until = lambda seconds: time.strftime('%Y-%m-%dT%H:%M:%S.000Z', time.gmtime(time.time() + seconds))
    words = ('--override-by', 'Ada', '--override-reason', 'hotfix 12')
    code, line = house.check('drill', *words)
    assert code == 3 and 'does not count' in line, line
    code, line = house.check('drill', *words[:2], '--override-until', until(60))
    assert code == 3 and 'no reason' in line, line
    soon = until(4)
    code, line = house.check('drill', *words, '--override-until', soon)
    assert code == 0 and 'allowed by Ada' in line and 'hotfix 12' in line, line
    wait_until(lambda: house.check('drill', *words, '--override-until', soon)[0] == 3, 8, 'the end of the override')
    audited = house.run('audit', 'show')
    assert 'override the gate' in audited.stdout and 'Ada' in audited.stdout and 'hotfix 12' in audited.stdout, audited.stdout + audited.stderr
    assert house.run('audit', 'verify').returncode == 0


def test_a_drill_beside_the_agent_is_picked_up(watched):
    house = watched
    house.cluster.switch()
    done = house.run('drill', timeout=120)
    assert done.returncode == 0 and 'PROVEN' in done.stdout, done.stdout + done.stderr
    proven = wait_until(lambda: house.snapshot()['exposure']['proven']['as_of'] and house.snapshot()['exposure']['proven'], 15, 'the proof')
    assert proven['level'].startswith(('L3', 'L4')) and proven['fade'] == 'fresh'
    assert house.metric('outrider_recovery_proof_level') >= 3
    assert house.snapshot()['drill_counts']['proven'] == 1
    assert house.check('drill')[0] == 0
    code, line = house.check('all', '--require', 'age<24h')
    assert code in (0, 1), line
    assert 'proven' in house.page() and 'last proven' in house.page()
    assert not list(house.scratch.glob('*/PG_VERSION')) and not (house.scratch / 'data').exists()


def test_a_drill_is_held_to_its_bandwidth(house):
    rate = 4 << 20
    size = int(house.cluster.sql('select sum(pg_database_size(oid)) from pg_database'))
    house.write(drill={'checks': ['canary'], 'most_bytes_per_second': '4MiB'})
    done = house.run('drill', '--output', 'json', timeout=180)
    record = json.loads(done.stdout.strip().splitlines()[-1])
    assert done.returncode == 0, record
    took = next(phase['seconds'] for phase in record['phases'] if phase['name'] == 'fetch')
    print(f'{size} bytes in {took} s')
    # What it writes after the last look is not waited for.
    assert took >= size / 2 / rate, (size, took)


def test_snapshots_are_shown_as_one_more_way_back_and_never_as_the_main_one(house):
    list_of = write(house.cluster.folder / 'snapshots.json', json.dumps({'DBSnapshots': [
        {'DBSnapshotIdentifier': 'rds:school', 'SnapshotCreateTime': '2026-11-20T03:10:41.112000+00:00', 'Status': 'available'}]}))
    pgbackrest = house.recovery()['catalogs'][0]
    house.write(catalogs=[{'snapshots': {'name': 'rds-school', 'command': ['cat', str(list_of)]}}, pgbackrest])
    house.start()
    exposure = wait_until(lambda: (lambda seen: seen if len(seen.get('paths', [])) == 2 and seen['inferred'].get('seconds') is not None else None)(
        house.snapshot().get('exposure') or {}), 30, 'both ways back')
    snapshot, archive = exposure['paths']
    assert (snapshot['kind'], snapshot['usable'], archive['kind']) == ('snapshot', True, 'archive'), exposure['paths']
    assert snapshot['claimed']['level'] == 'L0 claimed' and snapshot['claimed']['seconds'] > 86400 and snapshot['inferred'].get('seconds') is None, snapshot
    assert exposure['inferred']['seconds'] < 3600, 'the archive is the main way'
    assert 'snapshots rds-school' in house.page()
    done = house.run('drill', '--catalog', 'pgbackrest', timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    write(list_of, 'An error occurred (ExpiredToken) when calling the DescribeDBSnapshots operation')
    wait_until(lambda: 'snapshots rds-school cannot be read' in house.page(), 30, 'what is wrong with the list')


def test_a_new_backup_is_drilled_by_itself_and_what_would_expire_is_foreseen(house):
    house.write(drill={'after_backup': 'any', 'checks': ['canary'], 'lease': str(house.cluster.folder / 'lease')})
    house.start()
    wait_until(lambda: house.snapshot().get('drill_counts', {}).get('proven') == 1, 90, 'the drill of the backup that is there')
    drilled = house.snapshot()['drills'][-1]['set']
    assert drilled == house.cluster.sets()[-1]
    assert f'a backup has ended: no drill has found out about backup {drilled} yet' in next(house.state.rglob('audit.jsonl')).read_text()
    assert house.snapshot()['catalogs'][0]['retention'] == {'fulls': 9, 'differentials': None, 'days': None}
    # Once is enough. Then the tool is told to keep one only: the proven set goes with the next full backup.
    listed = house.snapshot()['catalogs'][0]['listed']
    house.cluster.write_pgbackrest(fulls=1)
    wait_until(lambda: 'the next expire takes' in json.dumps(house.snapshot()['catalogs'][0]['judgements']), 60, 'the warning')
    assert house.snapshot()['catalogs'][0]['listed'] > listed
    assert house.snapshot()['drill_counts']['proven'] == 1
    code, line = house.check('backup')
    assert code == 2 and drilled in line, line


# -- the archive


def test_a_hole_in_the_archive_is_told_and_mended(watched, record_property):
    house, cluster = watched, watched.cluster
    cluster.write_segments(3)
    victim = cluster.segments()[-2]
    wait_until(lambda: (house.snapshot()['catalogs'][0]['chain'].get('listed_to') or '') > '', what='a listing')
    kept = victim.read_bytes()
    victim.unlink()
    began = time.monotonic()
    name = victim.name.split('-')[0]
    house.wait_gate('archive', 2, ALARM_LIMIT + 5, name)
    since(began, 'a hole', record_property)
    told_everywhere(house, name)
    assert house.metric('outrider_recovery_archive_gaps') >= 1
    databases.write(victim, '')
    victim.write_bytes(kept)
    house.wait_gate('archive', 0, 30)
    assert house.critical() == 0
    assert any(sentence.startswith('over: ') and name in sentence for sentence in house.timeline())


@pytest.mark.parametrize('how', ['/bin/true', 'a script that stores nothing'])
def test_an_archiver_that_lies_is_told(watched, how, record_property):
    house, cluster = watched, watched.cluster
    command = how if how.startswith('/') else f'{cluster.script("liar.sh", "exit 0")} %p'
    cluster.archive_with(command)
    cluster.switch()
    began = time.monotonic()  # now the archiver says so
    words = 'says yes' if how == '/bin/true' else 'the archiver says that all WAL up to'
    house.wait_gate('archive', 2, ALARM_LIMIT + 5, words)
    since(began, f'{how} lies', record_property)
    told_everywhere(house, words)
    # What was thrown away stays a hole until there is a newer backup.
    cluster.archive_with(cluster.push)
    cluster.backrest('--type=full', 'backup')
    cluster.switch()
    house.wait_gate('archive', 1, 40, 'newer backups do not need it')
    assert house.critical() == 0


def test_an_archiver_that_hangs_is_told_though_it_counts_no_failure(watched, record_property):
    house, cluster = watched, watched.cluster
    command = cluster.script('hang.sh', 'echo $$ >> ' + str(cluster.folder / 'hung') + '\nexec sleep 999')
    failed = cluster.archiver()[1]
    cluster.archive_with(f'{command} %p')
    cluster.switch(wait=False)
    wait_until(lambda: (cluster.folder / 'hung').exists(), what='the hanging command')
    began = time.monotonic()
    house.wait_gate('archive', 2, 90, 'stands still')
    since(began, 'an archiver that hangs', record_property)
    assert cluster.archiver()[1] == failed
    told_everywhere(house, 'stands still')
    assert house.metric('outrider_recovery_archiver_stalled') == 1
    cluster.sql(f"alter system set archive_command = '{cluster.push}'", 'select pg_reload_conf()')
    for pid in (cluster.folder / 'hung').read_text().split():
        if alive(int(pid)):
            os.kill(int(pid), signal.SIGKILL)
    house.wait_gate('archive', 0, 30)


def test_an_archiver_that_fails_is_told(watched, record_property):
    house, cluster = watched, watched.cluster
    cluster.archive_with(f'{cluster.script("fail.sh", "exit 3")} %p')
    cluster.switch(wait=False)
    began = time.monotonic()
    house.wait_gate('archive', 2, 90, 'fails')
    since(began, 'an archiver that fails', record_property)
    told_everywhere(house, 'archiving of')
    cluster.archive_with(cluster.push)
    house.wait_gate('archive', 0, 90)


# -- the database


def test_a_database_that_is_down_is_unknown_and_comes_back(watched):
    house, cluster = watched, watched.cluster
    cluster.stop('fast')
    told = wait_until(lambda: house.snapshot()['server_trouble'], 10, 'the trouble')
    assert 'cannot connect' in told, told
    code, line = house.check('all')
    assert code != 0, line
    assert 'the database cannot be looked at' in house.page()
    cluster.start()
    wait_until(lambda: house.snapshot()['server_trouble'] == '', 20, 'the end of the trouble')
    house.wait_gate('rpo', 0, 20)
    assert alive(house.agent.pid)


def test_a_database_that_hangs_is_unknown_and_comes_back(watched):
    house, cluster = watched, watched.cluster
    backends = [int(pid) for pid in cluster.sql('select pid from pg_stat_activity where application_name = $$outrider$$').split()]
    pids = [cluster.postmaster(), *backends]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        wait_until(lambda: house.snapshot()['server_trouble'], 15, 'the trouble')
        assert house.status() is not None
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
    wait_until(lambda: house.snapshot()['server_trouble'] == '', 20, 'the end of the trouble')


def test_a_database_that_was_put_back_is_told(watched):
    house, cluster = watched, watched.cluster
    wait_until(lambda: int(cluster.sql('select count(*) from outrider.canary')) >= 3, what='three canaries')
    cluster.put_back()
    line = house.wait_gate('rpo', 2, 30, 'had been acknowledged and are gone')
    assert 'canaries 1 to ' in line, line
    assert any('had been acknowledged and are gone' in sentence for sentence in house.timeline())
    assert 'had been acknowledged and are gone' in house.page()


WRONG = {
    'dsn': (lambda w: {'postgres': {'dsn': 'host=/nowhere user=outrider dbname=postgres'}}, 'connect'),
    'role': (lambda w: {'postgres': {'dsn': w.cluster.dsn('nobody')}}, 'nobody'),
    'stanza': (lambda w: {'catalogs': [{'pgbackrest': {'stanza': 'other', 'config': str(w.cluster.conf)}}]}, 'other'),
    'tool': (lambda w: {'catalogs': [{'pgbackrest': {'stanza': 'main', 'command': '/nowhere/pgbackrest'}}]}, '/nowhere/pgbackrest'),
    'repository': (lambda w: {}, 'repo'),
}


@pytest.mark.parametrize('what', WRONG)
def test_what_cannot_be_read_is_unknown_with_a_sentence(house, what):
    more, words = WRONG[what]
    if what == 'repository':
        os.chmod(house.cluster.repo, 0)
    house.write(**more(house))
    house.start()
    check = 'rpo' if what in ('dsn', 'role') else 'backup'
    line = house.wait_gate(check, 3, 15, words)
    assert house.check('all')[0] in (2, 3), line
    code, text = house.check('all', '--output', 'json')
    assert words in text and 'hint' in text
    assert alive(house.agent.pid)
    if what == 'repository':
        os.chmod(house.cluster.repo, 0o750)
        house.wait_gate('backup', 0, 20)


# -- the agent


def test_a_reload_adds_changes_and_removes_the_watch(house):
    house.write(recovery=False)
    house.start()
    assert house.cluster.sessions() == 0 and house.metric('outrider_recovery_rpo_objective_seconds') is None

    def reload(*words, **more):
        house.write(**more)
        done = house.run('reload', '--reason', 'a story')
        assert done.returncode == 0 and all(word in done.stdout for word in words), done.stdout + done.stderr
    reload('recovery')
    house.wait_known()
    assert house.metric('outrider_recovery_rpo_objective_seconds') == 3600
    reload('recovery', objectives={'rpo': '2h'})
    wait_until(lambda: house.metric('outrider_recovery_rpo_objective_seconds') == 7200, what='the new objective')
    house.wait_known()
    wait_until(lambda: house.cluster.sessions() == 1, what='one connection')
    reload('recovery', recovery=False)
    wait_until(lambda: house.cluster.sessions() == 0, what='the end of the connection')
    assert house.metric('outrider_recovery_rpo_objective_seconds') is None
    assert house.check('rpo')[0] == 3 and 'Recovery of' not in house.page()
    reload('recovery')
    house.wait_known()
    assert house.critical() == 0, 'its own canaries are no contradiction'


def test_sigterm_in_the_middle_of_a_drill_by_the_clock_leaves_nothing(house):
    slow = {'sql': 'select pg_sleep(100) is not null'}
    house.write(drill={'at': time.strftime('%H:%M', time.gmtime(time.time() + 60)), 'checks': ['canary', slow]})
    house.start()
    house.wait_known()
    wait_until(lambda: list(house.scratch.rglob('postmaster.pid')), 100, 'a drill by the clock')
    wait_until(lambda: [line for line in processes_of(house.scratch) if 'SELECT' in line], 60, 'the slow question')
    assert house.check('rpo')[0] == 0, 'it answers while it drills'
    refused = house.run('drill')
    assert refused.returncode == 3 and 'another one is under way' in refused.stderr, refused.stdout + refused.stderr
    began = time.monotonic()
    assert house.stop(limit=20) == 0
    assert time.monotonic() - began < 10
    assert processes_of(house.scratch) == []
    assert {path.name for path in house.scratch.iterdir()} <= {'.outrider-drill'}, 'but for the sign that it is a ground of ours'
    assert house.run('audit', 'verify').returncode == 0
    house.start()
    house.wait_known()


def test_sigterm_ends_the_watch_at_once(watched):
    began = time.monotonic()
    assert watched.stop() == 0
    assert time.monotonic() - began < 3
    wait_until(lambda: watched.cluster.sessions() == 0, what='the end of the connection')
