"""Spans in by OTLP and out by OTLP: what was acknowledged arrives, whatever happens between."""
import gzip
import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

import trace_lab as lab
from house import get, left_out, wait_until
from ports import free_port

# What a service does: spans within spans, an error, an event and a link, through the SDK's own batches.
SERVICE = r'''
import sys
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
endpoint, packing, count = sys.argv[1:]
provider = TracerProvider(resource=Resource.create({'service.name': 'checkout', 'service.version': '1.4.2'}))
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint, compression=Compression[packing])))
tracer = provider.get_tracer('tests', '1.0')
for number in range(int(count)):
    with tracer.start_as_current_span('order', attributes={'n': number, 'who': 'Zoë'}) as outer:
        with tracer.start_as_current_span('pay', links=[trace.Link(outer.get_span_context())]) as inner:
            inner.add_event('asked', {'bank': True})
            inner.set_status(trace.StatusCode.ERROR, 'no money')
print(provider.force_flush(20000))
provider.shutdown()
'''


def carry(house, receiver, listen=None, **more):
    """An agent that only carries traces."""
    port = free_port()
    traces = {'listen': left_out({'http': f'127.0.0.1:{port}', **(listen or {})}), 'send_to': [{'otlp': {'url': receiver.url, 'timeout': '2s'}}], **more}
    house.write(extra={'logs': None, 'health': None, 'traces': traces})
    return port


def start(house):
    house.start(ready=False)
    wait_until(lambda: house.agent.poll() is not None or house.metric('outrider_otlp_listening') == 1, what='listening')
    assert house.agent.poll() is None, house.said()


def ledger(house, fate, sink):
    return house.metric('outrider_ledger_records_total', source='traces', fate=fate, sink=sink)


def balanced(house, source='traces'):
    """Whether the ledger sums up. It is added up each second, and shown a little later."""
    def sums_up():
        page = get(house.metrics_port, '/metrics')[1]
        off = [line for line in page.splitlines() if line.startswith('outrider_ledger_imbalance_records') and f'source="{source}"' in line]
        return len(off) >= 2 and all(line.endswith(' 0') for line in off)
    try:
        return wait_until(sums_up, 5)
    except AssertionError:
        return False


def test_spans_arrive_with_the_bytes_that_they_had(house, receiver):
    port = carry(house, receiver)
    start(house)
    body = lab.request([lab.span(number) for number in range(1, 101)])
    status, headers, answer = lab.post(port, body)
    assert (status, headers['Content-Type'], answer) == (200, 'application/x-protobuf', b'')
    assert lab.post(port, gzip.compress(body), {'Content-Encoding': 'gzip'})[0] == 200
    wait_until(lambda: len(receiver.numbers()) == 200, what='all of them')
    assert b''.join(receiver.bodies) == body + body
    wait_until(lambda: ledger(house, 'delivered', f'otlp {receiver.url}/v1/traces') == 200, what='the ledger')
    assert ledger(house, 'delivered', 'spool') == 200 and balanced(house)
    assert house.stop() == 0


def test_the_sdk_of_opentelemetry_is_content(house, receiver):
    folder, why_not = lab.sdk()
    if folder is None:
        pytest.skip(why_not)
    port = carry(house, receiver)
    start(house)
    for packing in ('NoCompression', 'Gzip'):
        done = subprocess.run([sys.executable, '-c', SERVICE, f'http://127.0.0.1:{port}/v1/traces', packing, '300'], capture_output=True, text=True,
                              timeout=60, env={**os.environ, 'PYTHONPATH': str(folder)})
        assert done.returncode == 0 and done.stdout == 'True\n' and done.stderr == '', done
    wait_until(lambda: len(receiver.numbers()) >= 1200, what='its spans')
    assert len(receiver.numbers()) == len(set(receiver.numbers())) == 1200
    names = [lab.inner(span, 5)[0] for body in receiver.bodies for span in lab.spans_of(body)]
    assert names.count(b'order') == names.count(b'pay') == 600
    assert house.stop() == 0


def test_a_real_jaeger_shows_them(house):
    folder, why_not = lab.sdk()
    why_not = why_not or lab.Jaeger.missing()
    if why_not:
        pytest.skip(why_not)
    jaeger = lab.Jaeger().start()
    try:
        jaeger.url = f'http://127.0.0.1:{jaeger.otlp}'
        port = carry(house, jaeger)
        start(house)
        subprocess.run([sys.executable, '-c', SERVICE, f'http://127.0.0.1:{port}/v1/traces', 'Gzip', '200'], check=True, timeout=60,
                       env={**os.environ, 'PYTHONPATH': str(folder)})
        wait_until(lambda: len(jaeger.spans('checkout')) == 400, what='the spans in Jaeger')
        paid = [span for span in jaeger.spans('checkout') if span['operationName'] == 'pay']
        assert len(paid) == 200 and all(any(tag['key'] == 'error' for tag in span['tags']) for span in paid)
        assert house.stop() == 0
    finally:
        jaeger.close()


