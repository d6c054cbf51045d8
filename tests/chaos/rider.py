"""The agent under test: its configuration, its lives one after the other, and what it tells of itself."""
import json
import os
import pathlib
import re
import resource
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from ports import free_port  # noqa: E402


def wait_until(question, limit, what):
    """What `question` gave as soon as it was true; fails after `limit` seconds."""
    end = time.monotonic() + limit
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f'{what} did not happen within {limit:g} s')
        time.sleep(0.05)


class Rider:
    def __init__(self, folder, program, logs, *, state=None, environment=None):
        self.folder, self.program = pathlib.Path(folder), str(program)
        self.api, self.metrics = free_port(), free_port()
        self.environment = {**os.environ, **(environment or {})}
        self.config, self.log = self.folder / 'outrider.yaml', self.folder / 'agent.log'
        self.process, self.lives = None, 0
        self.write(logs, state or self.folder / 'state')

    def write(self, logs, state):
        self.config.write_text(json.dumps({
            'service': {'name': 'chaos', 'namespace': 'oracle', 'environment': 'test', 'version': '1.0.0'},
            'state': str(state), 'logs': logs,
            'api': {'listen': f'127.0.0.1:{self.api}', 'socket': str(self.folder / 'o.sock')},
            'metrics': {'listen': f'127.0.0.1:{self.metrics}'}}, indent=1))

    def start(self):
        with open(self.log, 'ab') as log:
            self.log_before = log.tell()
            self.process = subprocess.Popen([self.program, 'run', '-c', str(self.config)], stdin=subprocess.DEVNULL,
                                            stdout=subprocess.DEVNULL, stderr=log, env=self.environment)
        self.lives += 1

    def ready(self):
        """Whether it has come so far as to listen to signals."""
        with open(self.log, 'rb') as log:
            log.seek(self.log_before)
            return b'"what":"Ready"' in log.read()

    @property
    def pid(self):
        return self.process.pid

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def signal(self, which):
        self.process.send_signal(which)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self, limit=90):
        self.signal(signal.SIGTERM)
        try:
            return self.process.wait(limit)
        except subprocess.TimeoutExpired:
            raise AssertionError(f'the agent did not end within {limit} s of its SIGTERM') from None

    def descriptors(self):
        return len(os.listdir(f'/proc/{self.pid}/fd'))

    def allow_descriptors(self, most):
        _, hard = resource.prlimit(self.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(self.pid, resource.RLIMIT_NOFILE, (min(most, hard), hard))

    def run(self, *words, limit=90):
        return subprocess.run([self.program, *words, '-c', str(self.config)], capture_output=True, text=True, timeout=limit)

    def samples(self):
        """[(name, labels, value)] of /metrics; nothing while nobody answers."""
        try:
            with urllib.request.urlopen(f'http://127.0.0.1:{self.metrics}/metrics', timeout=5) as answer:
                page = answer.read().decode()
        except (OSError, urllib.error.URLError):
            return []
        found = []
        for line in page.splitlines():
            if not line.startswith('#') and line:
                head, _, value = line.rpartition(' ')
                found.append((head.partition('{')[0], dict(re.findall(r'(\w+)="([^"]*)"', head)), float(value)))
        return found

    def memory_mib(self):
        rollup = pathlib.Path(f'/proc/{self.pid}/smaps_rollup').read_text()
        return int(re.search(r'^Pss:\s+(\d+) kB', rollup, re.M)[1]) / 1024
