"""Both ends of metrics that are sent on: a target with an exposition, receivers of remote write, and Prometheus itself."""
import http.server
import json
import shutil
import struct
import subprocess
import threading
import urllib.parse

from house import get, wait_until
from ports import free_port


def unpack(packed):
    """Snappy's block format."""
    at, out = _number(packed, 0)[1], bytearray()
    while at < len(packed):
        tag, at = packed[at], at + 1
        if tag & 3 == 0:
            length = (tag >> 2) + 1
            if length > 60:
                more = length - 60
                length, at = int.from_bytes(packed[at:at + more], 'little') + 1, at + more
            out += packed[at:at + length]
            at += length
            continue
        if tag & 3 == 1:
            length, back, at = (tag >> 2 & 7) + 4, (tag >> 5) << 8 | packed[at], at + 1
        else:
            size = 2 if tag & 3 == 2 else 4
            length, back, at = (tag >> 2) + 1, int.from_bytes(packed[at:at + size], 'little'), at + size
        for _ in range(length):
            out.append(out[-back])
    return bytes(out)


def _number(data, at):
    value = shift = 0
    while True:
        byte, at = data[at], at + 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7


def fields(message):
    """(number, value) of each; values of lengths are bytes."""
    at = 0
    while at < len(message):
        key, at = _number(message, at)
        if key & 7 == 0:
            value, at = _number(message, at)
        elif key & 7 == 1:
            value, at = message[at:at + 8], at + 8
        else:
            length, at = _number(message, at)
            value, at = message[at:at + length], at + length
        yield key >> 3, value


def names_in(body):
    """Of a request of remote write 1.0: {label: value} of each series."""
    for number, series in fields(unpack(body)):
        if number == 1:
            pairs = (dict(fields(label)) for field, label in fields(series) if field == 1)
            yield {pair[1].decode(): pair.get(2, b'').decode() for pair in pairs}


class _Server:
    """One that answers as `answer(path, headers, body)` says: (status, text), or that and headers."""

    def __init__(self, answer, port=None):
        self.port, self.closed = port or free_port(), False
        lab = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'

            def do_GET(self):
                if lab.closed:  # who kept a connection hears no more than anybody else
                    self.close_connection = True
                    return
                body = self.rfile.read(int(self.headers.get('Content-Length', 0)))
                status, text, *headers = answer(self.path, self.headers, body)
                data = text.encode()
                self.send_response(status)
                self.send_header('Content-Type', lab.content_type)
                self.send_header('Content-Length', str(len(data)))
                for name, value in headers[0].items() if headers else ():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            do_POST = do_GET

            def log_message(self, *_):
                pass

        self.content_type = 'text/plain; version=0.0.4'
        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', self.port), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, kwargs={'poll_interval': 0.05}, daemon=True).start()

    def close(self):
        self.closed = True
        self.server.shutdown()
        self.server.server_close()


class Target(_Server):
    """Exposes `text`, which may be a function."""

    def __init__(self, text):
        super().__init__(lambda *_: (200, text() if callable(text) else text))
        self.url = f'http://127.0.0.1:{self.port}/metrics'


class Receiver(_Server):
    """Keeps the series that it takes, unless it does not look; `judge(series)` says with which status it answers."""

    def __init__(self, judge=lambda series: 204, port=None, looks=True):
        self.requests, self.refused = [], 0

        def answer(_path, headers, body):
            series = list(names_in(body)) if looks else []
            status = judge(series)
            if status < 300:
                self.requests.append((dict(headers), series))
            else:
                self.refused += 1
            return status, '' if status < 300 else 'out of order sample'

        super().__init__(answer, port)
        self.url = f'http://127.0.0.1:{self.port}/api/v1/write'


def _whole_numbers(packed):
    at, numbers = 0, []
    while at < len(packed):
        value, at = _number(packed, at)
        numbers.append(value)
    return numbers


