"""What a span costs on its way through: forwarded, or judged and counted; and what a hundred thousand waiting traces weigh."""
import contextlib
import pathlib
import shutil
import subprocess
import sys

from figure import Figure, Unmeasured
from house import get, wait_until
from measure_exporters import pss
from measure_weight import cpu_seconds
from ports import free_port

LOAD = pathlib.Path(__file__).resolve().parent / 'spans_load.py'
RUNS, REQUESTS, CONNECTIONS, SPANS = 5, 9600, 48, 100
SAMPLE = {'keep': [{'errors': True}, {'slower_than': '500ms'}, {'share': 0.05}], 'after_entry': '1s', 'at_most': '5s'}


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


def through(ground, name, goal, kept_of_a_request, note, **more):
    rates = []
    for _ in range(RUNS):
        with ground.agent() as house, receiver() as into:
            port = start(house, into, **more)
            before = cpu_seconds(house.agent.pid)
            load(port, REQUESTS)
            least = REQUESTS * kept_of_a_request
            wait_until(lambda: arrived(into) >= least, limit=90, what='all that is kept')
            wait_until(lambda: house.metric('outrider_spool_records', signal='traces') == 0, what='the spool to be empty')
            rates.append(REQUESTS * SPANS / (cpu_seconds(house.agent.pid) - before) / 1e6)
    return Figure(name, goal, 'M spans a CPU-second', rates, note, lower_is_better=False)


def forwarding(ground):
    told = f'{REQUESTS} requests of {SPANS} spans of about 250 B, {CONNECTIONS} connections, each answered after a sync'
    rows = [through(ground, 'spans by OTLP/HTTP in and out, on the disk between', 1.5, SPANS, told),
            through(ground, 'the same with tail sampling and span metrics', 0.6, 20, 'a fifth of the traces failed, and of the others one in twenty is kept',
                    sample=SAMPLE, span_metrics=True)]
    if not shutil.which('otelcol'):
        rows.append(Unmeasured('the OpenTelemetry Collector on the same load', 'no otelcol on PATH'))
    return rows


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

