"""Traces are judged as a whole: what is worth it arrives, whatever happens while it waits, and the rest does not."""
import re
import signal
import subprocess
import time

import trace_lab as lab
from house import get, wait_until
from test_traces import balanced, carry, ledger, start

KEEP = {'keep': [{'name': 'errors', 'errors': True}, {'name': 'slow', 'slower_than': '500ms'}], 'after_entry': '1s', 'at_most': '4s'}


def fixed64(number, value):
    return lab.varint(number << 3 | 1) + value.to_bytes(8, 'little')


def span(trace, number, parent=0, failed=False, took_ms=1, start_ms=1_795_260_363_000):
    """With `number` for its id."""
    out = lab.field(1, b'\x0a\xf7\x65\x19\x16\xcd\x43\xdd' + trace.to_bytes(8, 'big')) + lab.field(2, number.to_bytes(8, 'big'))
    if parent:
        out += lab.field(4, parent.to_bytes(8, 'big'))
    out += lab.field(5, b'GET /orders') + b'\x30\x02' + fixed64(7, start_ms * 1_000_000) + fixed64(8, (start_ms + took_ms) * 1_000_000)
    return out + (lab.field(15, b'\x18\x02') if failed else b'')


def take(port, *spans):
    status = lab.post(port, lab.request(spans))[0]
    assert status == 200, status


def judged(house, rule, verdict):
    return house.metric('outrider_sampling_traces_total', rule=rule, verdict=verdict) or 0


def test_what_failed_or_was_slow_arrives_whole_and_the_rest_does_not(house, receiver):
    port = carry(house, receiver, sample=KEEP)
    start(house)
    for trace in range(1, 301):
        failed, slow = trace % 10 == 0, trace % 10 == 5
        take(port, span(trace, trace * 10 + 2, parent=trace * 10 + 1, failed=failed), span(trace, trace * 10 + 3, parent=trace * 10 + 1))
        take(port, span(trace, trace * 10 + 1, took_ms=700 if slow else 3))
    wanted = {trace * 10 + part for trace in range(5, 301, 5) for part in (1, 2, 3)}
    wait_until(lambda: set(receiver.numbers()) >= wanted, what='the kept traces')
    wait_until(lambda: judged(house, 'none', 'let_go') == 240, what='the judgements')
    assert (judged(house, 'errors', 'kept'), judged(house, 'slow', 'kept')) == (30, 30)
    wait_until(lambda: ledger(house, 'delivered', f'otlp {receiver.url}/v1/traces') == 180, what='the ledger')
    assert sorted(receiver.numbers()) == sorted(wanted), 'nothing else, and nothing twice'
    assert house.metric('outrider_ledger_dropped_records_total', source='traces', sink='sampling', reason='sampled') == 720
    wait_until(lambda: balanced(house), what='the ledger to sum to zero')
    take(port, span(5, 59, parent=51), span(6, 69, parent=61, failed=True))
    wait_until(lambda: 59 in receiver.numbers(), what='the late span')
    wait_until(lambda: house.metric('outrider_sampling_late_spans_total') == 2, what='the count of late ones')
    assert 69 not in receiver.numbers(), 'its trace was let go'


def test_a_killed_agent_judges_what_waited_and_remembers_what_it_had_decided(house, receiver):
    port = carry(house, receiver, sample={**KEEP, 'after_entry': '2s', 'at_most': '6s'})
    start(house)
    take(port, span(1, 11, failed=True), span(2, 21))
    wait_until(lambda: judged(house, 'errors', 'kept') == 1 and judged(house, 'none', 'let_go') == 1 and 11 in receiver.numbers(), what='the first judgements')
    sent = []
    for trace in range(100, 400):
        take(port, span(trace, trace * 10, parent=5, failed=trace % 3 == 0))
        if trace % 100 == 50:
            house.agent.send_signal(signal.SIGKILL)
            house.agent.wait()
            start(house)
        take(port, span(trace, trace * 10 + 1))
        sent += [trace * 10, trace * 10 + 1] if trace % 3 == 0 else []
    take(port, span(1, 12, parent=11), span(2, 22, parent=21, failed=True))
    wait_until(lambda: set(receiver.numbers()) >= {*sent, 12}, what='all that failed, and the late one')
    wait_until(lambda: house.metric('outrider_sampling_waiting_traces') == 0 and balanced(house), what='the rest to be judged')
    assert set(receiver.numbers()) == {*sent, 11, 12}, 'what was let go stays so after a restart'


