"""`outrider schema` against every configuration in the tree that a reader may copy, and against what is broken."""
import json
import os
import pathlib
import subprocess
import sys

import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / 'tests' / 'tidy'))

import examples  # noqa: E402
from tree import Tree  # noqa: E402

jsonschema = pytest.importorskip('jsonschema', reason='jsonschema is missing (apt install python3-jsonschema)')
OUTRIDER = pathlib.Path(os.environ.get('OUTRIDER', ROOT / 'build/dev/bin/outrider'))
EXAMPLES = [(f'{path}:{line}', text) for path, line, text in examples.examples(Tree.read(ROOT))]


@pytest.fixture(scope='module')
def schema():
    if not OUTRIDER.exists():
        pytest.skip(f'{OUTRIDER} is not built; set OUTRIDER, or run ./dev build')
    shown = json.loads(subprocess.run([OUTRIDER, 'schema'], check=True, capture_output=True, timeout=20).stdout)
    jsonschema.Draft202012Validator.check_schema(shown)
    return jsonschema.Draft202012Validator(shown)


def troubles(schema, text):
    document = yaml.safe_load(text)
    document.setdefault('service', {'name': 'example'})  # a part of a configuration is completed, as validate is given it
    return [f'{error.json_path}: {error.message}' for error in schema.iter_errors(document)]


def test_there_are_examples():
    assert len(EXAMPLES) >= 10


@pytest.mark.parametrize('text', [text for _, text in EXAMPLES], ids=[where for where, _ in EXAMPLES])
def test_the_schema_accepts_every_example(schema, text):
    assert troubles(schema, text) == []


@pytest.mark.parametrize('wrong', [
    'helth: {}',
    'service: {name: a, nmae: b}',
    'service: {}',
    'log: {level: loud}',
    'state: relative/path',
    'health: {probes: {p: {tcp: "127.0.0.1:1", every: 5}}}',
    'health: {probes: {p: {tpc: "127.0.0.1:1"}}}',
    'health: {restart: {child: /usr/bin/not-a-list}}',
    'metrics: {scrape: {url: "http://127.0.0.1/"}}',
    'logs: {read: [{child: all, format: xml}]}',
])
def test_the_schema_refuses_what_the_program_refuses(schema, tmp_path, wrong):
    assert troubles(schema, wrong) != []
    file = tmp_path / 'wrong.yaml'
    file.write_text(wrong if wrong.startswith('service') else f'{wrong}\nservice: {{name: a}}\n')
    done = subprocess.run([OUTRIDER, 'validate', '--config', file], capture_output=True, text=True, timeout=20)
    assert done.returncode == 78, done.stdout + done.stderr
