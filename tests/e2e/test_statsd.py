"""`metrics.statsd`: what real clients say over the network, and whoever says something else."""
import socket
import time

import pytest

from asked_servers import scrape_of, shown, start, value, wait_for
from house import get, wait_until
from ports import free_port


class Client:
    """A plain client: datagrams to a port."""

    def __init__(self, port):
        self.line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.to = ('127.0.0.1', port)

    def say(self, *lines):
        self.line.sendto('\n'.join(lines).encode() if isinstance(lines[0], str) else lines[0], self.to)


@pytest.fixture
def statsd(house):
    port = free_port()

    def begin(**settings):
        start(house, statsd={'listen': f'127.0.0.1:{port}', **settings})
        wait_for(house, f'statsd 127.0.0.1:{port}', 'ok')
        return Client(port)
    begin.port = port
    return begin


def page(house):
    return shown(house, 'lab_')


def test_what_a_service_says_is_on_the_page_at_once(house, statsd):
    client = statsd(buckets=[0.1, 1])
    for _ in range(100):
        client.say('lab.jobs:1|c|#queue:mail', 'lab.jobs:2|c|@0.5|#queue:sms')
    client.say('lab.depth:10|g', 'lab.depth:-3|g')
    client.say('lab.took:50|ms', 'lab.took:500|ms', 'lab.took:5000|ms')
    client.say('lab.users:anna|s', 'lab.users:ben|s', 'lab.users:anna|s')
    client.say('lab.size:1:2:3|d|#env:prod,debug')
    wait_until(lambda: value(page(house), 'lab_size_count') == 3, what='the last word')
    now = page(house)
    assert value(now, 'lab_jobs_total', queue='mail') == 100
    assert value(now, 'lab_jobs_total', queue='sms') == 400
    assert value(now, 'lab_depth') == 7
    assert [value(now, 'lab_took_seconds_bucket', le=bound) for bound in ('0.1', '1', '+Inf')] == [1, 2, 3]
    assert value(now, 'lab_took_seconds_sum') == pytest.approx(5.55)
    assert value(now, 'lab_users') == 2
    assert value(now, 'lab_size_sum', env='prod', debug='true') == 6
    assert now.types['lab_jobs_total'] == 'counter' and now.types['lab_took_seconds'] == 'histogram' and now.types['lab_depth'] == 'gauge'


def test_garbage_is_counted_and_shown_and_the_rest_goes_on(house, statsd):
    client = statsd()
    client.say(b'\x00\xff\xfe')
    client.say('lab.jobs:1|c', 'lab.jobs:one|c', 'no line at all', '_e{1,1}:a|b', 'lab.jobs:1|c')
    client.say(b'lab.jobs:1|c\n' * 4000)
    wait_until(lambda: value(page(house), 'lab_jobs_total') == 4002, what='the good lines')
    reasons = {reason: house.metric('outrider_statsd_bad_lines_total', reason=reason) for reason in ('syntax', 'value', 'unsupported', 'kind')}
    assert reasons == {'syntax': 2, 'value': 1, 'unsupported': 1, 'kind': 0}
    assert 'A line of StatsD was not understood' in house.said()
    wait_until(lambda: '_e{1,1}:a|b' in scrape_of(house, f'statsd 127.0.0.1:{statsd.port}')['detail'], what='the last of them in the status')


def test_tags_without_end_do_not_fill_the_memory(house, statsd):
    client = statsd(most_series=500)
    sent = 0
    for user in range(20_000):
        client.say(f'lab.clicks:1|c|#user:{user},why:{"x" * 200}')
        sent += 1
        if user % 500 == 499:  # as fast as they are read: the kernel's buffer is no part of this
            wait_until(lambda: heard(house) + (house.metric('outrider_statsd_lost_datagrams_total') or 0) >= sent, what='being heard')
    now = page(house)
    assert len(now.samples['lab_clicks_total']) == 501
    assert sum(now.samples['lab_clicks_total'].values()) == heard(house), 'none is lost'
    assert value(now, 'lab_clicks_total', series='other') == house.metric('outrider_statsd_folded_lines_total')
    assert 'As many series over StatsD as may be' in house.said()
    client.say('lab.fresh:1|g')
    wait_until(lambda: house.metric('outrider_statsd_dropped_lines_total') == 1, what='being dropped, and counted')
    began = time.monotonic()
    assert get(house.metrics_port, '/metrics')[0] == 200
    assert time.monotonic() - began < 0.5


def heard(house):
    return house.metric('outrider_statsd_lines_total') or 0


def test_a_port_in_use_is_told_and_taken_when_it_is_free(house, statsd):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(('127.0.0.1', statsd.port))
        start(house, statsd=f'127.0.0.1:{statsd.port}')
        target = f'statsd 127.0.0.1:{statsd.port}'
        assert 'in use' in wait_for(house, target, 'not_ok')['detail'].lower()
        assert house.metric('outrider_scrape_up', target=target) == 0
    wait_for(house, target, 'ok')
    Client(statsd.port).say('lab.jobs:1|c')
    wait_until(lambda: value(page(house), 'lab_jobs_total') == 1, what='the first word')
