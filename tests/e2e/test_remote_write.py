"""Metrics that go out by remote write: a real Prometheus has what /metrics shows, whatever happens between."""
import itertools
import json
import os
import re
import signal
import time

import pytest

import metrics_lab as lab
from house import get, wait_until

# A sample with or without a time of its own and an exemplar.
SAMPLE = re.compile(r'([a-zA-Z_:][\w:]*)(?:\{((?:\w+="(?:[^"\\]|\\.)*",?)*)\})? (\S+)')
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')

PAGE = '''# HELP work_total What was done.
# TYPE work_total counter
work_total{who="Zo\u00eb",what="a \\"b\\" \\\\ c\\nd"} 12345678.5
work_total{who="",what="empty"} 7
# TYPE temperature gauge
temperature -273.15
# TYPE latency_seconds histogram
latency_seconds_bucket{path="/",le="0.1"} 3
latency_seconds_bucket{path="/",le="2.5"} 5
latency_seconds_bucket{path="/",le="+Inf"} 6
latency_seconds_sum{path="/"} 7.25
latency_seconds_count{path="/"} 6
# TYPE asked summary
asked{quantile="0.5"} 1
asked{quantile="0.99"} NaN
asked_sum 17
asked_count 9
odd{job="its own"} +Inf
'''


@pytest.fixture
def prometheus(tmp_path):
    if why_not := lab.Prometheus.missing():
        pytest.skip(why_not)
    made = lab.Prometheus(tmp_path / 'prometheus').start()
    yield made
    made.close()


def send(house, *receivers, every='1s', target=None, **more):
    """An agent that only has metrics, and sends them on."""
    metrics = {'listen': f'127.0.0.1:{house.metrics_port}', 'remote_write': [{'url': url, 'every': every, 'timeout': '5s'} for url in receivers], **more}
    if target:
        metrics['scrape'] = [{'url': target.url, 'every': every, 'timeout': '200ms'}]
    house.write(extra={'logs': None, 'health': None, 'metrics': metrics})


def start(house):
    house.start(ready=False)
    wait_until(lambda: house.agent.poll() is not None or get(house.metrics_port, '/metrics'), what='the page')
    assert house.agent.poll() is None, house.said()


def refused(house, url):
    return house.metric('outrider_ledger_dropped_records_total', source='metrics', sink=f'remote_write {url}', reason='refused')


def delivered(house, url):
    return house.metric('outrider_ledger_records_total', source='metrics', sink=f'remote_write {url}', fate='delivered') or 0


def on_the_page(house):
    """{(name, labels)}: value, as Prometheus reads it."""
    text = get(house.metrics_port, '/metrics', headers={'Accept': 'application/openmetrics-text; version=1.0.0'})[1]
    samples = {}
    for line in text.splitlines():
        if line.startswith('#'):
            continue
        name, labels, value = SAMPLE.match(line).groups()
        labels = {key: re.sub(r'\\(.)', lambda sign: '\n' if sign[1] == 'n' else sign[1], word) for key, word in LABEL.findall(labels or '')}
        samples[name, frozenset((key, word) for key, word in labels.items() if word)] = float(value)
    return samples


def stored(prometheus):
    """The same of Prometheus, without what is added to series that have none of that name."""
    all_of_it = {}
    for labels, value in prometheus.query('{__name__=~".+"}'):
        own = dict(labels)
        name = own.pop('__name__')
        if own.get('job') == 'outrider':
            del own['job']
        del own['instance']
        all_of_it[name, frozenset(own.items())] = value
    return all_of_it


def same(one, other):
    return one == other or (one != one and other != other)


