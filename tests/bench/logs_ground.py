"""What the measures of the logs river stand on: the load, the other end, and one agent on a core of its own."""
import contextlib
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import tempfile
import time
import urllib.request

import peers_logs

AGENT_CORE, OTHER_CORE = 0, 1
BLOCK_BYTES = 64 << 20
WORDS = [''.join(random.Random(seed).choices('abcdefghijklmnopqrstuvwxyz', k=3 + seed % 8)) for seed in range(500)]


class Load:
    """JSON lines of about 370 bytes: 64 MiB that differ, and those again until it is large enough."""

    def __init__(self, folder, mebibytes, *, wrap=lambda line: line, name='load.log'):
        dice = random.Random(1)
        size, lines = 0, []
        while size < BLOCK_BYTES:
            line = wrap(json_line(dice, len(lines)))
            lines.append(line)
            size += len(line) + 1
        block = ('\n'.join(lines) + '\n').encode()
        times = max(1, mebibytes * (1 << 20) // len(block))
        self.path = pathlib.Path(folder) / name
        with open(self.path, 'wb') as file:
            for _ in range(times):
                file.write(block)
        self.lines, self.bytes = len(lines) * times, len(block) * times


def json_line(dice, number):
    return (f'{{"time":"2026-11-21T11:26:{number % 60:02d}.{number % 1000000:06d}Z","level":"{dice.choice(("info", "warn", "debug"))}",'
            f'"msg":"{" ".join(dice.choices(WORDS, k=25))}","trace_id":"{dice.getrandbits(128):032x}","number":{number},'
            f'"path":"/api/v1/notes","status":200,"took_ms":{dice.random() * 100:.1f},"user":"{dice.choice(WORDS)}"}}')


def cri(line):
    return f'2026-11-21T11:26:03.123456789Z stdout F {line}'


class Sink:
    """bench_bulk_sink on the other core."""

    def __init__(self, ground, *words):
        self.process = subprocess.Popen([str(ground.build / 'bin' / 'bench_bulk_sink'), *words], stdout=subprocess.PIPE,
                                        preexec_fn=lambda: os.sched_setaffinity(0, {OTHER_CORE}))
        self.port = int(self.process.stdout.readline())

    def ask(self, what):
        with urllib.request.urlopen(f'http://127.0.0.1:{self.port}/{what}', timeout=30) as answer:
            return json.loads(answer.read())

    def wait_for(self, documents, limit=300):
        """Until it has got so many; gives its count."""
        end = time.monotonic() + limit
        while (count := self.ask('count'))['documents'] < documents:
            if time.monotonic() > end:
                raise AssertionError(f'{count["documents"]} of {documents} documents within {limit} s')
            time.sleep(0.05)
        return count

    def close(self):
        self.process.kill()
        self.process.wait()


class Run:
    """One agent pinned to its core. Its processor time is the kernel's account of the whole process, from exec to exit."""

    def __init__(self, command):
        self.began_ns = time.time_ns()
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                        preexec_fn=lambda: os.sched_setaffinity(0, {AGENT_CORE}))
        self.pid = self.process.pid

    def cpu_seconds(self):
        """So far, of every thread there is now."""
        return sum(int(path.read_text().split()[0]) for path in pathlib.Path(f'/proc/{self.pid}/task').glob('*/schedstat')) / 1e9

    def pss_mib(self):
        return int(re.search(r'^Pss:\s+(\d+) kB', pathlib.Path(f'/proc/{self.pid}/smaps_rollup').read_text(), re.M)[1]) / 1024

    def kill(self):
        if self.process.returncode is None:
            self.process.kill()
            self.process.wait()

    def end(self):
        """(processor seconds, peak MiB) of its whole life."""
        peak = int(re.search(r'^VmHWM:\s+(\d+) kB', pathlib.Path(f'/proc/{self.pid}/status').read_text(), re.M)[1]) / 1024
        self.process.terminate()
        _, status, usage = os.wait4(self.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        return usage.ru_utime + usage.ru_stime, peak


class Yard:
    """A folder with its sink; `with` ends what runs in it and removes it."""

    def __init__(self, ground, *sink_words):
        self.ground, self.sink_words = ground, sink_words

    def __enter__(self):
        self.stack = contextlib.ExitStack()
        self.folder = pathlib.Path(self.stack.enter_context(tempfile.TemporaryDirectory(prefix='outrider-bench.')))
        self.sink = Sink(self.ground, *self.sink_words)
        self.stack.callback(self.sink.close)
        return self

    def __exit__(self, *unused):
        self.stack.close()

    def config(self, glob, *, format='json', durable=True, gzip=False):
        """A configuration of our agent; durable: what it knows outlives it."""
        destination = {'urls': [f'http://127.0.0.1:{self.sink.port}'], 'data_stream': 'logs-bench-test', 'gzip': gzip}
        settings = {'service': {'name': 'bench', 'namespace': 'school', 'environment': 'test', 'version': '1.4.2'},
                    'api': {'listen': 'none', 'socket': 'none'}, 'metrics': {'listen': 'none'},
                    'logs': {'read': [{'file': str(glob), 'format': format}], 'send_to': [{'elasticsearch': destination}]}}
        if durable:
            settings['state'] = str(self.folder / 'state')
        path = self.folder / 'outrider.yaml'
        path.write_text(json.dumps(settings))
        return path

    def command(self, glob, **how):
        return [str(self.ground.outrider), 'run', '-c', str(self.config(glob, **how))]

    def run(self, glob, **how):
        run = Run(self.command(glob, **how))
        self.stack.callback(run.kill)
        return run

    def forget(self):
        """Nobody has read anything, and the sink has got nothing."""
        for name in ('state', *peers_logs.STATES):
            shutil.rmtree(self.folder / name, ignore_errors=True)
        self.sink.ask('reset')
