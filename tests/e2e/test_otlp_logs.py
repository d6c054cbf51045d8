"""Log records in by OTLP: what was acknowledged is in the file, whatever happens between."""
import gzip
import json
import os
import signal
import subprocess
import sys

import pytest

import trace_lab as lab
from house import get, wait_until
from ports import free_port
from test_traces import Senders, balanced, call

EXPORT = '/opentelemetry.proto.collector.logs.v1.LogsService/Export'

# A service that writes by `logging`, within spans, and an event of its own.
SERVICE = r'''
import logging, sys
from opentelemetry import trace
from opentelemetry._logs import SeverityNumber
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
kind, endpoint, count = sys.argv[1:]
if kind == 'http':
    from opentelemetry.exporter.otlp.proto.http import Compression
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    exporter = OTLPLogExporter(endpoint=endpoint, compression=Compression.Gzip)
else:
    from grpc import Compression
    from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter
    exporter = OTLPLogExporter(endpoint=endpoint, insecure=True, compression=Compression.Gzip)
provider = LoggerProvider(resource=Resource.create({'service.name': 'checkout', 'deployment.environment': 'production'}))
provider.add_log_record_processor(BatchLogRecordProcessor(exporter))
logger = logging.getLogger('shop.orders')
logger.addHandler(LoggingHandler(logger_provider=provider))
logger.setLevel(logging.DEBUG)
tracer = TracerProvider().get_tracer('tests')
for number in range(int(count)):
    with tracer.start_as_current_span('order'):
        logger.warning('order %d by %s', number, 'Zoë', extra={'n': number, 'who': {'name': 'Zoë', 'tags': ['a', 'b']}})
try:
    1 / 0
except ZeroDivisionError:
    logger.exception('cannot divide')
print(provider.force_flush(20000))
provider.shutdown()
'''


def carry(house, listen, **more):
    """An agent that only carries logs, from OTLP to a file."""
    out = house.folder / 'out.json'
    logs = {'read': [{'otlp': listen}], 'send_to': [{'file': {'path': str(out)}}], **more}
    house.write(extra={'logs': logs, 'health': None})
    return out


def start(house):
    house.start(ready=False)
    wait_until(lambda: house.agent.poll() is not None or house.metric('outrider_otlp_listening') == 1, what='listening')
    assert house.agent.poll() is None, house.said()


def documents(out):
    if not out.exists():
        return []
    text = out.read_text(encoding='utf-8')
    return [json.loads(line) for line in text[:text.rfind('\n') + 1].splitlines()]


def numbers_in(out):
    return [int(one['message'].split()[1]) for one in documents(out) if one['message'].startswith('line ')]


def post(port, numbers, **more):
    return lab.post(port, lab.request([lab.log(one, **more) for one in numbers]), path='/v1/logs')


@pytest.fixture
def grpc():
    module, why_not = lab.grpcio()
    if module is None:
        pytest.skip(why_not)
    return module


