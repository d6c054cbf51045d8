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
receivers: {{otlp: {{protocols: {{{protocol}: {{endpoint: "127.0.0.1:{port}"}}}}}}}}
processors: {{batch: {{}}}}
exporters: {{{exporter}: {{endpoint: "{into}", compression: none, tls: {{insecure: true}}}}}}
service:
  telemetry: {{metrics: {{level: none}}}}
  pipelines: {{traces: {{receivers: [otlp], processors: [batch], exporters: [{exporter}]}}}}
"""


class Receiver:
    def __init__(self, port, grpc_port):
        self.port, self.grpc_port = port, grpc_port

    def url(self, by_grpc):
        return f'grpc://127.0.0.1:{self.grpc_port}' if by_grpc else f'http://127.0.0.1:{self.port}'

    def arrived(self):
        return int(get(self.port, '/')[1])


@contextlib.contextmanager
def receiver():
    port, grpc_port = free_port(), free_port()
    process = subprocess.Popen([sys.executable, LOAD, 'receive', str(port), str(grpc_port)])
    try:
        wait_until(lambda: get(port, '/'), what='the receiver')
        yield Receiver(port, grpc_port)
    finally:
        process.kill()
        process.wait(10)


def start(house, into, by_grpc=False, **more):
    port = free_port()
    traces = {'listen': {'grpc' if by_grpc else 'http': f'127.0.0.1:{port}'}, 'send_to': [{'otlp': into.url(by_grpc)}], 'spool': {'most_bytes': '1GiB'}, **more}
    house.write(extra={'logs': None, 'health': None, 'traces': traces})
    house.start(ready=False)
    wait_until(lambda: house.metric('outrider_otlp_listening') == 1, what='listening')
    return port


def load(port, requests, *words):
    subprocess.run([sys.executable, LOAD, 'send', str(port), str(requests), str(CONNECTIONS), *words], check=True)


def kept(house, into, kept_of_a_request):
    wait_until(lambda: into.arrived() >= REQUESTS * kept_of_a_request, limit=90, what='all that is kept')
    wait_until(lambda: house.metric('outrider_spool_records', signal='traces') == 0, what='the spool to be empty')


def through(ground, kept_of_a_request, by_grpc=False, **more):
    """Millions of spans a second of processor time, and its memory in MiB at the end."""
    with ground.agent() as house, receiver() as into:
        port = start(house, into, by_grpc, **more)
        before = cpu_seconds(house.agent.pid)
        load(port, REQUESTS, *(['grpc'] if by_grpc else []))
        kept(house, into, kept_of_a_request)
        return REQUESTS * SPANS / (cpu_seconds(house.agent.pid) - before) / 1e6, pss(house.agent.pid)


def bare(ground):
    """It reads no span."""
    with tempfile.TemporaryDirectory() as folder, receiver() as into:
        port = free_port()
        words = [ground.build / 'bin' / 'bench_bare_spans', str(port), str(into.port), f'{folder}/kept', str(REQUESTS)]
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
            wait_until(lambda: listens(port), what='the bare program')
            load(port, REQUESTS)
            return REQUESTS * SPANS / float(process.communicate(timeout=90)[0]) / 1e6, 0


def collector(by_grpc):
    """In memory: it keeps nothing on the disk."""
    with tempfile.TemporaryDirectory() as folder, receiver() as into:
        port = free_port()
        config = pathlib.Path(folder) / 'collector.yaml'
        protocol, exporter = ('grpc', 'otlp') if by_grpc else ('http', 'otlphttp')
        config.write_text(COLLECTOR.format(protocol=protocol, exporter=exporter, port=port, into=into.url(by_grpc).replace('grpc://', '')))
        process = subprocess.Popen(['otelcol', '--config', str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_until(lambda: listens(port), what='the Collector')
            before = cpu_seconds(process.pid)
            load(port, REQUESTS, *(['grpc'] if by_grpc else []))
            wait_until(lambda: into.arrived() >= REQUESTS * SPANS, limit=90, what='all of it')
            return REQUESTS * SPANS / (cpu_seconds(process.pid) - before) / 1e6, pss(process.pid)
        finally:
            process.kill()
            process.wait(10)


def listens(port):
    with contextlib.suppress(OSError), socket.create_connection(('127.0.0.1', port), timeout=1):
        return True
    return False


def forwarding(ground):
    """In turns, so that the machine's mood hits all."""
    ways = {'http': lambda: through(ground, SPANS), 'grpc': lambda: through(ground, SPANS, by_grpc=True),
            'sampled': lambda: through(ground, 20, sample=SAMPLE, span_metrics=True),
            'sampled grpc': lambda: through(ground, 20, by_grpc=True, sample=SAMPLE, span_metrics=True), 'bare': lambda: bare(ground)}
    if shutil.which('otelcol'):
        ways |= {'their http': lambda: collector(False), 'their grpc': lambda: collector(True)}
    came = {name: [] for name in ways}
    for _ in range(RUNS):
        for name, way in ways.items():
            came[name].append(way())

    def rate(name, what, goal, note=''):
        return Figure(what, goal, 'M spans a CPU-second', [one[0] for one in came[name]], note, lower_is_better=False)
    told = f'{REQUESTS} requests of {SPANS} spans of about 250 B, {CONNECTIONS} connections, each answered after a sync'
    kept = 'a fifth of the traces failed, and of the others one in twenty is kept'
    rows = [rate('grpc', 'spans by OTLP/gRPC in and out, on the disk between', 1.5, told), rate('http', 'the same by OTLP/HTTP', 1.5),
            rate('sampled grpc', 'by gRPC with tail sampling and span metrics', 0.6, kept), rate('sampled', 'the same by HTTP', 0.6),
            rate('bare', 'requests by HTTP read, written, synced and sent on by a bare program', None, 'it reads no span')]
    if 'their grpc' not in came:
        return [*rows, Unmeasured('the OpenTelemetry Collector on the same load', 'no otelcol on PATH')]
    return rows + [row for ours in ('grpc', 'http') for row in beside(ours, came[ours], came[f'their {ours}'])]


def beside(protocol, ours, theirs):
    note = f'by {protocol}; the Collector (otlp, batch) keeps nothing on the disk'
    return [Figure('spans a CPU-second beside the Collector', 3, 'times', [one[0] / other[0] for one, other in zip(ours, theirs)], note, lower_is_better=False),
            Figure('memory (PSS) beside the Collector', 0.25, 'of its', [one[1] / other[1] for one, other in zip(ours, theirs)], note)]


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

