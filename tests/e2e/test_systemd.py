"""A service that is a unit of a real systemd, over its real bus."""
import time

import pytest

import systemd_lab
from house import wait_until

UNIT = '[Unit]\nDefaultDependencies=no\n{limits}\n[Service]\n{service}\n'


def unit(service, limits=''):
    return UNIT.format(service=service, limits=limits)


UNITS = {
    'plain.service': unit('ExecStart=/usr/bin/sleep 1000'),
    'again.service': unit('ExecStart=/usr/bin/sleep 1000\nRestart=always\nRestartSec=1'),
    'slow.service': unit('ExecStart=/usr/bin/sleep 1000\nExecStop=/usr/bin/sleep 3'),
    'deaf.service': unit('ExecStart=/bin/sh -c "trap \'\' TERM; while :; do sleep 0.1; done"\nTimeoutStopSec=60'),
    'short.service': unit('ExecStart=/bin/sh -c "sleep 0.5; exit 7"', 'StartLimitIntervalSec=0'),
    'often.service': unit('ExecStart=/bin/false', 'StartLimitIntervalSec=1h\nStartLimitBurst=2'),
    'masked.service': None,
}


@pytest.fixture(scope='module')
def systemd(tmp_path_factory):
    why = systemd_lab.missing()
    if why:
        pytest.skip(why)
    made = systemd_lab.Systemd(tmp_path_factory.mktemp('systemd') / 'lab', UNITS)
    try:
        yield made.start()
    finally:
        made.stop()


def begin(house, systemd, name, **restart):
    house.write(probes={}, extra={'logs': None},
                restart={'child': None, 'systemd': {'unit': name, 'bus': systemd.bus}, 'stop_timeout': '5s', **restart})
    house.start()


def runs(systemd, name):
    return systemd.show(name, 'ActiveState') == 'active'


def test_what_runs_is_taken_over_and_left_running(house, systemd):
    systemd.systemctl('restart', 'plain.service')
    invocation = systemd.show('plain.service', 'InvocationID')
    begin(house, systemd, 'plain.service')
    wait_until(house.pid)
    assert any('runs already and is taken over' in line for line in house.timeline())
    assert house.stop() == 0
    assert systemd.show('plain.service', 'InvocationID') == invocation and runs(systemd, 'plain.service')


def test_what_does_not_run_is_started_and_an_operator_restarts_it(house, systemd):
    systemd.systemctl('stop', 'plain.service')
    begin(house, systemd, 'plain.service')
    wait_until(lambda: runs(systemd, 'plain.service'))
    before = systemd.show('plain.service', 'InvocationID')
    asked = house.run('restart', '-c', str(house.config), '--reason', 'test')
    assert asked.returncode == 0, asked.stderr
    assert runs(systemd, 'plain.service') and systemd.show('plain.service', 'InvocationID') != before
    assert house.metric('outrider_supervise_restarts_total', cause='operator') == 1
    house.stop()


def test_its_death_is_heard_of_at_once_and_it_is_started(house, systemd):
    begin(house, systemd, 'plain.service')
    wait_until(lambda: runs(systemd, 'plain.service'))
    systemd.systemctl('kill', '-s', 'KILL', 'plain.service')
    wait_until(lambda: any('killed by signal 9' in line for line in house.timeline()), 5)
    wait_until(lambda: runs(systemd, 'plain.service'))
    assert house.metric('outrider_supervise_restarts_total', cause='exit') == 1
    house.stop()


