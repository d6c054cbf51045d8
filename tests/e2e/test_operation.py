"""Reload, the service manager, log files: what runs every day."""
import json
import signal
import socket
import time

from house import get, wait_until
from ports import free_port


def test_a_reload_applies_what_changed_and_leaves_the_child_alone(house):
    settings = house.write()
    house.start()
    pid = house.wait_healthy()['pid']
    wait_until(lambda: house.status()['probes'][0]['asked_total'] > 5, what='some answers')
    asked = house.status()['probes'][0]['asked_total']
    counted = house.metric('outrider_probe_answers_total', probe='ready', standing='ok')
    settings['health']['probes']['port'] = {'tcp': f'127.0.0.1:{house.service_port}', 'every': '200ms', 'timeout': '100ms'}
    house.config.write_text(json.dumps(settings))
    done = house.run('reload', '-c', str(house.config), '--reason', 'a second probe')
    assert done.returncode == 0, done.stdout + done.stderr
    assert 'adds port; keeps ready' in done.stdout, done.stdout
    wait_until(lambda: {probe['name'] for probe in house.status()['probes']} == {'ready', 'port'}, what='the second probe')
    assert house.pid() == pid
    after = {probe['name']: probe for probe in house.status()['probes']}
    assert after['ready']['asked_total'] >= asked, 'the kept probe counts on'
    del settings['health']['probes']['port']
    house.config.write_text(json.dumps(settings))
    assert house.run('reload', '-c', str(house.config), '--reason', 'one is enough').returncode == 0
    wait_until(lambda: house.metric('outrider_config_reloads_total', result='applied') == 2, what='a fresh page')
    assert house.metric('outrider_probe_standing', probe='port') is None, 'its series went with it'
    assert house.metric('outrider_probe_answers_total', probe='ready', standing='ok') >= counted > 1


def test_sighup_reloads(house):
    settings = house.write()
    house.start()
    house.wait_healthy()
    settings['health']['probes']['port'] = {'tcp': f'127.0.0.1:{house.service_port}', 'every': '200ms', 'timeout': '100ms'}
    house.config.write_text(json.dumps(settings))
    house.agent.send_signal(signal.SIGHUP)
    wait_until(lambda: len(house.status()['probes']) == 2, what='the second probe')


def test_a_bad_reload_is_refused_and_the_old_stays(house):
    house.write()
    house.start()
    pid = house.wait_healthy()['pid']
    house.config.write_text('service: {name: notation-api}\nstait: /tmp\n')
    done = house.run('reload', '-c', str(house.config), '--agent', f'unix:{house.socket}', '--reason', 'a slip')
    assert done.returncode != 0
    assert 'stait' in done.stdout + done.stderr
    assert '\\n' not in done.stderr, 'lines, not escapes'
    assert house.wait_healthy()['pid'] == pid
    assert house.metric('outrider_config_reloads_total', result='refused') == 1
    assert house.metric('outrider_config_last_reload_successful') == 0


def test_a_reload_that_cannot_be_applied_is_rolled_back(house):
    settings = house.write()
    house.start()
    pid = house.wait_healthy()['pid']
    with socket.socket() as holder:
        taken = free_port()
        holder.bind(('127.0.0.1', taken))
        holder.listen()
        settings['metrics']['listen'] = f'127.0.0.1:{taken}'
        settings['health']['probes']['port'] = {'tcp': f'127.0.0.1:{house.service_port}', 'every': '1s', 'timeout': '100ms'}
        house.config.write_text(json.dumps(settings))
        done = house.run('reload', '-c', str(house.config), '--reason', 'a port that is taken')
    assert done.returncode != 0 and str(taken) in done.stdout + done.stderr
    assert get(house.metrics_port, '/metrics')[0] == 200, 'the old address still serves'
    assert {probe['name'] for probe in house.status()['probes']} == {'ready'}, 'all or nothing'
    assert house.wait_healthy()['pid'] == pid


def test_a_reload_moves_the_api_and_answers_over_the_old_address(house):
    settings = house.write()
    house.start()
    house.wait_healthy()
    before, house.api_port = house.api_port, free_port()
    settings['api']['listen'] = f'127.0.0.1:{house.api_port}'
    house.config.write_text(json.dumps(settings))
    done = house.run('reload', '--agent', f'unix:{house.socket}', '--reason', 'another port')
    assert done.returncode == 0, done.stdout + done.stderr
    assert get(house.api_port, '/livez')[0] == 200, 'it listens before it answers'
    wait_until(lambda: get(before, '/livez') is None, what='the end of the old listener')
    assert house.run('status', '--agent', f'unix:{house.socket}').returncode == 0, 'the socket is the same'


def test_an_api_address_that_is_taken_is_in_the_answer_and_nothing_changed(house):
    settings = house.write()
    house.start()
    house.wait_healthy()
    with socket.socket() as holder:
        taken = free_port()
        holder.bind(('127.0.0.1', taken))
        holder.listen()
        settings['api']['listen'] = f'127.0.0.1:{taken}'
        settings['log'] = {'level': 'debug'}
        house.config.write_text(json.dumps(settings))
        done = house.run('reload', '--agent', f'unix:{house.socket}', '--reason', 'a port that is taken')
    assert done.returncode != 0 and str(taken) in done.stdout + done.stderr, done.stdout + done.stderr
    assert get(house.api_port, '/readyz')[0] == 200, 'the old address still serves'
    assert house.run('status', '--agent', f'unix:{house.socket}').returncode == 0
    assert house.metric('outrider_config_last_reload_successful') == 0


