"""Spans out over gRPC, and in over TLS: a receiver of grpcio, the SDK of OpenTelemetry, and one agent after the other."""
import json
import os
import pathlib
import signal
import socket
import ssl
import subprocess
import sys
import time

import pytest

import trace_lab as lab
from house import House, get, wait_until
from ports import free_port
from test_traces import SPEAKS_GRPC, Senders


@pytest.fixture
def grpc():
    module, why_not = lab.grpcio()
    if module is None:
        pytest.skip(why_not)
    return module


@pytest.fixture
def receiver(grpc):
    made = lab.GrpcReceiver(grpc).open()
    yield made
    made.shut()


@pytest.fixture
def relay(tmp_path):
    """A second agent, that the first sends to."""
    (tmp_path / 'relay').mkdir()
    made = House(tmp_path / 'relay')
    yield made
    made.clean_up()


@pytest.fixture
def identities(tmp_path):
    (tmp_path / 'tls').mkdir()
    return lab.Identities(tmp_path / 'tls')


def begin(house, listen, send_to):
    house.write(extra={'logs': None, 'health': None, 'traces': {'listen': listen, 'send_to': [{'otlp': {'timeout': '2s', **send_to}}]}})
    start(house)


def start(house):
    house.start(ready=False)
    wait_until(lambda: house.agent.poll() is not None or house.metric('outrider_otlp_listening') == 1, what='listening')
    assert house.agent.poll() is None, house.said()


def carry(house, receiver, **more):
    port = free_port()
    begin(house, {'http': f'127.0.0.1:{port}'}, {'url': receiver.url, **more})
    return port


def post(port, first, count, **padding):
    assert lab.post(port, lab.request([lab.span(one, **padding) for one in range(first, first + count)]))[0] == 200


def ledger(house, fate, sink):
    return house.metric('outrider_ledger_records_total', source='traces', fate=fate, sink=sink)


def balanced(house):
    page = get(house.metrics_port, '/metrics')[1]
    off = [line for line in page.splitlines() if line.startswith('outrider_ledger_imbalance_records') and 'source="traces"' in line]
    return len(off) >= 2 and all(line.endswith(' 0') for line in off)


def test_spans_arrive_over_one_connection_with_the_bytes_that_they_had(house, receiver):
    (house.folder / 'token').write_text('let-me-in\n')
    port = carry(house, receiver, gzip=True, bearer={'file': str(house.folder / 'token')}, headers={'X-Scope-OrgID': 'school'})
    bodies = [lab.request([lab.span(number) for number in range(first, first + 100)]) for first in (1, 101, 201)]
    for number, body in enumerate(bodies):
        assert lab.post(port, body)[0] == 200
        wait_until(lambda: len(receiver.numbers()) == 100 * (number + 1), what='the spans')
    assert b''.join(receiver.bodies) == b''.join(bodies)
    assert len(receiver.peers) == 1, 'one connection'
    assert receiver.metadata['authorization'] == 'Bearer let-me-in' and receiver.metadata['x-scope-orgid'] == 'school'
    wait_until(lambda: ledger(house, 'delivered', f'otlp {receiver.url}') == 300, what='the ledger')
    assert balanced(house) and house.stop() == 0


def test_a_receiver_that_comes_and_goes_gets_all(house, receiver):
    port = carry(house, receiver)
    senders = Senders(port, 2)
    for _ in range(3):
        before = len(set(receiver.numbers()))
        wait_until(lambda: len(set(receiver.numbers())) > before + 200, what='spans')
        receiver.shut()
        before = len(senders.acknowledged)
        wait_until(lambda: len(senders.acknowledged) > before + 200, what='spans that wait')
        receiver.open()
    senders.stop()
    wait_until(lambda: senders.acknowledged <= set(receiver.numbers()), what='all that were acknowledged')
    wait_until(lambda: house.metric('outrider_spool_records', signal='traces') == 0, what='an empty spool')
    assert balanced(house) and house.stop() == 0


def test_what_a_receiver_asks_for_it_gets(house, receiver):
    asked = []
    details = lab.field(3, lab.field(1, b'type.googleapis.com/google.rpc.RetryInfo') + lab.field(2, lab.field(1, b'\x08\x02')))

    def judge(numbers):
        asked.append(time.monotonic())
        return ('OK', '', ()) if len(asked) > 1 else ('RESOURCE_EXHAUSTED', 'over quota', (('grpc-status-details-bin', details),))
    receiver.judge = judge
    post(carry(house, receiver), 1, 10)
    wait_until(lambda: len(receiver.numbers()) == 10, what='the spans')
    assert asked[1] - asked[0] > 1.9, 'not before it said'
    assert house.stop() == 0


