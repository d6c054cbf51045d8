"""Both sides of the traces' way: spans as bytes, a receiver that can be away or refuse, the SDK of OpenTelemetry, and a real Jaeger.

The SDK comes by pip and Jaeger by Go, each once, into a cache outside the tree. Jaeger is built (six minutes) by
`python3 tests/e2e/trace_lab.py jaeger`; tests only use it when it is there."""
import concurrent.futures
import contextlib
import gzip
import http.client
import http.server
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

from ports import free_port

CACHE = pathlib.Path(os.environ.get('OUTRIDER_UPSTREAMS', pathlib.Path.home() / '.cache/outrider-upstreams'))
SDK_VERSION, JAEGER_VERSION = '1.39.1', 'v1.76.0'
TRACE = bytes(range(1, 17))


def varint(number):
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def field(number, payload):
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def span(number, trace=TRACE, padding=0):
    more = field(9, field(1, b'padding') + field(2, field(1, b'x' * padding))) if padding else b''
    times = b'\x39' + (1_795_260_363_000_000_000).to_bytes(8, 'little') + b'\x41' + (1_795_260_363_001_000_000).to_bytes(8, 'little')
    return field(1, trace) + field(2, number.to_bytes(8, 'big')) + field(5, b'GET /') + times + more


def log(number, trace=TRACE, severity=9, more=b''):
    """A log record whose body is `line NUMBER`."""
    ids = field(9, trace) + field(10, number.to_bytes(8, 'big')) if trace else b''
    return b'\x09' + (1_795_260_363_000_000_000).to_bytes(8, 'little') + b'\x10' + varint(severity) + field(5, field(1, b'line %d' % number)) + ids + more


def request(spans, service=b'tests-api'):
    """Of log records, too: both are wrapped in the same way."""
    resource = field(1, field(1, field(1, b'service.name') + field(2, field(1, service))))
    return field(1, resource + field(2, b''.join(field(2, one) for one in spans)))


def fields(message):
    """(number, payload) of each field that has a length; the others are passed over."""
    at = 0

    def number():
        nonlocal at
        value, shift = 0, 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value
    while at < len(message):
        tag = number()
        if tag & 7 == 0:
            number()
        elif tag & 7 == 1:
            at += 8
        elif tag & 7 == 5:
            at += 4
        else:
            assert tag & 7 == 2, tag
            length = number()
            assert at + length <= len(message), 'cut short'
            yield tag >> 3, message[at:at + length]
            at += length


def inner(message, number):
    return [payload for found, payload in fields(message) if found == number]


def spans_of(body):
    return [one for resource in inner(body, 1) for scope in inner(resource, 2) for one in inner(scope, 2)]


def numbers_of(body):
    return [int.from_bytes(inner(one, 2)[0], 'big') for one in spans_of(body)]


def post(port, body, headers=None, path='/v1/traces', timeout=30):
    """Status, headers and body; or nothing when nobody answers."""
    connection = http.client.HTTPConnection('127.0.0.1', port, timeout=timeout)
    try:
        connection.request('POST', path, body, {'Content-Type': 'application/x-protobuf', **(headers or {})})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


