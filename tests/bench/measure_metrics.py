"""/metrics with 10,000 series: CPU a scrape, and the slowest of a hundred scrapers at once."""
import http.client
import http.server
import threading
import time

from figure import Figure
from house import get, wait_until
from measure_weight import cpu_seconds

SERIES = 10_000
SCRAPERS = 100
SCRAPES_FOR_CPU = 40


def page():
    lines = ['# HELP bench_value A number.', '# TYPE bench_value gauge']
    lines += [f'bench_value{{shard="{number % 100}",item="item-{number}"}} {number * 1.5}' for number in range(SERIES)]
    return ('\n'.join(lines) + '\n').encode()


def serve():
    body = page()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header('Content-Type', 'text/plain; version=0.0.4')
            self.send_header('Content-Length', str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *unused):
            pass

    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def scrape_once(port, times):
    began = time.monotonic()
    connection = http.client.HTTPConnection('127.0.0.1', port, timeout=10)
    connection.request('GET', '/metrics')
    connection.getresponse().read()
    times.append((time.monotonic() - began) * 1000)
    connection.close()


def p99_of_a_hundred(port):
    times = []
    threads = [threading.Thread(target=scrape_once, args=(port, times)) for _ in range(SCRAPERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(times) < SCRAPERS:
        raise AssertionError(f'{SCRAPERS - len(times)} of {SCRAPERS} scrapers got no answer')
    return sorted(times)[int(SCRAPERS * 0.99) - 1]


def metrics(ground):
    cpu, slowest = [], []
    server = serve()
    try:
        with ground.agent() as house:
            house.write(extra={'metrics': {'listen': f'127.0.0.1:{house.metrics_port}',
                                           'scrape': [{'url': f'http://127.0.0.1:{server.server_port}/metrics', 'every': '1h',
                                                       'timeout': '5s'}]}})
            house.start()
            house.wait_healthy()
            wait_until(lambda: (get(house.metrics_port, '/metrics') or (0, ''))[1].count('\nbench_value{') == SERIES,
                       what='ten thousand series')
            for _ in range(5):
                before = cpu_seconds(house.agent.pid)
                for _ in range(SCRAPES_FOR_CPU):
                    get(house.metrics_port, '/metrics')
                cpu.append((cpu_seconds(house.agent.pid) - before) * 1000 / SCRAPES_FOR_CPU)
                slowest.append(p99_of_a_hundred(house.metrics_port))
    finally:
        server.shutdown()
    note = 'the scrapers are Python threads on the same machine: what they cost is in it'
    return [Figure('/metrics with 10,000 series, CPU a scrape', 5, 'ms', cpu, f'each of {SCRAPES_FOR_CPU} in a row'),
            Figure('/metrics with 10,000 series, p99 of 100 at once', 50, 'ms', slowest, note)]
