"""The readers of others judge our metrics page: promtool, and prometheus_client's two parsers."""
import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get('OUTRIDER_BUILD', ROOT / 'build/dev')) / 'bin' / 'exposition_golden'

# promtool also advises on names; these are targets' own, which are passed on as they are.
NOT_OUR_NAMES = ('example_untyped', 'example_conflict', 'example_plain', 'example_mode', 'example_build',
                 'go_memstats_alloc_bytes', 'example_shared_count')

# Reads a page with the parser named on the command line, and shows what it understood.
READER = '''
import importlib, json, sys
parser = importlib.import_module(sys.argv[1])
families = list(parser.text_string_to_metric_families(sys.stdin.read()))
print(json.dumps([{"name": family.name, "type": family.type, "unit": family.unit,
                   "samples": [[sample.name, sample.labels, str(sample.value), bool(sample.exemplar)] for sample in family.samples]}
                  for family in families]))
'''


def page(form):
    if not PROGRAM.exists():
        pytest.skip(f'{PROGRAM} is not built')
    return subprocess.run([PROGRAM, form], check=True, capture_output=True, timeout=20).stdout


def python_with_client():
    """Debian's python3-prometheus-client belongs to /usr/bin/python3, which need not be the one that runs us."""
    for python in (sys.executable, '/usr/bin/python3'):
        if subprocess.run([python, '-c', 'import prometheus_client'], capture_output=True).returncode == 0:
            return python
    pytest.skip('prometheus_client is missing (apt install python3-prometheus-client)')


def read(parser, form):
    run = subprocess.run([python_with_client(), '-c', READER, parser], input=page(form), capture_output=True, timeout=60)
    assert run.returncode == 0, run.stderr.decode()
    return json.loads(run.stdout)


def test_promtool_accepts_the_text():
    if not shutil.which('promtool'):
        pytest.skip('promtool is missing (apt install prometheus)')
    run = subprocess.run(['promtool', 'check', 'metrics'], input=page('text'), capture_output=True, timeout=60)
    assert run.returncode in (0, 3), run.stderr.decode()  # 3: it could be read, with advice
    advice = [line for line in (run.stdout + run.stderr).decode().splitlines() if line and not line.startswith(NOT_OUR_NAMES)]
    assert not advice


def test_each_family_is_announced_once():
    for form in ('text', 'openmetrics'):
        names = [line.split()[2] for line in page(form).decode().splitlines() if line.startswith('# TYPE ')]
        assert len(names) > 10
        assert len(names) == len(set(names)), names


def test_prometheus_client_reads_the_text():
    names = {family['name'] for family in read('prometheus_client.parser', 'text')}
    assert {'example_requests', 'example_size_bytes', 'example_untyped'} <= names


def test_prometheus_client_reads_openmetrics():
    families = {family['name']: family for family in read('prometheus_client.openmetrics.parser', 'openmetrics')}
    assert families['example_requests']['type'] == 'counter'
    assert families['example_size_bytes']['type'] == 'histogram'
    assert families['example_work_seconds']['unit'] == 'seconds'
    assert families['example_work_seconds']['samples'][0][3], 'the exemplar is gone'
    # Both of a Go program's are there, under the names their dashboards know.
    assert families['go_memstats_alloc_bytes']['samples'][0][2] in ('1000000', '1000000.0')
    assert families['go_memstats_alloc_bytes_total']['samples'][0][2] in ('25000000', '25000000.0')
    assert len(families['example_shared_count']['samples']) == 2
    for family in families.values():
        for _, labels, _, _ in family['samples']:
            assert labels['service'] == 'tests-api'