def test_json_goes_on_as_protobuf(house, receiver):
    port = carry(house, receiver)
    start(house)
    span = {'traceId': lab.TRACE.hex(), 'spanId': f'{7:016x}', 'name': 'GET /', 'kind': 2, 'startTimeUnixNano': '1795260363000000000',
            'attributes': [{'key': 'n', 'value': {'intValue': '5'}}]}
    body = {'resourceSpans': [{'scopeSpans': [{'spans': [span, {**span, 'traceId': 'odd'}]}]}]}
    status, headers, answer = lab.post(port, json.dumps(body).encode(), {'Content-Type': 'application/json'})
    assert status == 200 and headers['Content-Type'] == 'application/json'
    assert json.loads(answer)['partialSuccess']['rejectedSpans'] == '1'
    wait_until(lambda: receiver.numbers() == [7], what='the good one')
    assert house.stop() == 0


EXPORT = '/opentelemetry.proto.collector.trace.v1.TraceService/Export'


@pytest.fixture
def grpc():
    module, why_not = lab.grpcio()
    if module is None:
        pytest.skip(why_not)
    return module


SPEAKS_GRPC = SERVICE.replace('otlp.proto.http.trace_exporter', 'otlp.proto.grpc.trace_exporter').replace(
    'from opentelemetry.exporter.otlp.proto.http import Compression', 'from grpc import Compression').replace(
    'OTLPSpanExporter(endpoint=endpoint', 'OTLPSpanExporter(endpoint=endpoint, insecure=True')


def test_the_sdk_of_opentelemetry_is_content_over_grpc_too(house, receiver, grpc):
    port, folder = free_port(), lab.sdk()[0]
    carry(house, receiver, listen={'grpc': f'127.0.0.1:{port}'})
    start(house)
    for packing in ('NoCompression', 'Gzip'):
        done = subprocess.run([sys.executable, '-c', SPEAKS_GRPC, f'http://127.0.0.1:{port}', packing, '300'], capture_output=True, text=True,
                              timeout=60, env={**os.environ, 'PYTHONPATH': str(folder)})
        assert done.returncode == 0 and done.stdout == 'True\n' and done.stderr == '', done
    wait_until(lambda: len(set(receiver.numbers())) == 1200, what='its spans')
    assert house.stop() == 0


def call(grpc, channel, body, compression=None, method=EXPORT):
    """The answer's bytes, or the error of grpcio."""
    try:
        return channel.unary_unary(method)(body, timeout=20, compression=compression)
    except grpc.RpcError as error:
        return error


def test_grpc_brings_the_same_spans(house, receiver, grpc):
    port, other = free_port(), carry(house, receiver)
    carry(house, receiver, listen={'http': f'127.0.0.1:{other}', 'grpc': f'127.0.0.1:{port}', 'most_request': '4MiB'})
    start(house)
    body = lab.request([lab.span(number) for number in range(1, 101)])
    with grpc.insecure_channel(f'127.0.0.1:{port}', options=[('grpc.max_send_message_length', -1)]) as channel:
        assert call(grpc, channel, body) == b'' and call(grpc, channel, body, grpc.Compression.Gzip) == b''
        wait_until(lambda: receiver.numbers() == [*range(1, 101)] * 2, what='the spans')
        assert b''.join(receiver.bodies) == body + body
        calls = [channel.unary_unary(EXPORT).future(
            lab.request([lab.span(1000 + n, padding=20_000)])) for n in range(200)]
        assert all(one.result(timeout=30) == b'' for one in calls), 'many at once on one connection'
        partial = call(grpc, channel, lab.request([lab.span(5), lab.span(6, trace=b'odd')]))
        assert b'1 of 2 spans were not taken' in partial
        assert call(grpc, channel, b'hello').code() == grpc.StatusCode.INVALID_ARGUMENT
        assert call(grpc, channel, b'x' * (6 << 20)).code() == grpc.StatusCode.RESOURCE_EXHAUSTED
        bomb = call(grpc, channel, bytes(1 << 28), grpc.Compression.Gzip)
        assert bomb.code() == grpc.StatusCode.RESOURCE_EXHAUSTED and 'more than 4 MiB' in bomb.details()
        assert call(grpc, channel, b'', method='/a.B/C').code() == grpc.StatusCode.UNIMPLEMENTED
        assert call(grpc, channel, body) == b'', 'the connection is as good as before'
    wait_until(lambda: len(set(receiver.numbers())) == 300, what='all of them')
    assert house.metric('outrider_otlp_requests_total', listener='grpc', status='0') == 204 and balanced(house)
    assert house.stop() == 0


