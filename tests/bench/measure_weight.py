"""What it costs to have it at all: start, memory, idle CPU, size on disk, hours of simulation."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time

from figure import Figure, Unmeasured
from house import get

IDLE_SECONDS = 30


def start(ground):
    samples = []
    for _ in range(5):
        with ground.agent() as house:
            house.write()
            began = time.monotonic()
            house.start(ready=False)
            while (get(house.api_port, '/readyz', timeout=0.5) or (0,))[0] != 200:
                if time.monotonic() > began + 10:
                    return [Unmeasured('start to /readyz 200', 'not ready within 10 s')]
                time.sleep(0.001)
            samples.append((time.monotonic() - began) * 1000)
    return [Figure('start to /readyz 200', 30, 'ms', samples, 'asked every millisecond, new connection each time')]


def proportional_mib(pid):
    rollup = pathlib.Path(f'/proc/{pid}/smaps_rollup').read_text()
    return int(re.search(r'^Pss:\s+(\d+) kB', rollup, re.M)[1]) / 1024


def cpu_seconds(pid):
    # Scheduler nanoseconds of every thread: clock ticks of 10 ms would hide what an idle program uses.
    return sum(int(path.read_text().split()[0]) for path in pathlib.Path(f'/proc/{pid}/task').glob('*/schedstat')) / 1e9


def idle_settings(house):
    return {'probes': {'ready': {'http': f'http://127.0.0.1:{house.service_port}/healthz', 'every': '1s', 'timeout': '500ms'}},
            'extra': {'metrics': {'listen': f'127.0.0.1:{house.metrics_port}',
                                  'scrape': [{'url': f'http://127.0.0.1:{house.service_port}/metrics', 'every': '15s'}]}}}


def bare_idle(ground, house):
    """What the kernel takes for the same probe and the same looks at /proc, by a program that does nothing else."""
    words = [str(ground.build / 'bin' / 'bench_bare_idle'), str(house.service_port), str(house.pid()), str(IDLE_SECONDS)]
    return float(subprocess.run(words, capture_output=True, text=True, check=True, timeout=2 * IDLE_SECONDS).stdout)


def idle(ground):
    memory, cpu, bare = [], [], []
    for _ in range(5):
        with ground.agent() as house:
            house.write(**idle_settings(house))
            house.start()
            house.wait_healthy()
            get(house.metrics_port, '/metrics')
            before, began = cpu_seconds(house.agent.pid), time.monotonic()
            time.sleep(IDLE_SECONDS)
            cpu.append(100 * (cpu_seconds(house.agent.pid) - before) / (time.monotonic() - began))
            memory.append(proportional_mib(house.agent.pid))
            bare.append(bare_idle(ground, house))
    note = f'{IDLE_SECONDS} s, one child, one probe a second, one scrape each 15 s'
    return [Figure('idle memory (PSS)', 8, 'MiB', memory, note), Figure('idle CPU', 0.1, '% of a core', cpu, note),
            Figure('the same questions to the kernel, by a bare program', None, '% of a core', bare, 'in turns with ours, of the same service')]


def size(ground):
    with tempfile.TemporaryDirectory() as folder:
        stripped = pathlib.Path(folder) / 'outrider'
        shutil.copy(ground.outrider, stripped)
        subprocess.run(['strip', str(stripped)], check=True)
        return [Figure('release binary, stripped', 12, 'MiB', [stripped.stat().st_size / 2**20])]


def simulation(ground):
    program = ground.build / 'bin' / 'outrider_sim'
    if not program.exists():
        return [Unmeasured('24 simulated hours', f'{program} is not built')]
    samples = []
    for _ in range(5):
        began = time.monotonic()
        done = subprocess.run([str(program), '--seed', '1', '--hours', '24'], capture_output=True, text=True,
                              env={**os.environ, 'NO_COLOR': '1'}, timeout=300)
        if done.returncode != 0:
            return [Unmeasured('24 simulated hours', f'the simulation ended with {done.returncode}')]
        samples.append(time.monotonic() - began)
    return [Figure('24 simulated hours', 10, 's', samples, 'seed 1')]
