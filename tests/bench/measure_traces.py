"""What a span costs on its way through: forwarded, or judged and counted; and what a hundred thousand waiting traces weigh."""
import contextlib
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile

from figure import Figure, Unmeasured
from house import get, wait_until
from measure_exporters import pss
from measure_weight import cpu_seconds
from ports import free_port

LOAD = pathlib.Path(__file__).resolve().parent / 'spans_load.py'
RUNS, REQUESTS, CONNECTIONS, SPANS = 5, 9600, 48, 100
SAMPLE = {'keep': [{'errors': True}, {'slower_than': '500ms'}, {'share': 0.05}], 'after_entry': '1s', 'at_most': '5s'}

COLLECTOR = """
receivers: {{otlp: {{protocols: {{http: {{endpoint: "127.0.0.1:{port}"}}}}}}}}
processors: {{batch: {{}}}}
exporters: {{otlphttp: {{endpoint: "http://127.0.0.1:{into}", compression: none}}}}
service:
  telemetry: {{metrics: {{level: none}}}}
  pipelines: {{traces: {{receivers: [otlp], processors: [batch], exporters: [otlphttp]}}}}
"""


@contextlib.contextmanager
def receiver():
    port = free_port()
    process = subprocess.Popen([sys.executable, LOAD, 'receive', str(port)])
    try:
        wait_until(lambda: get(port, '/'), what='the receiver')
        yield port
    finally:
        process.kill()
        process.wait(10)


def arrived(port):
    return int(get(port, '/')[1])


def start(house, into, **more):
    port = free_port()
    traces = {'listen': {'http': f'127.0.0.1:{port}'}, 'send_to': [{'otlp': f'http://127.0.0.1:{into}'}], 'spool': {'most_bytes': '1GiB'}, **more}
    house.write(extra={'logs': None, 'health': None, 'traces': traces})
    house.start(ready=False)
    wait_until(lambda: house.metric('outrider_otlp_listening') == 1, what='listening')
    return port


def load(port, requests, *words):
    subprocess.run([sys.executable, LOAD, 'send', str(port), str(requests), str(CONNECTIONS), *words], check=True)


def kept(house, into, kept_of_a_request):
    wait_until(lambda: arrived(into) >= REQUESTS * kept_of_a_request, limit=90, what='all that is kept')
    wait_until(lambda: house.metric('outrider_spool_records', signal='traces') == 0, what='the spool to be empty')


def through(ground, kept_of_a_request, **more):
    """Millions of spans a second of processor time."""
    with ground.agent() as house, receiver() as into:
        port = start(house, into, **more)
        before = cpu_seconds(house.agent.pid)
        load(port, REQUESTS)
        kept(house, into, kept_of_a_request)
        return REQUESTS * SPANS / (cpu_seconds(house.agent.pid) - before) / 1e6


def bare(ground):
    with tempfile.TemporaryDirectory() as folder, receiver() as into:
        port = free_port()
        words = [ground.build / 'bin' / 'bench_bare_spans', str(port), str(into), f'{folder}/kept', str(REQUESTS)]
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
            wait_until(lambda: listens(port), what='the bare program')
            load(port, REQUESTS)
            return REQUESTS * SPANS / float(process.communicate(timeout=90)[0]) / 1e6


def collector(_):
    """Its memory, too."""
    with tempfile.TemporaryDirectory() as folder, receiver() as into:
        port = free_port()
        config = pathlib.Path(folder) / 'collector.yaml'
        config.write_text(COLLECTOR.format(port=port, into=into))
        process = subprocess.Popen(['otelcol', '--config', str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_until(lambda: listens(port), what='the Collector')
            before = cpu_seconds(process.pid)
            load(port, REQUESTS)
            wait_until(lambda: arrived(into) >= REQUESTS * SPANS, limit=90, what='all of it')
            return REQUESTS * SPANS / (cpu_seconds(process.pid) - before) / 1e6
        finally:
            process.kill()
            process.wait(10)


def listens(port):
    with contextlib.suppress(OSError), socket.create_connection(('127.0.0.1', port), timeout=1):
        return True
    return False


def forwarding(ground):
    """In turns, so that the machine's mood hits all."""
    ways = {'through': lambda ground: through(ground, SPANS),
            'sampled': lambda ground: through(ground, 20, sample=SAMPLE, span_metrics=True), 'bare': bare}
    if shutil.which('otelcol'):
        ways['collector'] = collector
    rates = {name: [] for name in ways}
    for _ in range(RUNS):
        for name, way in ways.items():
            rates[name].append(way(ground))
    told = f'{REQUESTS} requests of {SPANS} spans of about 250 B, {CONNECTIONS} connections, each answered after a sync'
    unit = 'M spans a CPU-second'
    rows = [Figure('spans by OTLP/HTTP in and out, on the disk between', 1.5, unit, rates['through'], told, lower_is_better=False),
            Figure('the same with tail sampling and span metrics', 0.6, unit, rates['sampled'],
                   'a fifth of the traces failed, and of the others one in twenty is kept', lower_is_better=False),
            Figure('the same requests read, written, synced and sent on by a bare program', None, unit, rates['bare'], 'it reads no span', lower_is_better=False)]
    if 'collector' not in rates:
        return [*rows, Unmeasured('the OpenTelemetry Collector on the same load', 'no otelcol on PATH')]
    ratios = [ours / theirs for ours, theirs in zip(rates['through'], rates['collector'])]
    return [*rows, Figure('the OpenTelemetry Collector on the same load', None, unit, rates['collector'], 'in memory: otlp, batch, otlphttp', lower_is_better=False),
            Figure('spans a CPU-second beside the Collector', 3, 'times', ratios, 'outrider with its spool on the disk', lower_is_better=False)]


def waiting(ground):
    """50,000 traces without an end, so that each waits for as long as it may."""
    memory = []
    with ground.agent() as house, receiver() as into:
        port = start(house, into, sample={**SAMPLE, 'at_most': '10m', 'most_traces': 50_000}, span_metrics=True)
        for _ in range(RUNS):
            load(port, 2000, 'rootless')
            memory.append(pss(house.agent.pid))
        assert house.metric('outrider_sampling_waiting_traces') > 9_000
    return [Figure('memory (PSS) with traces that wait, 10,000 more each time', 200, 'MiB', memory, 'pages of the spool that were read count in it')]

