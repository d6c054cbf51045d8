"""When not to act: the budget is spent, the cause lies elsewhere, or nobody knows."""
import time

from house import wait_until
from ports import free_port

CRASHES = ['/bin/sh', '-c', 'exit 7']


def test_a_crash_loop_stops_and_tells(house):
    house.write(child=CRASHES, restart={'budget': '3 per 1h'}, probes={})
    house.start(ready=False)
    now = house.wait_phase('given up')
    assert now['restarts_total'] == 3
    assert now['restart_budget']['left'] == 0
    assert 'code 7' in now['last_exit']
    assert 'budget' in now['last_decision'] or 'budget' in now['why'], now
    assert house.metric('outrider_supervise_restart_budget_left') == 0
    refused = [house.metric('outrider_supervise_restarts_refused_total', why=why) for why in ('budget', 'crash_loop')]
    assert sum(value or 0 for value in refused) >= 1
    told = house.run('status', '-c', str(house.config))
    assert told.returncode == 2, told.stdout
    assert 'given up' in told.stdout


def test_a_spent_budget_stays_spent_while_the_service_is_sick(house):
    house.write(restart={'budget': '1 per 1h'})
    house.start()
    first = house.wait_healthy()['pid']
    house.break_service('crash')
    second = house.wait_healthy(not_pid=first)['pid']
    house.break_service('sick')
    wait_until(lambda: house.supervised().get('state') == 'sick', what='sickness')
    wait_until(lambda: (house.metric('outrider_supervise_restarts_refused_total', why='budget') or 0) >= 1,
               what='a refusal')
    now = house.supervised()
    assert now['pid'] == second, 'it must not be restarted beyond its budget'
    assert now['restarts_total'] == 1


def test_a_dependency_that_is_down_does_not_restart_the_service(house):
    nobody = free_port()
    house.write(probes={
        'ready': {'http': f'http://127.0.0.1:{house.service_port}/healthz', 'every': '200ms', 'timeout': '150ms',
                  'fail_after': 2},
        'database': {'tcp': f'127.0.0.1:{nobody}', 'every': '200ms', 'timeout': '150ms', 'fail_after': 1,
                     'dependency': True}})
    house.start(ready=False)
    wait_until(lambda: house.supervised().get('pid'), what='a start')
    pid = house.pid()
    wait_until(lambda: any(probe['name'] == 'database' and probe['state'] == 'sick'
                           for probe in (house.status() or {}).get('probes', [])), what='a sick dependency')
    house.break_service('sick')
    wait_until(lambda: any(probe['name'] == 'ready' and probe['state'] == 'sick'
                           for probe in (house.status() or {}).get('probes', [])), what='a sick service')
    end = time.monotonic() + 2
    while time.monotonic() < end:
        assert house.pid() == pid, 'one database down must not restart the services that use it'
        time.sleep(0.1)
    assert house.supervised()['restarts_total'] == 0
    assert any('database' in sentence for sentence in house.timeline())


def test_unknown_never_restarts(house):
    house.write(probes={'check': {'exec': ['/no/such/check'], 'every': '100ms', 'timeout': '100ms', 'fail_after': 1}})
    house.start(ready=False)
    pid = wait_until(house.pid, what='a start')
    wait_until(lambda: any(probe['asked_total'] > 10 for probe in (house.status() or {}).get('probes', [])),
               what='ten questions')
    assert house.pid() == pid
    probe = house.status()['probes'][0]
    assert probe['last'] == 'unknown' and '/no/such/check' in probe['detail']
    assert house.supervised()['restarts_total'] == 0


def test_a_dry_run_tells_and_does_nothing(house):
    house.write(restart={'dry_run': True})
    house.start()
    pid = house.wait_healthy()['pid']
    house.break_service('sick')
    wait_until(lambda: (house.metric('outrider_supervise_restarts_refused_total', why='dry_run') or 0) >= 1,
               what='a refusal')
    assert house.pid() == pid


def test_an_end_that_is_refused_for_good_is_asked_for_once_and_handed_to_a_human(house):
    stops = house.folder / 'stops'
    asked = {'start': ['/bin/true'], 'status': ['/bin/true'], 'stop': ['/bin/sh', '-c', f'echo stop >> {stops}']}  # no `kill`, and `stop` ends nothing
    probe = {'tcp': f'127.0.0.1:{free_port()}', 'every': '100ms', 'timeout': '50ms', 'fail_after': 2}  # nobody listens there
    house.write(probes={'ready': probe}, extra={'logs': None}, restart={'child': None, 'command': asked})
    house.start(ready=False)
    wait_until(lambda: any('handed to a human' in line for line in house.timeline()), what='that a human is asked for')
    end = time.monotonic() + 3  # many back-offs, and many rounds of the probe
    while time.monotonic() < end:
        assert stops.read_text().split() == ['stop'], 'it was decided once'
        time.sleep(0.1)
    now = house.supervised()
    assert now['phase'] == 'running' and now['restarts_total'] == 0, now
    assert 'no command `kill` is given' in now['last_decision'], now
    assert now['restart_budget']['left'] == 19, 'of 20, one was tried'
    assert sum('handed to a human' in line for line in house.timeline()) == 1
    assert house.metric('outrider_supervise_restarts_refused_total', why='handed_over') == 1
    refused = house.run('restart', '-c', str(house.config), '--reason', 'test')
    assert refused.returncode != 0 and 'no command `kill` is given' in refused.stderr, refused
