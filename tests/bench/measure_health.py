"""What it costs to ask, and whether answers come in time: many probes at once, of a service that answers and of one that is silent."""
import collections
import selectors
import socket
import threading
import time

from figure import Figure
from house import get, wait_until
from measure_weight import cpu_seconds

SECONDS = 20
LIMIT_MS = 500  # of each probe


class Silent:
    """Takes every call and says nothing, until the other side hangs up."""

    def __init__(self):
        self.door = socket.create_server(('127.0.0.1', 0), backlog=4096)
        self.port = self.door.getsockname()[1]
        self.over = False
        self.thread = threading.Thread(target=self.serve)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *unused):
        self.over = True
        self.thread.join()
        self.door.close()

    def serve(self):
        with selectors.DefaultSelector() as selector:
            selector.register(self.door, selectors.EVENT_READ)
            while not self.over:
                for key, _ in selector.select(0.2):
                    if key.fileobj is self.door:
                        selector.register(self.door.accept()[0], selectors.EVENT_READ)
                    elif not key.fileobj.recv(4096):
                        selector.unregister(key.fileobj)
                        key.fileobj.close()


def cost(ground):
    """200 a second: half of them over HTTP, half of them connections only."""
    samples = []
    for _ in range(5):
        with ground.agent() as house:
            probes = {}
            for number in range(100):
                probes[f'http-{number}'] = {'http': f'http://127.0.0.1:{house.service_port}/healthz', 'every': '1s', 'timeout': '500ms'}
                probes[f'tcp-{number}'] = {'tcp': f'127.0.0.1:{house.service_port}', 'every': '1s', 'timeout': '500ms'}
            house.write(probes=probes)
            house.start()
            house.wait_healthy()
            asked, before, began = questions(house), cpu_seconds(house.agent.pid), time.monotonic()
            time.sleep(SECONDS)
            took, used = time.monotonic() - began, cpu_seconds(house.agent.pid) - before
            rate = (questions(house) - asked) / took
            samples.append(100 * used / took * 200 / rate)
    return [Figure('200 probes a second', 2, '% of a core', samples, f'half HTTP, half TCP, {SECONDS} s; the status is not asked meanwhile')]


def questions(house):
    return sum(probe['asked_total'] for probe in house.status()['probes'])


def late(ground):
    """2,000 probes, half of what is asked silent: how long after its limit was an answer there?"""
    samples = []
    for _ in range(5):
        with Silent() as silent, ground.agent() as house:
            probes = {}
            for number in range(1000):
                probes[f'silent-{number}'] = {'http': f'http://127.0.0.1:{silent.port}/', 'every': '5s', 'timeout': f'{LIMIT_MS}ms', 'dependency': True}
                probes[f'well-{number}'] = {'http': f'http://127.0.0.1:{house.service_port}/healthz', 'every': '5s', 'timeout': f'{LIMIT_MS}ms'}
            house.write(probes=probes)
            house.start(ready=False)
            wait_until(lambda: get(house.api_port, '/livez'), 60, 'the agent')
            seen = collections.Counter()
            end = time.monotonic() + SECONDS
            worst = 0.0
            while time.monotonic() < end:
                for probe in house.status()['probes']:
                    seen[probe['last']] += 1
                    if probe['asked_total'] > 0:
                        worst = max(worst, 1000 * probe['took_seconds'] - LIMIT_MS)
                time.sleep(1)
            assert seen['not_ok'] > 0 and seen['ok'] > 0, f'neither side was heard: {seen}'
            samples.append(max(0.0, worst))
    return [Figure('2,000 probes, half of them silent: latest answer after its limit', 50, 'ms', samples,
                   f'each every 5 s with a limit of {LIMIT_MS} ms, their own measure, read once a second for {SECONDS} s')]