def test_prometheus_has_what_the_page_shows(house, prometheus):
    target = lab.Target(PAGE)
    send(house, prometheus.url, target=target)
    start(house)
    wait_until(lambda: prometheus.value('work_total') and prometheus.value('outrider_spool_records') is not None, what='samples')
    wait_until(lambda: set(stored(prometheus)) - {('up', frozenset())} == set(on_the_page(house)), what='the same series')
    there, page = stored(prometheus), on_the_page(house)
    assert there['up', frozenset()] == 1
    of_target = {series: value for series, value in page.items() if not series[0].startswith('outrider_')}
    assert len(of_target) == 13
    assert [series for series, value in of_target.items() if not same(there[series], value)] == []
    assert prometheus.value('histogram_quantile(0.5, latency_seconds_bucket)') == pytest.approx(0.1)
    assert prometheus.value('count(outrider_build_info{job="outrider",service="notation-api",instance!=""})') == 1
    assert refused(house, prometheus.url) == 0
    assert house.stop() == 0
    target.close()


def test_what_is_gone_is_over_at_once(house, prometheus):
    target = lab.Target(PAGE)
    send(house, prometheus.url, target=target)
    start(house)
    wait_until(lambda: prometheus.value('temperature'), what='the target\'s series')
    target.close()
    gone = time.monotonic()
    wait_until(lambda: prometheus.value('temperature') is None, what='a stale marker')
    assert time.monotonic() - gone < 20, 'without one it is shown for five minutes'
    wait_until(lambda: prometheus.value('outrider_scrape_up') == 0, what='the word of it')
    assert prometheus.value('up') == 1


def gaps(times):
    return [round(later - earlier, 3) for earlier, later in itertools.pairwise(times)]


def test_nothing_is_missing_or_twice_when_prometheus_was_away_and_the_agent_was_killed(house, prometheus):
    every = 0.25
    send(house, prometheus.url, every='250ms')
    start(house)
    wait_until(lambda: len(prometheus.times('up[10m]')) > 4, what='first samples')
    prometheus.kill()
    away = time.monotonic()
    wait_until(lambda: (house.metric('outrider_spool_records', signal='metrics') or 0) > 1000 and time.monotonic() - away > 6, what='what waits')
    killed = []
    for _ in range(2):  # once while it is away, once while it catches up
        killed.append(time.time())
        os.kill(house.agent.pid, signal.SIGKILL)
        house.agent.wait(10)
        start(house)
        killed.append(time.time() + 1.5)  # its first samples come a second after the start at most
        if len(killed) == 2:
            wait_until(lambda: (house.metric('outrider_spool_records', signal='metrics') or 0) > 2000, what='more that waits')
            prometheus.start()
            wait_until(lambda: len(prometheus.times('up[10m]')) > 8, what='that it catches up')
    wait_until(lambda: house.metric('outrider_remote_write_behind_seconds') == 0 and (house.metric('outrider_spool_records', signal='metrics') or 0) < 500,
               what='that it has caught up')
    time_of_check = time.time()
    wait_until(lambda: max(prometheus.times('up[10m]'), default=0) > time_of_check, what='the newest')
    times = prometheus.times('up[10m]')
    holes = [(earlier, later) for earlier, later in itertools.pairwise(times) if later - earlier > 2.2 * every
             and not any(begin - 2 * every <= earlier and later <= end + 2 * every for begin, end in zip(killed[::2], killed[1::2]))]
    assert holes == [], (killed, gaps(times))
    assert refused(house, prometheus.url) == 0, house.said()
    assert prometheus.value('count_over_time(up[10m])') == pytest.approx(len(prometheus.times('up[10m]')), abs=2)
    # Each series of ours has as many samples as `up` since the last start, and Prometheus refused none.
    assert 'Out of order' not in (prometheus.folder / 'log').read_text() and 'out of order' not in (prometheus.folder / 'log').read_text()


def test_a_bad_series_is_left_out_and_costs_no_other(house, prometheus):
    count = itertools.count(1000)
    target = lab.Target(lambda: f'fine 1\nlong_ago 1 {next(count)}\nfine_too 1\n')  # of 1970: Prometheus answers 400 for all of the request
    send(house, prometheus.url, target=target)
    start(house)
    wait_until(lambda: (refused(house, prometheus.url) or 0) >= 3, what='three refusals')
    assert prometheus.value('long_ago') is None
    times = prometheus.times('fine_too[1m]')
    assert len(times) >= 3 and max(gaps(times)) < 2.2, gaps(times)
    assert prometheus.value('outrider_build_info') == 1
    assert 'long_ago{' in house.said() and 'out of bounds' in house.said()
    target.close()