def test_a_record_becomes_a_document(house):
    port = free_port()
    out = carry(house, {'http': f'127.0.0.1:{port}'}, redact=['email'], steps=[{'drop': {'level': 'trace'}}])
    start(house)
    resource = lab.field(1, lab.field(1, b'service.name') + lab.field(2, lab.field(1, b'checkout')))
    scope = lab.field(1, lab.field(1, b'shop.orders'))
    who = lab.field(6, lab.field(1, b'who') + lab.field(2, lab.field(1, b'zoe@example.com')))
    logs = [lab.log(1, severity=18, more=who), lab.log(2, severity=1), lab.log(3, trace=b'odd')]
    body = lab.field(1, lab.field(1, resource) + lab.field(2, scope + b''.join(lab.field(2, one) for one in logs)))
    status, headers, answer = lab.post(port, gzip.compress(body), {'Content-Encoding': 'gzip'}, path='/v1/logs')
    assert (status, headers['Content-Type'], answer) == (200, 'application/x-protobuf', b'')
    wait_until(lambda: len(documents(out)) == 2, what='both that are not left out')
    first, second = documents(out)
    assert first['log.level'] == 'error' and first['otel.severity_number'] == 18 and first['@timestamp'].startswith('2026-11-21T')
    assert first['trace.id'] == lab.TRACE.hex() and first['span.id'] == f'{1:016x}'
    assert first['service.name'] == 'checkout' and first['log.logger'] == 'shop.orders' and first['stream'] == 'otlp'
    assert 'zoe@' not in first['who'] and second['message'] == 'line 3' and 'trace.id' not in second
    wait_until(lambda: house.metric('outrider_otlp_broken_ids_total', listener='http') == 1, what='the count of the odd id')
    sink = f'file {out}'
    wait_until(lambda: house.metric('outrider_ledger_records_total', source='otlp', fate='delivered', sink=sink) == 2, what='the ledger')
    assert house.metric('outrider_ledger_dropped_records_total', source='otlp', reason='filtered', sink=sink) == 1 and balanced(house, 'otlp')
    assert lab.post(port, b'hello', path='/v1/logs')[0] == 400
    assert lab.post(port, lab.request([lab.span(1)]))[0] == 404, 'nobody configured traces'
    assert house.stop() == 0


@pytest.mark.parametrize('kind', ['http', 'grpc'])
def test_the_sdk_of_opentelemetry_is_content(house, kind):
    folder, why_not = lab.sdk()
    if folder is None:
        pytest.skip(why_not)
    port = free_port()
    out = carry(house, {kind: f'127.0.0.1:{port}'})
    start(house)
    endpoint = f'http://127.0.0.1:{port}' + ('/v1/logs' if kind == 'http' else '')
    done = subprocess.run([sys.executable, '-W', 'ignore', '-c', SERVICE, kind, endpoint, '700'], capture_output=True, text=True, timeout=60,
                          env={**os.environ, 'PYTHONPATH': str(folder)})
    assert done.returncode == 0 and done.stdout == 'True\n' and done.stderr == '', done
    wait_until(lambda: len(documents(out)) == 701, what='its records')
    orders, last = documents(out)[:-1], documents(out)[-1]
    assert [one['message'] for one in orders] == [f'order {number} by Zoë' for number in range(700)]
    assert all(one['n'] == number and one['who'] == {'name': 'Zoë', 'tags': ['a', 'b']} for number, one in enumerate(orders))
    assert {one['log.level'] for one in orders} == {'warn'} and len({one['trace.id'] for one in orders}) == 700
    assert last['log.level'] == 'error' and 'ZeroDivisionError' in last['exception.type'] and 'Traceback' in last['exception.stacktrace']
    assert last['service.name'] == 'checkout' and last['service.environment'] == 'production' and last['log.logger'] == 'shop.orders'
    assert balanced(house, 'otlp') and house.stop() == 0


def test_spans_and_log_records_come_to_one_pair_of_ports(house, grpc):
    receiver = lab.Receiver().open()
    http, other = free_port(), free_port()
    out = carry(house, {'http': f'127.0.0.1:{http}', 'grpc': f'127.0.0.1:{other}'})
    settings = json.loads(house.config.read_text(encoding='utf-8'))
    settings['traces'] = {'listen': settings['logs']['read'][0]['otlp'], 'send_to': [{'otlp': receiver.url}]}
    house.config.write_text(json.dumps(settings), encoding='utf-8')
    start(house)
    try:
        wait_until(lambda: house.metric('outrider_otlp_listening', listener='grpc') == 1, what='gRPC')
        assert post(http, [1])[0] == 200 and lab.post(http, lab.request([lab.span(1)]))[0] == 200
        with grpc.insecure_channel(f'127.0.0.1:{other}') as channel:
            assert call(grpc, channel, lab.request([lab.log(2)]), method=EXPORT) == b''
            assert call(grpc, channel, lab.request([lab.span(2)]), compression=grpc.Compression.Gzip) == b''
            wrong = call(grpc, channel, b'', method='/opentelemetry.proto.collector.metrics.v1.MetricsService/Export')
            assert wrong.code() == grpc.StatusCode.UNIMPLEMENTED and 'LogsService/Export and TraceService/Export' in wrong.details()
        wait_until(lambda: numbers_in(out) == [1, 2], what='the records')
        wait_until(lambda: receiver.numbers() == [1, 2], what='the spans')
        assert balanced(house, 'otlp') and house.stop() == 0
    finally:
        receiver.shut()


