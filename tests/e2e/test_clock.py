"""The wall clock jumps an hour, forth and back, under the running agent: it shows another time and does nothing else."""
import datetime
import os
import pathlib
import re
import shutil
import struct
import subprocess
import time

import pytest

from house import get, wait_until

HOUR = 3600


class WallClock:
    """What the agent and all it starts take for the time of day."""

    def __init__(self, folder):
        compiler = shutil.which('cc') or shutil.which('gcc')
        if not compiler:
            pytest.skip('no C compiler: the clock cannot be made to jump')
        library = folder / 'jumping_clock.so'
        source = pathlib.Path(__file__).with_name('jumping_clock.c')
        subprocess.run([compiler, '-shared', '-fPIC', '-O1', '-o', library, source], check=True)
        self.file = folder / 'ahead'
        self.jump_to(0)
        # A sanitized program wants its runtime before everything else that is preloaded.
        self.environment = {'LD_PRELOAD': f'{os.environ.get("LD_PRELOAD", "")} {library}'.strip(),
                            'JUMPING_CLOCK': str(self.file), 'ASAN_OPTIONS': 'verify_asan_link_order=0'}

    def jump_to(self, seconds):
        mode = 'r+b' if self.file.exists() else 'wb'
        with open(self.file, mode) as file:
            file.write(struct.pack('=q', seconds))


def ahead_of_us(house):
    shown = datetime.datetime.fromisoformat(house.status()['time'].replace('Z', '+00:00'))
    return shown.timestamp() - time.time()


def negative(value, name=''):
    """The names of all numbers below nought in an answer of the API."""
    if isinstance(value, dict):
        return [found for key, inner in value.items() for found in negative(inner, key)]
    if isinstance(value, list):
        return [found for inner in value for found in negative(inner, name)]
    return [name] if isinstance(value, (int, float)) and value < 0 else []


@pytest.mark.parametrize('jump', [HOUR, -HOUR], ids=['forth', 'back'])
def test_a_clock_that_jumps_an_hour_harms_nothing(house, jump):
    clock = WallClock(house.folder)
    house.write(restart={'budget': '3 per 1h'})
    house.start(environment=clock.environment)
    pid = house.wait_healthy()['pid']
    wait_until(lambda: house.status()['probes'][0]['asked_total'] >= 5, what='some answers')
    told = len(house.timeline())
    for there in (jump, 0):
        before, began = house.status()['probes'][0]['asked_total'], time.monotonic()
        clock.jump_to(there)
        wait_until(lambda: abs(ahead_of_us(house) - there) < 5, what='the jump')
        time.sleep(2)
        status = house.status()
        asked, took = status['probes'][0]['asked_total'] - before, time.monotonic() - began
        assert 0.3 * took / 0.2 < asked < 1.5 * took / 0.2 + 2, f'{asked} questions in {took:.1f} s: neither a storm nor silence'
        assert status['state'] == 'healthy' and status['severity'] == 'fine', status['sentence']
        assert status['supervised']['pid'] == pid and status['supervised']['restarts_total'] == 0
        assert all(river['turning'] for river in status['rivers']), status['rivers']
        assert negative(status) == []
        shown = house.run('status', '-c', str(house.config)).stdout
        assert shown and not re.search(r'(?<![\w.:-])-\d', shown), shown
        page = get(house.metrics_port, '/metrics')[1]
        below = [line for line in page.splitlines() if not line.startswith('#') and line.rpartition(' ')[2].startswith('-')]
        assert below == []
    assert house.timeline()[told:] == [], 'nothing happened, so nothing is told'

    clock.jump_to(jump)
    house.break_service('crash')
    now = house.wait_healthy(not_pid=pid)
    assert now['restarts_total'] == 1 and now['restart_budget']['left'] == 2, 'the budget counts real time'
    assert house.stop() == 0
    verified = house.run('audit', 'verify', '-c', str(house.config))
    assert verified.returncode == 0, verified.stdout + verified.stderr
