"""The oracle in small: each peer's failure by name, and everything at once from a fixed seed. Two minutes; with ORACLE_MINUTES the last two
take longer.

A failure prints the command that repeats it; `oracle.py --minutes 30 --seed N` is the same for longer."""
import os

import pytest

import oracle
import scenarios

CHAOS_MINUTES = float(os.environ.get('ORACLE_MINUTES', '0.25'))
CHAOS_SEED = int(os.environ.get('ORACLE_SEED', '7'))
SHORT = [(name, 'elasticsearch') for name in scenarios.SCENARIOS] + [('kill_live', 'file'), ('kill_backlog', 'file')]


def lived(scenario, seed, destination, tmp_path, again):
    if not oracle.AGENT.exists():
        pytest.skip(f'{oracle.AGENT} is not built; set OUTRIDER_BIN, or run ./dev build')
    try:
        wrong, left_out = oracle.live(scenario, seed, destination, tmp_path)
    except AssertionError as problem:
        wrong, left_out = [str(problem)], []
    for why in left_out:
        print(f'left out: {why}')
    said = (tmp_path / 'agent.log').read_text(errors='replace').splitlines()[-30:]
    story = (tmp_path / 'story.log').read_text()
    assert not wrong, '\n'.join([f'again: tests/chaos/oracle.py {again}', story, *said, *wrong])


@pytest.mark.parametrize('name, destination', SHORT, ids=['-'.join(pair) for pair in SHORT])
def test_every_line_arrives_exactly_once(name, destination, tmp_path):
    lived(scenarios.SCENARIOS[name], CHAOS_SEED, destination, tmp_path, f'--scenario {name} --destination {destination}')


@pytest.mark.parametrize('destination, share', [('elasticsearch', 1.0), ('file', 0.6)])
def test_every_line_arrives_exactly_once_in_chaos(destination, share, tmp_path):
    minutes = CHAOS_MINUTES * share
    lived(scenarios.chaos(CHAOS_SEED, minutes, sink=destination == 'elasticsearch'), CHAOS_SEED, destination, tmp_path,
          f'--minutes {minutes:g} --seed {CHAOS_SEED} --destination {destination}')
