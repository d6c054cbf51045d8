"""What becomes of the child when it is the agent that dies."""
import contextlib
import os
import pathlib
import signal
import sys
import textwrap
import time

import pytest

from house import alive, wait_until

TAKE_OVER = {'when_agent_dies': 'take_over'}


def kill_agent(house):
    house.agent.send_signal(signal.SIGKILL)
    house.agent.wait(10)


def script(house, name, text):
    path = house.folder / name
    path.write_text(textwrap.dedent(text))
    return [sys.executable, '-u', str(path)]


def ended(pid):
    return wait_until(lambda: not alive(pid), 10, f'the end of {pid}')


def test_a_killed_agents_child_goes_on_serving_and_is_taken_over(house):
    house.write(restart=TAKE_OVER)
    house.start()
    pid = house.wait_healthy()['pid']
    kill_agent(house)
    assert alive(pid), 'the service lives on without its agent'
    house.start()
    assert house.wait_healthy()['pid'] == pid
    assert any(f'runs already and is taken over as process {pid}' in line for line in house.timeline())
    assert house.metric('outrider_supervise_restarts_total', cause='exit') == 0
    house.break_service('crash')  # it is nobody's child any more: that it ended is seen all the same
    house.wait_healthy(not_pid=pid)
    assert any('ended, how is not known' in line for line in house.timeline())
    assert house.stop() == 0


def test_as_configured_the_child_of_a_killed_agent_is_ended_and_started_once(house):
    house.write()
    house.start()
    pid = house.wait_healthy()['pid']
    kill_agent(house)
    house.start()
    new = house.wait_healthy(not_pid=pid)['pid']
    assert not alive(pid), 'there may be one service only'
    assert any(f'process {pid} of the agent before this one was ended' in line for line in house.timeline())
    assert house.pid() == new and house.supervised()['restarts_total'] == 0


def services(house):
    """All that serve on our port, whoever started them."""
    found = []
    for folder in pathlib.Path('/proc').iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                words = (folder / 'cmdline').read_bytes().split(b'\0')
                if str(house.service_port).encode() in words and words[0].endswith(b'notation-api'):
                    found.append(int(folder.name))
    return found


@pytest.mark.parametrize('mode', ['take_over', 'restart'])
def test_an_agent_killed_during_a_restart_leaves_one_service(house, mode):
    house.write(restart={'when_agent_dies': mode, 'stop_timeout': '4s'})
    house.start()
    pid = house.wait_healthy()['pid']
    house.break_service('hang')  # it ignores SIGTERM, too
    house.wait_phase('stopping')
    kill_agent(house)
    assert services(house) == [pid]
    house.start()
    new = house.wait_healthy(not_pid=pid)['pid']
    assert services(house) == [new], 'started exactly once'
    assert house.stop() == 0
    assert services(house) == []


def test_a_child_that_ignores_sigterm_is_killed_with_all_it_started(house):
    child = script(house, 'stubborn.py', '''
        import os, signal, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.fork()
        time.sleep(1000)
    ''')
    house.write(child=child, probes={})
    house.start()
    pid = wait_until(house.pid)
    wait_until(lambda: len(members(pid)) == 2, what='its fork')
    asked = house.run('restart', '-c', str(house.config), '--reason', 'test')
    assert asked.returncode == 0, asked.stderr
    assert members(pid) == []
    assert any('SIGKILL' in line for line in house.timeline())


def members(group):
    found = []
    for folder in pathlib.Path('/proc').iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                words = (folder / 'stat').read_text().rsplit(')', 1)[1].split()
                if int(words[2]) == group and words[0] != 'Z':
                    found.append(int(folder.name))
    return found


def test_another_process_with_the_number_is_not_taken_for_the_child(house):
    house.write(restart=TAKE_OVER)
    house.start()
    pid = house.wait_healthy()['pid']
    kill_agent(house)
    os.kill(pid, signal.SIGKILL)
    ended(pid)
    stranger = house.spawn(['sleep', '1000'])
    record = house.state / 'child' / 'process'
    # As if the number had been given anew: everything is as it was, but for the time of the start.
    words = record.read_text()
    line = words.splitlines()[-1].replace(f'{pid} (', f'{stranger.pid} (', 1)
    record.write_text('\n'.join([*words.splitlines()[:-1], line]) + '\n')
    house.start()
    new = house.wait_healthy()['pid']
    assert new not in (pid, stranger.pid)
    assert stranger.poll() is None, 'nothing was done to it'


@pytest.mark.parametrize('content', ['', 'rubbish', '\x00' * 5000, 'outrider-process 1\nboot x\nmark y\nagent 1\n'])
def test_a_torn_record_is_no_record(house, content):
    (house.state / 'child').mkdir(parents=True)
    (house.state / 'child' / 'process').write_text(content)
    house.write(restart=TAKE_OVER)
    house.start()
    house.wait_healthy()
    assert house.stop() == 0


def test_left_running_on_purpose_it_is_taken_over_by_the_next(house):
    house.write(restart={**TAKE_OVER, 'when_agent_stops': 'leave_running'})
    house.start()
    pid = house.wait_healthy()['pid']
    begun = time.monotonic()
    assert house.stop() == 0
    assert time.monotonic() - begun < 10
    assert alive(pid)
    house.start()
    assert house.wait_healthy()['pid'] == pid
    kill_agent(house)
    os.kill(pid, signal.SIGKILL)


def test_a_daemon_that_forks_twice_is_ended_before_its_next_start(house):
    mark = house.folder / 'daemons'
    child = script(house, 'daemon.py', f'''
        import os, time
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                with open({str(mark)!r}, 'a') as file:
                    print(os.getpid(), file=file)
                time.sleep(1000)
            os._exit(0)
        time.sleep(0.3)
    ''')
    house.write(child=child, probes={}, restart={'budget': '2 per 1h', 'backoff': {'first': '10ms', 'most': '20ms'}})
    house.start()
    house.wait_phase('given up')
    pids = [int(line) for line in mark.read_text().split()]
    assert len(pids) == 3
    assert [alive(pid) for pid in pids] == [False, False, True], 'each was ended before the next'
    assert any('left running outside' in line for line in house.timeline())
    os.kill(pids[-1], signal.SIGKILL)
