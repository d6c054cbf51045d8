#!/usr/bin/env python3
"""Writes docs/recovery/table-of-ruin.md from the results of the last whole run of tests/ruin."""
import json
import pathlib
import sys

from conftest import RESULTS
from lab import ROOT
from rows import ROWS

HEAD = '''# The table of ruin

Each row was really done to a cluster of PostgreSQL 15 with a repository of pgBackRest 2.45, by `tests/ruin`; this page is
written by `tests/ruin/write_table.py` from the results of a run. Those of the last table were done to a server of Barman 3.4
instead. *Seen at* is the weakest level of evidence at which outrider sees it: L1 by listing the archive, L2 by reading it, L3 by
restoring and replaying it, L4 by asking the restored database. A dash means that pgBackRest's own tools were not asked, because the ruin is not in the repository.
'''


def cell(text, limit=150):
    text = ' '.join(str(text).split()).replace('|', '\\|')
    return text if len(text) <= limit else text[:limit - 1] + '…'


def short_of_paths(text):
    import re
    return re.sub(r'/[a-z/]+/ruin-[a-z0-9_]+', '…', text)


PGBACKREST = {'check': '`check`', 'info': '`info`', 'verify': '`verify`', 'plugin': '`check_pgbackrest`'}
BARMAN = {'barman': '`barman check`'}


def table(rows, columns):
    head = ['what was done', 'drill', 'seen at', 'what outrider says', *columns.values()]
    return '\n'.join([f"| {' | '.join(head)} |", '|---' * len(head) + '|', *lines(rows, columns)])


def lines(rows, columns):
    for one in rows:
        record = one['record']
        said = short_of_paths(record.get('broken') or record.get('sentence') or '')
        tools = [cell(short_of_paths(one[key]), 90) or '—' for key in columns]
        yield f"| {cell(one['ruin'])} | {record.get('finding')} | {one['seen_at'] or one['level'] or '—'} | {cell(said, 170)} | {' | '.join(tools)} |"


def main():
    told = json.loads(RESULTS.read_text())
    order = {row.name: index for index, row in enumerate(ROWS)}
    rows = sorted(told['rows'], key=lambda row: order.get(row['name'], 0))
    missing = set(order) - {row['name'] for row in rows}
    if missing and '--partly' not in sys.argv:
        sys.exit(f'write_table: {RESULTS} is of no whole run, these are missing: {", ".join(sorted(missing))}')
    ruined = [row for row in rows if row['level'] or row['finding'] != 'proven']
    barman = [row for row in rows if row['base'] == 'barman']
    sound = [row for row in rows if row not in ruined and row not in barman]
    backrest = [row for row in ruined if row not in barman]
    unseen = [row for row in backrest if row['tools'] and row['plugin'].startswith('rc 0')]
    silent = [row for row in backrest if row['tools'] and all(row[key].startswith('rc 0') and 'says' not in row[key] for key in ('check', 'info', 'verify'))]
    quiet = [row for row in barman if row in ruined and row['barman'].startswith('rc 0')]
    text = (f'{HEAD}\n{len(ruined)} ruins and {len(rows) - len(ruined)} sound twins, in {told["seconds"]:.0f} s. In {len(silent)} of the '
            f'{len(backrest)} ruins with pgBackRest `pgbackrest check`, `info` and `verify` were all silent; in {len(unseen)} `check_pgbackrest` '
            f'(archives and retention; its `--extended-check` warns of sound repositories, too) was; in {len(quiet)} of the '
            f'{len([row for row in barman if row in ruined])} with Barman `barman check` was.\n\n## Ruins\n\n{table(backrest, PGBACKREST)}\n\n'
            f'## Sound twins: no alarm over any of them\n\n{table(sound, PGBACKREST)}\n\n'
            f'## Barman: ruins and sound twins\n\n{table(barman, BARMAN)}\n')
    page = ROOT / 'docs' / 'recovery' / 'table-of-ruin.md'
    page.parent.mkdir(exist_ok=True)
    page.write_text(text)


if __name__ == '__main__':
    main()
