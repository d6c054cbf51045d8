"""What a sample costs that is sent on: 10,000 scraped series each second, beside Prometheus' agent mode doing the same."""
import contextlib
import http.server
import shutil
import subprocess
import tempfile
import threading
import time

from figure import Figure, Unmeasured
from house import get, wait_until
from measure_exporters import pss
from measure_metrics import SERIES, serve
from measure_weight import cpu_seconds
from ports import free_port

RUNS, ROUNDS = 5, 10


@contextlib.contextmanager
def receiver():
    """Takes everything, and counts its bytes."""
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = 'HTTP/1.1'

        def do_POST(self):
            self.server.taken += len(self.rfile.read(int(self.headers['Content-Length'])))
            self.server.requests += 1
            self.send_response(204)
            self.end_headers()

        def log_message(self, *unused):
            pass

    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
    server.taken = server.requests = 0
    server.url = f'http://127.0.0.1:{server.server_port}/api/v1/write'
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


def of_rounds(pid, into):
    """Microseconds of processor time a sample, and bytes, over so many seconds with a round each."""
    cpu, taken, begin = cpu_seconds(pid), into.taken, time.monotonic()
    time.sleep(ROUNDS)
    samples = (time.monotonic() - begin) * SERIES
    return (cpu_seconds(pid) - cpu) * 1e6 / samples, (into.taken - taken) / samples


@contextlib.contextmanager
def peer(target, into):
    """Prometheus as an agent: it scrapes, writes its log, and sends."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        with open(f'{folder}/prometheus.yml', 'w', encoding='utf-8') as file:
            file.write(f'global: {{scrape_interval: 1s}}\nscrape_configs: [{{job_name: bench, static_configs: [{{targets: ["127.0.0.1:{target}"]}}]}}]\n'
                       f'remote_write: [{{url: "{into.url}"}}]\n')
        process = subprocess.Popen(['prometheus', '--enable-feature=agent', f'--config.file={folder}/prometheus.yml', f'--storage.agent.path={folder}/agent',
                                    f'--web.listen-address=127.0.0.1:{port}'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_until(lambda: get(port, '/-/ready'), what='Prometheus as an agent')
            yield process
        finally:
            process.kill()
            process.wait(10)


def sending(ground):
    scraped, sent, theirs, memory, their_memory, bytes_each = [], [], [], [], [], []
    target = serve()
    scrape = {'scrape': [{'url': f'http://127.0.0.1:{target.server_port}/metrics', 'every': '1s', 'timeout': '900ms'}]}

    def agent(house, **more):
        house.write(extra={'logs': None, 'health': None, 'metrics': {'listen': f'127.0.0.1:{house.metrics_port}', **scrape, **more}})
        house.start(ready=False)
        wait_until(lambda: (get(house.metrics_port, '/metrics') or (0, ''))[1].count('\nbench_value{') == SERIES, what='the series')

    for _ in range(RUNS):
        with ground.agent() as house, receiver() as into:
            agent(house)
            scraped.append(of_rounds(house.agent.pid, into)[0])
        with ground.agent() as house, receiver() as into:
            agent(house, remote_write=[{'url': into.url, 'every': '1s'}])
            wait_until(lambda: into.requests > 10, what='requests')
            cost, each = of_rounds(house.agent.pid, into)
            sent.append(cost)
            bytes_each.append(each)
            memory.append(pss(house.agent.pid))
        if shutil.which('prometheus'):
            with receiver() as into, peer(target.server_port, into) as process:
                wait_until(lambda: into.requests > 10, what='requests of Prometheus')
                theirs.append(of_rounds(process.pid, into)[0])
                their_memory.append(pss(process.pid))
    target.shutdown()
    rows = [Figure('scraped only, of 10,000 series each second', None, 'µs a sample', scraped),
            Figure('scraped and sent on by remote write, over the disk', 5, 'µs a sample', sent, f'{bytes_each[0]:.1f} bytes a sample as it is sent'),
            Figure('memory (PSS) meanwhile', 60, 'MiB', memory)]
    if not theirs:
        return [*rows, Unmeasured('Prometheus in agent mode doing the same', 'no prometheus on PATH')]
    return [*rows, Figure('Prometheus in agent mode doing the same', None, 'µs a sample', theirs),
            Figure('its memory (PSS)', None, 'MiB', their_memory)]
