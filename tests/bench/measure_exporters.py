"""The machine's metrics beside node_exporter, whose names they have: CPU a scrape and memory, for the same series."""
import contextlib
import os
import re
import shutil
import subprocess
import time

from figure import Figure, Unmeasured
from house import get, wait_until
from measure_weight import cpu_seconds
from ports import free_port

SCRAPES = 40
APART = 0.12  # a page of ours is shown again for a tenth of a second
RUNS = 5


def pss(pid):
    text = open(f'/proc/{pid}/smaps_rollup', encoding='utf-8').read()
    return int(re.search(r'^Pss:\s+(\d+) kB', text, re.MULTILINE).group(1)) / 1024


def cost(pid, read):
    """CPU milliseconds of one scrape, in the middle of so many."""
    before = cpu_seconds(pid)
    for _ in range(SCRAPES):
        read()
        time.sleep(APART)
    return (cpu_seconds(pid) - before) * 1000 / SCRAPES


def series(text, prefix):
    return len(re.findall(rf'^{prefix}', text, re.MULTILINE))


@contextlib.contextmanager
def exporter(program, *words, **environment):
    port = free_port()
    process = subprocess.Popen([program, f'--web.listen-address=127.0.0.1:{port}', *words], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, env={**os.environ, **environment})
    try:
        wait_until(lambda: get(port, '/metrics'), what=program)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(10)


def beside(ground, name, prefix, settings, started, target='/metrics'):
    """Figures of ours and theirs, and how they compare."""
    ours, theirs, our_memory, their_memory = [], [], [], []
    with ground.agent() as house, started as (port, pid):
        house.write(extra={'metrics': {'listen': f'127.0.0.1:{house.metrics_port}', **settings}})
        house.start()
        house.wait_healthy()
        wait_until(lambda: series((get(house.metrics_port, '/metrics') or (0, ''))[1], prefix) > 100, what='our series')
        path = target(get(house.metrics_port, '/metrics')[1]) if callable(target) else target
        time.sleep(12)  # the first rounds touch what later ones do not, and are given back after ten seconds
        for _ in range(RUNS):
            ours.append(cost(house.agent.pid, lambda: get(house.metrics_port, '/metrics')))
            theirs.append(cost(pid, lambda: get(port, path)))
            our_memory.append(pss(house.agent.pid))
            their_memory.append(pss(pid))
        counts = [series(get(at, way)[1], prefix) for at, way in ((house.metrics_port, '/metrics'), (port, path))]
    note = f'{counts[0]} series here, {counts[1]} there; ours with the whole agent around them'
    return [Figure(f'{name}: CPU a scrape, to that of its exporter', 0.5, 'times', [a / b for a, b in zip(ours, theirs)], note),
            Figure(f'{name}: CPU a scrape', None, 'ms', ours), Figure(f'{name}, by its exporter', None, 'ms', theirs),
            Figure(f'{name}: memory (PSS), to that of its exporter', 0.5, 'times',
                   [a / b for a, b in zip(our_memory, their_memory)]),
            Figure(f'{name}: memory (PSS)', None, 'MiB', our_memory), Figure(f'{name}, by its exporter (PSS)', None, 'MiB', their_memory)]


def of_the_same_collectors(page):
    names = re.findall(r'^node_scrape_collector_success\{collector="(\w+)"\} 1', page, re.MULTILINE)
    return '/metrics?' + '&'.join(f'collect[]={name}' for name in names)


def machine(ground):
    program = shutil.which('prometheus-node-exporter')
    if not program:
        return [Unmeasured('metrics of the machine, beside node_exporter', 'prometheus-node-exporter is not installed')]
    started = exporter(program, '--web.disable-exporter-metrics')
    return beside(ground, 'metrics of the machine', 'node_', {'host': True}, started, of_the_same_collectors)
