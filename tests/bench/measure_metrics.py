"""/metrics with 10,000 series: CPU a scrape, and the slowest of a hundred scrapers at once."""
import http.server
import subprocess
import threading

from figure import Figure
from house import get, wait_until
from measure_exporters import machine
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


def p99_of_a_hundred(program, port):
    done = subprocess.run([str(program), str(port), str(SCRAPERS)], capture_output=True, text=True, timeout=60)
    times = sorted(int(line.split()[0]) / 1000 for line in done.stdout.splitlines() if int(line.split()[1]) > 10_000)
    if len(times) < SCRAPERS:
        raise AssertionError(f'{SCRAPERS - len(times)} of {SCRAPERS} scrapers got no answer: {done.stderr.strip()}')
    return times[int(SCRAPERS * 0.99) - 1]


def metrics(ground):
    program = ground.build / 'bin' / 'bench_scrapers'
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
                slowest.append(p99_of_a_hundred(program, house.metrics_port))
    finally:
        server.shutdown()
    note = 'gzip, new connections, all from one thread of the same machine'
    page_of_many = [Figure('/metrics with 10,000 series, CPU a scrape', 5, 'ms', cpu, f'each of {SCRAPES_FOR_CPU} in a row'),
                    Figure('/metrics with 10,000 series, p99 of 100 at once', 50, 'ms', slowest, note)]
    return page_of_many + machine(ground)
