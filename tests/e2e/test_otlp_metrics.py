"""Metrics in by OTLP: what an SDK says is on the page, under the names that OpenTelemetry has for Prometheus."""
import gzip
import json
import os
import struct
import subprocess
import sys

import pytest

import metrics_lab
import trace_lab as lab
from asked_servers import scrape_of, shown, value
from exposition import Page
from house import get, wait_until
from ports import free_port
from test_traces import call

EXPORT = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export'

# A service with one instrument of each kind; it tells by deltas where it is asked to.
SERVICE = r'''
import sys
from opentelemetry import trace
from opentelemetry.sdk.metrics import Counter, Histogram, MeterProvider, UpDownCounter
from opentelemetry.sdk.metrics.export import AggregationTemporality, PeriodicExportingMetricReader
from opentelemetry.sdk.metrics.view import ExponentialBucketHistogramAggregation, View
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
kind, endpoint, temporality = sys.argv[1:]
adds = AggregationTemporality.DELTA if temporality == 'delta' else AggregationTemporality.CUMULATIVE
preferred = {Counter: adds, Histogram: adds, UpDownCounter: adds}
if kind == 'http':
    from opentelemetry.exporter.otlp.proto.http import Compression
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    exporter = OTLPMetricExporter(endpoint=endpoint, compression=Compression.Gzip, preferred_temporality=preferred)
else:
    from grpc import Compression
    from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
    exporter = OTLPMetricExporter(endpoint=endpoint, insecure=True, compression=Compression.Gzip, preferred_temporality=preferred)
reader = PeriodicExportingMetricReader(exporter, export_interval_millis=3600_000)
resource = Resource.create({'service.name': 'checkout', 'service.namespace': 'shop', 'service.instance.id': 'a', 'deployment.environment': 'production'})
views = [View(instrument_name='order.size', aggregation=ExponentialBucketHistogramAggregation())]
provider = MeterProvider(resource=resource, metric_readers=[reader], views=views)
meter = provider.get_meter('shop.orders', '1.2')
orders = meter.create_counter('orders.done', description='Orders that are done.')
waiting = meter.create_up_down_counter('orders.waiting', unit='{order}')
took = meter.create_histogram('order.duration', unit='s', explicit_bucket_boundaries_advisory=[0.1, 1, 10])
size = meter.create_histogram('order.size', unit='By')
meter.create_observable_gauge('pool.use', callbacks=[lambda _: [__import__('opentelemetry').metrics.Observation(0.25)]], unit='1')
tracer = TracerProvider().get_tracer('tests')
for turn in range(3):
    for number in range(100):
        with tracer.start_as_current_span('order'):
            orders.add(2, {'pay.by': 'card', 'n': number % 2})
            took.record(0.5, {'pay.by': 'card'})
    waiting.add(5)
    waiting.add(-3)
    size.record(3000)
    print(provider.force_flush(20000))
provider.shutdown()
'''


def hear(house, listen, **more):
    """An agent that only has metrics, by OTLP."""
    metrics = {'listen': f'127.0.0.1:{house.metrics_port}', 'read': [{'otlp': listen}], **more}
    house.write(extra={'logs': None, 'health': None, 'metrics': metrics})


def start(house, listener='http'):
    house.start(ready=False)
    wait_until(lambda: house.agent.poll() is not None or house.metric('outrider_otlp_listening', listener=listener) == 1, what='listening')
    assert house.agent.poll() is None, house.said()


def number(value, *attributes, time=2):
    labels = b''.join(lab.field(7, lab.field(1, key) + lab.field(2, lab.field(1, word))) for key, word in attributes)
    return b'\x11' + struct.pack('<Q', 1) + b'\x19' + struct.pack('<Q', time) + b'\x21' + struct.pack('<d', value) + labels


def counter(name, *points, adds=2):
    return lab.field(1, name) + lab.field(7, b''.join(lab.field(1, one) for one in points) + b'\x10' + lab.varint(adds) + b'\x18\x01')


def gauge(name, *points):
    return lab.field(1, name) + lab.field(5, b''.join(lab.field(1, one) for one in points))