def test_grpc_senders_are_told_to_come_again_and_to_go(house, receiver, grpc):
    receiver.shut()
    port = free_port()
    carry(house, receiver, listen={'http': None, 'grpc': f'127.0.0.1:{port}', 'most_request': '128KiB'}, spool={'most_bytes': '1MiB'})
    house.start(ready=False)
    wait_until(lambda: house.metric('outrider_otlp_listening', listener='grpc') == 1, what='listening')
    with grpc.insecure_channel(f'127.0.0.1:{port}') as channel:
        taken, answer = 0, b''
        while answer == b'' and taken < 10_000:
            answer = call(grpc, channel, lab.request([lab.span(taken + one + 1, padding=300) for one in range(100)]))
            taken += 100 if answer == b'' else 0
        assert answer.code() == grpc.StatusCode.UNAVAILABLE and 'spool is full' in answer.details()
        details = dict(answer.trailing_metadata())['grpc-status-details-bin']
        assert b'google.rpc.RetryInfo' in details and details.endswith(b'\x08\x0a')
        receiver.open()
        wait_until(lambda: call(grpc, channel, lab.request([lab.span(taken + 1)])) == b'', what='room')
        wait_until(lambda: len(set(receiver.numbers())) == taken + 1, what='all that was taken')
        assert house.stop() == 0


class Senders:
    """Who send and remember what was acknowledged, until they are told to stop."""

    def __init__(self, port, count=4):
        self.port, self.acknowledged, self.sent_away, self.over = port, set(), 0, False
        self.threads = [threading.Thread(target=self.send, args=(1 + who * 10_000_000,), daemon=True) for who in range(count)]
        for thread in self.threads:
            thread.start()

    def send(self, number):
        while not self.over:
            numbers = range(number, number + 20)
            answer = self.ask(numbers)
            if answer and answer[0] == 200:
                self.acknowledged.update(numbers)
                number += 20
            else:
                self.sent_away += 1
                time.sleep(0.01)

    def ask(self, numbers):
        return lab.post(self.port, lab.request([lab.span(one, padding=200) for one in numbers]), timeout=5)

    def stop(self):
        self.over = True
        for thread in self.threads:
            thread.join(10)


def test_no_acknowledged_span_is_lost_by_kill_9(house, receiver):
    port = carry(house, receiver)
    start(house)
    senders = Senders(port)
    for life in range(4):
        before = len(senders.acknowledged)
        wait_until(lambda: len(senders.acknowledged) > before + 400, what='spans that are acknowledged')
        if life % 2:
            receiver.shut()  # they wait on the disk when it strikes
            wait_until(lambda: (house.metric('outrider_spool_records', signal='traces') or 0) > 100, what='spans that wait')
        house.agent.send_signal(signal.SIGKILL)
        house.agent.wait(10)
        if not receiver.server:
            receiver.open()
        start(house)
    before = len(senders.acknowledged)
    wait_until(lambda: len(senders.acknowledged) > before, what='spans that the last one takes')
    senders.stop()
    assert len(senders.acknowledged) > 1600
    wait_until(lambda: senders.acknowledged <= set(receiver.numbers()), what='all that were acknowledged')
    wait_until(lambda: house.metric('outrider_spool_records', signal='traces') == 0, what='an empty spool')
    assert balanced(house) and house.stop() == 0


def test_a_receiver_that_is_away_stops_nobody_until_the_spool_is_full(house, receiver):
    other = lab.Receiver()  # does not listen yet
    port = carry(house, receiver, listen={'most_request': '128KiB'}, spool={'most_bytes': '1MiB'},
                 send_to=[{'otlp': receiver.url}, {'otlp': {'url': other.url, 'timeout': '1s'}}])
    start(house)
    number, refused = 1, None
    while number < 20_000 and refused is None:
        answer = lab.post(port, lab.request([lab.span(one, padding=300) for one in range(number, number + 100)]))
        if answer[0] == 200:
            number += 100
        else:
            refused = answer
    assert refused[0] == 503 and refused[1]['Retry-After'] == '10' and b'spool is full' in refused[2]
    assert 1000 < number < 4000, 'a mebibyte holds so many'
    wait_until(lambda: len(receiver.numbers()) == number - 1, what='all that was taken, at the one that is there')
    told = json.loads(house.run('spool', 'inspect', '-c', str(house.config), '--output', 'json').stdout)['traces']
    assert told['records'] == number - 1 and told['behind'][f'otlp {other.url}/v1/traces'] > 0
    other.open()
    wait_until(lambda: len(set(other.numbers())) == number - 1, what='all of it at the other')
    wait_until(lambda: lab.post(port, lab.request([lab.span(number)]))[0] == 200, what='room again')
    assert ledger(house, 'dropped', f'otlp {other.url}/v1/traces') == 0 and balanced(house)
    other.shut()
    assert house.stop() == 0


