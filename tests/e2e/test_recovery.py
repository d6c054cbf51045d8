"""The service fails in the ways services fail, and comes back."""
import os
import signal

from house import alive, get, wait_until


def test_a_crash_is_restarted(house):
    house.write()
    house.start()
    old = house.wait_healthy()['pid']
    house.break_service('crash')
    now = house.wait_healthy(not_pid=old)
    assert now['restarts_total'] == 1
    assert 'SIGSEGV' in now['last_exit']
    assert not alive(old)
    assert any('SIGSEGV' in sentence for sentence in house.timeline())
    assert house.metric('outrider_supervise_restarts_total', cause='exit') == 1
    assert house.metric('outrider_supervise_child_exits_total', how='signalled') == 1


def test_an_exit_code_is_told_and_restarted(house):
    house.write()
    house.start()
    old = house.wait_healthy()['pid']
    house.break_service('exit')
    assert 'code 3' in house.wait_healthy(not_pid=old)['last_exit']


def test_a_hang_is_restarted(house):
    house.write()
    house.start()
    old = house.wait_healthy()['pid']
    house.break_service('hang')
    now = house.wait_healthy(not_pid=old)
    assert not alive(old), 'it ignores SIGTERM while it hangs, so it must have been killed'
    assert now['restarts_total'] == 1
    assert house.metric('outrider_supervise_restarts_total', cause='sick') == 1


def test_a_failing_health_check_is_restarted(house):
    house.write()
    house.start()
    old = house.wait_healthy()['pid']
    house.break_service('sick')
    wait_until(lambda: house.supervised().get('pid') not in (None, old), what='a replacement')
    house.wait_healthy(not_pid=old)
    assert get(house.service_port, '/healthz')[0] == 200
    assert any('503' in sentence for sentence in house.timeline()), 'the timeline says what the probe saw'


def test_a_kill_from_outside_is_restarted(house):
    house.write()
    house.start()
    old = house.wait_healthy()['pid']
    os.kill(old, signal.SIGKILL)
    assert 'SIGKILL' in house.wait_healthy(not_pid=old)['last_exit']


def test_everything_is_in_the_journal(house):
    house.write()
    house.start()
    old = house.wait_healthy()['pid']
    house.break_service('crash')
    house.wait_healthy(not_pid=old)
    assert house.stop() == 0
    verified = house.run('audit', 'verify', '-c', str(house.config))
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_an_operator_restarts_with_a_reason(house):
    house.write()
    house.start()
    old = house.wait_healthy()['pid']
    done = house.run('restart', '-c', str(house.config), '--reason', 'new certificate')
    assert done.returncode == 0, done.stdout + done.stderr
    now = house.wait_healthy(not_pid=old)
    assert 'new certificate' in now['last_restart_reason'] and now['last_restart']
    assert sum('new certificate' in sentence for sentence in house.timeline()) == 1, 'told once'
    shown = house.run('status', '-c', str(house.config))
    assert 'new certificate' in shown.stdout, shown.stdout
    assert 'new certificate' in get(house.api_port, '/')[1]
    assert house.metric('outrider_supervise_restarts_total', cause='operator') == 1


def test_sigterm_stops_agent_and_child_and_nothing_is_left(house):
    house.write()
    house.start()
    child = house.wait_healthy()['pid']
    assert house.stop() == 0
    assert not alive(child)
    assert get(house.service_port, '/healthz') is None
