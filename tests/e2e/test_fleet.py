"""One replica at a time: what several agents share decides who may take its service down. The etcd is a real one."""
import os
import signal
import time

import pytest

from fleet_lab import ETCD, EtcdShared, FileShared
from house import House, wait_until


@pytest.fixture(params=['file', 'etcd'])
def shared(request, tmp_path):
    if request.param == 'etcd' and ETCD is None:
        pytest.skip('no etcd here: install the package etcd-server')
    made = (EtcdShared if request.param == 'etcd' else FileShared)(tmp_path)
    yield made
    made.close()


@pytest.fixture
def etcd(tmp_path):
    if ETCD is None:
        pytest.skip('no etcd here: install the package etcd-server')
    made = EtcdShared(tmp_path)
    yield made
    made.close()


@pytest.fixture
def replicas(tmp_path):
    made = []

    def make(count, fleet, **restart):
        for number in range(count):
            folder = tmp_path / f'replica-{number}'
            folder.mkdir()
            house = House(folder)
            made.append(house)
            house.write(restart={'fleet': fleet, **restart})
            house.start()
            house.wait_healthy()
        return made
    yield make
    for house in made:
        house.clean_up()


def sickness(house):
    return (house.supervised() or {}).get('state') == 'sick'


def test_of_two_sick_replicas_one_is_taken_down_and_then_the_other(shared, replicas):
    houses = replicas(2, {'lease': shared.lease, 'budget': '20 per 1h'})
    before = [house.pid() for house in houses]
    for house in houses:
        house.break_service('sick')
    down_together = 0

    def both_well():
        nonlocal down_together
        now = [house.supervised() for house in houses]
        # A replica that has a new process and is not healthy yet is down on purpose.
        down_together += all(one.get('pid') != old and one.get('state') != 'healthy' for one, old in zip(now, before))
        return all(one.get('state') == 'healthy' and one.get('pid') not in (None, old) for one, old in zip(now, before))
    wait_until(both_well, 60, 'both replicas to be restarted')
    assert down_together == 0, 'both were taken down at once'
    assert [house.supervised()['restarts_total'] for house in houses] == [1, 1]


def test_the_budget_is_that_of_the_fleet(shared, replicas):
    one, other = replicas(2, {'lease': shared.lease, 'budget': '1 per 1h'})
    first = one.pid()
    one.break_service('sick')
    one.wait_healthy(not_pid=first)
    second = other.pid()
    other.break_service('sick')
    wait_until(lambda: any('fleet' in sentence and 'budget' in sentence for sentence in other.timeline()), 30, 'a refusal')
    assert other.pid() == second and sickness(other)


def test_nobody_is_taken_down_while_etcd_cannot_be_asked(etcd, replicas):
    house, = replicas(1, {'lease': etcd.lease, 'budget': '20 per 1h'})
    before = house.pid()
    etcd.kill()
    house.break_service('sick')
    wait_until(lambda: any('etcd' in sentence for sentence in house.timeline()), 30, 'a refusal that names etcd')
    end = time.monotonic() + 3
    while time.monotonic() < end:
        assert house.pid() == before, 'who does not know whether it may must not act'
        time.sleep(0.1)
    etcd.start()
    house.wait_healthy(not_pid=before, limit=60)
    assert house.supervised()['restarts_total'] == 1


def test_a_dead_service_is_started_without_the_lease(etcd, replicas):
    house, = replicas(1, {'lease': etcd.lease, 'budget': '20 per 1h'})
    before = house.pid()
    etcd.kill()
    house.break_service('crash')
    house.wait_healthy(not_pid=before)


def test_the_lease_of_an_agent_that_was_killed_lapses(etcd, replicas):
    one, other = replicas(2, {'lease': etcd.lease, 'budget': '20 per 1h'}, stop_timeout='8s')
    frozen = one.pid()
    os.kill(frozen, signal.SIGSTOP)  # it answers nothing, and is deaf to SIGTERM: the lease is held meanwhile
    wait_until(lambda: any('is ours' in sentence for sentence in one.timeline()), 60, 'the lease')
    one.agent.kill()
    one.agent.wait()
    os.kill(frozen, signal.SIGKILL)  # nobody else would
    second = other.pid()
    other.break_service('sick')
    wait_until(lambda: any('held by' in sentence for sentence in other.timeline()), what='a refusal that names the holder')
    assert other.pid() == second
    other.wait_healthy(not_pid=second, limit=120)