def test_a_receiver_hears_the_protocol_and_nothing_else(house):
    receiver = lab.Receiver()
    send(house, every='500ms', remote_write=[{'url': receiver.url, 'every': '500ms', 'headers': {'X-Scope-OrgID': 'school'}, 'labels': {'cluster': 'eu'},
                                              'keep': ['up', 'outrider_river_*'], 'drop': ['outrider_river_lag*']}])
    start(house)
    wait_until(lambda: len(receiver.requests) >= 3, what='requests')
    headers, series = receiver.requests[1]
    assert {name: headers[name] for name in ('Content-Type', 'Content-Encoding', 'X-Prometheus-Remote-Write-Version', 'X-Scope-OrgID')} == {
        'Content-Type': 'application/x-protobuf', 'Content-Encoding': 'snappy', 'X-Prometheus-Remote-Write-Version': '0.1.0', 'X-Scope-OrgID': 'school'}
    assert {one['__name__'] for one in series} == {'up', 'outrider_river_turns_total'}
    assert all(list(one) == sorted(one) and one['cluster'] == 'eu' and one['job'] == 'outrider' and one['instance'] for one in series)
    assert 'receivers of metrics' in house.run('validate', '-c', str(house.config)).stdout
    receiver.close()


def test_one_that_is_away_costs_no_memory_and_stops_no_other(house):
    many = ''.join(f'many{{n="{n}",which="a label that is there to be long"}} {n}\n' for n in range(2000))
    target, fine = lab.Target(many), lab.Receiver(looks=False)
    nobody = lab.Receiver()
    nobody.close()
    send(house, fine.url, nobody.url, every='250ms', target=target)
    start(house)
    wait_until(lambda: (house.metric('outrider_spool_records', signal='metrics') or 0) > 20_000, what='what waits')
    before, waits = house.metric('outrider_process_resident_memory_bytes'), house.metric('outrider_spool_records', signal='metrics')
    wait_until(lambda: house.metric('outrider_spool_records', signal='metrics') > waits + 60_000, limit=60, what='much more that waits')
    assert house.metric('outrider_process_resident_memory_bytes') < before + (12 << 20)
    assert house.metric('outrider_spool_bytes', signal='metrics') < 60 * house.metric('outrider_spool_records', signal='metrics')
    assert house.metric('outrider_remote_write_receiver_up', receiver=nobody.url) == 0
    assert house.metric('outrider_remote_write_behind_seconds', sink=f'remote_write {fine.url}') < 1
    assert house.metric('outrider_remote_write_behind_seconds', sink=f'remote_write {nobody.url}') > 5
    inspected = json.loads(house.run('spool', 'inspect', '-c', str(house.config), '--output', 'json').stdout)['metrics']
    assert inspected['behind'][f'remote_write {nobody.url}'] > 40 and inspected['records'] > 80_000
    fine.close()
    target.close()


def test_a_reload_brings_a_receiver_and_takes_it_away(house):
    receiver = lab.Receiver()
    send(house)
    start(house)
    send(house, receiver.url, every='250ms')
    reload = ('reload', '--reason', 'a receiver', '-c', str(house.config))
    done = house.run(*reload)
    assert done.returncode == 0 and 'metrics.remote_write' in done.stdout, (done.stdout, done.stderr)
    wait_until(lambda: len(receiver.requests) >= 3, what='samples')
    wait_until(lambda: any(stream['sink'] == f'remote_write {receiver.url}' for stream in house.status()['streams']), what='that the status has it')
    send(house)
    assert house.run(*reload).returncode == 0
    so_far = len(receiver.requests)
    assert house.metric('outrider_remote_write_behind_seconds') is None
    wait_until(lambda: not any('remote_write' in stream['sink'] for stream in house.status()['streams']), what='that the status has it no more')
    assert len(receiver.requests) <= so_far + 1
    receiver.close()
