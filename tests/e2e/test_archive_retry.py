"""Archiving fails, and what the command says of it is shown: tried by hand, or read in the server's log. Real PostgreSQL, real pgBackRest."""
import json
import os

from house import wait_until
from test_database import house  # noqa: F401  pylint: disable=unused-import


def journal(house):  # noqa: F811  pylint: disable=redefined-outer-name
    return next(house.state.rglob('audit.jsonl')).read_text()


def archive_folder(cluster):
    return next(path for path in (cluster.repo / 'archive' / 'main').iterdir() if path.is_dir())


def make_unwritable(cluster, mode):
    for path in [archive_folder(cluster), *archive_folder(cluster).iterdir()]:
        if path.is_dir():
            os.chmod(path, mode)


def test_a_command_that_fails_is_tried_by_hand_and_its_words_are_shown(house):  # noqa: F811  pylint: disable=redefined-outer-name
    cluster = house.cluster
    house.write(remedy={'mode': 'do'})
    house.start()
    house.wait_known()
    make_unwritable(cluster, 0o555)
    name = cluster.switch(wait=False)
    line = house.wait_gate('archive', 2, 90, 'run by hand as')
    assert 'exited with code' in line and 'ermission denied' in line, line
    assert f'on a copy of {name}' in line or 'on a copy of 0000' in line, line
    assert any('run by hand as' in sentence and 'ermission denied' in sentence for sentence in house.timeline()), house.timeline()
    assert 'ermission denied' in house.page()
    assert 'ermission denied' in house.run('status').stdout
    audited = journal(house)
    assert 'try archiving' in audited and 'ermission denied' in audited, audited
    waiting = cluster.sql("select count(*) from pg_ls_archive_statusdir() where name like '%.ready'")
    assert int(waiting) >= 1, 'PostgreSQL itself still has it to do'

    make_unwritable(cluster, 0o750)
    newer = cluster.switch(wait=False)
    wait_until(lambda: cluster.archiver()[2] >= newer, 120, 'archiving that goes on')
    names = [path.name.split('-')[0] for path in cluster.segments()]
    assert name in names and newer in names and len(names) == len(set(names)), names
    house.wait_gate('archive', 0, 60)
    assert 'run by hand as' not in json.dumps(house.snapshot()['judgements'])
    assert house.run('audit', 'verify').returncode == 0


def test_a_command_that_refuses_what_is_there_is_explained_and_never_run(house):  # noqa: F811  pylint: disable=redefined-outer-name
    cluster = house.cluster
    archive = cluster.folder / 'not-there-yet'
    house.write(remedy={'mode': 'do'}, postgres={'server_log': str(cluster.folder / 'pg.log')})
    house.start()
    house.wait_known()
    cluster.archive_with(f'test ! -f {archive}/%f && cp %p {archive}/%f')
    name = cluster.switch(wait=False)
    line = house.wait_gate('archive', 2, 90, 'would fail for ever')
    assert f'test ! -f {archive}/{name} && cp pg_wal/{name} {archive}/{name}' in line, line
    assert 'No such file or directory' in line and 'archive command failed' in line, line
    assert any(sentence.startswith('suggested: archiving of') for sentence in house.timeline()), house.timeline()
    assert sum('suggested: archiving of' in sentence for sentence in house.timeline()) == 1, 'told once'
    assert 'try archiving' not in journal(house)
    archive.mkdir()
    os.chown(archive, cluster.data.stat().st_uid, -1)
    newer = cluster.switch(wait=False)
    wait_until(lambda: cluster.archiver()[2] >= newer, 120, 'archiving that goes on')
    assert {name, newer} <= {path.name for path in archive.iterdir()}


def test_without_leave_it_is_only_suggested(house):  # noqa: F811  pylint: disable=redefined-outer-name
    cluster = house.cluster
    house.write()
    house.start()
    house.wait_known()
    make_unwritable(cluster, 0o555)
    cluster.switch(wait=False)
    line = house.wait_gate('archive', 2, 90, 'to see why, run in its data directory as its owner: pgbackrest')
    assert 'run by hand' not in line and 'recovery.remedy.mode: do' in line, line
    assert 'try archiving' not in journal(house)
    make_unwritable(cluster, 0o750)
