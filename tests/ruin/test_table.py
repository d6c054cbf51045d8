"""Every row of the table of ruin, really done; nothing else may be broken, and the healthy twins must be proven."""
import pytest
from rows import ROWS

CODES = {'proven': 0, 'disproved': 2, 'could not verify': 3}


@pytest.mark.parametrize('name', [row.name for row in ROWS])
def test_row(results, name):
    result = results[name]
    if isinstance(result, str):
        pytest.skip(result)
    row = result.row
    assert not result.trouble, result.trouble
    said = result.said()
    assert result.record.get('finding') == row.finding, result.said() or result.record
    assert result.code == CODES[row.finding]
    for words in row.must_say:
        assert words in said, f'{words!r} is not in: {said}'
    assert not result.left, f'left behind: {result.left}'
    if row.finding == 'proven':
        phases = [phase['name'] for phase in result.record['phases']]
        assert phases == ['find', 'fetch', 'start', 'replay', 'verify', 'promote', 'verify']
    else:
        assert result.record['broken']
    if row.tools:
        assert result.seen_at() == row.level, f"seen at {result.seen_at() or 'no level'}: {result.chain}"


def test_there_are_enough_rows():
    ruined = [row for row in ROWS if row.level or row.finding != 'proven']
    assert len(ruined) >= 45 and len(ROWS) - len(ruined) >= 8