def test_what_it_refuses_is_parked_and_the_rest_arrives(house, receiver):
    receiver.judge = lambda numbers: ('INVALID_ARGUMENT', 'no 13', ()) if 13 in numbers else ('OK', '', ())
    port = carry(house, receiver)
    for first in (1, 11, 21):
        post(port, first, 10)
    wait_until(lambda: len(receiver.numbers()) == 20, what='the others')
    wait_until(lambda: ledger(house, 'parked', f'otlp {receiver.url}') == 10, what='the request that it refuses')
    parked = json.loads(house.run('parked', 'list', '-c', str(house.config), '--output', 'json').stdout)['parked']
    assert len(parked) == 1 and parked[0]['why'] == 'it answered INVALID_ARGUMENT: no 13'
    assert balanced(house) and house.stop() == 0


def test_what_is_too_large_for_it_comes_in_smaller_calls(house, grpc):
    receiver = lab.GrpcReceiver(grpc, options=[('grpc.max_receive_message_length', 30_000)])
    try:
        port = carry(house, receiver)  # nobody listens yet: they wait, and go together
        for first in range(1, 401, 10):
            post(port, first, 10, padding=200)
        post(port, 401, 1, padding=40_000)
        receiver.open()
        wait_until(lambda: len(set(receiver.numbers())) == 400, what='all that fits')
        wait_until(lambda: ledger(house, 'parked', f'otlp {receiver.url}') == 1, what='the one that is too large by itself')
        assert balanced(house) and house.stop() == 0
    finally:
        receiver.shut()


@pytest.mark.parametrize('status, word', [('UNAUTHENTICATED', 'bearer'), ('UNIMPLEMENTED', '4317')])
def test_what_is_ours_to_mend_is_held_and_said(house, receiver, status, word):
    receiver.judge = lambda numbers: (status, 'no', ())
    port = carry(house, receiver)
    post(port, 1, 5)
    wait_until(lambda: house.metric('outrider_otlp_sink_requests_total', answer='held'), what='a refusal')
    wait_until(lambda: f'it answered {status}' in house.said() and word in house.said(), what='a word about it')
    receiver.judge = lambda numbers: ('OK', '', ())
    wait_until(lambda: len(receiver.numbers()) == 5, what='the spans, once it was mended')
    assert house.stop() == 0


def test_who_does_not_speak_grpc_parks_nothing(house):
    other = lab.Receiver().open()
    try:
        port = free_port()
        begin(house, {'http': f'127.0.0.1:{port}'}, {'url': f'grpc://127.0.0.1:{other.port}'})
        post(port, 1, 5)
        wait_until(lambda: 'is not HTTP/2' in house.said() and '4317' in house.said(), what='a word about it')
        assert ledger(house, 'parked', f'otlp grpc://127.0.0.1:{other.port}') == 0 and other.numbers() == []
        assert house.stop() == 0
    finally:
        other.shut()


def test_a_real_jaeger_takes_them_over_grpc(house):
    why_not = lab.Jaeger.missing()
    if why_not:
        pytest.skip(why_not)
    jaeger = lab.Jaeger().start()
    try:
        port = free_port()
        begin(house, {'http': f'127.0.0.1:{port}'}, {'url': f'grpc://127.0.0.1:{jaeger.otlp_grpc}', 'gzip': True})
        post(port, 1, 200)
        wait_until(lambda: len(jaeger.spans('tests-api')) == 200, what='the spans in Jaeger')
        assert house.stop() == 0
    finally:
        jaeger.close()


def tls_of(identities, name, authority='authority'):
    certificate, key = identities.sign(name)
    return {'certificate': str(certificate), 'key': str(key), authority: str(identities.authority)}


def test_from_one_agent_to_the_next_no_span_is_lost_whoever_is_killed(house, relay, identities):
    receiver = lab.Receiver().open()
    try:
        inner = free_port()
        listen = {'grpc': f'127.0.0.1:{inner}', 'tls': tls_of(identities, 'relay', 'client_authority')}
        begin(relay, listen, {'url': receiver.url})
        port = free_port()
        begin(house, {'http': f'127.0.0.1:{port}'}, {'url': f'grpcs://127.0.0.1:{inner}', 'tls': tls_of(identities, 'front')})
        senders = Senders(port)
        for one in (house, relay, house, relay):
            before = len(receiver.numbers())
            wait_until(lambda: len(receiver.numbers()) > before + 400, what='spans at the end of the way')
            one.agent.send_signal(signal.SIGKILL)
            one.agent.wait(10)
            start(one)
        senders.stop()
        assert len(senders.acknowledged) > 1600
        wait_until(lambda: senders.acknowledged <= set(receiver.numbers()), what='all that were acknowledged')
        for one in (house, relay):
            wait_until(lambda: one.metric('outrider_spool_records', signal='traces') == 0, what='an empty spool')
            assert balanced(one) and one.stop() == 0
    finally:
        receiver.shut()