def post(port, *metrics, headers=None, packed=False):
    body = lab.request(metrics)
    return lab.post(port, gzip.compress(body) if packed else body, {'Content-Encoding': 'gzip'} if packed else headers, path='/v1/metrics')


def page(house, prefix):
    return shown(house, prefix)


@pytest.fixture
def grpc():
    module, why_not = lab.grpcio()
    if module is None:
        pytest.skip(why_not)
    return module


@pytest.mark.parametrize('temporality', ['cumulative', 'delta'])
@pytest.mark.parametrize('kind', ['http', 'grpc'])
def test_the_sdk_of_opentelemetry_is_content(house, kind, temporality):
    folder, why_not = lab.sdk()
    if folder is None:
        pytest.skip(why_not)
    port = free_port()
    hear(house, {kind: f'127.0.0.1:{port}'})
    start(house, kind)
    endpoint = f'http://127.0.0.1:{port}' + ('/v1/metrics' if kind == 'http' else '')
    done = subprocess.run([sys.executable, '-W', 'ignore', '-c', SERVICE, kind, endpoint, temporality], capture_output=True, text=True,
                          timeout=60, env={**os.environ, 'PYTHONPATH': str(folder)})
    assert done.returncode == 0 and done.stdout == 'True\n' * 3 and done.stderr == '', done
    now = Page(get(house.metrics_port, '/metrics')[1])
    of_all = {'job': 'shop/checkout', 'instance': 'a', 'environment': 'production', 'otel_scope_name': 'shop.orders'}
    for pay, expected in (('0', 300), ('1', 300)):
        assert value(now, 'orders_done_total', n=pay, pay_by='card', **of_all) == expected
    assert value(now, 'orders_waiting', **of_all) == 6
    assert value(now, 'pool_use_ratio', **of_all) == 0.25
    assert [value(now, 'order_duration_seconds_bucket', le=bound, **of_all) for bound in ('0.1', '1', '10', '+Inf')] == [0, 300, 300, 300]
    assert value(now, 'order_duration_seconds_sum', **of_all) == pytest.approx(150)
    assert [value(now, 'order_size_bytes_bucket', le=bound, **of_all) for bound in ('2048', '4096', '+Inf')] == [0, 3, 3]
    assert now.types['orders_done_total'] == 'counter' and now.types['orders_waiting'] == 'gauge' and now.types['order_duration_seconds'] == 'histogram'
    assert now.helps['orders_done_total'] == 'Orders that are done.'
    assert value(now, 'target_info', job='shop/checkout', instance='a', telemetry_sdk_language='python') == 1
    text = get(house.metrics_port, '/metrics', headers={'Accept': 'application/openmetrics-text; version=1.0.0'})[1]
    line = next(line for line in text.splitlines() if line.startswith('order_duration_seconds_bucket') and 'le="1.0"' in line)
    assert '# {trace_id="' in line and 'span_id="' in line, line
    assert house.metric('outrider_otlp_refused_points_total') == 0 and house.metric('outrider_otlp_repeated_points_total') == 0
    assert house.stop() == 0


def test_three_signals_come_to_one_pair_of_ports(house, grpc):
    receiver = lab.Receiver().open()
    http, other = free_port(), free_port()
    listen = {'http': f'127.0.0.1:{http}', 'grpc': f'127.0.0.1:{other}'}
    hear(house, listen)
    settings = json.loads(house.config.read_text(encoding='utf-8'))
    settings['traces'] = {'listen': listen, 'send_to': [{'otlp': receiver.url}]}
    settings['logs'] = {'read': [{'otlp': listen}], 'send_to': [{'file': {'path': str(house.folder / 'out.json')}}]}
    house.config.write_text(json.dumps(settings), encoding='utf-8')
    start(house)
    try:
        wait_until(lambda: house.metric('outrider_otlp_listening', listener='grpc') == 1, what='gRPC')
        assert post(http, counter(b'lab.jobs', number(1)), packed=True)[0] == 200
        assert lab.post(http, lab.request([lab.span(1)]))[0] == 200 and lab.post(http, lab.request([lab.log(1)]), path='/v1/logs')[0] == 200
        with grpc.insecure_channel(f'127.0.0.1:{other}') as channel:
            assert call(grpc, channel, lab.request([counter(b'lab.jobs', number(2))]), method=EXPORT) == b''
            assert call(grpc, channel, lab.request([lab.span(2)])) == b''
        assert value(page(house, 'lab_'), 'lab_jobs_total') == 2
        wait_until(lambda: receiver.numbers() == [1, 2], what='the spans')
        wait_until(lambda: (scrape_of(house, 'otlp') or {}).get('up') == 'ok', what='the row of the status')
        assert house.stop() == 0
    finally:
        receiver.shut()


