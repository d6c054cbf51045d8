"""The elasticsearch sink against real servers: each record once, through kills, restarts, rollovers and refusals."""
import json
import os
import pathlib
import subprocess
import threading
import time

import pytest

import search_servers

ROOT = pathlib.Path(__file__).resolve().parents[2]
LENS = pathlib.Path(os.environ.get('OUTRIDER_BUILD', ROOT / 'build/dev')) / 'bin' / 'sink_lens'

pytestmark = pytest.mark.skipif(not LENS.exists(), reason=f'{LENS} is not built')


@pytest.fixture(scope='module', params=list(search_servers.SERVERS))
def node(request):
    home, why_not = search_servers.fetch(request.param)
    if home is None:
        pytest.skip(why_not)
    made = search_servers.Node(request.param, home)
    try:
        yield made.start()
    finally:
        made.close()


def begin(node, records, batch=500, pause_ms=0, **settings):
    settings = {'urls': [node.url], **settings}
    return subprocess.Popen([LENS, 'elasticsearch', json.dumps(settings), str(records), str(batch), str(pause_ms)],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def end(run, fine=True):
    said, trouble = run.communicate(timeout=220)
    assert (run.returncode == 0) == fine, said + trouble
    return json.loads(said)


def send(node, records, **settings):
    return end(begin(node, records, **settings))


def test_every_record_is_there_once_however_often_it_is_sent(node):
    node.make_stream('logs-it-once')
    for gzip in (False, True):
        tally = send(node, 3000, data_stream='logs-it-once', gzip=gzip)
        assert tally['failures'] == tally['refused'] == 0, tally
        assert node.count('logs-it-once') == 3000
    assert tally['duplicates'] == 3000


def test_a_dated_index_is_named_by_the_records_time(node):
    for _ in range(2):
        send(node, 300, index='plain-it-%Y.%m.%d')
        assert node.count('plain-it-2026.11.21') == 300


def test_a_document_that_does_not_fit_is_refused_with_the_servers_reason_and_the_others_are_there(node):
    node.make_stream('logs-it-conflict', {'n': {'type': 'byte'}})
    tally = send(node, 200, data_stream='logs-it-conflict')
    assert tally['refused'] == 200 - 128
    assert node.count('logs-it-conflict') == 128
    assert 'parsing_exception: ' in tally['last_refusal'] and 'failed to parse field [n] of type [byte]' in tally['last_refusal'], tally


def test_a_read_only_index_holds_and_loses_nothing(node):
    node.make_stream('logs-it-block')
    send(node, 10, data_stream='logs-it-block')
    node.do('PUT', '/logs-it-block/_settings', {'index.blocks.write': True})
    run = begin(node, 500, data_stream='logs-it-block')
    time.sleep(1.5)
    assert run.poll() is None, 'it waits'
    node.do('PUT', '/logs-it-block/_settings', {'index.blocks.write': None})
    tally = end(run)
    assert tally['refused'] == 0 and 'cluster_block_exception' in tally['last_failure'], tally
    assert node.count('logs-it-block') == 500


def test_an_index_whose_shards_cannot_begin_says_so_in_time_and_loses_nothing(node):
    """As on a machine whose disk is over the watermark."""
    allocation = 'cluster.routing.allocation.enable'
    node.do('PUT', '/_cluster/settings', {'persistent': {allocation: 'none'}})
    node.do('PUT', '/shards-it-2026.11.21?wait_for_active_shards=0')
    try:
        run = begin(node, 200, index='shards-it-%Y.%m.%d', timeout='2s')
        time.sleep(6)
        assert run.poll() is None, 'it waits'
    finally:
        node.do('PUT', '/_cluster/settings', {'persistent': {allocation: None}})
    tally = end(run)
    assert tally['refused'] == 0 and 'unavailable_shards_exception' in tally['last_failure'], tally
    assert node.count('shards-it-2026.11.21') == 200


def test_what_was_sent_before_a_rollover_is_not_there_twice_after_a_restart(node):
    node.make_stream('logs-it-roll')
    send(node, 2000, data_stream='logs-it-roll')
    node.do('POST', '/logs-it-roll/_rollover')
    tally = send(node, 3000, data_stream='logs-it-roll')
    assert tally['duplicates'] == 2000, tally
    assert node.count('logs-it-roll') == 3000


def test_killed_senders_and_rollovers_leave_each_record_once(node):
    node.make_stream('logs-it-chaos')
    for _ in range(5):
        run = begin(node, 100_000, batch=1000, pause_ms=5, data_stream='logs-it-chaos')
        time.sleep(0.7)
        run.kill()
        run.communicate()
        node.ask('POST', '/logs-it-chaos/_rollover')
    send(node, 20_000, batch=1000, data_stream='logs-it-chaos')
    node.do('POST', '/logs-it-chaos/_refresh')
    found = node.do('GET', '/logs-it-chaos/_search', {'size': 0, 'track_total_hits': True, 'query': {'range': {'n': {'lt': 20_000}}},
                                                      'aggs': {'once': {'cardinality': {'field': 'n', 'precision_threshold': 40_000}}}})
    assert found['hits']['total']['value'] == 20_000


def test_a_server_killed_in_mid_flow_has_everything_and_then_its_limits_are_kept(node):
    node.make_stream('logs-it-kill', settings={'translog.durability': 'request'})
    run = begin(node, 30_000, batch=250, pause_ms=20, data_stream='logs-it-kill', timeout='5s')
    time.sleep(1)
    node.kill()
    starting = threading.Thread(target=node.start, kwargs={'http.max_content_length': '64kb', 'indexing_pressure.memory.limit': '60kb'})
    starting.start()
    tally = end(run)
    starting.join()
    assert tally['failures'] > 0 and tally['refused'] == 0, tally
    assert node.count('logs-it-kill') == 30_000

    # 413 with an empty body, and 429 for requests as a whole: halves, and then again.
    tally = send(node, 5000, batch=5000, data_stream='logs-it-kill')
    assert tally['duplicates'] == 5000 and tally['refused'] == 0, tally
    assert node.count('logs-it-kill') == 30_000