def test_strangers_are_not_heard_over_tls_and_the_sdk_is(house, receiver, grpc, identities):
    port, other = free_port(), free_port()
    tls = tls_of(identities, 'server', 'client_authority')
    begin(house, {'grpc': f'127.0.0.1:{port}', 'http': f'127.0.0.1:{other}', 'tls': tls}, {'url': receiver.url})
    own = tls_of(identities, 'service')
    known = {'OTEL_EXPORTER_OTLP_CERTIFICATE': own['authority'], 'OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE': own['certificate'],
             'OTEL_EXPORTER_OTLP_CLIENT_KEY': own['key']}
    program = SPEAKS_GRPC.replace('insecure=True', 'insecure=False')
    done = subprocess.run([sys.executable, '-c', program, f'https://127.0.0.1:{port}', 'Gzip', '300'], capture_output=True, text=True, timeout=60,
                          env={**os.environ, **known, 'PYTHONPATH': str(lab.sdk()[0])})
    assert done.returncode == 0 and done.stdout == 'True\n' and done.stderr == '', done
    wait_until(lambda: len(set(receiver.numbers())) == 600, what='its spans')
    nobody = grpc.ssl_channel_credentials(identities.authority.read_bytes())
    with grpc.secure_channel(f'127.0.0.1:{port}', nobody) as channel, pytest.raises(grpc.RpcError) as refused:
        channel.unary_unary('/opentelemetry.proto.collector.trace.v1.TraceService/Export')(lab.request([lab.span(1)]), timeout=3)
    assert refused.value.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)
    assert lab.post(other, lab.request([lab.span(2)])) is None, 'nor in the clear'
    assert len(receiver.numbers()) == 600 and house.stop() == 0


def shown(port, identities):
    """The certificate that is shown there to who has one."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(identities.authority)
    context.load_cert_chain(*identities.sign('looker'))
    with socket.create_connection(('127.0.0.1', port), timeout=5) as connection, \
            context.wrap_socket(connection, server_hostname='localhost') as over_tls:
        return over_tls.getpeercert(True)


def test_a_certificate_that_was_renewed_is_taken_without_a_word(house, receiver, identities):
    ports = free_port(), free_port()
    tls = tls_of(identities, 'server', 'client_authority')
    begin(house, {'http': f'127.0.0.1:{ports[0]}', 'grpc': f'127.0.0.1:{ports[1]}', 'tls': tls}, {'url': receiver.url})
    wait_until(lambda: house.metric('outrider_otlp_listening', listener='grpc') == 1, what='listening')
    before = [shown(port, identities) for port in ports]
    pathlib.Path(tls['key']).write_text('half of it')
    wait_until(lambda: 'Cannot take the certificate that was renewed' in house.said(), what='a word about half a renewal')
    assert [shown(port, identities) for port in ports] == before
    identities.sign('server')
    for port, old in zip(ports, before):
        wait_until(lambda: shown(port, identities) != old, what='the new certificate')
    assert house.stop() == 0


def test_several_receivers_share_the_load_and_one_may_be_away(house, receiver, grpc):
    other = lab.GrpcReceiver(grpc).open()
    try:
        port = free_port()
        begin(house, {'http': f'127.0.0.1:{port}'}, {'urls': [receiver.url, other.url]})

        def send(first, count):
            for number in range(first, first + count):
                before = len(receiver.numbers()) + len(other.numbers())
                post(port, number, 1)
                wait_until(lambda: len(receiver.numbers()) + len(other.numbers()) > before, what='the span')
        send(1, 20)
        assert len(receiver.numbers()) == len(other.numbers()) == 10
        other.shut()
        send(21, 20)
        assert len(receiver.numbers()) == 30
        assert house.metric('outrider_otlp_sink_receiver_up', receiver=other.url) == 0
        other.open()
        wait_until(lambda: post(port, 99, 1) or len(other.numbers()) > 10, what='it, back by itself')
        assert house.metric('outrider_otlp_sink_receiver_up', receiver=other.url) == 1
        wait_until(lambda: house.metric('outrider_spool_records', signal='traces') == 0, what='an empty spool')
        assert balanced(house) and house.stop() == 0
    finally:
        other.shut()
