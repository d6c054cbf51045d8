"""Debug lines of a kept trace arrive, those of another are let go; whatever happens while they wait, none is lost that was to be kept."""
import json
import os
import signal
import subprocess
import sys
import time

import pytest

import trace_lab as lab
from house import get, wait_until
from ports import free_port
from test_otlp_logs import documents, numbers_in
from test_sampling import KEEP, span
from test_traces import start

# A service that writes debug lines by `logging` within spans, of which each fifth fails: over OTLP, and as JSON to a file.
SERVICE = r'''
import json, logging, sys
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
endpoint, path, count = sys.argv[1:]
spans, logs = TracerProvider(), LoggerProvider()
spans.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint + '/v1/traces')))
logs.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter(endpoint=endpoint + '/v1/logs')))
logger = logging.getLogger('shop')
logger.addHandler(LoggingHandler(logger_provider=logs))
logger.setLevel(logging.DEBUG)
file = open(path, 'a')
for number in range(int(count)):
    with spans.get_tracer('tests').start_as_current_span('order') as span:
        logger.debug('line %d of debug', number)
        logger.info('line %d of info', 100000 + number)
        line = {'level': 'debug', 'msg': 'line %d in a file' % (200000 + number), 'trace_id': format(span.get_span_context().trace_id, '032x')}
        file.write(json.dumps(line) + '\n')
        if number % 5 == 0:
            span.set_status(trace.StatusCode.ERROR)
file.close()
print(logs.force_flush(20000), spans.force_flush(20000))
logs.shutdown(), spans.shutdown()
'''


def carry(house, receiver, **follow):
    """Lines come by OTLP and from a file; both go to one file."""
    port, out, file = free_port(), house.folder / 'out.json', house.folder / 'in.log'
    file.touch()
    listen = {'http': f'127.0.0.1:{port}'}
    house.write(extra={
        'health': None,
        'traces': {'listen': listen, 'send_to': [{'otlp': {'url': receiver.url, 'timeout': '2s'}}], 'sample': KEEP},
        'logs': {'read': [{'otlp': listen}, {'file': str(file), 'format': 'json'}], 'follow_traces': {'wait': '30s', **follow},
                 'send_to': [{'file': {'path': str(out)}}]}})
    return port, file, out


def trace_id(trace):
    return b'\x0a\xf7\x65\x19\x16\xcd\x43\xdd' + trace.to_bytes(8, 'big')


def say(way, port, file, trace, number, level='debug'):
    """A line that names a trace."""
    if way == 'otlp':
        body = lab.request([lab.log(number, trace=trace_id(trace), severity={'debug': 5, 'info': 9}[level])])
        assert lab.post(port, body, path='/v1/logs')[0] == 200
        return
    with open(file, 'a', encoding='utf-8') as out:
        out.write(json.dumps({'level': level, 'msg': f'line {number}', 'trace_id': trace_id(trace).hex()}) + '\n')


def send(port, *spans):
    assert lab.post(port, lab.request(spans))[0] == 200


def followed(house, fate):
    return house.metric('outrider_following_lines_total', fate=fate) or 0


def all_balanced(house):
    page = get(house.metrics_port, '/metrics')[1]
    sums = [line for line in page.splitlines() if line.startswith('outrider_ledger_imbalance_records')]
    return len(sums) >= 4 and all(line.endswith(' 0') for line in sums)


