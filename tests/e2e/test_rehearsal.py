"""A user's own tests of what becomes of his logs, as the page about them has them."""
import json
import re
import xml.etree.ElementTree

from house import ROOT

PAGE = ROOT / 'docs' / 'logs' / 'testing.md'


def written(house, text):
    house.write(extra={'health': None, 'logs': {
        'read': [{'file': '/var/log/tests-api/*.log', 'format': 'json'}],
        'steps': [{'drop': {'level': 'debug'}}, {'rename': {'pw': 'password'}}],
        'redact': ['email', {'field': 'password'}],
        'send_to': [{'file': {'path': str(house.log)}}]}})
    path = house.folder / 'tests.yaml'
    path.write_text(text)
    return str(path)


def test_each_example_of_the_page_passes(house):
    examples = re.findall(r'```yaml tests\n(.*?)```', PAGE.read_text(), re.DOTALL)
    assert len(examples) == 2
    for example in examples:
        done = house.run('test', written(house, example))
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.endswith('0 failed\n') and '✗' not in done.stdout


def test_what_fails_is_told_with_its_place_and_for_programs(house):
    path = written(house, '''config: outrider.yaml
tests:
  - name: it passes
    input: {file: lines.log}
    expect: [{document: {message: hello}}]
  - name: it fails
    input: ['{"msg":"hello"}']
    expect:
      - document: {message: goodbye}
''')
    (house.folder / 'lines.log').write_text('{"msg":"hello"}\n')
    done = house.run('test', path)
    assert done.returncode == 1
    assert f'{path}:9, record 1' in done.stdout and 'message: expected goodbye, got "hello"' in done.stdout, done.stdout
    assert done.stdout.endswith('1 passed, 1 failed\n')
    told = json.loads(house.run('test', path, '--format', 'json').stdout)
    assert (told['passed'], told['failed']) == (1, 1) and told['tests'][1]['differences'][0]['line'] == 9
    report = xml.etree.ElementTree.fromstring(house.run('test', path, '--format', 'junit').stdout)
    assert [case.find('failure') is not None for case in report.iter('testcase')] == [False, True]


def test_a_file_that_cannot_be_used_is_told_from_a_failure(house):
    bad = house.run('test', written(house, 'config: outrider.yaml\ntests:\n  - nam: x\n    input: [a]\n    expect: []\n'))
    assert bad.returncode == 2 and 'tests.yaml:3:5' in bad.stderr and 'did you mean `name`?' in bad.stderr, bad.stderr
    assert house.run('test', str(house.folder / 'absent.yaml')).returncode == 2
    assert house.run('test').returncode == 2
    no_such = house.run('test', written(house, 'config: absent.yaml\ntests: [{name: x, input: [a], expect: []}]\n'))
    assert no_such.returncode == 2 and 'absent.yaml' in no_such.stderr, no_such.stderr
    nobody = house.run('test', written(house, 'config: outrider.yaml\ntests: [{name: x, input: [a], answers: [201], expect: []}]\n'))
    assert nobody.returncode == 2 and 'no element of send_to is elasticsearch' in nobody.stderr, nobody.stderr
