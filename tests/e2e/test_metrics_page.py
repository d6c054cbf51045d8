"""docs/metrics.md against the registry of an agent that runs: with everything configured, /metrics shows each documented
family, of the documented type and with the documented labels, and no other."""
import os
import pathlib
import re

from house import ROOT, get, wait_until
from ports import free_port

ROW = re.compile(r'^\| `(outrider_\w+)` \| (\w+) \| (.*?) ?\| (.+?) \|$', re.MULTILINE)
OF_EVERY_SERIES = {'service', 'namespace', 'environment', 'instance', 'host'}  # as the configuration sets them


def documented():
    """{family: (type, label names)}"""
    page = (ROOT / 'docs' / 'metrics.md').read_text(encoding='utf-8')
    return {name: (kind, set(re.findall(r'`(\w+)`', labels))) for name, kind, labels, _ in ROW.findall(page)}


def exposed(text):
    """{family: (type, label names)} of our own families; a histogram's `le` is left out."""
    types = dict(re.findall(r'^# TYPE (outrider_\w+) (\w+)$', text, re.MULTILINE))
    labels = {name: set() for name in types}
    for name, inside in re.findall(r'^(outrider_\w+)(?:\{(.*)\})? \S+$', text, re.MULTILINE):
        family = name if name in types else re.sub(r'_(bucket|sum|count)$', '', name)
        labels[family] |= set(re.findall(r'(\w+)="(?:[^"\\]|\\.)*"', inside)) - {'le'}
    return {name: (kind, labels[name]) for name, kind in types.items()}


def everything(house, tmp_path):
    """One of each: whoever adds a room adds it here, so that its metrics are there to be compared."""
    script = tmp_path / 'fine.sh'
    script.write_text('#!/bin/sh\nexit 0\n')
    os.chmod(script, 0o755)
    quick = {'every': '200ms', 'timeout': '150ms'}
    settings = house.write(probes={
        'ready': {'http': f'http://127.0.0.1:{house.service_port}/healthz', **quick},
        'port': {'tcp': f'127.0.0.1:{house.service_port}', **quick},
        'script': {'exec': [str(script)], **quick},
    })
    settings['slo'] = {'availability': {'probe': 'ready'}}
    settings['metrics']['scrape'] = [{'url': f'http://127.0.0.1:{house.service_port}/metrics', 'every': '1s', 'timeout': '500ms'}]
    settings['metrics']['statsd'] = f'127.0.0.1:{free_port()}'
    settings['logs']['redact'] = ['email', {'field': 'password'}]
    settings['logs']['steps'] = [{'drop': {'level': 'trace'}}]
    settings['logs']['read'] += [{'file': str(tmp_path / 'x.log')}, {'syslog': {'udp': f'127.0.0.1:{free_port()}', 'tcp': f'127.0.0.1:{free_port()}'}}]
    settings['logs']['read'] += [{'journald': {'directory': str(tmp_path)}}]
    (tmp_path / 'x.log').write_text('a line\n')
    nobody = f'127.0.0.1:{free_port()}'
    settings['logs']['send_to'] += [{'elasticsearch': {'urls': [f'http://{nobody}'], 'data_stream': 'logs-a-b'}},
                                    {'logstash': {'hosts': [nobody]}}, {'http': {'url': f'http://{nobody}/x'}}]
    listen = {'http': f'127.0.0.1:{free_port()}', 'grpc': f'127.0.0.1:{free_port()}'}
    settings['logs']['read'] += [{'otlp': listen}]
    settings['traces'] = {'listen': listen, 'send_to': [{'otlp': f'http://{nobody}'}],
                          'sample': {'keep': [{'errors': True}]}, 'span_metrics': True, 'service_graph': True}
    settings['logs']['follow_traces'] = True
    settings['metrics']['read'] = [{'otlp': listen}]
    settings['metrics']['remote_write'] = [f'http://{nobody}/api/v1/write']
    settings['metrics']['send_to'] = [{'otlp': f'http://{nobody}'}]
    (tmp_path / 'base').mkdir()
    (tmp_path / 'wal').mkdir()
    settings['recovery'] = {
        'postgres': {'dsn': f'host=127.0.0.1 port={free_port()} dbname=postgres', 'look_every': '1s', 'timeout': '500ms'},
        'catalogs': [{'base_backup': {'directory': str(tmp_path / 'base'), 'archive': str(tmp_path / 'wal')}}],
        'drill': {'scratch': str(tmp_path / 'drill')},
        'proof_standby': {'directory': str(tmp_path / 'standby'), 'every': '1s'},
        'alarms': {'prometheus': f'http://127.0.0.1:{free_port()}', 'alertmanager': f'http://127.0.0.1:{free_port()}'},
    }
    settings['notify'] = {'webhook': {'url': f'http://{nobody}/x'}, 'heartbeat': {'to': ['webhook']}}
    house.write(extra=settings)
    return settings


def test_the_page_and_the_running_registry_agree(house, tmp_path):
    everything(house, tmp_path)
    house.start()
    house.wait_healthy()
    first = house.pid()
    house.break_service('crash')
    house.wait_healthy(not_pid=first)
    wait_until(lambda: house.metric('outrider_scrape_up') == 1, what='a scrape')
    wait_until(lambda: house.metric('outrider_ledger_records_total', fate='delivered', sink=f'file {house.log}', source='child output'), what='a delivered record')
    wait_until(lambda: (house.metric('outrider_recovery_snapshot_timestamp_seconds', cluster='notation-api') or 0) > 0, what='a look at the backups')
    wait_until(lambda: house.metric('outrider_recovery_standby_restores', cluster='notation-api') is not None, what='a word of the proof standby')

    page = documented()
    agent = exposed(get(house.metrics_port, '/metrics')[1])
    assert len(agent) > 20
    assert sorted(set(agent) - set(page)) == [], 'in /metrics and not on the page'
    assert sorted(set(page) - set(agent)) == [], 'on the page and not in /metrics: misspelt, gone, or not configured in everything()'
    assert {name: kind for name, (kind, _) in agent.items()} == {name: kind for name, (kind, _) in page.items()}
    labels = {name: of - OF_EVERY_SERIES | of & page[name][1] for name, (_, of) in agent.items()}
    assert labels == {name: of for name, (_, of) in page.items()}


def test_the_reader_of_this_test_sees_what_is_there():
    text = '# TYPE outrider_a_seconds histogram\noutrider_a_seconds_bucket{x="a,\\"b}",le="+Inf"} 1\noutrider_a_seconds_count{x="c"} 1\n'
    assert exposed(text) == {'outrider_a_seconds': ('histogram', {'x'})}
    assert pathlib.Path(ROOT / 'docs/metrics.md').exists() and len(documented()) > 20