@pytest.mark.parametrize('way', ['otlp', 'file'])
def test_debug_lines_of_a_trace_that_failed_arrive_and_those_of_another_do_not(house, receiver, way):
    port, file, out = carry(house, receiver)
    start(house)
    for trace in range(1, 101):
        say(way, port, file, trace, trace * 10 + 1)
        say(way, port, file, trace, trace * 10 + 2, level='info')
        say(way, port, file, trace, trace * 10 + 3)
    infos = [trace * 10 + 2 for trace in range(1, 101)]
    wait_until(lambda: len(numbers_in(out)) == 100, what='the lines that do not wait')
    assert sorted(numbers_in(out)) == infos
    wait_until(lambda: house.metric('outrider_following_held_lines') == 200, what='the lines that wait, to be shown')
    send(port, *[span(trace, trace, failed=trace % 10 == 0) for trace in range(1, 101)])
    wanted = infos + [trace * 10 + part for trace in range(10, 101, 10) for part in (1, 3)]
    wait_until(lambda: len(numbers_in(out)) == len(wanted), what='the debug lines of what failed')
    assert sorted(numbers_in(out)) == sorted(wanted), 'nothing else, and nothing twice'
    released = [number for number in numbers_in(out) if number % 10 != 2]
    assert released == sorted(released), 'in the order in which they came'
    wait_until(lambda: (followed(house, 'released'), followed(house, 'let_go')) == (20, 180), what='the count')
    wait_until(lambda: house.metric('outrider_ledger_dropped_records_total', sink=f'file {out}', reason='trace_let_go',
                                    source='otlp' if way == 'otlp' else str(file)) == 180, what='the ledger')
    say(way, port, file, 10, 5001)
    say(way, port, file, 11, 5002)
    wait_until(lambda: 5001 in numbers_in(out) and followed(house, 'let_go') == 181, what='those that come when it is decided')
    wait_until(lambda: house.metric('outrider_following_held_lines') == 0 and all_balanced(house), what='the ledger to sum to zero')
    assert 5002 not in numbers_in(out)
    assert house.stop() == 0


@pytest.mark.parametrize('way', ['otlp', 'file'])
def test_a_killed_agent_loses_no_line_of_a_kept_trace(house, receiver, way):
    port, file, out = carry(house, receiver)
    start(house)
    wanted = []
    for trace in range(1, 241):
        fails = trace % 3 == 0
        say(way, port, file, trace, trace * 10 + 1)
        if trace % 2:
            send(port, span(trace, trace, failed=fails))
        say(way, port, file, trace, trace * 10 + 2)
        if trace % 60 == 30:
            time.sleep(0.3 * (trace // 60))  # sooner or later after what was said: each finds it elsewhere on its way
            house.agent.send_signal(signal.SIGKILL)
            house.agent.wait()
            start(house)
        if trace % 2 == 0:
            send(port, span(trace, trace, failed=fails))
        wanted += [trace * 10 + 1, trace * 10 + 2] if fails else []
    wait_until(lambda: set(numbers_in(out)) >= set(wanted), what='all lines of what failed')
    wait_until(lambda: house.metric('outrider_following_held_lines') == 0 and all_balanced(house), what='the rest to be judged')
    assert sorted(numbers_in(out)) == wanted, 'nothing of another, and nothing twice'


@pytest.mark.parametrize('way, undecided', [('otlp', 'keep'), ('file', 'keep'), ('otlp', 'drop'), ('file', 'drop')])
def test_what_nobody_decides_in_time(house, receiver, way, undecided):
    port, file, out = carry(house, receiver, wait='5s', undecided=undecided)
    start(house)
    said = time.monotonic()
    say(way, port, file, 1, 1)
    wait_until(lambda: followed(house, 'undecided_waited') == 1, what='the end of its patience')
    assert time.monotonic() - said > 4.5
    say(way, port, file, 1, 2, level='info')
    wait_until(lambda: 2 in numbers_in(out), what='a line that does not wait')
    wait_until(lambda: 1 in numbers_in(out) or undecided == 'drop', what='the line')
    assert sorted(numbers_in(out)) == ([1, 2] if undecided == 'keep' else [2])
    wait_until(lambda: all_balanced(house), what='the ledger to sum to zero')


def test_the_sdk_of_opentelemetry_sends_both(house, receiver):
    folder, why_not = lab.sdk()
    if folder is None:
        pytest.skip(why_not)
    port, file, out = carry(house, receiver)
    start(house)
    done = subprocess.run([sys.executable, '-c', SERVICE, f'http://127.0.0.1:{port}', str(file), '50'], capture_output=True, text=True, timeout=60,
                          env={**os.environ, 'PYTHONPATH': str(folder)})
    assert done.returncode == 0 and done.stdout == 'True True\n', done
    failed = range(0, 50, 5)
    wanted = [*failed, *range(100000, 100050), *(200000 + number for number in failed)]
    wait_until(lambda: len(numbers_in(out)) >= len(wanted), what='the lines of what failed')
    assert sorted(numbers_in(out)) == wanted
    kept = {one['trace.id'] for one in documents(out) if one['log.level'] == 'debug'}
    assert len(kept) == 10
    wait_until(lambda: followed(house, 'let_go') == 80 and all_balanced(house), what='the rest to be let go')
    assert house.stop() == 0
