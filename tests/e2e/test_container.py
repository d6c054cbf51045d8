"""As PID 1 of a container: orphans are reaped, signals forwarded, the child's code is the program's."""
import os
import signal
import subprocess

import pytest

from house import House, alive, wait_until

UNSHARE = ['unshare', '--fork', '--pid', '--kill-child', '--mount-proc']


@pytest.fixture
def container(house):
    tried = subprocess.run([*UNSHARE, 'true'], capture_output=True, text=True)
    if tried.returncode != 0:
        pytest.skip(f'cannot make a pid namespace here: {tried.stderr.strip()}')
    return house


def agent_inside(house: House):
    """The agent's pid as seen from outside: the child of unshare."""
    children = f'/proc/{house.agent.pid}/task/{house.agent.pid}/children'
    return int(wait_until(lambda: open(children).read().split(), what='the agent')[0])


def test_it_ends_with_the_code_of_a_child_that_was_meant_to_end(container):
    container.write(child=['/bin/sh', '-c', 'sleep 0.3; exit 42'], probes={}, restart={'when_it_ends': 'exit'})
    container.start(prefix=UNSHARE, ready=False)
    assert container.agent.wait(10) == 42, container.said()


def test_it_ends_as_a_child_that_a_signal_killed(container):
    container.write(child=['/bin/sh', '-c', 'kill -KILL $$$$'], probes={}, restart={'when_it_ends': 'exit'})
    container.start(prefix=UNSHARE, ready=False)
    assert container.agent.wait(10) == 128 + signal.SIGKILL, container.said()


def test_orphans_are_reaped(container):
    # A double fork leaves a process whose parent has gone: it becomes ours, and must not stay a zombie.
    marker = container.folder / 'orphan'
    script = f'( (sh -c "echo \\$$\\$$ > {marker}; exec sleep 0.2") & ); exec sleep 30'
    container.write(child=['/bin/sh', '-c', script], probes={})
    container.start(prefix=UNSHARE, ready=False)
    inside = agent_inside(container)
    wait_until(marker.exists, what='the orphan')

    def zombies():
        found = []
        for name in os.listdir('/proc'):
            if not name.isdigit():
                continue
            try:
                fields = open(f'/proc/{name}/stat').read().rsplit(')', 1)[1].split()
            except OSError:
                continue
            if fields[0] == 'Z' and int(fields[1]) == inside:
                found.append(name)
        return found

    wait_until(lambda: not sleepers(inside, 'sleep 0.2'), what='the orphan ending')
    wait_until(lambda: not zombies(), what='the orphan being reaped')


def sleepers(parent, command):
    listed = subprocess.run(['ps', '-o', 'args=', '--ppid', str(parent)], capture_output=True, text=True).stdout
    return [line for line in listed.splitlines() if line.strip() == command]


def test_signals_are_forwarded_to_the_child(container):
    seen = container.folder / 'seen'
    script = f'trap "echo usr1 >> {seen}" USR1; echo up >> {seen}; while :; do sleep 0.05; done'
    container.write(child=['/bin/sh', '-c', script], probes={})
    container.start(prefix=UNSHARE, ready=False)
    inside = agent_inside(container)
    wait_until(lambda: seen.exists() and 'up' in seen.read_text(), what='the child')
    os.kill(inside, signal.SIGUSR1)
    wait_until(lambda: 'usr1' in seen.read_text(), what='the forwarded signal')


def test_sigterm_ends_it_all(container):
    container.write()
    container.start(prefix=UNSHARE)
    container.wait_healthy()
    inside = agent_inside(container)
    os.kill(inside, signal.SIGTERM)
    assert container.agent.wait(10) == 0, container.said()
    assert not alive(inside)
