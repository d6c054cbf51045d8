"""Lines that a service writes into files: carried to a file and to Elasticsearch, once each, whatever happens to the agent."""
import json
import pathlib
import signal
import sys
import time

import pytest

from house import get, wait_until

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'chaos'))
import destinations  # noqa: E402
import lines  # noqa: E402


@pytest.fixture
def elastic(tmp_path):
    made = destinations.ElasticDestination(tmp_path)
    yield made
    made.close()


class Written:
    """A file of numbered lines that can be found again."""

    def __init__(self, path, stream='app'):
        self.path, self.author, self.count = path, lines.Author(1, stream), 0
        path.parent.mkdir(parents=True, exist_ok=True)

    def more(self, count):
        with open(self.path, 'ab') as file:
            file.write(b''.join(self.author.as_json(number, '2026-11-21T11:26:03Z') + b'\n' for number in range(self.count, self.count + count)))
        self.count += count


def messages(house):
    """What the file sink wrote, the rotated files first."""
    found = sorted(house.log.parent.glob(f'{house.log.name}*'), key=lambda path: -int(path.suffix[1:]) if path.suffix[1:].isdigit() else 0)
    return [json.loads(line)['message'] for path in found for line in path.read_text().splitlines()]


def setup(house, *globs, send_to=None):
    read = [{'file': str(glob), 'format': 'json'} for glob in globs]
    # No child: one would outlive an agent that is killed.
    house.write(extra={'logs': {'read': read, 'send_to': send_to or [{'file': {'path': str(house.log)}}]}, 'health': None})


def carried(house, *written):
    """Waits until each line is there, then says in what order, and fails if one is there twice."""
    total = sum(each.count for each in written)
    wait_until(lambda: len(messages(house)) >= total, what=f'{total} lines')
    found = [lines.read(message) for message in messages(house)]
    assert all(found) and all(whole for _, _, whole in found)
    for each in written:
        assert [number for stream, number, _ in found if stream == each.author.stream] == list(range(each.count)), each.author.stream
    assert len(found) == total


def held(elastic, written):
    """Waits until Elasticsearch has each line, and fails if it has one twice."""
    wait_until(lambda: elastic.complete().get(written.author.stream, 0) >= written.count, what=f'{written.count} documents')
    account = elastic.account()
    assert account['documents'] == written.count and account['spoilt'] == [] and account['complaints'] == []


def test_lines_of_a_file_arrive_in_order_from_its_first_byte(house, tmp_path):
    app = Written(tmp_path / 'logs' / 'app.log')
    app.more(500)
    setup(house, tmp_path / 'logs' / '*.log')
    house.start()
    carried(house, app)
    app.more(500)
    carried(house, app)
    source = str(tmp_path / 'logs' / '*.log')
    wait_until(lambda: house.metric('outrider_ledger_records_total', source=source, fate='delivered') == 1000, what='the ledger')
    assert house.metric('outrider_ledger_imbalance_records', source=source) == 0
    assert house.stop() == 0


def test_a_file_that_is_renamed_is_read_to_its_end_and_its_successor_from_the_beginning(house, tmp_path):
    app = Written(tmp_path / 'logs' / 'app.log')
    app.more(100)
    setup(house, app.path)
    house.start()
    carried(house, app)
    for number in range(3):
        app.more(100)
        app.path.rename(app.path.with_suffix(f'.log.{number}'))
        app.more(100)
        carried(house, app)
    assert house.stop() == 0


def test_after_a_restart_it_goes_on_where_it_was(house, tmp_path):
    app = Written(tmp_path / 'logs' / 'app.log')
    setup(house, app.path)
    for how in (signal.SIGTERM, signal.SIGKILL, signal.SIGTERM):
        app.more(1000)
        house.start()
        app.more(1000)
        carried(house, app)
        house.agent.send_signal(how)
        house.agent.wait(20)
    house.start()
    app.more(1)
    carried(house, app)
    assert house.stop() == 0


def test_files_are_no_reason_to_be_slow_to_stop(house, tmp_path):
    app = Written(tmp_path / 'logs' / 'app.log')
    app.more(10)
    setup(house, app.path)
    house.start()
    carried(house, app)
    began = time.monotonic()
    assert house.stop() == 0
    assert time.monotonic() - began < 1.5, 'what is not carried is read again: there is nothing to wait for'


def test_elasticsearch_gets_each_line_once_though_the_agent_is_killed_again_and_again(house, elastic, tmp_path):
    app = Written(tmp_path / 'logs' / 'app.log')
    app.more(20_000)
    setup(house, app.path, send_to=[elastic.settings()])
    elastic.mood(delay_s=0.02)
    for _ in range(4):
        had = elastic.order()['documents']
        house.start(ready=False)
        wait_until(lambda had=had: elastic.order()['documents'] > had, what='more documents')
        house.agent.kill()
        house.agent.wait()
        app.more(500)
    elastic.mood()
    house.start()
    held(elastic, app)
    assert house.stop() == 0


def test_a_dead_elasticsearch_holds_up_no_other_and_gets_everything_when_it_is_back(house, elastic, tmp_path):
    app = Written(tmp_path / 'logs' / 'app.log')
    setup(house, app.path, send_to=[elastic.settings(), {'file': {'path': str(house.log)}}])
    elastic.mood(listening=False)
    app.more(2000)
    house.start()
    carried(house, app)
    wait_until(lambda: any('elasticsearch' in line for line in house.said().splitlines()), what='a word about it')
    app.path.rename(app.path.with_suffix('.log.1'))
    app.more(2000)
    carried(house, app)
    elastic.mood()
    held(elastic, app)
    assert house.stop() == 0


def test_a_reload_while_a_sink_takes_nothing_leaves_no_trace_of_the_old_one(house, elastic, tmp_path):
    app = Written(tmp_path / 'logs' / 'app.log')
    app.more(1000)
    elastic.mood(status=401)
    setup(house, app.path, send_to=[elastic.settings()])
    house.start()
    wait_until(lambda: '401' in house.said(), what='a word about it')
    for count in (1, 2):  # one more file each time: the sink is made anew, and called as before
        setup(house, app.path, *(tmp_path / f'more-{number}' for number in range(count)), send_to=[elastic.settings()])
        done = house.run('reload', '--reason', 'one more file', '-c', str(house.config))
        assert done.returncode == 0, done.stdout + done.stderr
        wait_until(lambda: stalled(house) == [1], what='the new one to be told the same')
    setup(house, app.path)
    assert house.run('reload', '--reason', 'another sink', '-c', str(house.config)).returncode == 0
    carried(house, app)
    wait_until(lambda: stalled(house) == [0], what='the old one to be no more, so that nobody is alarmed by it')  # a page is kept for a second
    assert house.stop() == 0


def stalled(house):
    page = get(house.metrics_port, '/metrics')[1]
    return [float(line.split()[-1]) for line in page.splitlines() if line.startswith('outrider_sink_stalled{')]


def test_a_reload_that_adds_a_file_neither_loses_nor_repeats(house, tmp_path):
    app, more = Written(tmp_path / 'logs' / 'app.log'), Written(tmp_path / 'logs' / 'more.txt', 'more')
    app.more(1000)
    more.more(1000)
    setup(house, app.path)
    house.start()
    carried(house, app)
    setup(house, app.path, more.path)
    done = house.run('reload', '--reason', 'one more file', '-c', str(house.config))
    assert done.returncode == 0, done.stdout + done.stderr
    app.more(100)
    carried(house, app, more)
    assert house.stop() == 0
