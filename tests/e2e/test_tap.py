"""Looking at the logs as they go by: what is shown, what is not, and that nobody is held up by it."""
import json
import pathlib
import subprocess
import sys

import pytest

from house import OUTRIDER, wait_until

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'chaos'))
import destinations  # noqa: E402


@pytest.fixture
def elastic(tmp_path):
    made = destinations.ElasticDestination(tmp_path)
    yield made
    made.close()


def setup(house, tmp_path, **logs):
    folder = tmp_path / 'logs'
    folder.mkdir()
    settings = {'read': [{'file': str(folder / '*.log'), 'format': 'json'}], 'send_to': [{'file': {'path': str(house.log)}}], **logs}
    house.write(extra={'logs': settings, 'health': None})
    house.start()
    return folder / 'app.log'


def say(path, *documents):
    with open(path, 'a') as file:
        for document in documents:
            file.write(json.dumps(document) + '\n')


class Looking:
    """`outrider tap`, from when it looks."""

    def __init__(self, house, *words, stdout=subprocess.PIPE):
        self.process = house.spawn([str(OUTRIDER), 'tap', '-c', str(house.config), *words], stdout=stdout, stderr=subprocess.PIPE, text=True)
        self.began = self.process.stderr.readline()

    def end(self):
        out, err = self.process.communicate(timeout=30)
        return [json.loads(line) for line in out.splitlines()], err


def test_without_a_point_it_says_where_one_can_look(house, tmp_path):
    path = setup(house, tmp_path)
    done = house.run('tap', '-c', str(house.config))
    assert done.returncode == 0, done.stderr
    for point in (f'source:{path.parent}/*.log', f'left_out:{path.parent}/*.log', f'offered:file {house.log}', f'parked:file {house.log}'):
        assert point in done.stdout, done.stdout
    wrong = house.run('tap', 'sorce', '-c', str(house.config))
    assert wrong.returncode == 64 and 'did you mean source?' in wrong.stderr, wrong.stderr
    assert house.run('tap', 'source', '--limit', 'x', '-c', str(house.config)).returncode == 64


def test_each_point_shows_what_goes_by_and_no_secret(house, tmp_path):
    path = setup(house, tmp_path, steps=[{'drop': {'level': 'debug'}}, {'rename': {'pw': 'password'}}], redact=['email', {'field': 'password'}])
    with_secret = {'msg': 'to bob@example.com', 'pw': 'hunter2'}
    looking = [Looking(house, point, '--limit', '2', '--format', 'json') for point in ('source', 'left_out', 'answered:file')]
    say(path, {'level': 'debug', **with_secret}, {'level': 'info', **with_secret}, {'level': 'debug', 'msg': 'again'}, {'level': 'warn', 'msg': 'last'})
    (source, _), (left_out, _), (answered, _) = [each.end() for each in looking]
    assert [record['document']['log.level'] for record in source] == ['info', 'warn'], source
    assert {step['by'] for step in source[0]['steps']} >= {'json', 'rename', 'redact'}, source[0]['steps']
    assert [(record['fate'], record['why']) for record in left_out] == [('left out', 'filtered')] * 2
    for document in (source[0]['document'], left_out[0]['document'], answered[0]['document']):
        assert document['message'] == 'to [redacted:email]' and document['password'] == '[redacted:password]', document
        assert 'pw' not in document
    assert [record['fate'] for record in answered] == ['taken', 'taken']
    assert answered[0]['id'] == source[0]['id'] and len(source[0]['id']) == 20
    assert 'Somebody looks at the logs' in house.said()
    assert house.metric('outrider_redacted_total', kind='email') == 1, 'what is only shown is not counted'


def test_what_a_destination_refuses_is_seen_with_its_answer(house, elastic, tmp_path):
    elastic.mood(item_status=400, item_share=1.0)
    path = setup(house, tmp_path, send_to=[elastic.settings()])
    looking = Looking(house, 'parked:elasticsearch', '--limit', '1')
    say(path, {'msg': 'odd'})
    out = looking.process.communicate(timeout=30)[0]
    assert out.startswith('parked:elasticsearch') and ' parked: ' in out and '"message":"odd"' in out, out
    listed = house.run('parked', 'list', '-c', str(house.config))
    assert '1 parked records' in listed.stdout, listed.stdout


def test_a_record_that_is_read_for_two_destinations_is_shown_once_and_goes_to_both(house, tmp_path):
    path = setup(house, tmp_path, send_to=[{'file': {'path': str(house.log)}}, {'file': {'path': str(tmp_path / 'other.log')}}])
    source, offered = Looking(house, 'source', '--seconds', '3', '--format', 'json'), Looking(house, 'offered', '--limit', '200', '--format', 'json')
    say(path, *({'msg': 'x', 'n': number} for number in range(100)))
    assert [record['document']['n'] for record in source.end()[0]] == list(range(100))
    assert sorted(record['document']['n'] for record in offered.end()[0]) == sorted([*range(100), *range(100)])


