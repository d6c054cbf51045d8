"""A service that is a container: followed, restarted, and never fought over."""
import os
import signal
import time

import pytest

import docker_lab
from house import wait_until

STAYS = 'trap "exit 0" TERM; while :; do sleep 0.05; done'


@pytest.fixture(scope='module')
def docker(tmp_path_factory):
    why = docker_lab.missing()
    if why:
        pytest.skip(why)
    made = docker_lab.Docker(tmp_path_factory.mktemp('docker'))
    made.start().make_image()
    yield made
    made.stop()


@pytest.fixture
def container(docker, request):
    name = request.node.name.replace('[', '-').replace(']', '')[:60]
    yield name
    docker.docker('rm', '-f', name, check=False)


def begin(house, docker, container, **restart):
    house.write(probes={}, extra={'logs': None},
                restart={'child': None, 'docker': {'container': container, 'socket': str(docker.socket)},
                         'stop_timeout': '5s', **restart})
    house.start()


def test_what_runs_is_taken_over_and_left_running(house, docker, container):
    docker.create(container, STAYS)
    docker.docker('start', container)
    pid = docker.pid(container)
    begin(house, docker, container)
    assert wait_until(house.pid) == pid
    assert any('runs already and is taken over' in line for line in house.timeline())
    assert house.stop() == 0
    assert docker.pid(container) == pid, 'it is not ours to end'


def test_what_does_not_run_is_started_and_an_operator_restarts_it(house, docker, container):
    docker.create(container, STAYS)
    begin(house, docker, container)
    pid = wait_until(house.pid)
    assert pid == docker.pid(container)
    asked = house.run('restart', '-c', str(house.config), '--reason', 'test')
    assert asked.returncode == 0, asked.stderr
    new = wait_until(lambda: house.pid() not in (None, 0, pid) and house.pid())
    assert new == docker.pid(container)
    assert any('exited with code 0' in line for line in house.timeline())
    house.stop()


def test_its_exit_code_is_told_and_it_is_started_again(house, docker, container):
    docker.create(container, 'sleep 0.5; exit 7')
    begin(house, docker, container, budget='2 per 1h')
    wait_until(lambda: any('exited with code 7' in line for line in house.timeline()))
    house.wait_phase('given up')
    assert house.metric('outrider_supervise_child_exits_total', how='exited') == 3
    house.stop()


def test_one_that_ignores_its_stop_signal_is_killed(house, docker, container):
    docker.create(container, 'trap "" TERM; while :; do sleep 0.05; done')
    begin(house, docker, container, stop_timeout='1s')
    pid = wait_until(house.pid)
    assert house.run('restart', '-c', str(house.config), '--reason', 'test').returncode == 0
    assert docker.pid(container) not in (0, pid)
    assert any('exited with code 137' in line for line in house.timeline())
    house.stop()


def test_what_docker_restarts_by_itself_is_not_fought(house, docker, container):
    docker.create(container, STAYS, '--restart', 'always')
    begin(house, docker, container)
    pid = wait_until(house.pid)
    os.kill(pid, signal.SIGKILL)  # for docker, a crash
    new = wait_until(lambda: docker.pid(container) not in (0, pid) and docker.pid(container))
    wait_until(lambda: house.pid() == new, what='that the new one is followed')
    assert house.metric('outrider_supervise_restarts_total', cause='exit') == 0, 'we did nothing'
    assert any('not by outrider' in line for line in house.timeline())
    house.stop()


def test_one_that_was_removed_is_said_to_be_no_more(house, docker, container):
    docker.create(container, STAYS)
    begin(house, docker, container, budget='3 per 1h')
    wait_until(house.pid)
    docker.docker('rm', '-f', container)
    wait_until(lambda: any('No such container' in line for line in house.timeline()))
    house.wait_phase('given up')
    house.stop()


def test_an_engine_that_is_away_at_the_start_is_waited_for_and_costs_nothing(house, docker, container):
    docker.create(container, STAYS)
    docker.docker('start', container)
    pid = docker.pid(container)
    socket = house.folder / 'd.sock'
    house.write(probes={}, extra={'logs': None},
                restart={'child': None, 'docker': {'container': container, 'socket': str(socket)}, 'budget': '1 per 1h',
                         'backoff': {'first': '100ms', 'most': '200ms'}})
    house.start()
    asked = [0.1, 0.2, 0.4, 0.8]  # more often than the budget has restarts
    time.sleep(sum(asked) * 1.3)
    said = [line for line in house.timeline() if 'may run or not, since nobody could be asked' in line]
    assert len(said) == 1 and 'costs no budget' in said[0], house.timeline()
    assert house.supervised()['phase'] == 'waiting' and house.supervised()['restart_budget']['left'] == 1
    assert house.metric('outrider_supervise_restarts_refused_total', why='crash_loop') == 0
    socket.symlink_to(docker.socket)
    assert wait_until(house.pid, 40) == pid
    assert any('runs already and is taken over' in line for line in house.timeline())
    assert house.supervised()['restart_budget']['left'] == 1 and house.supervised()['restarts_total'] == 0
    house.stop()
    assert docker.pid(container) == pid, 'it was never touched'


def test_an_engine_that_is_away_for_a_while_is_no_end(house, docker, container):
    docker.create(container, STAYS)
    begin(house, docker, container)
    pid = wait_until(house.pid)
    docker.process.send_signal(signal.SIGSTOP)
    try:
        time.sleep(1)
        assert house.supervised()['pid'] == pid
        assert house.metric('outrider_supervise_child_exits_total', how='exited') == 0
    finally:
        docker.process.send_signal(signal.SIGCONT)
    house.stop()
