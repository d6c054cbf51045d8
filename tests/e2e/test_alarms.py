"""Alarm drills: each fault is feigned, each alarm must fire, and a notification must arrive. Real PostgreSQL and pgBackRest, real
Prometheus and Alertmanager of Debian, and a receiver that counts what comes."""
import contextlib
import http.server
import json
import shutil
import subprocess
import threading

import pytest

import database as databases
from database import Watcher, processes_of
from house import ROOT, get, wait_until
from ports import free_port

HEARD = ['lost_segment', 'damaged_segment', 'lying_archiver', 'hung_archiver', 'failing_archiver', 'standing_archive']
RESTORED = ['replay_hole', 'zeroed_page']


class Receiver:
    """On-call's telephone: answers with `status` and keeps what was said."""

    def __init__(self, status=200):
        self.said = said = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                said.append(json.loads(self.rfile.read(int(self.headers['Content-Length']))))
                self.send_response(status)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def drills(self):
        """The labels of the drill alerts that arrived."""
        return [alert['labels'] for message in self.said for alert in message['alerts'] if alert['labels']['alertname'] == 'OutriderAlarmDrill']

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@contextlib.contextmanager
def monitoring(folder, agent_port, receiver, rules=True):
    """(prometheus, alertmanager): their addresses, while they run."""
    for program in ('prometheus', 'prometheus-alertmanager'):
        if shutil.which(program) is None:
            pytest.skip(f'{program} is missing: ./dev deps, or apt install {program}')
    folder.mkdir()
    prometheus, alertmanager = free_port(), free_port()
    (folder / 'alertmanager.yml').write_text(json.dumps({
        'route': {'receiver': 'nobody', 'group_wait': '0s', 'group_interval': '1s', 'repeat_interval': '1h', 'group_by': ['alertname'],
                  'routes': [{'receiver': 'on-call', 'matchers': ['alertname="OutriderAlarmDrill"']}]},
        'receivers': [{'name': 'nobody'}, {'name': 'on-call', 'webhook_configs': [{'url': f'http://127.0.0.1:{receiver.port}/'}]}]}))
    (folder / 'prometheus.yml').write_text(json.dumps({
        'global': {'scrape_interval': '1s', 'evaluation_interval': '1s'},
        'rule_files': [str(ROOT / 'alerts/outrider.rules.yaml')] if rules else [],
        'alerting': {'alertmanagers': [{'static_configs': [{'targets': [f'127.0.0.1:{alertmanager}']}]}]},
        'scrape_configs': [{'job_name': 'outrider', 'honor_labels': True, 'static_configs': [{'targets': [f'127.0.0.1:{agent_port}']}]}]}))
    commands = [['prometheus-alertmanager', f'--config.file={folder}/alertmanager.yml', f'--storage.path={folder}/am', '--cluster.listen-address=',
                 f'--web.listen-address=127.0.0.1:{alertmanager}'],
                ['prometheus', f'--config.file={folder}/prometheus.yml', f'--storage.tsdb.path={folder}/tsdb',
                 f'--web.listen-address=127.0.0.1:{prometheus}']]
    with open(folder / 'log', 'wb') as log:
        processes = [subprocess.Popen(command, stdout=log, stderr=log, cwd=folder) for command in commands]
    try:
        for port in (prometheus, alertmanager):
            wait_until(lambda port=port: (get(port, '/-/ready') or (0,))[0] == 200, 30, 'readiness of Prometheus and Alertmanager')
        yield f'http://127.0.0.1:{prometheus}', f'http://127.0.0.1:{alertmanager}'
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(20)


@pytest.fixture
def house(cluster):
    made = Watcher(cluster)
    yield made
    made.clean_up()
    assert processes_of(made.scratch) == []


@pytest.fixture
def receiver(request):
    made = Receiver(getattr(request, 'param', 200))
    yield made
    made.close()


def start(house, **alarms):
    house.write(alarms=alarms or None)
    house.start()
    house.wait_known()
    # What reads a row for the first time writes to its page; behind a checkpoint, that page is at rest.
    house.cluster.sql('select count(*) from notes', 'checkpoint')
    # Two segments behind the backup, and none of them on its way.
    house.cluster.write_segments(2)
    house.wait_known()
    wait_until(lambda: house.critical() == 0, 30, 'calm')


def drill(house, *words):
    """Exit code, record, and what was told on the way."""
    done = house.run('drill', '--alarms', '-o', 'json', *words, timeout=180)
    assert done.stdout.startswith('{'), f'{done.returncode}: {done.stdout} {done.stderr} {house.said()[-2000:]}'
    return done.returncode, json.loads(done.stdout), done.stderr


def findings(record):
    return {one['alarm']: one['finding'] for one in record['alarms']}


def sentence(record, name):
    return next(one['sentence'] for one in record['alarms'] if one['alarm'] == name)