def test_a_bus_that_is_away_at_the_start_is_waited_for_and_costs_nothing(house, systemd):
    systemd.systemctl('restart', 'plain.service')
    invocation = systemd.show('plain.service', 'InvocationID')
    bus = house.folder / 'bus'
    house.write(probes={}, extra={'logs': None},
                restart={'child': None, 'systemd': {'unit': 'plain.service', 'bus': f'unix:path={bus}'}, 'budget': '1 per 1h',
                         'backoff': {'first': '100ms', 'most': '200ms'}})
    house.start()
    time.sleep(2)  # more attempts than the budget has restarts
    said = [line for line in house.timeline() if 'may run or not, since nobody could be asked' in line]
    assert len(said) == 1 and 'costs no budget' in said[0], house.timeline()
    assert house.supervised()['phase'] == 'waiting' and house.supervised()['restart_budget']['left'] == 1
    bus.symlink_to(systemd.bus.removeprefix('unix:path='))
    wait_until(house.pid, 40)
    assert any('runs already and is taken over' in line for line in house.timeline())
    assert house.supervised()['restart_budget']['left'] == 1
    house.stop()
    assert systemd.show('plain.service', 'InvocationID') == invocation, 'it was never touched'


def test_its_exit_code_is_systemds_word(house, systemd):
    begin(house, systemd, 'short.service', budget='1 per 1h')
    wait_until(lambda: any('exited with code 7' in line for line in house.timeline()))
    house.wait_phase('given up')
    house.stop()


def test_what_systemd_restarts_by_itself_is_not_fought(house, systemd):
    systemd.systemctl('restart', 'again.service')
    begin(house, systemd, 'again.service')
    wait_until(house.pid)
    before = systemd.show('again.service', 'InvocationID')
    systemd.systemctl('kill', '-s', 'KILL', 'again.service')
    wait_until(lambda: systemd.show('again.service', 'InvocationID') != before and runs(systemd, 'again.service'))
    wait_until(lambda: any('not by outrider' in line for line in house.timeline()))
    assert any('systemd starts it again by itself' in line for line in house.timeline())
    assert house.metric('outrider_supervise_restarts_total', cause='exit') == 0
    house.stop()


def test_one_that_does_not_end_is_killed_when_its_time_is_up(house, systemd):
    begin(house, systemd, 'deaf.service', stop_timeout='1s')
    wait_until(lambda: runs(systemd, 'deaf.service'))
    before = systemd.show('deaf.service', 'InvocationID')
    asked = house.run('restart', '-c', str(house.config), '--reason', 'test')
    assert asked.returncode == 0, asked.stderr
    assert systemd.show('deaf.service', 'InvocationID') != before
    assert any('SIGKILL' in line for line in house.timeline())
    house.stop()


def test_an_agent_killed_during_a_restart_leaves_a_whole_one_behind(house, systemd):
    systemd.systemctl('restart', 'slow.service')
    begin(house, systemd, 'slow.service', stop_timeout='20s')
    wait_until(house.pid)
    before = systemd.show('slow.service', 'InvocationID')
    house.spawn([*house.agent.args[:1], 'restart', '-c', str(house.config), '--reason', 'test'])
    wait_until(lambda: systemd.show('slow.service', 'ActiveState') == 'deactivating')
    house.agent.kill()
    house.agent.wait(10)
    wait_until(lambda: runs(systemd, 'slow.service') and systemd.show('slow.service', 'InvocationID') != before)
    after = systemd.show('slow.service', 'InvocationID')
    house.start()
    wait_until(house.pid)
    assert systemd.show('slow.service', 'InvocationID') == after, 'taken over, not restarted once more'
    house.stop()


def test_started_too_often_is_said_so(house, systemd):
    begin(house, systemd, 'often.service', budget='4 per 1h')
    wait_until(lambda: any('StartLimitBurst' in line for line in house.timeline()))
    house.stop()


def test_a_unit_that_is_not_there_is_said_so(house, systemd):
    begin(house, systemd, 'nowhere.service', budget='1 per 1h')
    wait_until(lambda: any('systemd knows no unit of that name' in line for line in house.timeline()))
    house.stop()


def test_a_masked_unit_is_said_so(house, systemd):
    begin(house, systemd, 'masked.service', budget='1 per 1h')
    wait_until(lambda: any('masked' in line for line in house.timeline()))
    house.stop()