def test_what_is_not_taken_is_said_and_the_rest_is_taken(house):
    port = free_port()
    hear(house, {'http': f'127.0.0.1:{port}', 'most_series': 10})
    start(house)
    status, _, answer = post(port, gauge(b'lab.depth', number(1)), counter(b'lab.odd', number(1), adds=0))
    assert status == 200 and b'1 of 2 data points were not taken: lab.odd: it does not say whether it is cumulative' in answer
    assert value(page(house, 'lab_'), 'lab_depth') == 1
    users = [number(5, (b'user', b'%d' % user)) for user in range(30)]
    assert post(port, counter(b'lab.visits', *users))[2] == b''
    assert post(port, counter(b'lab.visits', *[number(6, (b'user', b'%d' % user)) for user in range(30)]))[2] == b''
    now = page(house, 'lab_visits')
    assert sum(now.samples['lab_visits_total'].values()) == 30 * 6, 'sums stay right'
    assert value(now, 'lab_visits_total', series='other') > 100
    assert house.metric('outrider_otlp_folded_points_total') == 2 * (30 - len(now.samples['lab_visits_total']) + 1)
    assert 'As many series over OTLP as may be' in house.said()
    body = json.dumps({'resourceMetrics': [{'scopeMetrics': [{'metrics': [{'name': 'lab.fresh', 'gauge': {'dataPoints': [{'asInt': '1'}]}}]}]}]}).encode()
    status, headers, answer = lab.post(port, body, {'Content-Type': 'application/json'}, path='/v1/metrics')
    assert (status, headers['Content-Type']) == (200, 'application/json')
    assert json.loads(answer)['partialSuccess'] == {'rejectedDataPoints': '1',
                                                    'errorMessage': '1 of 1 data points were not taken: lab.fresh: there are as many series as may be'}
    assert house.metric('outrider_otlp_refused_points_total', listener='http') == 2
    assert post(port, b'hello')[0] == 400 and lab.post(port, b'\x0a\xff', path='/v1/metrics')[0] == 400
    assert lab.post(port, lab.request([lab.span(1)]))[0] == 404, 'nobody configured traces'
    assert house.stop() == 0


def test_metrics_that_came_go_on_to_prometheus_and_end_there(house, tmp_path):
    if why_not := metrics_lab.Prometheus.missing():
        pytest.skip(why_not)
    prometheus = metrics_lab.Prometheus(tmp_path / 'prometheus').start()
    port = free_port()
    hear(house, {'http': f'127.0.0.1:{port}'}, remote_write=[{'url': prometheus.url, 'every': '1s', 'timeout': '5s'}])
    start(house)
    try:
        assert post(port, counter(b'lab.jobs', number(41, (b'a.b', b'x'))), gauge(b'lab.depth', number(7)))[0] == 200
        wait_until(lambda: prometheus.value('lab_jobs_total{job="tests-api",a_b="x"}') == 41, what='the counter')
        gone = b'\x19' + struct.pack('<Q', 3) + b'\x40\x01'
        assert post(port, gauge(b'lab.depth', gone))[0] == 200
        wait_until(lambda: prometheus.value('lab_depth') is None, what='its end')
        assert prometheus.value('lab_jobs_total') == 41
        assert house.stop() == 0
    finally:
        prometheus.close()