def test_what_a_receiver_asks_for_it_gets(house, receiver):
    refuse_until = time.monotonic() + 2.5
    first = []

    def judge(numbers):
        first.append(time.monotonic())
        return (503, {'Retry-After': '2'}, b'') if time.monotonic() < refuse_until else (200, {}, b'')
    receiver.judge = judge
    port = carry(house, receiver)
    start(house)
    assert lab.post(port, lab.request([lab.span(1)]))[0] == 200
    wait_until(lambda: receiver.numbers() == [1], what='the span')
    assert first[1] - first[0] > 1.9, 'not before it said'
    assert house.stop() == 0


def test_what_a_receiver_will_never_take_is_parked_and_can_be_replayed(house, receiver):
    receiver.judge = lambda numbers: (400, {}, b'') if 13 in numbers else (200, {}, b'')
    port = carry(house, receiver)
    start(house)
    sink = f'otlp {receiver.url}/v1/traces'
    for first in (1, 11, 21):
        assert lab.post(port, lab.request([lab.span(one) for one in range(first, first + 10)]))[0] == 200
    wait_until(lambda: len(receiver.numbers()) == 20, what='the others')
    wait_until(lambda: ledger(house, 'parked', sink) == 10, what='the request that it refuses')
    parked = json.loads(house.run('parked', 'list', '-c', str(house.config), '--output', 'json').stdout)['parked']
    assert len(parked) == 1 and 'answered 400' in parked[0]['why']
    shown = house.run('parked', 'show', parked[0]['id'], '-c', str(house.config))
    assert '10 spans in ' in shown.stdout, shown
    receiver.judge = lambda numbers: (200, {}, b'')
    done = house.run('parked', 'replay', '--all', '--reason', 'it was mended', '-c', str(house.config))
    assert done.returncode == 0 and '1 parked records were taken' in done.stdout, done
    assert set(receiver.numbers()) == set(range(1, 31)) and balanced(house)
    assert house.stop() == 0


def test_hostile_senders_hear_what_is_wrong_and_cost_little(house, receiver):
    port = carry(house, receiver, listen={'most_request': '4MiB'})
    start(house)
    good = lab.request([lab.span(1)])
    assert lab.post(port, b'hello')[0] == 400
    assert lab.post(port, good[:-3])[0] == 400
    assert lab.post(port, good, path='/v1/logs')[0] == 404
    assert lab.post(port, b'{}', {'Content-Type': 'text/plain'})[0] == 415
    assert lab.post(port, b'{"resourceSpans":1}', {'Content-Type': 'application/json'})[0] == 400
    assert lab.post(port, b'x' * (5 << 20))[0] == 413
    bomb = gzip.compress(bytes(1 << 30), 9)
    for _ in range(5):
        assert lab.post(port, bomb, {'Content-Encoding': 'gzip'})[0] == 413
    status, _, answer = lab.post(port, lab.request([lab.span(2), lab.span(3, trace=b'short'), lab.span(4)]))
    assert status == 200 and b'1 of 3 spans were not taken' in answer
    wait_until(lambda: receiver.numbers() == [2, 4], what='the good ones')
    peak = next(int(line.split()[1]) for line in open(f'/proc/{house.agent.pid}/status') if line.startswith('VmHWM'))
    assert peak < 100_000, f'{peak} KiB'
    assert house.metric('outrider_otlp_requests_total', status='413') == 6 and house.metric('outrider_otlp_refused_spans_total') == 1
    assert house.stop() == 0


def test_a_reload_moves_the_listener_and_loses_nothing(house, receiver):
    port = carry(house, receiver)
    start(house)
    assert lab.post(port, lab.request([lab.span(1)]))[0] == 200
    other = carry(house, receiver)
    done = house.run('reload', '--reason', 'another port', '-c', str(house.config))
    assert done.returncode == 0 and 'logs and traces' in done.stdout, done
    wait_until(lambda: (lab.post(other, lab.request([lab.span(2)])) or (0,))[0] == 200, what='the new port')
    assert lab.post(port, b'') is None, 'nobody is there any more'
    wait_until(lambda: set(receiver.numbers()) == {1, 2}, what='both')
    assert house.stop() == 0