def test_the_api_is_put_back_when_another_part_cannot_change(house):
    settings = house.write()
    house.start()
    house.wait_healthy()
    with socket.socket() as holder:
        taken, other = free_port(), free_port()
        holder.bind(('127.0.0.1', taken))
        holder.listen()
        settings['api']['listen'] = f'127.0.0.1:{other}'
        settings['metrics']['listen'] = f'127.0.0.1:{taken}'
        house.config.write_text(json.dumps(settings))
        done = house.run('reload', '--agent', f'unix:{house.socket}', '--reason', 'one port good, one taken')
    assert done.returncode != 0 and str(taken) in done.stdout + done.stderr, done.stdout + done.stderr
    assert get(house.api_port, '/readyz')[0] == 200, 'the old address still serves'
    wait_until(lambda: get(other, '/livez') is None, what='the end of the new listener')
    assert get(house.metrics_port, '/metrics')[0] == 200
    assert house.run('status', '--agent', f'unix:{house.socket}').returncode == 0
    assert house.socket.exists(), 'the socket file is still there'


class Manager:
    """The service manager's end of sd_notify."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.socket.settimeout(0.2)
        self.heard = []

    def listen(self):
        try:
            self.heard.append(self.socket.recv(4096).decode())
        except socket.timeout:
            pass
        return self.heard

    def count(self, word):
        return sum(message.count(word) for message in self.listen())


def test_the_service_manager_hears_ready_watchdog_and_stopping(house):
    house.write()
    path = house.folder / 'notify'
    manager = Manager(path)
    house.start(environment={'NOTIFY_SOCKET': str(path), 'WATCHDOG_USEC': '400000'})
    wait_until(lambda: manager.count('READY=1'), what='READY=1')
    wait_until(lambda: manager.count('WATCHDOG=1') >= 3, what='three WATCHDOG=1')
    assert any('STATUS=' in message for message in manager.heard)
    house.stop()
    wait_until(lambda: manager.count('STOPPING=1'), what='STOPPING=1')


def test_a_stopped_agent_feeds_no_watchdog(house):
    house.write()
    path = house.folder / 'notify'
    manager = Manager(path)
    house.start(environment={'NOTIFY_SOCKET': str(path), 'WATCHDOG_USEC': '300000'})
    wait_until(lambda: manager.count('WATCHDOG=1'), what='a WATCHDOG=1')
    house.agent.send_signal(signal.SIGSTOP)
    try:
        time.sleep(0.1)
        for _ in range(10):
            manager.listen()  # what was sent before it stopped
        before = manager.count('WATCHDOG=1')
        time.sleep(0.5)
        assert manager.count('WATCHDOG=1') == before
    finally:
        house.agent.send_signal(signal.SIGCONT)
    wait_until(lambda: manager.count('WATCHDOG=1') > before, what='the watchdog going on')


def test_log_files_rotate_and_no_line_is_lost(house):
    count = 20000
    script = (f'i=0; while [ $i -lt {count} ]; do echo "{{\\"message\\":\\"line $i of many, long enough to fill a file\\"}}"; '
              'i=$((i+1)); done; exec sleep 60')
    house.write(child=['/bin/sh', '-c', script], probes={},
                send_to=[{'file': {'path': str(house.log), 'rotate_at': '2MiB', 'keep': 20}}])
    house.start(ready=False)

    def lines():
        found = []
        for path in house.folder.glob('service.log*'):
            try:
                found += [line for line in path.read_text().splitlines() if 'line ' in line]
            except FileNotFoundError:
                return []  # it was renamed while we looked
        return found

    wait_until(lambda: len(lines()) >= count, limit=30, what='every line')
    found = lines()
    assert len(found) == count, 'once each'
    assert len(list(house.folder.glob('service.log*'))) > 2, 'it rotated'
    sizes = {path.name: path.stat().st_size for path in house.folder.glob('service.log*')}
    assert max(sizes.values()) <= 2 * 2**20, sizes


def test_the_services_metrics_and_lines_are_carried(house):
    house.write(extra={'metrics': {'listen': f'127.0.0.1:{house.metrics_port}',
                                   'scrape': [{'url': f'http://127.0.0.1:{house.service_port}/metrics', 'every': '300ms',
                                               'timeout': '200ms'}]}})
    house.start()
    house.wait_healthy()
    get(house.service_port, '/v1/notation?notes=C4,E4,G4')
    wait_until(lambda: house.metric('notation_requests_total', route='/v1/notation') == 1, what='the scraped metric')
    wait_until(lambda: house.log.exists() and '/v1/notation' in house.log.read_text(), what='the line in the log file')
    assert house.metric('outrider_scrape_up') == 1


def test_the_agents_own_log_is_json_with_fixed_keys(house):
    house.write()
    house.start()
    house.wait_healthy()
    house.stop()
    lines = [json.loads(line) for line in house.said().splitlines()]
    assert lines
    for line in lines:
        assert {'time', 'level', 'room', 'what'} <= line.keys(), line


def test_the_socket_is_gone_after_a_stop_and_a_stale_one_is_taken_over(house):
    house.write(extra={'health': None, 'logs': None})
    house.start()
    house.agent.kill()
    house.agent.wait(5)
    assert house.socket.exists(), 'a killed agent cannot tidy up'
    house.start()
    assert house.stop() == 0
    assert not house.socket.exists()
