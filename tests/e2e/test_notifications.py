"""Who is told what: the built agent, a service that is broken, and the people who must hear of it."""
import email
import email.policy
import json
import shutil
import signal
import time
import urllib.request

import pytest

from house import wait_until
from people import Mail, slack_api
from ports import free_port


def configure(house, notify, **more):
    house.write(extra={'notify': {'resolve_after': '1s', **notify}}, **more)


def stages(of, name='ServiceDown'):
    return [(body['stage'], body['severity']) for body in of.bodies() if body['name'] == name]


def test_a_crash_that_is_mended_is_one_message_that_turns_green(house, people, tmp_path):
    slack = people(slack_api(limits=2))
    (tmp_path / 'token').write_text('xoxb-s3cr3t\n')
    configure(house, {'slack': {'token': {'file': str(tmp_path / 'token')}, 'channel': '#alerts', 'api': slack.url + '/api'}})
    house.start()
    house.wait_healthy()
    first = house.pid()
    house.break_service('crash')
    house.wait_healthy(not_pid=first)
    posted = wait_until(lambda: [b for b in slack.bodies('/api/chat.postMessage') if 'thread_ts' not in b], 20, 'a message')
    updates = wait_until(lambda: [b for b in slack.bodies('/api/chat.update') if b['text'].startswith('resolved')], 60, 'its end')
    told = [b for b in slack.bodies('/api/chat.postMessage') if 'thread_ts' not in b]
    assert len({b['metadata']['event_payload']['alert'] for b in told}) == 1, 'one message an alert'
    first = next(json.loads(r['answer'])['ts'] for r in slack.heard if r['status'] == 200)
    assert {b['ts'] for b in updates} == {first}, 'it is changed in place'
    wait_until(lambda: any(b['text'].startswith('resolved') for b in slack.bodies('/api/chat.postMessage')), 20, 'its end in the thread')
    below = [b for b in slack.bodies('/api/chat.postMessage') if 'thread_ts' in b]
    assert {b['thread_ts'] for b in below} == {first}, 'and what changed stands in its thread'
    assert updates[0]['attachments'][0]['color'] == '#17663a'
    assert 'was restarted' in json.dumps(posted + updates) or 'is down' in json.dumps(posted + updates)
    assert 'is started again' in json.dumps(updates), 'what was done is told'
    assert all(r['headers']['authorization'] == 'Bearer xoxb-s3cr3t' for r in slack.heard)
    shown = house.said() + json.dumps(house.status())
    assert 's3cr3t' not in shown


def test_killed_between_decision_and_delivery_it_is_told_all_the_same_and_known_again(house, people):
    hook = people(lambda request: (503, {}, 'not now'))
    configure(house, {'webhook': {'url': hook.url}}, restart={'dry_run': True})
    house.start()
    house.wait_healthy()
    house.break_service('sick')
    tried = wait_until(lambda: [r for r in hook.heard if 'ServiceDown' in r['body']], 20, 'an attempt')
    house.agent.send_signal(signal.SIGKILL)
    house.agent.wait()
    before = len(hook.heard)
    hook.answer = lambda request: (200, {}, 'ok')
    house.start()
    arrived = wait_until(lambda: [r for r in hook.heard[before:] if r['headers']['webhook-id'] == tried[0]['headers']['webhook-id']
                                  or json.loads(r['body'])['alert'] == json.loads(tried[0]['body'])['alert']], 20, 'the message')
    assert json.loads(arrived[0]['body'])['alert'] == json.loads(tried[0]['body'])['alert']


def test_cut_off_after_it_was_taken_it_comes_again_under_the_same_id(house, people):
    cut = [2]

    def answer(request):
        if cut[0] > 0:
            cut[0] -= 1
            return None
        return 200, {}, 'ok'
    hook = people(answer)
    configure(house, {'webhook': {'url': hook.url}}, restart={'dry_run': True})
    house.start()
    house.wait_healthy()
    house.break_service('sick')
    wait_until(lambda: len(hook.heard) >= 3, 20, 'the third attempt')
    assert len({r['headers']['webhook-id'] for r in hook.heard[:3]}) == 1
    assert hook.heard[0]['body'] == hook.heard[2]['body']


def test_a_dead_notifier_delays_no_other_and_is_told_of(house, people):
    mute = people(lambda request: (time.sleep(30), (200, {}, ''))[1])
    hook = people()
    configure(house, {'webhook': [{'name': 'dead', 'url': mute.url, 'timeout': '1s'}, {'name': 'well', 'url': hook.url}]},
              restart={'dry_run': True})
    house.start()
    house.wait_healthy()
    house.break_service('sick')
    began = time.monotonic()
    wait_until(lambda: stages(hook), 10, 'a message by the other')
    assert time.monotonic() - began < 10
    wait_until(lambda: house.metric('outrider_alert_notifier_failing', notifier='dead') == 1, 10, 'the metric')
    assert house.metric('outrider_alert_notifier_failing', notifier='well') == 0
    assert any('notification failed' in sentence for sentence in house.timeline())
    said = house.run('status', '-c', str(house.config))
    assert 'people are not reached by dead' in said.stdout


