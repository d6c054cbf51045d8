"""`outrider selftest`: the oracle that users point at their own disks."""
import json
import os
import subprocess

import oracle
import pytest


def selftest(*words):
    if not oracle.AGENT.exists():
        pytest.skip(f'{oracle.AGENT} is not built; set OUTRIDER_BIN, or run ./dev build')
    return subprocess.run([oracle.AGENT, 'selftest', *words], capture_output=True, text=True, timeout=300, env={**os.environ, 'NO_COLOR': '1'})


def test_it_tells_that_each_line_came_once_through_kills_and_leaves_nothing_behind(tmp_path):
    done = selftest('--dir', str(tmp_path), '--seconds', '8')
    assert done.returncode == 0, done.stdout + done.stderr
    assert 'Nothing was lost, and nothing came twice.' in done.stdout
    assert 'of the disk are taken' in done.stderr, 'it says so before it begins'
    assert not list(tmp_path.iterdir())


def test_programs_are_told_as_well(tmp_path):
    done = selftest('--dir', str(tmp_path), '--seconds', '4', '--seed', '3', '--output', 'json')
    told = json.loads(done.stdout)
    assert done.returncode == 0 and told['as_promised'], told
    assert told['written'] == told['once'] > 0 and told['kills'] > 0 and told['rotations'] > 0
    assert told['disk']['type']


@pytest.mark.parametrize('words, code', [(('--dir', '/no/such/folder'), 3), (('--dir', '/', '--seconds', '1'), 64), ((), 64)])
def test_what_cannot_be_is_refused(words, code):
    done = selftest(*words)
    assert done.returncode == code, done.stderr
