"""Lines of a file in a real Elasticsearch that speaks only TLS and lets nobody in without a password."""
import json
import pathlib
import signal
import sys
import time

import pytest

from house import wait_until

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path += [str(TESTS / 'integration'), str(TESTS / 'chaos')]
import lines  # noqa: E402
import search_servers  # noqa: E402

USER, PASSWORD = 'outrider', 'a-password-of-a-test'


@pytest.fixture(scope='module')
def node():
    home, why_not = search_servers.fetch('elasticsearch')
    if home is None:
        pytest.skip(why_not)
    made = search_servers.Node('elasticsearch', home)
    try:
        made.authority = made.lock_up(USER, PASSWORD)
        yield made.start()
    finally:
        made.close()


@pytest.fixture
def stream(request):
    """A name that no other story has."""
    return 'logs-' + request.node.name.split('_')[3] + '-school'


def configure(house, node, stream, glob, password=PASSWORD, authority=None):
    (house.folder / 'password').write_text(password + '\n')
    (house.folder / 'password').chmod(0o600)
    tls = {'authority': str(authority or node.authority)}
    sink = {'urls': [node.url], 'data_stream': stream, 'user': USER, 'password': {'file': str(house.folder / 'password')}, 'tls': tls}
    house.write(extra={'logs': {'read': [{'file': str(glob), 'format': 'json'}], 'send_to': [{'elasticsearch': sink}]}, 'health': None})


def append(path, first, count):
    author = lines.Author(1, 'app')
    with open(path, 'ab') as file:
        file.write(b''.join(author.as_json(number, '2026-11-21T11:26:03Z') + b'\n' for number in range(first, first + count)))


def count(node, stream):
    if node.ask('POST', f'/{stream}/_refresh')[0] == 404:
        return 0
    return node.do('GET', f'/{stream}/_count')['count']


def numbers(node, stream):
    """The number of each document's line, in order."""
    found, after = [], None
    while True:
        query = {'size': 5000, 'sort': [{'log.offset': 'asc'}], '_source': ['message']}
        page = node.do('GET', f'/{stream}/_search', {**query, **({'search_after': after} if after else {})})['hits']['hits']
        if not page:
            return found
        for hit in page:
            _, number, whole = lines.read(hit['_source']['message'])
            assert whole, hit
            found.append(number)
        after = page[-1]['sort']


def set_up(house):
    done = house.run('setup', 'elasticsearch', '--apply', '-c', str(house.config))
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_setup_installs_the_template_and_says_what_this_server_does_not_have(house, node, stream, tmp_path):
    configure(house, node, stream, tmp_path / 'app.log')
    shown = house.run('setup', 'elasticsearch', '-c', str(house.config))
    assert shown.returncode == 0 and PASSWORD not in shown.stdout + shown.stderr
    assert node.ask('GET', f'/_index_template/outrider-{stream}')[0] == 404, 'only shown, not done'
    for _ in range(2):  # again is no trouble
        said = set_up(house)
        assert 'neither ILM nor ISM' in said and f'outrider-{stream} is installed' in said, said
    mappings = node.do('GET', f'/_index_template/outrider-{stream}')['index_templates'][0]['index_template']['template']['mappings']
    assert mappings['properties']['trace']['properties']['id'] == {'type': 'keyword'}


def test_each_line_of_a_file_is_there_once_though_the_agent_is_killed(house, node, stream, tmp_path):
    log = tmp_path / 'app.log'
    configure(house, node, stream, log)
    set_up(house)
    append(log, 0, 20_000)
    for killed in range(3):
        house.start(ready=False)
        had = count(node, stream)
        wait_until(lambda had=had: count(node, stream) > had, what='more documents')
        house.agent.send_signal(signal.SIGKILL)
        house.agent.wait()
        append(log, 20_000 + killed * 500, 500)
    house.start()
    wait_until(lambda: count(node, stream) >= 21_500, what='each line')
    assert numbers(node, stream) == list(range(21_500))
    source = str(log)
    wait_until(lambda: house.metric('outrider_ledger_imbalance_records', source=source) == 0, what='the ledger')
    assert house.stop() == 0


def test_who_is_not_let_in_waits_and_goes_on_when_he_is(house, node, stream, tmp_path):
    log = tmp_path / 'app.log'
    append(log, 0, 1000)
    configure(house, node, stream, log, password='not-this-one')
    refused = house.run('setup', 'elasticsearch', '--apply', '-c', str(house.config))
    assert refused.returncode != 0 and '401' in refused.stdout + refused.stderr
    house.start()
    wait_until(lambda: '401' in house.said(), what='a word about it')
    configure(house, node, stream, log)
    set_up(house)
    done = house.run('reload', '--reason', 'the right password', '-c', str(house.config))
    assert done.returncode == 0, done.stdout + done.stderr
    wait_until(lambda: count(node, stream) >= 1000, what='each line')
    assert numbers(node, stream) == list(range(1000))
    assert PASSWORD not in house.said() and 'not-this-one' not in house.said()
    assert house.stop() == 0


def test_a_server_whose_authority_is_unknown_is_told_nothing(house, node, stream, tmp_path):
    other = tmp_path / 'other.crt'
    other.write_text(pathlib.Path('/etc/ssl/certs/ca-certificates.crt').read_text())
    log = tmp_path / 'app.log'
    append(log, 0, 10)
    configure(house, node, stream, log, authority=other)
    house.start()
    wait_until(lambda: 'certificate' in house.said(), what='a word about the certificate')
    time.sleep(1)
    assert count(node, stream) == 0
    assert json.loads(house.said().splitlines()[0]), 'its own log stays JSON'
    assert house.stop() == 0
