"""outrider-actuator: the errands of a process without rights, done by one that has them."""
import contextlib
import json
import os
import pathlib
import signal
import socket
import stat
import subprocess
import textwrap
import time

import pytest

import docker_lab
import systemd_lab
from house import OUTRIDER, alive, wait_until

ACTUATOR = pathlib.Path(os.environ.get('ACTUATOR_BIN', OUTRIDER.with_name('outrider-actuator')))


class Errands:
    """An outrider-actuator whose list holds one service, which is three scripts and a pid file."""

    def __init__(self, house):
        self.house = house
        self.folder = house.folder
        self.socket = self.folder / 'actuator.sock'
        self.state = self.folder / 'actuator'
        self.list = self.folder / 'actuator.yaml'
        self.pid_file = self.folder / 'service.pid'
        self.process = None
        for name, text in {
            # It returns once the service is in a session of its own: what is not yet is ended with it.
            'up': f'rm -f {self.pid_file}\nsetsid sh -c "echo \\$\\$ > {self.pid_file}.new; mv {self.pid_file}.new {self.pid_file}; '
                  f'exec sleep 1000" >/dev/null 2>&1 &\nuntil test -f {self.pid_file}; do sleep 0.01; done',
            'down': f'kill $(cat {self.pid_file}); rm {self.pid_file}',
            'is-up': f'test -f {self.pid_file} && kill -0 $(cat {self.pid_file}) 2>/dev/null || exit 3',
        }.items():
            path = self.folder / name
            path.write_text(f'#!/bin/sh\n{text}\n')
            path.chmod(0o755)
        self.write(self.grant(may=['start', 'stop', 'restart']))

    def grant(self, name='sleeper', **more):
        commands = {verb: [str(self.folder / program)]
                    for verb, program in {'start': 'up', 'stop': 'down', 'status': 'is-up'}.items()}
        return {'name': name, 'uid': os.getuid(), 'command': commands, **more}

    def write(self, *grants):
        self.list.write_text(json.dumps({'socket': str(self.socket), 'state': str(self.state), 'allow': grants}))
        self.list.chmod(0o644)

    def start(self):
        self.process = self.house.spawn([str(ACTUATOR), '-c', str(self.list)])
        wait_until(lambda: self.process.poll() is not None or self.answers(), what='its socket')
        assert self.process.poll() is None
        return self

    def answers(self):
        try:
            return self.say(b'', 3) == b''
        except (FileNotFoundError, ConnectionRefusedError, PermissionError):
            return False

    def trail(self):
        file = self.state / 'audit/audit.jsonl'
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def results(self):
        return [entry['result'] for entry in self.trail() if entry['phase'] == 'result']

    def say(self, data, patience=5.0):
        """Whatever is sent; what is answered until it hangs up."""
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(patience)
            line.connect(str(self.socket))
            heard = b''
            try:
                line.sendall(data)
                if not data:
                    return heard
                while piece := line.recv(65536):
                    heard += piece
            except (BrokenPipeError, ConnectionResetError):
                pass
            return heard

    def ask(self, verb, name='sleeper'):
        heard = self.say(f'POST /v1/{verb}/{name} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'.encode(), 30)
        head, _, body = heard.partition(b'\r\n\r\n')
        return int(head.split()[1]), body.decode()

    def pid(self):
        return int(self.pid_file.read_text()) if self.pid_file.exists() else None


@pytest.fixture
def errands(house):
    if not ACTUATOR.exists():
        pytest.skip(f'{ACTUATOR} is not built')
    made = Errands(house)
    yield made
    if made.pid() and alive(made.pid()):
        os.kill(made.pid(), signal.SIGKILL)


def test_an_agent_without_rights_has_its_service_restarted(house, errands):
    errands.start()
    house.write(probes={}, extra={'logs': None},
                restart={'child': None, 'through': {'name': 'sleeper', 'socket': str(errands.socket), 'every': '100ms'}})
    house.start()
    first = wait_until(errands.pid)
    asked = house.run('restart', '-c', str(house.config), '--reason', 'test')
    assert asked.returncode == 0, asked.stderr
    second = wait_until(lambda: errands.pid() not in (None, first) and errands.pid())
    assert not alive(first) and alive(second)
    os.kill(second, signal.SIGKILL)
    third = wait_until(lambda: errands.pid() != second and errands.pid())
    house.stop()
    assert alive(third), 'it is not ours to end'
    begun = [entry for entry in errands.trail() if entry['phase'] == 'intent' and entry['action'] == 'restart']
    assert begun[0]['actor'] == f'pid {house.agent.pid} uid {os.getuid()}' and begun[0]['target'] == 'sleeper'
    assert any(result.startswith('done in') for result in errands.results())
    verified = house.run('audit', 'verify', '--state', str(errands.state))
    assert verified.returncode == 0, verified.stdout + verified.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason='to be somebody else needs root')