def test_a_filter_shows_only_what_it_names(house, tmp_path):
    path = setup(house, tmp_path)
    by_field = Looking(house, 'source', '--where', 'log.level=error', '--limit', '1', '--format', 'json')
    by_text = Looking(house, 'source', '--match', 'need', '--limit', '1', '--format', 'json')
    say(path, {'level': 'info', 'msg': 'hay'}, {'level': 'error', 'msg': 'bad'}, {'level': 'info', 'msg': 'a needle'})
    assert by_field.end()[0][0]['document']['message'] == 'bad'
    assert by_text.end()[0][0]['document']['message'] == 'a needle'


def test_it_ends_after_its_time_and_says_nothing_when_nothing_goes_by(house, tmp_path):
    setup(house, tmp_path)
    done = house.run('tap', 'source', '--seconds', '1', '-c', str(house.config))
    assert done.returncode == 0 and done.stdout == '', done.stdout


def test_nobody_is_held_up_by_one_who_does_not_read(house, tmp_path):
    path = setup(house, tmp_path)
    looking = Looking(house, 'source', 'offered', '--format', 'json')
    count = 20_000
    say(path, *({'msg': 'x' * 100, 'n': number} for number in range(count)))
    wait_until(lambda: house.log.exists() and sum(path.read_text().count('\n') for path in house.log.parent.glob('service.log*')) == count,
               what='all lines at the destination')
    shown = [json.loads(looking.process.stdout.readline()) for _ in range(10)]
    assert [record['document']['n'] for record in shown if record['point'].startswith('source')][0] == 0
    looking.process.kill()
    assert house.metric('outrider_ledger_imbalance_records', sink=f'file {house.log}') == 0
    assert house.stop() == 0, 'whoever looks holds up no end either'


def test_what_went_by_unseen_is_counted(house, tmp_path):
    path = setup(house, tmp_path)
    looking = Looking(house, 'source', '--seconds', '3', '--format', 'json')
    count = 30_000
    say(path, *({'msg': 'x' * 200, 'n': number} for number in range(count)))
    records, said = looking.end()
    unseen = sum(int(line.split()[1]) for line in said.splitlines() if 'records not shown' in line)
    assert unseen > 0 and len(records) + unseen == count, (len(records), said)


def test_a_reader_that_has_had_enough_ends_it_quietly(house, tmp_path):
    path = setup(house, tmp_path)
    script = f'{OUTRIDER} tap source --format json -c {house.config} | head -n 1'
    piped = subprocess.Popen(['bash', '-c', script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    house.processes.append(piped)
    assert 'looking at' in piped.stderr.readline()
    said = 0

    def ended():
        nonlocal said
        said += 1
        say(path, {'msg': f'line {said}'})
        return piped.poll() is not None
    wait_until(ended, what='its end')
    assert len(piped.stdout.read().splitlines()) == 1 and piped.stderr.read() == ''


def test_a_reload_is_looked_through_and_too_many_are_refused(house, tmp_path):
    path = setup(house, tmp_path)
    looking = Looking(house, 'source', '--limit', '2', '--format', 'json')
    say(path, {'msg': 'before'})
    wait_until(lambda: house.log.exists(), what='the first line')
    settings = json.loads(house.config.read_text())
    settings['logs']['steps'] = [{'add': {'team': 'core'}}]
    house.config.write_text(json.dumps(settings))
    done = house.run('reload', '--reason', 'a step', '-c', str(house.config))
    assert done.returncode == 0, done.stdout + done.stderr
    others = [Looking(house, 'source', '--limit', '1') for _ in range(3)]
    refused = house.run('tap', 'source', '-c', str(house.config))
    assert refused.returncode == 3 and '4 are open already' in refused.stderr, refused.stderr
    say(path, {'msg': 'after'})
    records, _ = looking.end()
    assert [record['document'].get('team') for record in records] == [None, 'core']
    for other in others:
        assert 'after' in other.process.communicate(timeout=30)[0]


def test_over_plain_tcp_nobody_may_look(house, tmp_path):
    setup(house, tmp_path)
    denied = house.run('tap', 'source', '--agent', f'http://127.0.0.1:{house.api_port}')
    assert denied.returncode != 0 and 'read-only' in denied.stderr, denied.stderr
    assert 'source:' in house.run('tap', '--agent', f'http://127.0.0.1:{house.api_port}').stdout, 'where one could is no secret'