def test_acknowledged_silenced_and_told_by_the_command_line(house, people):
    hook = people()
    configure(house, {'webhook': {'url': hook.url}}, restart={'dry_run': True})
    house.start()
    house.wait_healthy()
    at = ['-c', str(house.config)]
    wait_until(lambda: house.run('alert', 'list', *at).stdout == 'no alerts\n', 5, 'the next look')
    house.break_service('sick')
    wait_until(lambda: stages(hook), 20, 'a message')
    listed = house.run('alert', 'list', *at)
    assert listed.returncode == 2 and 'ServiceDown/notation-api' in listed.stdout
    done = house.run('alert', 'ack', 'ServiceDown/*', '--reason', 'I look', *at)
    assert done.returncode == 0, done.stderr
    wait_until(lambda: 'acknowledged' in [stage for stage, _ in stages(hook)], 10, 'the acknowledgement')
    assert house.run('alert', 'silence', '*', '--reason', 'x', *at).returncode == 64, 'a silence must end'
    done = house.run('alert', 'silence', 'RestartBudgetSpent/*', '--for', '2h', '--reason', 'known', *at)
    assert done.returncode == 0, done.stderr
    assert 'known' in house.run('alert', 'list', *at).stdout
    journal = house.run('audit', 'show', *at).stdout
    assert 'acknowledge' in journal and 'silence for 2h' in journal


def test_a_test_message_says_what_came_of_it(house, people):
    good, bad = people(), people(lambda request: (404, {}, 'no_service'))
    configure(house, {'webhook': [{'name': 'good', 'url': good.url}, {'name': 'bad', 'url': bad.url + '/s3cr3t'}]})
    at = ['-c', str(house.config)]
    alone = house.run('notify', '--test', 'good', '--here', *at)
    assert alone.returncode == 0 and alone.stdout.startswith('✓ good'), alone.stderr
    assert house.run('notify', '--test', *at).returncode == 3, 'no agent'
    house.start()
    done = house.run('notify', '--test', *at)
    assert done.returncode == 2, done.stderr
    assert '✓ good' in done.stderr and 'no_service' in done.stderr and 's3cr3t' not in done.stderr
    assert house.run('notify', '--test', 'good', *at).returncode == 0
    assert [body['stage'] for body in good.bodies()] == ['test'] * 3


def test_a_mail_goes_over_starttls(house, tmp_path):
    mail = Mail(tmp_path)
    try:
        (tmp_path / 'word').write_text('s3cr3t')
        configure(house, {'email': {'server': f'localhost:{mail.port}', 'user': 'outrider', 'password': {'file': str(tmp_path / 'word')},
                                    'from': 'outrider@school.example', 'to': ['ops@school.example'],
                                    'tls': {'authority': str(mail.certificate)}}})
        done = house.run('notify', '--test', '--here', '-c', str(house.config))
        assert done.returncode == 0, done.stderr
        letter = email.message_from_string(mail.mails[0].removesuffix('.\r\n'), policy=email.policy.default)
        assert letter['To'] == 'ops@school.example' and letter['Subject'].startswith('[notation-api] test: ')
        assert 'no one has to do anything' in letter.get_content()
        assert all(secure for secure, line in mail.lines if line.startswith(('AUTH', 'MAIL', 'RCPT')))
    finally:
        mail.close()


@pytest.fixture
def alertmanager(tmp_path):
    program = shutil.which('prometheus-alertmanager') or shutil.which('alertmanager')
    if program is None:
        pytest.skip('alertmanager is not installed: Debian package prometheus-alertmanager')
    port = free_port()
    (tmp_path / 'am.yaml').write_text('route: {receiver: none, group_by: [service]}\nreceivers: [{name: none}]\n')
    yield [program, f'--config.file={tmp_path}/am.yaml', f'--storage.path={tmp_path}/am', '--cluster.listen-address=',
           f'--web.listen-address=127.0.0.1:{port}'], f'http://127.0.0.1:{port}'


def ask(url):
    try:
        with urllib.request.urlopen(url, timeout=3) as answer:
            return json.load(answer)
    except (OSError, ValueError):
        return None


def test_a_real_alertmanager_groups_and_resolves_what_it_is_told(house, alertmanager):
    command, url = alertmanager
    house.spawn(command, stderr=open(house.folder / 'am.log', 'wb'))
    wait_until(lambda: ask(url + '/api/v2/status'), 20, 'Alertmanager')
    configure(house, {'alertmanager': {'urls': [url], 'lasts': '15s'}, 'heartbeat': {'every': '1s', 'to': ['alertmanager']}},
              restart={'dry_run': True})
    house.start()
    house.wait_healthy()
    firing = url + '/api/v2/alerts?active=true&filter=alertname%3D%22ServiceDown%22'
    house.break_service('sick')
    alert = wait_until(lambda: ask(firing), 30, 'the alert')[0]
    assert alert['labels']['service'] == 'notation-api' and alert['labels']['severity'] == 'critical'
    groups = ask(url + '/api/v2/alerts/groups')
    assert [group['labels'] for group in groups] == [{'service': 'notation-api'}]
    assert 'Watchdog' in {a['labels']['alertname'] for group in groups for a in group['alerts']}
    time.sleep(17)  # longer than it believes an alert of which it does not hear: it must be told again meanwhile
    assert ask(firing), 'it was told again before it forgot'
    assert house.run('restart', '--reason', 'mended', '-c', str(house.config)).returncode == 0
    wait_until(lambda: ask(firing) == [], 30, 'its end')
