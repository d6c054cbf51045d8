"""Who is told, whatever happens meanwhile: kill -9 of the agent, limits of the other side, restarts; and who may command."""
import json
import random
import signal
import socket
import time

import pytest

from house import get, wait_until
from ports import free_port
from test_notifications import configure
from test_rights import new_token, post


def kill(house):
    house.agent.send_signal(signal.SIGKILL)
    house.agent.wait()


ALERT = 'ProbeFailing/database'


class Database:
    """What the service depends on. It is down until it is told to listen, however often the agent starts anew."""

    def __init__(self):
        self.port = free_port()
        self.socket = None

    def probes(self):
        return {'database': {'tcp': f'127.0.0.1:{self.port}', 'every': '200ms', 'timeout': '150ms', 'fail_after': 2, 'heal_after': 1,
                             'dependency': True}}

    def listen(self):
        self.socket = socket.create_server(('127.0.0.1', self.port), backlog=1000)

    def close(self):
        if self.socket:
            self.socket.close()


@pytest.fixture
def database():
    made = Database()
    yield made
    made.close()


def about(hook, name='ProbeFailing'):
    return [body for body in hook.bodies() if body['name'] == name]


@pytest.mark.parametrize('seed', [1, 2, 3])
def test_killed_again_and_again_all_are_told_and_no_message_is_taken_twice_but_for_a_kill(house, people, database, seed):
    dice = random.Random(seed)

    def answer(request):
        chance = dice.random()
        time.sleep(dice.uniform(0, 0.05))
        if chance < 0.25:
            return 503, {}, 'not now'
        return None if chance < 0.4 else (200, {}, 'ok')  # None: it was heard, and the word that it was is lost
    hook = people(answer)
    configure(house, {'webhook': {'url': hook.url}}, probes=database.probes())
    house.start()
    kills = 5
    for _ in range(kills):
        time.sleep(dice.uniform(0.2, 1.5))
        kill(house)
        house.start(ready=False)
    taken = lambda: [r for r in list(hook.heard) if r.get('status') == 200]
    stages = lambda stage: [b for b in map(lambda r: json.loads(r['body']), taken()) if (b['name'], b['stage']) == ('ProbeFailing', stage)]
    told = wait_until(lambda: stages('firing'), 60, 'the alert')
    database.listen()
    ended = wait_until(lambda: stages('resolved'), 60, 'its end')
    assert {b['alert'] for b in told + ended} == {told[0]['alert']}, 'one alert, however often the agent was killed'
    wait_until(lambda: house.metric('outrider_alert_waiting_messages', notifier='webhook') == 0, 60, 'an empty outbox')
    ids = [r['headers']['webhook-id'] for r in taken()]
    assert len(ids) - len(set(ids)) <= kills, 'what was taken comes again only when a kill came before it was written down'


def test_silences_and_acknowledgements_outlive_the_agent(house, people, database):
    hook = people()
    configure(house, {'webhook': {'url': hook.url}}, probes=database.probes())
    house.start()
    at = ['-c', str(house.config)]
    assert house.run('alert', 'silence', 'ScrapeFailing/*', '--for', '2h', '--reason', 'moving', *at).returncode == 0
    wait_until(lambda: about(hook), 20, 'a message')
    assert house.run('alert', 'ack', ALERT, '--reason', 'I look', *at).returncode == 0
    wait_until(lambda: [b for b in about(hook) if b['stage'] == 'acknowledged'], 20, 'the word that somebody looks')
    for end in (kill, lambda one: one.stop()):
        end(house)
        house.start()
        listed = wait_until(lambda: (lambda text: text if ALERT in text else None)(house.run('alert', 'list', *at).stdout), 10, 'the list')
        assert 'acknowledged' in listed and 'moving' in listed, listed
        time.sleep(1.5)  # looks once a second
    assert 'I look' in house.run('alert', 'list', *at).stdout
    assert len([b for b in about(hook) if b['stage'] == 'firing']) == 1, 'nobody is told again by a restart'
    silence = json.loads(house.run('alert', 'list', '--output', 'json', *at).stdout)['silences'][0]['id']
    assert house.run('alert', 'unsilence', silence, '--reason', 'moved', *at).returncode == 0
    kill(house)
    house.start()
    assert json.loads(house.run('alert', 'list', '--output', 'json', *at).stdout)['silences'] == []


@pytest.mark.parametrize('kind', ['slack', 'telegram'])
def test_who_asks_to_be_left_alone_is_left_alone(house, people, database, tmp_path, kind):
    left = [1]

    def answer(request):
        if left[0] > 0:
            left[0] -= 1
            if kind == 'slack':
                return 429, {'Retry-After': '4'}, '{"ok":false,"error":"ratelimited"}'
            return 429, {}, json.dumps({'ok': False, 'error_code': 429, 'description': 'Too Many Requests: retry after 4',
                                        'parameters': {'retry_after': 4}})
        return 200, {}, json.dumps({'ok': True, 'channel': 'C1', 'ts': '1.2', 'result': {'message_id': 7}})
    chat = people(answer)
    (tmp_path / 'token').write_text('123:s3cr3t-s3cr3t\n' if kind == 'telegram' else 'xoxb-s3cr3t-s3cr3t\n')
    token = {'file': str(tmp_path / 'token')}
    how = {'slack': {'token': token, 'channel': '#alerts', 'api': chat.url}, 'telegram': {'token': token, 'chat': '-1', 'api': chat.url}}
    configure(house, {kind: how[kind]}, probes=database.probes())
    house.start()
    wait_until(lambda: len(chat.heard) >= 1, 20, 'the first attempt')
    said = wait_until(lambda: [n for n in (house.status().get('alerts') or {}).get('notifiers', []) if n['trouble']], 3, 'its trouble')
    assert 'left alone for 4' in said[0]['trouble'], said
    wait_until(lambda: len(chat.heard) >= 2, 20, 'the second attempt')
    assert chat.heard[1]['at'] - chat.heard[0]['at'] >= 3.9
    wait_until(lambda: house.metric('outrider_alert_notifier_failing', notifier=kind) == 0, 5, 'the delivery')
    assert 's3cr3t' not in house.said() + json.dumps(house.status())