class Receiver:
    """What Jaeger is to the agent. `judge` gives status, headers and body for the numbers of a request; it can be shut and opened again."""

    def __init__(self, judge=None):
        self.port, self.server = free_port(), None
        self.judge = judge or (lambda numbers: (200, {}, b''))
        self.taken, self.bodies, self.connections, self.asked, self.lock = [], [], [], 0, threading.Lock()

    @property
    def url(self):
        return f'http://127.0.0.1:{self.port}'

    def open(self):
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'

            def setup(self):
                super().setup()
                receiver.connections.append(self.connection)

            def do_POST(self):
                body = self.rfile.read(int(self.headers['Content-Length']))
                if self.headers.get('Content-Encoding') == 'gzip':
                    body = gzip.decompress(body)
                with receiver.lock:
                    status, headers, answer = receiver.take(self.path, body)
                self.send_response(status)
                for name, value in {'Content-Type': 'application/x-protobuf', 'Content-Length': str(len(answer)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            allow_reuse_address, daemon_threads = True, True

        self.server = Server(('127.0.0.1', self.port), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def take(self, path, body):
        assert path == '/v1/traces', path
        self.asked += 1
        numbers = numbers_of(body)
        status, headers, answer = self.judge(numbers)
        if status == 200:
            self.taken += numbers
            self.bodies.append(body)
        return status, headers, answer

    def numbers(self):
        with self.lock:
            return list(self.taken)

    def shut(self):
        if self.server:
            self.server.shutdown()
            self.server.server_close()
            self.server = None
        for connection in self.connections:  # those that are kept alive would go on
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.connections.clear()


class GrpcReceiver:
    """A receiver over gRPC, by grpcio. `judge` gives the name of a status, words and trailing metadata for the numbers of a request."""

    def __init__(self, grpc, credentials=None, options=(), service='trace.v1.TraceService'):
        self.service = f'opentelemetry.proto.collector.{service}'
        self.grpc, self.credentials, self.options = grpc, credentials, [('grpc.so_reuseport', 0), *options]
        self.port, self.server = free_port(), None
        self.judge = lambda numbers: ('OK', '', ())
        self.taken, self.bodies, self.metadata, self.peers, self.lock = [], [], {}, set(), threading.Lock()

    @property
    def url(self):
        return f'{"grpcs" if self.credentials else "grpc"}://127.0.0.1:{self.port}'

    def open(self):
        def export(body, context):
            numbers = numbers_of(body) if self.service.endswith('.TraceService') else []
            with self.lock:
                self.metadata = dict(context.invocation_metadata())
                self.peers.add(context.peer())
                status, words, trailing = self.judge(numbers)
                if status == 'OK':
                    self.taken += numbers
                    self.bodies.append(body)
            if status != 'OK':
                context.set_trailing_metadata(trailing)
                context.abort(self.grpc.StatusCode[status], words)
            return b''

        service = {'Export': self.grpc.unary_unary_rpc_method_handler(export)}
        self.server = self.grpc.server(concurrent.futures.ThreadPoolExecutor(4), options=self.options)
        self.server.add_generic_rpc_handlers(
            (self.grpc.method_handlers_generic_handler(self.service, service),))
        address = f'127.0.0.1:{self.port}'
        got = self.server.add_secure_port(address, self.credentials) if self.credentials else self.server.add_insecure_port(address)
        assert got == self.port
        self.server.start()
        return self

    def numbers(self):
        with self.lock:
            return list(self.taken)

    def shut(self):
        """It says that it goes (GOAWAY), and does."""
        if self.server:
            self.server.stop(1).wait(10)
            self.server = None


class Identities:
    """An authority, and those whom it has signed: (certificate, key) each."""

    def __init__(self, folder):
        self.folder, self.authority, self.signer = folder, folder / 'ca.pem', folder / 'ca.key'
        self.openssl('req', '-x509', *self.KEY, '-days', '2', '-subj', '/CN=house', '-keyout', self.signer, '-out', self.authority)

    KEY = ('-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes')

    @staticmethod
    def openssl(*words):
        subprocess.run(['openssl', *map(str, words)], check=True, capture_output=True)

    def sign(self, name):
        certificate, key = self.folder / f'{name}.pem', self.folder / f'{name}.key'
        asked, wishes = self.folder / f'{name}.csr', self.folder / 'wishes'
        wishes.write_text('subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n')
        self.openssl('req', '-new', *self.KEY, '-subj', f'/CN={name}', '-keyout', key, '-out', asked)
        self.openssl('x509', '-req', '-in', asked, '-CA', self.authority, '-CAkey', self.signer, '-CAcreateserial', '-days', '2',
                     '-extfile', wishes, '-out', certificate)
        return certificate, key


def sdk():
    """(folder for PYTHONPATH, '') of the Python SDK, or (None, why not)."""
    folder = CACHE / f'opentelemetry-python-{SDK_VERSION}-both'
    if not folder.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        made = subprocess.run([sys.executable, '-m', 'pip', 'install', '-q', '--target', f'{folder}.new', f'opentelemetry-sdk=={SDK_VERSION}',
                               f'opentelemetry-exporter-otlp-proto-http=={SDK_VERSION}', f'opentelemetry-exporter-otlp-proto-grpc=={SDK_VERSION}'],
                              capture_output=True, text=True)
        if made.returncode != 0:
            shutil.rmtree(f'{folder}.new', ignore_errors=True)
            return None, f'no OpenTelemetry SDK from PyPI, so no real SDK sends spans here: {made.stderr.strip()[-300:]}'
        os.replace(f'{folder}.new', folder)
    return folder, ''


def grpcio():
    """(the module, '') that comes with the SDK, or (None, why not)."""
    folder, why_not = sdk()
    if folder is None:
        return None, why_not
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
    import grpc  # pylint: disable=import-outside-toplevel
    return grpc, ''


class Jaeger:
    """A real one, all in one, in memory."""

    PROGRAM = CACHE / f'jaeger-all-in-one-{JAEGER_VERSION}'

    @classmethod
    def missing(cls):
        if cls.PROGRAM.exists():
            return ''
        return 'no Jaeger, so no spans are asked back from a real one: build it with `python3 tests/e2e/trace_lab.py jaeger` (six minutes)'

    @classmethod
    def build(cls):
        """Its module cannot be installed by `go install`, since its go.mod replaces one: it is built as ours."""
        module = 'github.com/jaegertracing/jaeger'
        with tempfile.TemporaryDirectory() as folder:
            found = json.loads(subprocess.run(['go', 'mod', 'download', '-json', f'{module}@{JAEGER_VERSION}'], capture_output=True, check=True,
                                              text=True).stdout)
            text = (pathlib.Path(found['Dir']) / 'go.mod').read_text()
            pathlib.Path(folder, 'go.mod').write_text(text.replace(f'module {module}\n', 'module wrapper.example/jaeger\n', 1))
            shutil.copy(pathlib.Path(found['Dir']) / 'go.sum', folder)
            os.chmod(pathlib.Path(folder, 'go.sum'), 0o644)
            run = {'cwd': folder, 'check': True, 'env': {**os.environ, 'CGO_ENABLED': '0'}}
            subprocess.run(['go', 'mod', 'edit', f'-require={module}@{JAEGER_VERSION}'], **run)
            CACHE.mkdir(parents=True, exist_ok=True)
            subprocess.run(['go', 'build', '-mod=mod', '-p', '2', '-trimpath', '-ldflags', '-s -w', '-o', f'{cls.PROGRAM}.new',
                            f'{module}/cmd/all-in-one'], **run)
        os.replace(f'{cls.PROGRAM}.new', cls.PROGRAM)

    def __init__(self):
        self.otlp, self.otlp_grpc, self.query, self.process = free_port(), free_port(), free_port(), None

    def start(self):
        here = {'collector.otlp.http.host-port': self.otlp, 'collector.otlp.grpc.host-port': self.otlp_grpc, 'query.http-server.host-port': self.query,
                'query.grpc-server.host-port': free_port(), 'collector.http-server.host-port': free_port(),
                'collector.grpc-server.host-port': free_port(), 'admin.http.host-port': free_port()}
        flags = [f'--{name}=127.0.0.1:{port}' for name, port in here.items()]
        self.process = subprocess.Popen([self.PROGRAM, *flags], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(('127.0.0.1', self.otlp)) == 0:
                    return self
            time.sleep(0.05)
        raise TimeoutError('Jaeger does not listen')

    def spans(self, service):
        connection = http.client.HTTPConnection('127.0.0.1', self.query, timeout=10)
        connection.request('GET', f'/api/traces?service={service}&limit=1000')
        answer = json.loads(connection.getresponse().read())
        return [one for trace in answer.get('data') or [] for one in trace['spans']]

    def close(self):
        if self.process:
            self.process.kill()
            self.process.wait()


if __name__ == '__main__' and sys.argv[1:] == ['jaeger']:
    Jaeger.build()