def test_every_alarm_fires_and_the_notification_arrives(house, receiver, tmp_path):
    with monitoring(tmp_path / 'monitoring', house.metrics_port, receiver) as (prometheus, alertmanager):
        start(house, prometheus=prometheus, alertmanager=alertmanager, receiver='on-call', wait='60s')
        before, rows = house.cluster.archiver(), house.cluster.sql('select count(*) from notes')
        segments, sets = house.cluster.segments(), house.cluster.sets()
        code, record, told = drill(house)
        assert findings(record) == {name: 'proven' for name in [*HEARD, *RESTORED, 'notifier']}, json.dumps(record, indent=1)
        assert code == 0 and 'zeroed_page' in told and 'notifier' in told
        assert 'notes in postgres' in sentence(record, 'zeroed_page')
        assert [labels['drill'] for labels in receiver.drills()][:1] == [record['id']]
        assert receiver.drills()[0]['severity'] == 'none'

        # Nothing live was touched, and nothing was counted as a drill of a backup.
        assert house.cluster.segments()[:len(segments)] == segments and house.cluster.sets() == sets
        assert house.cluster.archiver()[1] == before[1]
        assert house.cluster.sql('select count(*) from notes') == rows
        assert house.snapshot()['drills'] == [] and house.metric('outrider_recovery_drills_total', finding='disproved') == 0
        assert house.critical() == 0
        assert not (house.state / 'recovery/verified-alarms').exists()

        # What was found is kept and shown; the drill's own alert ends with it.
        assert house.metric('outrider_recovery_alarm_drill') == 0 and house.metric('outrider_recovery_alarm_drill', drill=record['id']) is None
        assert house.metric('outrider_recovery_alarm_drill_proven', alarm='zeroed_page') == 1
        assert house.metric('outrider_recovery_alarm_drill_timestamp_seconds', alarm='notifier') > 0
        assert 'Alarms, drilled' in house.page() and 'Alarms, drilled' in house.run('status').stdout
        assert house.snapshot()['alarm_drill']['id'] == record['id']
        assert 'drill the alarms' in house.run('audit', 'show').stdout
    house.stop()
    house.start()
    wait_until(lambda: (house.snapshot().get('alarm_drill') or {}).get('id') == record['id'], 15, 'the record, read again')
    assert house.metric('outrider_recovery_alarm_drill_proven', alarm='notifier') == 1


@pytest.mark.parametrize('receiver', [500], indirect=True)
def test_a_receiver_that_is_broken_is_told(house, receiver, tmp_path):
    with monitoring(tmp_path / 'monitoring', house.metrics_port, receiver) as (prometheus, alertmanager):
        start(house, prometheus=prometheus, alertmanager=alertmanager, wait='20s')
        code, record, _ = drill(house, '--without-restore')
        assert code == 2 and findings(record) == {**{name: 'proven' for name in HEARD}, 'notifier': 'disproved'}, record
        assert 'tries to notify on-call by webhook failed' in sentence(record, 'notifier'), record
        assert receiver.drills(), 'it was tried'
        assert house.metric('outrider_recovery_alarm_drill_proven', alarm='notifier') == 0
        assert 'an alarm drill heard nothing of notifier' in house.page()


def test_rules_that_are_not_loaded_are_told(house, receiver, tmp_path):
    with monitoring(tmp_path / 'monitoring', house.metrics_port, receiver, rules=False) as (prometheus, alertmanager):
        start(house, prometheus=prometheus, alertmanager=alertmanager, wait='8s')
        code, record, _ = drill(house, '--without-restore')
        assert code == 2 and 'did not fire in Prometheus' in sentence(record, 'notifier')
        assert receiver.drills() == []


def test_without_a_notifier_that_half_is_unknown_and_can_be_left_out(house):
    start(house)
    code, record, _ = drill(house, '--without-restore')
    assert code == 3 and findings(record)['notifier'] == 'could not verify'
    assert 'recovery.alarms.prometheus' in sentence(record, 'notifier') and '--without-notifier' in sentence(record, 'notifier')
    done = house.run('drill', '--alarms', '--without-restore', '--without-notifier')
    assert done.returncode == 0 and done.stdout.startswith('PROVEN: 6 of 6 alarms'), done.stdout + done.stderr
    assert 'feigned:' in done.stdout


def test_a_fault_that_is_there_cannot_be_feigned_and_a_deaf_drill_is_told(house):
    start(house)
    house.write(drill={'checks': ['lengths']})
    assert house.run('reload', '--reason', 'a drill that asks too little').returncode == 0
    house.wait_known()
    code, record, _ = drill(house, '--without-notifier')
    assert code == 2 and findings(record)['zeroed_page'] == 'disproved', record
    assert 'does not fire' in sentence(record, 'zeroed_page')
    house.cluster.archive_with('/bin/true')
    house.cluster.switch()
    house.cluster.archive_with(house.cluster.push)
    house.cluster.switch()
    house.wait_gate('archive', 2, 40, 'missing')  # it and perhaps the one before, which archive_timeout may have ended just then
    code, record, _ = drill(house, '--without-notifier', '--without-restore')
    assert code == 3 and 'on already' in sentence(record, 'lost_segment'), record


def test_it_is_asked_of_an_agent_and_one_at_a_time(house):
    done = house.run('drill', '--alarms')
    assert done.returncode != 0
    start(house)
    done = house.run('drill', '--alarms', '--set', 'x')
    assert done.returncode == 64 and 'do not go together' in done.stderr
    first = house.spawn([*databases.PREFIX, str(databases.houses.OUTRIDER), 'drill', '--alarms', '--without-notifier', '-c', str(house.config)],
                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd='/')
    wait_until(lambda: json.loads(get(house.api_port, '/api/v1/recovery/alarms')[1])['running'], 10, 'an alarm drill')
    done = house.run('drill', '--alarms')
    assert done.returncode == 3 and 'under way' in done.stderr
    assert first.wait(120) == 0 and 'PROVEN: 8 of 8' in first.stdout.read()
    assert not (house.scratch / 'data').exists()
