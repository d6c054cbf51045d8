"""The journal of a real systemd-journald, carried by the real agent: each entry once, through kills, rotation and vacuuming."""
import json
import os
import pathlib
import re
import shutil
import signal
import sys
import tempfile
import time

import pytest

import journald_lab

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'e2e'))
import house as house_module  # noqa: E402
from house import wait_until  # noqa: E402


@pytest.fixture
def journal(request):
    why_not = journald_lab.missing()
    if why_not:
        pytest.skip(why_not)
    folder = tempfile.mkdtemp(prefix='journal-')  # short: the name of a socket has a bound
    made = journald_lab.Journald(folder, **getattr(request, 'param', {}))
    try:
        yield made.start()
    finally:
        made.close()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def house(tmp_path):
    if not house_module.OUTRIDER.exists():
        pytest.skip(f'{house_module.OUTRIDER} is not built; set OUTRIDER_BIN, or run ./dev build')
    made = house_module.House(tmp_path)
    yield made
    made.clean_up()


def setup(house, journal, send_to=None, form=None, **settings):
    read = {'journald': {'directory': str(journal.directory), 'identifiers': ['lab'], 'begin': 'beginning', 'name': 'journal', **settings}}
    if form:
        read['format'] = form
    house.write(extra={'logs': {'read': [read], 'send_to': send_to or [{'file': {'path': str(house.log)}}]}, 'health': None})


def documents(path):
    files = sorted(path.parent.glob(f'{path.name}*'), key=lambda file: -int(file.suffix[1:]) if file.suffix[1:].isdigit() else 0)
    return [json.loads(line) for file in files for line in file.read_text().splitlines() if line.endswith('}')]


def messages(path):
    return [document['message'] for document in documents(path)]


def lines(first, last):
    return [f'line {number}' for number in range(first, last)]


def kill(house):
    house.agent.send_signal(signal.SIGKILL)
    house.agent.wait(10)


def expect(house, wanted, path=None):
    path = path or house.log
    wait_until(lambda: len(messages(path)) >= len(wanted), 60, f'{len(wanted)} lines')
    found = messages(path)
    assert found == wanted, (len(found), len(wanted), len(set(found)))


def test_a_journal_is_read_from_its_beginning_and_followed(house, journal):
    journal.write(lines(0, 200), _IGNORED='trusted fields cannot be forged', CODE_FILE='lab.py', CODE_LINE='7')
    journal.write(['not ours'], identifier='other')
    setup(house, journal, all_fields=True)
    house.start()
    expect(house, lines(0, 200))
    before = time.monotonic()
    journal.write(['quick'])
    wait_until(lambda: 'quick' in messages(house.log), 10, 'a new entry')
    assert time.monotonic() - before < 5
    document = documents(house.log)[0]
    assert document['log.level'] == 'info' and document['process.pid'] == os.getpid()
    assert document['log.origin.file.line'] == 7 and document['event.dataset'] == 'journald' and document['log.syslog.appname'] == 'lab'
    assert abs(time.time() - time.mktime(time.strptime(document['@timestamp'][:19], '%Y-%m-%dT%H:%M:%S')) + time.timezone) < 600
    assert house.metric('outrider_journal_open', sink=f'file {house.log}') == 1
    assert house.metric('outrider_journal_gaps_total') == 0
    assert house.metric('outrider_ledger_imbalance_records', source='journal') == 0


def test_kills_and_rotations_lose_nothing_and_double_nothing(house, journal):
    second = house.folder / 'second.log'
    setup(house, journal, send_to=[{'file': {'path': str(house.log)}}, {'file': {'path': str(second)}}])
    written = 0
    for round_number in range(6):
        house.start(ready=False)
        for _ in range(10):
            journal.write(lines(written, written + 300))
            written += 300
            time.sleep(0.03)
        kill(house)
        journal.write(lines(written, written + 300))
        written += 300
        if round_number % 2 == 0:
            journal.rotate()
    house.start()
    expect(house, lines(0, written))
    expect(house, lines(0, written), second)
    assert house.metric('outrider_journal_gaps_total', sink=f'file {house.log}') == 0


def test_what_was_vacuumed_while_away_is_counted_and_the_rest_is_read_once(house, journal):
    setup(house, journal)
    journal.write(lines(0, 100))
    house.start()
    expect(house, lines(0, 100))
    wait_until(lambda: house.metric('outrider_ledger_in_flight_records', source='journal') == 0, what='nothing in flight')
    house.stop()
    journal.write(lines(100, 150))
    journal.rotate()
    journal.vacuum()
    journal.write(lines(150, 200))
    assert journal.texts() == lines(150, 200)
    house.start()
    expect(house, lines(0, 100) + lines(150, 200))
    assert house.metric('outrider_journal_gaps_total') == 1
    gone = house.metric('outrider_journal_gap_entries_total')
    assert 50 <= gone < 100, gone  # and what journald said itself meanwhile
    assert 'Entries of the journal were gone before they were read' in house.said()