def test_what_the_other_side_reads_back_shows_no_secret(house, people, database):
    hook = people(lambda request: (404, {}, f'Cannot POST {request["path"]}'))
    secret = 'T012345678/B012345678/s3cr3ts3cr3ts3cr3t'
    configure(house, {'webhook': {'url': f'{hook.url}/services/{secret}'}}, probes=database.probes())
    house.start()
    wait_until(lambda: house.metric('outrider_alert_notifier_failing', notifier='webhook') == 1, 20, 'its failure')
    said = house.run('notify', '--test', '-c', str(house.config)).stderr + house.run('status', '-c', str(house.config)).stdout
    assert 'Cannot POST' in said and 's3cr3t' not in said, said
    everywhere = house.said() + json.dumps(house.status()) + (house.state / 'audit/audit.jsonl').read_text()
    assert 's3cr3t' not in everywhere and 'T012345678' not in everywhere


def test_the_dead_mans_switch_is_held_only_while_the_agent_lives(house, people, database):
    hook, chat = people(), people()
    configure(house, {'webhook': [{'name': 'beats', 'url': hook.url, 'only_heartbeats': True}, {'name': 'chat', 'url': chat.url}],
                      'heartbeat': {'every': '1s', 'to': ['beats']}}, probes=database.probes())
    house.start()
    wait_until(lambda: len(about(hook, 'Watchdog')) >= 3 and about(chat), 20, 'three beats, and an alert for the others')
    assert {body['name'] for body in hook.bodies()} == {'Watchdog'}, 'who takes all for a beat hears of nothing else'
    assert house.metric('outrider_alert_heartbeats_total', result='delivered') >= 2
    kill(house)
    time.sleep(0.2)
    before = len(hook.heard)
    time.sleep(2.5)
    assert len(hook.heard) == before, 'nobody speaks for the dead'
    house.start()
    wait_until(lambda: len(hook.heard) > before, 10, 'the next beat')


def test_a_reload_changes_who_is_told_and_forgets_nothing(house, people, database):
    first, second = people(), people()
    configure(house, {'webhook': {'name': 'first', 'url': first.url}}, probes=database.probes())
    house.start()
    told = wait_until(lambda: about(first), 20, 'a message')
    configure(house, {'webhook': [{'name': 'first', 'url': first.url}, {'name': 'second', 'url': second.url}]}, probes=database.probes())
    at = ['-c', str(house.config)]
    done = house.run('reload', '--reason', 'one more', *at)
    assert done.returncode == 0 and 'notify' in done.stdout, done.stdout + done.stderr
    assert house.run('notify', '--test', 'second', *at).returncode == 0
    database.listen()
    ended = wait_until(lambda: [b for b in about(first) if b['stage'] == 'resolved'], 20, 'its end')
    assert ended[0]['alert'] == told[0]['alert']
    assert len([b for b in about(first) if b['stage'] == 'firing']) == 1, 'nobody is told again by a reload'
    written = json.loads(house.config.read_text())
    del written['notify']
    house.config.write_text(json.dumps(written))
    assert house.run('reload', '--reason', 'nobody', *at).returncode == 0
    assert house.status()['alerts'] is None and house.metric('outrider_alert_waiting_messages', notifier='first') is None
    assert house.run('alert', 'list', *at).returncode == 3


def test_a_viewer_sees_alerts_and_a_responder_acknowledges_them(house, people, database):
    viewer, viewer_hash = new_token('school', 'viewer')
    responder, responder_hash = new_token('pager', 'responder')
    robot, robot_hash = new_token('robot', 'operator')
    hook = people()
    configure(house, {'webhook': {'url': hook.url}}, probes=database.probes())
    written = json.loads(house.config.read_text())
    written['api']['people'] = {'school': {'role': 'viewer', 'token_sha256': viewer_hash},
                                'pager': {'role': 'responder', 'token_sha256': responder_hash},
                                'robot': {'role': 'operator', 'token_sha256': robot_hash, 'only': ['notify']}}
    house.config.write_text(json.dumps(written))
    house.start()
    wait_until(lambda: about(hook), 20, 'a message')
    ack = '/api/v1/alerts/ack?target=ProbeFailing/database'
    assert post(house, ack, None)[0] == 401
    assert post(house, ack, viewer)[0] == 403
    assert post(house, ack, robot)[0] == 403, 'its token is for test messages'
    assert post(house, '/api/v1/notify/test', robot)[0] == 200
    assert post(house, '/api/v1/notify/test', viewer)[0] == 403
    assert post(house, ack, responder)[0] == 200
    lines = (house.state / 'audit/audit.jsonl').read_text()
    assert 'operator pager (token)' in lines and 'acknowledge' in lines
    assert get(house.api_port, '/api/v1/alerts', headers={'Authorization': f'Bearer {viewer}'})[0] == 200
