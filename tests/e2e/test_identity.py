"""One identity on all three signals: a request is followed from its log line (Elasticsearch) to its exemplar (Prometheus, with the storage
of exemplars on) to its trace (Jaeger), and back. All of them are the real ones."""
import pathlib
import sys

import pytest

import trace_lab as lab
from house import get, wait_until
from metrics_lab import Prometheus
from ports import free_port

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / 'integration'))
import search_servers  # noqa: E402


@pytest.fixture(scope='module')
def search():
    home, why_not = search_servers.fetch('elasticsearch')
    if home is None:
        pytest.skip(why_not)
    made = search_servers.Node('elasticsearch', home)
    try:
        yield made.start()
    finally:
        made.close()


@pytest.fixture
def prometheus(house, tmp_path):
    why_not = Prometheus.missing()
    if why_not:
        pytest.skip(why_not)
    made = Prometheus(tmp_path / 'prometheus', scrapes=house.metrics_port).start()
    yield made
    made.close()


def carry_all(house, search, stream, receiver):
    spans = free_port()
    house.write(child=house.service_command('--spans-to', f'127.0.0.1:{spans}'), extra={
        'logs': {'read': [{'child': 'all', 'format': 'json'}],
                 'send_to': [{'elasticsearch': {'urls': [search.url], 'data_stream': stream}}]},
        'traces': {'listen': {'http': f'127.0.0.1:{spans}'}, 'send_to': [{'otlp': receiver}], 'span_metrics': {'attributes': ['http.route']},
                   'sample': {'keep': [{'name': 'failed', 'errors': True}, {'name': 'asked for', 'attributes': {'http.route': ['/v1/notation']}}],
                              'after_entry': '1s'}}})
    house.start()
    house.wait_healthy()


def documents(search, stream, query):
    search.ask('POST', f'/{stream}/_refresh')
    status, answer = search.ask('POST', f'/{stream}/_search', {'size': 100, 'query': query})
    return [hit['_source'] for hit in answer['hits']['hits']] if status == 200 else []


def field(document, path):
    """Of a document whose keys are nested, or dotted, or both."""
    if path in document:
        return document[path]
    head, _, rest = path.partition('.')
    return field(document[head], rest) if rest and isinstance(document.get(head), dict) else None


def examples_of(prometheus, trace):
    found = prometheus.ask('query_exemplars', query='traces_span_metrics_duration_milliseconds_bucket', start='2020-01-01T00:00:00Z',
                           end='2100-01-01T00:00:00Z')
    return [series['seriesLabels'] for series in found or [] for one in series['exemplars'] if one['labels'].get('trace_id') == trace]


def follow(house, search, stream, prometheus):
    """Asks for something; what is known of that request in the logs and among the examples."""
    assert get(house.service_port, '/v1/notation?notes=C4,E4,G4')[0] == 200
    line = wait_until(lambda: documents(search, stream, {'match_phrase': {'message': 'Answered a request'}}), 30, 'its log line in Elasticsearch')[0]
    trace = field(line, 'trace.id')
    assert trace and len(trace) == 32, line
    return line, trace, wait_until(lambda: examples_of(prometheus, trace), 30, 'its exemplar in Prometheus')


def test_a_request_leads_from_its_log_line_to_its_exemplar_and_both_say_who_it_was(house, search, prometheus, receiver):
    carry_all(house, search, 'logs-notation-school', receiver.url)
    line, trace, series = follow(house, search, 'logs-notation-school', prometheus)
    assert field(line, 'service.name') == 'notation-api' and field(line, 'service.environment') == 'test', line
    assert {one['service_name'] for one in series} == {'notation-api'} and {one.get('http_route') for one in series} >= {'/v1/notation'}, series
    assert field(line, 'span.id'), line
    kept = [one['trace_id'] for one in house.status()['traces']['kept']]
    assert trace in kept, 'the status page leads there, too'
    # And back: from the trace to its line.
    again = documents(search, 'logs-notation-school', {'term': {'trace.id': trace}})
    assert [field(one, 'span.id') for one in again] == [field(line, 'span.id')]
    served = [one for one in (house.status()['traces']['operations']) if one['name'] == 'GET /v1/notation']
    assert served and served[0]['calls'] == 1 and served[0]['failed'] == 0


def test_the_same_request_is_found_in_jaeger(house, search, prometheus):
    why_not = lab.Jaeger.missing()
    if why_not:
        pytest.skip(why_not)
    jaeger = lab.Jaeger().start()
    try:
        carry_all(house, search, 'logs-jaeger-school', f'http://127.0.0.1:{jaeger.otlp}')
        line, trace, _ = follow(house, search, 'logs-jaeger-school', prometheus)
        found = wait_until(lambda: [span for span in jaeger.spans('notation-api') if span['traceID'] == trace], 30, 'its spans in Jaeger')
        assert {span['operationName'] for span in found} == {'GET /v1/notation', 'read the notes'}
        assert field(line, 'span.id') in {span['spanID'] for span in found}, 'the line names the span that wrote it'
    finally:
        jaeger.close()
