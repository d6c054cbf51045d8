"""Metrics out by OTLP: a receiver has what the page shows, read by OpenTelemetry's own classes."""
import gzip
import json
import os
import subprocess
import sys

import pytest

import metrics_lab
import trace_lab
from house import get, wait_until

PAGE = '''# HELP work_total What was done.
# TYPE work_total counter
work_total{who="Zo\u00eb"} 7
# TYPE latency_seconds histogram
latency_seconds_bucket{path="/",le="0.1"} 3
latency_seconds_bucket{path="/",le="2.5"} 5
latency_seconds_bucket{path="/",le="+Inf"} 6
latency_seconds_sum{path="/"} 7.25
latency_seconds_count{path="/"} 6
# TYPE asked summary
asked{quantile="0.5"} 1
asked_sum 17
asked_count 9
# TYPE temperature gauge
temperature{job="its own"} -273.15
'''

# Reads a request and shows it as JSON, apart from the tests: the classes are in the folder of the SDK.
READ = '''
import sys
from google.protobuf.json_format import MessageToJson
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
print(MessageToJson(ExportMetricsServiceRequest.FromString(sys.stdin.buffer.read())))
'''


class Collector(metrics_lab._Server):  # pylint: disable=protected-access
    """Keeps bodies; answers with `status`."""

    def __init__(self):
        self.bodies, self.status = [], 200

        def answer(path, headers, body):
            assert path == '/v1/metrics' and headers['Content-Type'] == 'application/x-protobuf', (path, headers)
            if self.status == 200:
                self.bodies.append(gzip.decompress(body) if headers.get('Content-Encoding') == 'gzip' else body)
            return self.status, ''

        super().__init__(answer)
        self.url = f'http://127.0.0.1:{self.port}'


@pytest.fixture
def read():
    """Of a body its metrics: {name: (resource, metric)}, by OpenTelemetry's classes."""
    folder, why_not = trace_lab.sdk()
    if folder is None:
        pytest.skip(why_not)

    def metrics_of(body):
        done = subprocess.run([sys.executable, '-c', READ], input=body, capture_output=True, timeout=60, env={**os.environ, 'PYTHONPATH': str(folder)})
        assert done.returncode == 0, done.stderr.decode()
        found = {}
        for of in json.loads(done.stdout).get('resourceMetrics', []):
            resource = attributes(of['resource'])
            for scope in of['scopeMetrics']:
                found |= {metric['name']: (resource, metric) for metric in scope['metrics']}
        return found
    return metrics_of


def attributes(of):
    return {one['key']: one['value']['stringValue'] for one in of.get('attributes', [])}


def begin(house, target, collector, **more):
    """Until the collector has heard of the target."""
    house.write(extra={'logs': None, 'health': None, 'metrics': {
        'listen': f'127.0.0.1:{house.metrics_port}', 'send_to': [{'otlp': {'url': collector.url, 'every': '1s', **more}}],
        'scrape': [{'url': target.url, 'every': '1s', 'timeout': '200ms'}]}})
    house.start(ready=False)
    wait_until(lambda: house.agent.poll() is not None or get(house.metrics_port, '/metrics'), what='the page')
    assert house.agent.poll() is None, house.said()
    wait_until(lambda: any(b'latency_seconds' in body for body in collector.bodies), what='the target\'s metrics')


def gets_what_waits(house, collector, sink, come_back):
    """It takes nothing, and then comes back: all of it arrives, and none is refused."""
    wait_until(lambda: (house.metric('outrider_spool_records', signal='metrics') or 0) > 500, what='what waits')
    before = len(collector.bodies)
    come_back()
    wait_until(lambda: len(collector.bodies) > before + 2 and house.metric('outrider_spool_records', signal='metrics') == 0, what='all of it')
    assert house.metric('outrider_ledger_dropped_records_total', source='metrics', sink=sink, reason='refused') == 0
    assert house.metric('outrider_otlp_sink_rejected_points_total', sink=sink) == 0
    assert house.stop() == 0


def test_a_collector_has_what_the_page_shows(house, read):
    target, collector = metrics_lab.Target(PAGE), Collector()
    begin(house, target, collector, gzip=True)
    found = read(next(body for body in collector.bodies if b'latency_seconds' in body))
    resource, work = found['work_total']
    assert resource['service.name'] == 'outrider' and resource['service.instance.id']
    point = work['sum']['dataPoints'][0]
    assert work['sum']['isMonotonic'] and work['sum']['aggregationTemporality'] == 'AGGREGATION_TEMPORALITY_CUMULATIVE'
    assert point['asDouble'] == 7 and attributes(point)['who'] == 'Zo\u00eb' and work['description'] == 'What was done.'
    latency = found['latency_seconds'][1]['histogram']['dataPoints'][0]
    assert (latency['explicitBounds'], latency['bucketCounts'], latency['count'], latency['sum']) == ([0.1, 2.5], ['3', '2', '1'], '6', 7.25)
    asked = found['asked'][1]['summary']['dataPoints'][0]
    assert (asked['count'], asked['sum'], asked['quantileValues']) == ('9', 17, [{'quantile': 0.5, 'value': 1}])
    assert found['temperature'][0]['service.name'] == 'its own' and found['temperature'][1]['gauge']['dataPoints'][0]['asDouble'] == -273.15
    assert 'up' in found and 'outrider_build_info' in found
    target.close()
    wait_until(lambda: any(b'temperature' in body and 'gauge' in read(body)['temperature'][1]
                           and read(body)['temperature'][1]['gauge']['dataPoints'][0].get('flags') == 1 for body in collector.bodies[-3:]),
               what='the word that it is over')
    collector.status = 503
    gets_what_waits(house, collector, f'otlp_metrics {collector.url}/v1/metrics', lambda: setattr(collector, 'status', 200))
    collector.close()


def test_a_collector_over_grpc_has_it_too_and_gets_what_waited(house, read):
    grpc, why_not = trace_lab.grpcio()
    if grpc is None:
        pytest.skip(why_not)
    target = metrics_lab.Target(PAGE)
    collector = trace_lab.GrpcReceiver(grpc, service='metrics.v1.MetricsService').open()
    begin(house, target, collector, headers={'X-Scope-OrgID': 'school'})
    found = read(next(body for body in collector.bodies if b'latency_seconds' in body))
    assert found['work_total'][1]['sum']['dataPoints'][0]['asDouble'] == 7 and collector.metadata['x-scope-orgid'] == 'school'
    collector.shut()
    gets_what_waits(house, collector, f'otlp_metrics {collector.url}', collector.open)
    target.close()
    collector.shut()
