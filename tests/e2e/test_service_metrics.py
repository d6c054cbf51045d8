"""`metrics.process` and `metrics.cgroup`: what the supervised service uses, as the kernel has it."""
import os
import pathlib

import pytest

from exposition import Page
from house import get, wait_until

TICK = os.sysconf('SC_CLK_TCK')


@pytest.fixture
def running(house):
    house.write(extra={'metrics': {'listen': f'127.0.0.1:{house.metrics_port}', 'process': True, 'cgroup': True}})
    house.start()
    house.wait_healthy()
    wait_until(lambda: value(page(house), 'namedprocess_namegroup_num_procs') == 1, what='a look at the process')
    return house


def page(house):
    return Page(get(house.metrics_port, '/metrics')[1])


def value(of, name, **labels):
    wanted = set(labels.items())
    found = [number for key, number in of.samples.get(name, {}).items() if wanted <= key]
    assert len(found) == 1, f'{name} {labels}: {found}'
    return found[0]


def test_the_service_is_seen_as_the_kernel_sees_it(running):
    pid = running.pid()
    fields = pathlib.Path(f'/proc/{pid}/stat').read_text().rsplit(')', 1)[1].split()
    before = (int(fields[11]) + int(fields[12])) / TICK
    shown = page(running)
    fields = pathlib.Path(f'/proc/{pid}/stat').read_text().rsplit(')', 1)[1].split()
    after = (int(fields[11]) + int(fields[12])) / TICK
    group = {'groupname': 'notation-api', 'service': 'notation-api', 'namespace': 'school', 'environment': 'test'}
    used = sum(value(shown, 'namedprocess_namegroup_cpu_seconds_total', mode=mode, **group) for mode in ('user', 'system'))
    assert before - 1e-9 <= used <= after + 1e-9
    assert value(shown, 'namedprocess_namegroup_num_procs', **group) == 1
    assert value(shown, 'namedprocess_namegroup_num_threads', **group) == len(os.listdir(f'/proc/{pid}/task'))
    resident = value(shown, 'namedprocess_namegroup_memory_bytes', memtype='resident', **group)
    assert resident == pytest.approx(int(fields[21]) * os.sysconf('SC_PAGESIZE'), rel=0.2)
    boot = next(int(line.split()[1]) for line in pathlib.Path('/proc/stat').read_text().splitlines() if line.startswith('btime'))
    assert value(shown, 'namedprocess_namegroup_oldest_start_time_seconds', **group) == pytest.approx(boot + int(fields[19]) / TICK, abs=1.5)


def test_its_control_group_is_seen(running):
    shown = page(running)
    names = {name for name in shown.types if name.startswith('container_')}
    if not names:
        pytest.skip('no control groups are mounted here')
    assert 'container_memory_usage_bytes' in names or 'container_cpu_usage_seconds_total' in names
    labels = {dict(key)['service'] for name in names for key in shown.samples[name]}
    assert labels == {'notation-api'}


def test_counters_do_not_fall_when_the_service_is_restarted(running):
    group = {'groupname': 'notation-api'}
    before = page(running)
    faults = value(before, 'namedprocess_namegroup_minor_page_faults_total', **group)
    first = running.pid()
    running.break_service('crash')
    running.wait_healthy(not_pid=first)
    wait_until(lambda: value(page(running), 'namedprocess_namegroup_minor_page_faults_total', **group) > faults, what='more faults')