def test_one_huge_trace_is_thinned_and_starves_no_other(house, receiver):
    port = carry(house, receiver, sample={**KEEP, 'most_trace_bytes': 20_000})
    start(house)
    for part in range(20):
        take(port, *(span(1, part * 100 + at + 1000, parent=1, failed=part == 19 and at == 99) for at in range(100)))
    take(port, span(1, 1), span(2, 2, failed=True))
    wait_until(lambda: {1, 2, 2999} <= set(receiver.numbers()), what='its entry, its error, and the other trace')
    thinned = wait_until(lambda: house.metric('outrider_sampling_thinned_spans_total'), what='the count')
    wait_until(lambda: balanced(house), what='the ledger to sum to zero')
    assert thinned + len(receiver.numbers()) == 2002 and len(receiver.numbers()) < 500


def test_what_was_kept_arrives_although_sampling_was_switched_off_meanwhile(house, receiver):
    port = carry(house, receiver, sample={**KEEP, 'keep': [{'share': 1}]})
    receiver.shut()
    start(house)
    take(port, *(span(trace, trace) for trace in range(1, 51)))
    wait_until(lambda: house.metric('outrider_spool_records', signal='kept traces') == 50, what='the spool of kept traces')
    take(port, *(span(trace, trace, parent=3) for trace in range(51, 61)))
    house.stop()
    carry(house, receiver, listen={'http': f'127.0.0.1:{port}'})
    start(house)
    receiver.open()
    wait_until(lambda: set(receiver.numbers()) == set(range(1, 61)), what='both what was kept and what had waited')
    wait_until(lambda: ledger(house, 'delivered', f'otlp {receiver.url}/v1/traces') == 60, what='the ledger')
    assert house.metric('outrider_ledger_imbalance_records', source='traces') == 0


def test_the_end_does_not_wait_for_judgements(house, receiver):
    port = carry(house, receiver, sample={**KEEP, 'at_most': '60s'})
    start(house)
    take(port, *(span(trace, trace, parent=3, failed=True) for trace in range(1, 51)))
    began = time.monotonic()
    house.stop()
    assert time.monotonic() - began < 4, 'it has five seconds to drain, and sixty to judge'
    carry(house, receiver, listen={'http': f'127.0.0.1:{port}'}, sample=KEEP)
    start(house)
    wait_until(lambda: set(receiver.numbers()) == set(range(1, 51)), what='what had waited')


def test_spans_are_counted_whatever_becomes_of_them_and_examples_lead_to_kept_traces(house, receiver):
    port = carry(house, receiver, sample=KEEP, span_metrics={'buckets': ['10ms', '100ms'], 'attributes': ['service.name']})
    start(house)
    take(port, span(1, 11, failed=True, took_ms=50), *(span(trace, trace, took_ms=5) for trace in range(2, 101)))
    labels = {'service_name': 'tests-api', 'span_name': 'GET /orders', 'span_kind': 'SPAN_KIND_SERVER'}
    wait_until(lambda: house.metric('traces_span_metrics_calls_total', status_code='STATUS_CODE_UNSET', **labels) == 99, limit=0.9, what='the count, before any is judged')
    assert house.metric('traces_span_metrics_calls_total', status_code='STATUS_CODE_ERROR', **labels) == 1
    assert house.metric('traces_span_metrics_duration_milliseconds_sum', status_code='STATUS_CODE_UNSET', **labels) == 99 * 5
    wait_until(lambda: 11 in receiver.numbers(), what='the kept trace')

    def examples():
        page = get(house.metrics_port, '/metrics', headers={'Accept': 'application/openmetrics-text; version=1.0.0'})[1]
        return re.findall(r'^traces_span_metrics_duration_milliseconds_bucket.* # {trace_id="(\w+)",span_id="(\w+)"} ([\d.]+) ', page, re.MULTILINE)
    found = wait_until(examples, what='an example')
    assert found == [('0af7651916cd43dd0000000000000001', '000000000000000b', '50')]
    assert subprocess.run(['promtool', 'check', 'metrics'], input=get(house.metrics_port, '/metrics')[1], text=True, capture_output=True).returncode in (0, 3)
