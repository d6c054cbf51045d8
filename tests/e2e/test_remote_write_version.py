"""Remote write 2.0: a receiver that knows it has what it is for, and one that does not loses nothing over it.

No Prometheus of Debian 12 takes 2.0: the receiver of it here is the lab's own, which reads a request field by field."""
import pytest

import metrics_lab as lab
from house import wait_until
from test_remote_write import prometheus, refused, start  # noqa: F401  pylint: disable=unused-import

PAGE = '''# HELP work What was done.
# TYPE work counter
work_total{who="Zo\u00eb"} 7 # {trace_id="0af7651916cd43dd8448eb211c80319c"} 1 1700000000.5
work_created{who="Zo\u00eb"} 1700000000.25
# HELP latency_seconds How long.
# TYPE latency_seconds histogram
# UNIT latency_seconds seconds
latency_seconds_bucket{le="0.1"} 3
latency_seconds_bucket{le="+Inf"} 6
latency_seconds_sum 7.25
latency_seconds_count 6
# EOF
'''


@pytest.fixture
def target():
    made = lab.Target(PAGE)
    made.content_type = 'application/openmetrics-text; version=1.0.0; charset=utf-8'
    yield made
    made.close()


def send(house, url, version, target):
    metrics = {'listen': f'127.0.0.1:{house.metrics_port}', 'remote_write': [{'url': url, 'every': '1s', 'timeout': '5s', 'version': version}],
               'scrape': [{'url': target.url, 'every': '1s', 'timeout': '200ms'}]}
    house.write(extra={'logs': None, 'health': None, 'metrics': metrics})


def test_what_a_series_is_goes_with_it(house, target):
    receiver = lab.SecondReceiver()
    send(house, receiver.url, 'auto', target)
    start(house)
    wait_until(lambda: receiver.named('work_total') and receiver.named('latency_seconds_bucket'), what='samples')
    work, bucket = receiver.named('work_total')[0], receiver.named('latency_seconds_bucket')[0]
    assert work['labels']['who'] == 'Zo\u00eb' and work['labels']['job'] == 'outrider' and work['samples'] == [7.0]
    assert (work['type'], work['help'], work['created']) == (1, 'What was done.', 1_700_000_000_250)
    assert work['exemplars'] == [{'trace_id': '0af7651916cd43dd8448eb211c80319c'}]
    assert (bucket['type'], bucket['help'], bucket['unit']) == (3, 'How long.', 'seconds')
    assert set(receiver.versions) == {'2.0.0'}
    sink = f'remote_write {receiver.url}'
    assert house.metric('outrider_remote_write_version', sink=sink) == 2
    assert house.metric('outrider_remote_write_samples_total', sink=sink, fate='unwritten') == 0
    receiver.close()
    older = lab.SecondReceiver(port=receiver.port, knows=False)
    wait_until(lambda: '0.1.0' in older.versions, what='the first version, for one that was put in its place')
    assert older.versions[:2] == ['2.0.0', '0.1.0'] and refused(house, receiver.url) == 0
    assert house.metric('outrider_remote_write_version', sink=sink) == 1
    assert house.stop() == 0
    older.close()


def test_what_a_receiver_does_not_write_is_counted(house, target):
    receiver = lab.SecondReceiver(short_by=3)
    send(house, receiver.url, 2, target)
    start(house)
    sink = f'remote_write {receiver.url}'
    wait_until(lambda: (house.metric('outrider_remote_write_samples_total', sink=sink, fate='unwritten') or 0) >= 3, what='the count')
    assert 'says that it has not written them' in house.said()
    assert house.stop() == 0
    receiver.close()


def test_a_real_prometheus_that_knows_the_first_version_only_loses_nothing(house, prometheus, target):  # noqa: F811  pylint: disable=redefined-outer-name
    send(house, prometheus.url, 'auto', target)
    start(house)
    wait_until(lambda: prometheus.value('work_total') == 7, what='the samples')
    sink = f'remote_write {prometheus.url}'
    assert house.metric('outrider_remote_write_version', sink=sink) == 1
    assert 'The receiver does not know remote write 2.0: it gets 1.0' in house.said()
    assert refused(house, prometheus.url) == 0
    wait_until(lambda: len(prometheus.times('work_total[1m]')) >= 3, what='more of them')
    assert house.said().count('does not know remote write 2.0') == 1, 'it is remembered'
    assert house.stop() == 0
    house.start(ready=False)
    wait_until(lambda: house.said().count('does not know remote write 2.0') == 2, what='another try, after a restart')
    assert house.stop() == 0


def test_who_must_have_the_second_version_is_held_by_one_that_does_not_know_it(house, prometheus, target):  # noqa: F811  pylint: disable=redefined-outer-name
    send(house, prometheus.url, 2, target)
    start(house)
    sink = f'remote_write {prometheus.url}'
    wait_until(lambda: (house.metric('outrider_remote_write_requests_total', sink=sink, answer='held') or 0) >= 1, what='being held')
    assert 'it does not say how much it has written' in house.said()
    assert prometheus.value('work_total') is None and refused(house, prometheus.url) == 0
    assert house.stop() == 0
