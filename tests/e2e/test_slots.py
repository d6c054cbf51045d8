"""A slot without a reader fills the disk of pg_wal: told in time, and capped where that was consented to. Real PostgreSQL, a real small disk."""
import os
import shutil
import subprocess

import pytest

import database as databases
import house as houses
from house import wait_until
from test_database import house  # noqa: F401  pylint: disable=unused-import

SMALL = '160m'
CAP = 32


@pytest.fixture
def filling(house):  # noqa: F811  pylint: disable=redefined-outer-name
    """pg_wal on a small disk of its own, and a slot that nobody reads."""
    if os.geteuid() != 0:
        pytest.skip('a small disk can only be mounted by root')
    cluster = house.cluster
    disk = cluster.folder / 'small'
    disk.mkdir()
    cluster.stop('fast')
    subprocess.run(['mount', '-t', 'tmpfs', '-o', f'size={SMALL},mode=0700', 'tmpfs', disk], check=True)
    try:
        databases.own(disk)
        shutil.move(cluster.data / 'pg_wal', disk / 'wal')
        subprocess.run(['chown', '-R', '--reference', cluster.data, disk / 'wal'], check=True)
        (cluster.data / 'pg_wal').symlink_to(disk / 'wal')
        cluster.start()
        cluster.sql("select pg_create_physical_replication_slot('orphan', true)")
        yield house
        house.stop()
        cluster.stop()
    finally:
        subprocess.run(['umount', '-l', disk], check=True)


def fill(cluster, mebibytes):
    cluster.sql(*["select pg_logical_emit_message(false, 'e2e', repeat('x', 1048576))"] * mebibytes)


def cap(cluster):
    return cluster.sql('show max_slot_wal_keep_size')


def wait_filling(house):  # noqa: F811  pylint: disable=redefined-outer-name
    def told():
        fill(house.cluster, 1)
        return 'slot orphan has no reader' in house.gate('replication')['nagios'] and house.critical() >= 1
    wait_until(told, 40, 'a slot that fills the disk')


def test_it_is_told_and_nothing_is_capped_without_consent(filling):
    filling.write(remedy={'mode': 'do'})
    filling.start()
    filling.wait_known()
    assert filling.metric('outrider_recovery_wal_volume_full_seconds') is not None
    wait_filling(filling)
    assert 0 < filling.metric('outrider_recovery_wal_volume_full_seconds') < 4 * 3600
    wait_until(lambda: any('suggested: slot orphan' in sentence for sentence in filling.timeline()), 20, 'advice')
    assert cap(filling.cluster) == '-1'


def test_what_slots_hold_is_capped_by_consent_and_the_disk_is_saved(filling):
    cluster = filling.cluster
    databases.run(houses.OUTRIDER, 'setup', 'postgres', '--slot-cap', '--apply', '--dsn', cluster.dsn('postgres'))
    filling.write(remedy={'mode': 'do', 'slot_cap': f'{CAP}MiB'})
    filling.start()
    filling.wait_known()
    wait_filling(filling)
    wait_until(lambda: cap(cluster) == f'{CAP}MB', 20, 'the cap')
    journal = next(filling.state.rglob('audit.jsonl')).read_text()
    assert 'cap slots' in journal and 'slot_cap consents' in journal, journal
    wait_until(lambda: f'max_slot_wal_keep_size is {CAP}MB' in next(filling.state.rglob('audit.jsonl')).read_text(), 10, 'its result')

    fill(cluster, 2 * CAP)
    cluster.sql('checkpoint')
    assert cluster.sql("select wal_status from pg_replication_slots where slot_name = 'orphan'") == 'lost'
    wait_until(lambda: (cluster.sql('checkpoint'), len(list((cluster.data / 'pg_wal').glob('0*'))))[1] < 2 * CAP + 60, 30, 'room')
    wait_until(lambda: 'has lost the WAL it stood for' in filling.gate('replication')['nagios'], 20, 'what became of the slot')
    assert filling.run('audit', 'verify').returncode == 0


def test_a_role_that_may_not_cap_says_what_would_let_it(filling):
    filling.write(remedy={'mode': 'do', 'slot_cap': f'{CAP}MiB'})
    filling.start()
    filling.wait_known()
    wait_filling(filling)
    wait_until(lambda: any('may not reload the configuration' in sentence for sentence in filling.timeline()), 20, 'the refusal')
    assert cap(filling.cluster) == '-1'
