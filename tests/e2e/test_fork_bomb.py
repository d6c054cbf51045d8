"""A service that forks until nothing is left, within the bounds of a control group."""
import contextlib
import os
import pathlib
import sys
import textwrap
import time

import pytest

from house import wait_until

MOST = 150


def hierarchy():
    """Where a control group with a limit of processes can be made, and the file that holds the limit."""
    for root in (pathlib.Path('/sys/fs/cgroup/pids'), pathlib.Path('/sys/fs/cgroup')):
        group = root / f'outrider-try-{os.getpid()}'
        with contextlib.suppress(OSError):
            group.mkdir()
            usable = (group / 'pids.max').exists()
            group.rmdir()
            if usable:
                return root
    return None


@pytest.fixture
def group():
    root = hierarchy()
    if root is None:
        pytest.skip('no control group with pids.max can be made here: a fork bomb cannot be let off')
    made = root / f'outrider-bomb-{os.getpid()}'
    made.mkdir()
    (made / 'pids.max').write_text(str(MOST))
    yield made
    for pid in members(made):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, 9)
    wait_until(lambda: not members(made), 10, 'the end of all in the group')
    made.rmdir()


def members(group):
    return [int(line) for line in (group / 'cgroup.procs').read_text().split()]


def test_a_fork_bomb_is_taken_down_whole_and_the_service_started_again(house, group):
    went_off = house.folder / 'went-off'
    script = house.folder / 'bomb.py'
    script.write_text(textwrap.dedent(f'''
        import os, pathlib, signal, socket, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        door = socket.socket()
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind(('127.0.0.1', {house.service_port}))
        door.listen()
        mark = pathlib.Path({str(went_off)!r})
        if mark.exists():
            while True:
                door.accept()
        time.sleep(1.5)
        door.close()
        mark.touch()
        while True:
            try:
                os.fork()
            except OSError:
                time.sleep(0.2)
    '''))
    ready = {'tcp': f'127.0.0.1:{house.service_port}', 'every': '200ms', 'timeout': '150ms', 'fail_after': 3}
    house.write(child=[sys.executable, str(script)], probes={'ready': ready}, restart={'stop_timeout': '500ms'})
    house.start(prefix=['sh', '-c', f'echo $$ > {group}/cgroup.procs; exec "$@"', 'sh'])
    first = house.wait_healthy()['pid']
    wait_until(lambda: len(members(group)) > MOST - 20, 20, 'the bomb')
    second = house.wait_healthy(not_pid=first)['pid']
    left = wait_until(lambda: len(members(group)) == 2 and members(group), 10, 'that all of it is gone')
    assert sorted(left) == sorted([house.agent.pid, second])
    time.sleep(0.5)
    assert house.pid() == second
    assert house.stop() == 0