def test_damaged_files_are_passed_over_told_and_counted(house, journal):
    setup(house, journal)
    for part in range(3):
        journal.write(lines(part * 100, part * 100 + 100))
        journal.rotate()
    journal.write(lines(300, 400))
    first, second, third = journal.archived()
    with open(first, 'r+b') as file:
        file.write(b'garbage!')
    os.truncate(second, 5000)
    house.start()
    expect(house, lines(200, 400))
    assert wait_until(lambda: house.metric('outrider_journal_unreadable_files'), what='the count of bad files') == 2
    said = house.said()
    assert str(first) in said and 'it does not begin as a journal' in said
    assert str(second) in said and 'its end is missing' in said and str(third) not in said


def test_damage_within_a_file_costs_what_is_in_it_and_shows_in_the_numbers(house, journal):
    everything = {'journald': {'directory': str(journal.directory), 'begin': 'beginning', 'name': 'journal'}}
    house.write(extra={'logs': {'read': [everything], 'send_to': [{'file': {'path': str(house.log)}}]}, 'health': None})
    journal.write(lines(0, 2000))
    journal.rotate()
    journal.write(lines(2000, 2100))
    path = next(one for one in journal.archived() if b'MESSAGE=line 1000' in one.read_bytes())
    at = path.read_bytes().index(b'MESSAGE=line 1000')
    with open(path, 'r+b') as file:
        file.seek(at)
        file.write(b'\xFF' * 65536)
    house.start()
    wait_until(lambda: set(lines(2000, 2100)) <= set(messages(house.log)), what='what came after the damage')
    ours = [document['message'] for document in documents(house.log) if document.get('log.syslog.appname') != 'systemd-journald']
    found = [message for message in ours if message.startswith('line ')]
    assert len(found) == len(set(found)), 'none twice'
    spoilt = len(ours) - len(found)  # their bytes were overwritten: nothing in the file says that they were others
    told = (house.metric('outrider_journal_gap_entries_total') or 0) + (house.metric('outrider_journal_damaged_entries_total') or 0)
    assert len(found) < 2100 and told + spoilt >= 2100 - len(found), (len(found), told, spoilt)


def test_messages_of_many_lines_binary_ones_and_large_ones_arrive(house, journal):
    setup(house, journal, all_fields=True)
    journal.write(['one\ntwo\nthree', b'bad \xff byte', 'x' * 100_000], BLOB=b'\x00\x01\n\xfe')
    house.start()
    expect(house, ['one\ntwo\nthree', 'bad \ufffd byte', 'x' * 100_000])
    assert documents(house.log)[0]['journald.blob'] == '\x00\x01\n\ufffd'
    assert 'repaired' in documents(house.log)[1]['log.flags']


def test_a_message_may_itself_be_json(house, journal):
    setup(house, journal, form='json')
    journal.write([json.dumps({'level': 'error', 'msg': 'broken', 'order': 7}), 'plain'])
    house.start()
    expect(house, ['broken', 'plain'])
    first, second = documents(house.log)
    assert first['log.level'] == 'error' and first['order'] == 7 and first['process.pid'] == os.getpid()
    assert 'error.message' in second and second['process.pid'] == os.getpid()


def test_priorities_are_at_most(house, journal):
    setup(house, journal, priority='warning')
    for priority in range(8):
        journal.write([f'priority {priority}'], PRIORITY=str(priority))
    journal.write(['last'], PRIORITY='4')
    house.start()
    expect(house, [f'priority {priority}' for priority in range(5)] + ['last'])


def memory(pid, what):
    return int(re.search(rf'^{what}:\s+(\d+) kB', pathlib.Path(f'/proc/{pid}/status').read_text(), re.MULTILINE).group(1)) / 1024


def processor_seconds(pid):
    fields = pathlib.Path(f'/proc/{pid}/stat').read_text().rsplit(')', 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


@pytest.mark.parametrize('journal', [{'file_size': '16M', 'compress': 'no'}], indirect=True)
def test_a_hundred_mebibytes_do_not_stay_in_memory(house, journal, record_property):
    house.write(extra={'logs': None, 'health': None})
    house.start()
    idle = memory(house.agent.pid, 'VmRSS')
    house.stop()
    count = 0
    while journal.bytes() < 100 << 20:
        journal.write((f'line {number} ' + 'some words of a usual length that differ ' * 3 for number in range(count, count + 5000)))
        count += 5000
    setup(house, journal, send_to=[{'file': {'path': str(house.log), 'rotate_at': '1GiB'}}])
    house.start()
    most = most_mapped = 0

    def delivered():
        nonlocal most, most_mapped
        most = max(most, memory(house.agent.pid, 'VmRSS'))
        most_mapped = max(most_mapped, memory(house.agent.pid, 'RssFile'))
        return (house.metric('outrider_ledger_records_total', fate='delivered', source='journal') or 0) >= count
    wait_until(delivered, 240, f'{count} lines')
    spent = processor_seconds(house.agent.pid)
    after = memory(house.agent.pid, 'VmRSS')
    figures = {'lines': count, 'lines_per_processor_second': round(count / spent), 'mebibytes': journal.bytes() >> 20,
               'idle_mebibytes': round(idle), 'most_mebibytes': round(most), 'most_mapped_mebibytes': round(most_mapped), 'after_mebibytes': round(after)}
    for name, value in figures.items():
        record_property(name, value)
    print(json.dumps(figures))
    assert len(set(messages(house.log))) == count
    assert most < idle + 96, figures