def test_json_is_taken_too(house):
    port = free_port()
    out = carry(house, {'http': f'127.0.0.1:{port}'})
    start(house)
    log = {'timeUnixNano': '1795260363000000000', 'severityText': 'WARN', 'traceId': lab.TRACE.hex(), 'spanId': 'odd',
           'body': {'kvlistValue': {'values': [{'key': 'msg', 'value': {'stringValue': 'line 7'}}, {'key': 'n', 'value': {'intValue': '7'}}]}}}
    body = json.dumps({'resourceLogs': [{'scopeLogs': [{'logRecords': [log]}]}]}).encode()
    status, headers, answer = lab.post(port, body, {'Content-Type': 'application/json'}, path='/v1/logs')
    assert (status, headers['Content-Type'], answer) == (200, 'application/json', b'{}')
    wait_until(lambda: len(documents(out)) == 1, what='the record')
    one = documents(out)[0]
    assert (one['message'], one['n'], one['log.level'], one['trace.id']) == ('line 7', 7, 'warn', lab.TRACE.hex()) and 'span.id' not in one
    assert house.stop() == 0


class LogSenders(Senders):
    def ask(self, numbers):
        return lab.post(self.port, lab.request([lab.log(one) for one in numbers]), path='/v1/logs', timeout=5)


def test_no_acknowledged_record_is_lost_by_kill_9(house):
    port = free_port()
    out = carry(house, {'http': f'127.0.0.1:{port}'})
    start(house)
    senders = LogSenders(port)
    for _ in range(4):
        before = len(senders.acknowledged)
        wait_until(lambda: len(senders.acknowledged) > before + 400, what='records that are acknowledged')
        house.agent.send_signal(signal.SIGKILL)
        house.agent.wait(10)
        start(house)
    before = len(senders.acknowledged)
    wait_until(lambda: len(senders.acknowledged) > before, what='records that the last one takes')
    senders.stop()
    assert len(senders.acknowledged) > 1600
    wait_until(lambda: senders.acknowledged <= set(numbers_in(out)), what='all that were acknowledged')
    wait_until(lambda: house.metric('outrider_spool_records', signal='logs') == 0, what='an empty spool')
    assert balanced(house, 'otlp') and house.stop() == 0


def test_senders_are_told_to_come_again_while_a_destination_is_away(house):
    port, away = free_port(), free_port()
    logs = {'read': [{'otlp': {'http': f'127.0.0.1:{port}', 'most_request': '128KiB'}}], 'spool': {'most_bytes': '1MiB'},
            'send_to': [{'http': {'url': f'http://127.0.0.1:{away}/x'}}]}
    house.write(extra={'logs': logs, 'health': None})
    start(house)
    taken, refused = 0, None
    while taken < 100_000 and refused is None:
        answer = post(port, range(taken, taken + 100))
        if answer[0] == 200:
            taken += 100
        else:
            refused = answer
    assert refused[0] == 503 and refused[1]['Retry-After'] == '10' and b'spool is full' in refused[2]
    assert house.metric('outrider_spool_records', signal='logs') == taken, 'nothing is given up for what is new'
    assert post(port, range(4), more=lab.field(6, lab.field(1, b'k') + lab.field(2, lab.field(1, b'x' * 60_000))))[0] == 413
    assert balanced(house, 'otlp') and house.stop() == 0
