"""What a child writes is there once, though the agent that reads it is killed again and again."""
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import textwrap
import time

import pytest

import house as ground
from house import alive, wait_until

WRITER = '''
    import os, signal, sys, time
    ended = []
    signal.signal(signal.SIGTERM, lambda *_: ended.append(1))
    most = int(sys.argv[1])
    time.sleep(float(sys.argv[3]))
    count = 0
    while count < most and not ended:
        for _ in range(50):
            count += 1
            os.write(2 if count % 10 == 0 else 1, b'number %d token=Zq8-secret-word\\\\n' % count)
        time.sleep(float(sys.argv[2]))
    os.write(1, b'last %d\\\\n' % count)
    while not ended: time.sleep(0.05)
'''


@pytest.fixture
def story(house):
    path = house.folder / 'writer.py'
    path.write_text(textwrap.dedent(WRITER).replace('\\\\n', '\\n'))

    def write(most, mode, stops='stop', pause=0.005, after=0, **logs):
        house.write(child=[sys.executable, '-u', str(path), str(most), str(pause), str(after)], probes={}, restart={'when_agent_dies': mode, 'when_agent_stops': stops},
                    extra={'logs': {'read': [{'child': 'all', 'format': 'text'}],
                                    'send_to': [{'file': {'path': str(house.log), 'rotate_at': '1GiB'}}], **logs}})
    house.write_story = write
    return house


def messages(house):
    if not house.log.exists():
        return []
    return [json.loads(line)['message'] for line in house.log.read_text().split('\n')[:-1]]  # the last one may be half written


def numbers(house):
    return [int(said.split()[1]) for said in messages(house) if said.startswith('number ')]


def kill(house):
    house.agent.send_signal(signal.SIGKILL)
    house.agent.wait(10)


def test_nothing_is_lost_while_the_machine_has_no_time_for_the_agent(story):
    """More lines come than are written down meanwhile: they wait where they are kept, and not in memory with its bound."""
    others = []
    try:
        story.write_story(60_000, 'take_over', pause=0, after=2)
        story.start()
        wait_until(story.pid)
        for task in os.listdir(f'/proc/{story.agent.pid}/task'):
            os.setpriority(os.PRIO_PROCESS, int(task), 15)
        others += [subprocess.Popen([sys.executable, '-c', 'while True: pass']) for _ in range(2 * os.cpu_count())]
        wait_until(lambda: 'last 60000' in messages(story), 120, 'its last line')
        got = wait_until(lambda: len(found := numbers(story)) >= 60_000 and found, 60, 'each line')
    finally:
        for other in others:
            other.kill()
            other.wait()
    assert sorted(got) == list(range(1, 60_001))


def test_nothing_is_lost_and_nothing_is_twice_though_the_agent_is_killed_ten_times(story):
    story.write_story(60_000, 'take_over')
    story.start()
    pid = wait_until(story.pid)
    chance = random.Random(5)
    for _ in range(10):
        time.sleep(chance.uniform(0.05, 0.6))
        kill(story)
        time.sleep(chance.uniform(0, 0.2))
        story.start(ready=False)
    wait_until(lambda: 'last 60000' in messages(story), 60, 'its last line')
    assert alive(pid), 'it was the same all the while'
    got = wait_until(lambda: (found := numbers(story)) and len(found) >= 60_000 and found, 30, 'each line')
    assert sorted(got) == list(range(1, 60_001)), f'{len(got)} lines, {len(set(got))} of them different'
    for every_tenth in (False, True):  # of each of its two outputs
        stream = [number for number in got if (number % 10 == 0) == every_tenth]
        assert stream == sorted(stream), 'in order'


def test_an_agent_is_upgraded_in_place_and_neither_its_child_nor_a_line_notices(story, monkeypatch):
    story.write_story(30_000, 'take_over', stops='leave_running', pause=0.02)
    for version in ('old', 'new', 'newer'):
        program = story.folder / 'bin' / version / 'outrider'
        program.parent.mkdir(parents=True)
        shutil.copy(ground.OUTRIDER, program)
        monkeypatch.setattr(ground, 'OUTRIDER', program)
        story.start()
        pid = wait_until(story.pid)
        wait_until(lambda seen=len(messages(story)): len(messages(story)) > seen + 500, what='lines')
        if version == 'old':
            first = pid
        assert story.stop() == 0
    assert alive(first) and pid == first
    story.start()
    wait_until(lambda: 'last 30000' in messages(story), 60, 'its last line')
    got = wait_until(lambda: (found := numbers(story)) and len(found) >= 30_000 and found, 30, 'each line')
    assert story.stop() == 0
    os.kill(pid, signal.SIGKILL)
    assert sorted(got) == list(range(1, 30_001)), f'{len(got)} lines, {len(set(got))} of them different'


def test_what_a_child_wrote_until_it_was_ended_by_the_next_agent_is_there_once(story):
    story.write_story(10_000_000, 'restart')
    story.start()
    for children in range(1, 4):
        wait_until(lambda count=children: numbers(story).count(500) == count, what='some lines of this one')
        pid = wait_until(story.pid)
        kill(story)
        story.start(ready=False)
        wait_until(lambda was=pid: story.pid() not in (None, was), what='another child')
    wait_until(lambda: numbers(story).count(500) == 4, what='some lines of the last one')
    assert story.stop() == 0
    said = messages(story)
    lasts = [int(one.split()[1]) for one in said if one.startswith('last ')]
    assert len(lasts) == 4, 'each said its last word'
    expected = sorted(number for last in lasts for number in range(1, last + 1))
    assert sorted(numbers(story)) == expected


def test_what_is_kept_is_in_memory_only_and_goes_when_it_is_written_down(story):
    story.write_story(20_000, 'take_over', redact=[{'field': 'token'}])
    story.start()
    wait_until(lambda: 'last 20000' in messages(story), 60, 'its last line')
    room = pathlib.Path((story.state / 'child' / 'bytes').read_text())
    assert os.stat(room).st_mode & 0o777 == 0o700
    assert sum(file.stat().st_size for file in room.iterdir()) < 1 << 20, 'far less than it wrote'
    held = [path for path in story.state.rglob('*') if path.is_file() and b'Zq8-secret-word' in path.read_bytes()]
    assert held == [], 'no secret is on the disk, though it was killed before it was taken out'
    assert story.stop() == 0
    assert list(room.iterdir()) == [], 'what is safe elsewhere is kept no longer'
