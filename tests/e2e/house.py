"""One agent, its folder and its service: what every story needs."""
import contextlib
import http.client
import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

from ports import free_port

ROOT = pathlib.Path(__file__).resolve().parents[2]
OUTRIDER = pathlib.Path(os.environ.get('OUTRIDER_BIN', ROOT / 'build/dev/bin/outrider'))
SERVICE = pathlib.Path(os.environ.get('REFERENCE_BIN', ROOT / 'build/dev/bin/notation-api'))


pages_read = {}  # when, of each port


def wait_until(question, limit=30.0, what='it'):
    """What `question` gave as soon as it was true; fails after `limit` seconds."""
    end = time.monotonic() + limit
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f'{what} did not happen within {limit} s')
        time.sleep(0.02)


def get(port, path, timeout=5.0, headers=None):
    """Status and body, or nothing when nobody answers. A page of metrics is shown for a tenth of a second: it is not asked for sooner."""
    if path == '/metrics':
        time.sleep(max(0.0, pages_read.get(port, 0.0) + 0.1 - time.monotonic()))
    connection = http.client.HTTPConnection('127.0.0.1', port, timeout=timeout)
    try:
        connection.request('GET', path, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
        pages_read[port] = time.monotonic()


def left_out(settings):
    """Without the keys that stand for nothing."""
    return {key: value for key, value in settings.items() if value is not None}


def alive(pid):
    try:
        return pathlib.Path(f'/proc/{pid}/stat').read_text().rsplit(')', 1)[1].split()[0] != 'Z'
    except FileNotFoundError:
        return False


class House:
    """Ports, a folder, a configuration, and the agent that runs on them."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.service_port, self.api_port, self.metrics_port = free_port(), free_port(), free_port()
        self.state = self.folder / 'state'
        self.log = self.folder / 'service.log'
        self.config = self.folder / 'outrider.yaml'
        self.stderr = self.folder / 'agent.log'
        self.socket = self.folder / 'o.sock'
        self.processes = []
        self.agent = None
        self.contained = False

    def service_command(self, *more):
        return [str(SERVICE), '--port', str(self.service_port), '--allow-breaking', *more]

    def write(self, *, child=None, probes=None, restart=None, extra=None, state=None, send_to=None):
        """A configuration as JSON, which is YAML. `restart`, `extra` override single keys."""
        ready = {'http': f'http://127.0.0.1:{self.service_port}/healthz', 'every': '200ms', 'timeout': '150ms',
                 'fail_after': 2, 'heal_after': 1}
        settings = {
            'service': {'name': 'notation-api', 'namespace': 'school', 'environment': 'test', 'version': '1.4.2'},
            'state': str(state or self.state),
            'api': {'listen': f'127.0.0.1:{self.api_port}', 'socket': str(self.socket)},
            'metrics': {'listen': f'127.0.0.1:{self.metrics_port}'},
            'logs': {'read': [{'child': 'all', 'format': 'json'}],
                     'send_to': send_to or [{'file': {'path': str(self.log), 'rotate_at': '1MiB', 'keep': 3}}]},
            'health': {
                'warm_up': '1s',
                'probes': {'ready': ready} if probes is None else probes,
                'restart': left_out({'child': child or self.service_command(), 'budget': '20 per 1h',
                                     'backoff': {'first': '100ms', 'most': '1s'}, 'stable_after': '2s',
                                     'stop_timeout': '500ms', **(restart or {})}),
            },
            **(extra or {}),
        }
        settings = left_out(settings)
        self.config.write_text(json.dumps(settings, indent=1))
        return settings

    def spawn(self, command, **options):
        process = subprocess.Popen(command, **options)
        self.processes.append(process)
        return process

    def start(self, prefix=(), environment=None, ready=True, **options):
        """Runs the agent; with `ready`, until /readyz says so."""
        self.contained = 'unshare' in prefix
        with open(self.stderr, 'ab') as errors:
            self.agent = self.spawn([*prefix, str(OUTRIDER), 'run', '-c', str(self.config)], stderr=errors,
                                    stdout=subprocess.DEVNULL, env={**os.environ, **(environment or {})}, **options)
        if ready:
            wait_until(lambda: self.agent.poll() is not None or (get(self.api_port, '/readyz') or (0,))[0] == 200,
                       what='readiness')
            assert self.agent.poll() is None, f'the agent ended with {self.agent.returncode}: {self.said()}'
        return self.agent

    def run(self, *words, prefix=(), timeout=60, **options):
        return subprocess.run([*prefix, str(OUTRIDER), *words], capture_output=True, text=True, timeout=timeout, **options)

    def said(self):
        return self.stderr.read_text(errors='replace') if self.stderr.exists() else ''

    def status(self):
        answer = get(self.api_port, '/api/v1/status')
        return json.loads(answer[1]) if answer and answer[0] == 200 else None

    def supervised(self):
        return (self.status() or {}).get('supervised') or {}

    def pid(self):
        return self.supervised().get('pid')

    def wait_healthy(self, not_pid=None, limit=30.0):
        def well():
            now = self.supervised()
            return now if now.get('state') == 'healthy' and now.get('pid') and now.get('pid') != not_pid else None
        return wait_until(well, limit, 'health')

    def wait_phase(self, phase, limit=30.0):
        return wait_until(lambda: self.supervised().get('phase') == phase and self.supervised(), limit, f'phase {phase}')

    def timeline(self):
        return [event['sentence'] for event in (self.status() or {}).get('timeline', [])]

    def metric(self, name, **labels):
        """The value of the first sample of that name with these labels, or nothing."""
        answer = get(self.metrics_port, '/metrics')
        for line in answer[1].splitlines() if answer else []:
            head, _, value = line.rpartition(' ')
            if head.split('{')[0] == name and all(f'{key}="{word}"' in head for key, word in labels.items()):
                return float(value)
        return None

    def break_service(self, how):
        return get(self.service_port, f'/break?how={how}')

    def stop(self, limit=20):
        if self.agent and self.agent.poll() is None:
            self.agent.send_signal(signal.SIGTERM)
        return self.agent.wait(limit) if self.agent else None

    def clean_up(self):
        # In a pid namespace the child's number means nothing out here; its end is the kernel's affair.
        child = self.pid() if self.agent and self.agent.poll() is None and not self.contained else None
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)
        kept = self.state / 'child' / 'bytes'  # in memory, and so beyond this folder
        if kept.exists():
            shutil.rmtree(kept.read_text(), ignore_errors=True)
        if child and alive(child):
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
            raise AssertionError(f'the agent ended and left its child {child} behind')