def told_by(body):
    """Of a request of remote write 2.0, each series: its labels, and what else is said of it."""
    parts = list(fields(unpack(body)))
    symbols = [value.decode() for number, value in parts if number == 4]
    assert symbols[0] == '' and len(set(symbols)) == len(symbols) and {number for number, _ in parts} <= {4, 5}

    def labels(packed):
        places = _whole_numbers(packed)
        return {symbols[name]: symbols[text] for name, text in zip(places[::2], places[1::2], strict=True)}
    for number, series in parts:
        if number != 5:
            continue
        told = {'samples': [], 'exemplars': [], 'created': 0}
        for field, value in fields(series):
            if field == 1:
                told['labels'] = labels(value)
            elif field == 2:
                told['samples'].append(struct.unpack('<d', dict(fields(value))[1])[0])
            elif field == 4:
                told['exemplars'].append(labels(dict(fields(value))[1]))
            elif field == 5:
                meta = dict(fields(value))
                told |= {'type': meta.get(1, 0), 'help': symbols[meta.get(3, 0)], 'unit': symbols[meta.get(4, 0)]}
            elif field == 6:
                told['created'] = value
        yield told


class SecondReceiver(_Server):
    """Knows remote write 2.0, and 1.0 where it is asked by it; says of so many samples less that they are written."""

    def __init__(self, port=None, knows=True, short_by=0):
        self.told, self.versions = [], []

        def answer(_path, headers, body):
            version = headers['X-Prometheus-Remote-Write-Version']
            self.versions.append(version)
            if version != '2.0.0':
                return 204, ''
            if not knows:
                return 415, 'unsupported'
            assert headers['Content-Type'] == 'application/x-protobuf;proto=io.prometheus.write.v2.Request', headers
            told = list(told_by(body))
            self.told += told
            samples = max(sum(len(one['samples']) for one in told) - short_by, 0)
            return 204, '', {'X-Prometheus-Remote-Write-Samples-Written': str(samples), 'X-Prometheus-Remote-Write-Histograms-Written': '0',
                             'X-Prometheus-Remote-Write-Exemplars-Written': str(sum(len(one['exemplars']) for one in told))}

        super().__init__(answer, port)
        self.url = f'http://127.0.0.1:{self.port}/api/v1/write'

    def named(self, name):
        return [one for one in list(self.told) if one['labels']['__name__'] == name]


class Prometheus:
    """A real one that takes remote write, keeps exemplars, and scrapes nobody, or the port `scrapes` each second."""

    @staticmethod
    def missing():
        return '' if shutil.which('prometheus') else 'no prometheus (Debian package of that name), so nobody real takes what is sent, or asks for it'

    def __init__(self, folder, scrapes=None):
        self.port, self.folder, self.process = free_port(), folder, None
        folder.mkdir(parents=True, exist_ok=True)
        jobs = [{'job_name': 'outrider', 'static_configs': [{'targets': [f'127.0.0.1:{scrapes}']}]}] if scrapes else []
        (folder / 'prometheus.yml').write_text(json.dumps({'global': {'scrape_interval': '1s'}, 'scrape_configs': jobs}))
        self.url = f'http://127.0.0.1:{self.port}/api/v1/write'

    def start(self):
        with open(self.folder / 'log', 'ab') as log:
            self.process = subprocess.Popen(
                ['prometheus', f'--config.file={self.folder}/prometheus.yml', f'--storage.tsdb.path={self.folder}/tsdb', '--web.enable-remote-write-receiver',
                 '--enable-feature=exemplar-storage', f'--web.listen-address=127.0.0.1:{self.port}'], stdout=log, stderr=log)
        wait_until(lambda: (get(self.port, '/-/ready') or (0,))[0] == 200, limit=60, what='Prometheus')
        return self

    def kill(self):
        self.process.kill()
        self.process.wait(10)

    close = kill

    def ask(self, path, **words):
        answer = get(self.port, f'/api/v1/{path}?{urllib.parse.urlencode(words)}', timeout=20)
        return json.loads(answer[1])['data'] if answer and answer[0] == 200 else None

    def query(self, expression):
        """[(labels, value)]; of a range, [(labels, [(time, value)])]."""
        found = self.ask('query', query=expression)
        return [(one['metric'], one.get('values') or float(one['value'][1])) for one in found['result']] if found else []

    def value(self, expression):
        found = self.query(expression)
        return found[0][1] if found else None

    def times(self, expression):
        """When there were samples of the one series of that range, in seconds."""
        found = self.query(expression)
        return [float(time) for time, _ in found[0][1]] if found else []