def test_a_wrong_peer_is_told_nothing(errands):
    errands.write(errands.grant(), {**errands.grant('other'), 'uid': 12345})
    errands.start()
    assert stat.S_IMODE(errands.socket.stat().st_mode) == 0o666
    assert errands.ask('start')[0] == 200
    os.chmod(errands.folder, 0o755)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        answer = b'none'
        try:
            line = socket.socket(socket.AF_UNIX)
            os.chdir(errands.folder)
            os.setgid(65534)
            os.setuid(65534)
            line.connect(errands.socket.name)
            line.sendall(b'POST /v1/stop/sleeper HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
            answer = line.recv(4096)
        except OSError as error:
            answer = str(error).encode()
        finally:
            os.write(writer, answer)
            os._exit(0)
    os.waitpid(child, 0)
    answer = os.read(reader, 4096)
    assert b' 403 ' in answer and b'you are not on the list' in answer
    assert alive(errands.pid())


def test_what_is_not_on_the_list_is_refused(errands):
    errands.write(errands.grant(may=['start']))
    errands.start()
    assert errands.ask('start')[0] == 200
    for verb, name in (('stop', 'sleeper'), ('restart', 'sleeper'), ('kill', 'sleeper'), ('signal-9', 'sleeper'),
                       ('stop', 'postgresql'), ('start', 'postgresql')):
        assert errands.ask(verb, name)[0] == 403, (verb, name)
    assert alive(errands.pid())
    refused = [result for result in errands.results() if 'is not on the list' in result]
    assert len(refused) == 6


@pytest.mark.parametrize('rubbish', [
    b'\x00' * 4000, b'\xff' * 100_000, b'GET / HTTP/1.1\r\n\r\n', b'POST /v1/stop/sleeper HTTP/9.9\r\n\r\n',
    b'POST /v1/stop/../../etc HTTP/1.1\r\nHost: a\r\n\r\n', b'stop sleeper\n',
    b'POST /v1/stop/sleeper HTTP/1.1\r\nHost: a\r\nX: ' + b'x' * 1_000_000 + b'\r\n\r\n',
    b'POST /v1/stop/sleeper HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n' + b'x' * 100_000,
    b'POST /v1/' + b'a' * 100_000, b'POST /v1/stop/sleep',
], ids=range(10))
def test_torn_huge_and_garbage_requests_do_nothing(errands, rubbish):
    errands.start()
    assert errands.ask('start')[0] == 200
    begun = time.monotonic()
    answer = errands.say(rubbish, 20)
    assert b' 200 ' not in answer.split(b'\r\n')[0]
    assert time.monotonic() - begun < 15, 'who is slow is cut off'
    assert alive(errands.pid())
    assert errands.ask('look')[0] == 200, 'it goes on serving'


def test_where_only_one_may_ask_the_others_cannot_knock(errands):
    errands.start()
    wait_until(lambda: stat.S_IMODE(errands.socket.stat().st_mode) == 0o600)


def test_a_flood_does_no_more_than_the_list_allows(errands):
    errands.write(errands.grant(most='3 per 1h'))
    errands.start()
    statuses = [errands.ask(verb)[0] for _ in range(20) for verb in ('start', 'stop')]
    assert statuses.count(200) == 3 and statuses.count(429) == 37
    crowd = []
    for _ in range(200):  # who says nothing is hung up on
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(5)
        try:
            line.connect(str(errands.socket))
        except (BlockingIOError, ConnectionRefusedError):
            pass
        crowd.append(line)
    wait_until(lambda: errands.say(b'POST /v1/look/sleeper HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
               .startswith(b'HTTP/1.1 200'), 15, 'an answer behind a crowd')
    for line in crowd:
        line.close()


def test_an_errand_goes_on_when_who_asked_is_killed(house, errands):
    (errands.folder / 'down').write_text(f'#!/bin/sh\nsleep 1\nkill $(cat {errands.pid_file}); rm {errands.pid_file}\n')
    errands.start()
    house.write(probes={}, extra={'logs': None},
                restart={'child': None, 'through': {'name': 'sleeper', 'socket': str(errands.socket), 'every': '100ms'},
                         'stop_timeout': '20s'})
    house.start()
    first = wait_until(errands.pid)
    house.wait_phase('running')
    house.spawn([str(OUTRIDER), 'restart', '-c', str(house.config), '--reason', 'test'])
    wait_until(lambda: any(entry.get('action') == 'restart' for entry in errands.trail()))
    house.agent.kill()
    house.agent.wait(10)
    second = wait_until(lambda: errands.pid() not in (None, first) and errands.pid())
    wait_until(lambda: len(errands.results()) == 2)
    house.start()
    house.wait_phase('running')
    assert errands.pid() == second, 'taken over, not restarted once more'
    house.stop()


def test_while_nobody_does_errands_nothing_is_known_and_nothing_done(house, errands):
    errands.start()
    house.write(probes={}, extra={'logs': None},
                restart={'child': None, 'through': {'name': 'sleeper', 'socket': str(errands.socket), 'every': '100ms'}})
    house.start()
    first = wait_until(errands.pid)
    house.wait_phase('running')
    errands.process.kill()
    errands.process.wait(10)
    wait_until(lambda: any('nobody knows whether sleeper runs' in line for line in house.timeline()))
    assert house.metric('outrider_supervise_child_exits_total', how='exited') == 0
    errands.start()
    assert errands.pid() == first
    house.stop()


@contextlib.contextmanager
def by_somebody_without_rights(house):
    """The agent's folder is that of user 65534, who then runs it."""
    for path in (house.folder, *house.folder.parents):
        if path.stat().st_uid == os.getuid() and path != pathlib.Path('/') and not path.stat().st_mode & stat.S_IXOTH:
            path.chmod(path.stat().st_mode | stat.S_IXOTH)
    house.state.mkdir()
    for path in (house.state, house.config):
        os.chown(path, 65534, 65534)
    os.chown(house.folder, 65534, -1)
    yield {'user': 65534, 'group': 65534, 'extra_groups': []}


@pytest.mark.parametrize('kind', ['systemd', 'docker'])
def test_an_agent_without_rights_restarts_what_only_root_may(house, errands, tmp_path_factory, kind):
    lab = {'systemd': systemd_lab, 'docker': docker_lab}[kind]
    if why := lab.missing():
        pytest.skip(why)
    folder = tmp_path_factory.mktemp(kind)
    if kind == 'systemd':
        made = lab.Systemd(folder / 'lab', {'plain.service': '[Unit]\nDefaultDependencies=no\n[Service]\n'
                                                             'ExecStart=/usr/bin/sleep 1000\n'})
    else:
        made = lab.Docker(folder)
    try:
        made.start()
        if kind == 'systemd':
            what = {'systemd': {'unit': 'plain.service', 'bus': made.bus}}
        else:
            made.make_image().create('plain', 'trap "exit 0" TERM; while :; do sleep 0.05; done')
            what = {'docker': {'container': 'plain', 'socket': str(made.socket)}}
        errands.write({'name': 'plain', 'uid': 65534, 'may': ['start', 'restart'], **what})
        errands.process = house.spawn([str(ACTUATOR), '-c', str(errands.list)])
        wait_until(lambda: errands.socket.exists() and errands.socket.stat().st_uid == 65534)
        house.write(probes={}, extra={'logs': None},
                    restart={'child': None, 'through': {'name': 'plain', 'socket': str(errands.socket)}})
        with by_somebody_without_rights(house) as rights:
            house.start(**rights)
        first = wait_until(house.pid)
        asked = house.run('restart', '-c', str(house.config), '--reason', 'test')
        assert asked.returncode == 0, asked.stderr
        second = wait_until(lambda: house.pid() not in (None, 0, first) and house.pid())
        runs = made.show('plain.service', 'MainPID') if kind == 'systemd' else str(made.pid('plain'))
        assert runs == str(second)
        house.stop()
        assert [entry['action'] for entry in errands.trail() if entry['phase'] == 'intent'] == ['start', 'restart']
    finally:
        made.stop()


def test_its_help_shows_an_example():
    done = subprocess.run([str(ACTUATOR), '--help'], capture_output=True, text=True, timeout=10)
    assert done.returncode == 0 and 'systemd: {unit: tests-api.service}' in done.stdout
    assert subprocess.run([str(ACTUATOR), '--nonsense'], capture_output=True, timeout=10).returncode == 64


def test_a_list_that_cannot_be_used_is_refused(house, errands):
    errands.list.write_text(textwrap.dedent('''
        allow:
          - {name: a, uid: 0, child: [/bin/a]}
          - {name: b/c, uid: nobody, systemd: {unit: b}}
    '''))
    for words in (['-c', str(errands.list)], ['validate', '-c', str(errands.list)]):
        done = subprocess.run([str(ACTUATOR), *words], capture_output=True, text=True, timeout=10)
        assert done.returncode == 78 and 'child' in done.stderr and 'the whole name of a service' in done.stderr


def test_a_list_that_others_may_write_is_not_trusted(errands):
    errands.list.chmod(0o666)
    done = subprocess.run([str(ACTUATOR), '-c', str(errands.list)], capture_output=True, text=True, timeout=10)
    assert done.returncode == 78 and 'others may write to it' in done.stderr and 'chmod go-w' in done.stderr
