"""The checker of WAL against WAL of a real PostgreSQL, sound and ruined, with pg_waldump as the second opinion."""
import bz2
import gzip
import json
import os
import pathlib
import re
import shutil
import subprocess

import pytest
import wal_cluster

ROOT = pathlib.Path(__file__).resolve().parents[2]
LENS = pathlib.Path(os.environ.get('OUTRIDER_BUILD', ROOT / 'build/dev')) / 'bin' / 'wal_lens'
PAGE = 8192
RECORD = re.compile(r'rmgr: (\S+)\s+len \(rec/tot\):\s*\d+/\s*(\d+), tx:\s*(\d+), lsn: (\w+)/(\w+), prev \S+, desc: (.*)')


@pytest.fixture(scope='module', params=[1, 16, 64], ids=['1MB', '16MB', '64MB'])
def cluster(request):
    if not wal_cluster.bin_folder():
        pytest.skip('PostgreSQL is missing (apt install postgresql-15)')
    if not LENS.exists():
        pytest.skip(f'{LENS} is not built')
    made = wal_cluster.Cluster(request.param)
    try:
        made.start()
        made.work()
        if request.param == 1:
            made.promote_a_copy()
        made.stop()
        yield made
    finally:
        made.close()


def lens(*words):
    run = subprocess.run([LENS, *map(str, words)], capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stderr
    return run.stdout.splitlines()


def check(cluster, *files, history=None):
    words = ['--history', *history] if history else []
    return [json.loads(line) for line in lens('check', '--segment-bytes', cluster.segment_bytes, '--system-id', cluster.system_id(),
                                              *words, *files)]


def fault(cluster, path):
    return check(cluster, path)[0]['fault']


def waldump(cluster, path):
    """(manager, length, xid, lsn, description) of each record that begins in the segment, as far as it can be read there."""
    text = subprocess.run([f'{cluster.bin}/pg_waldump', path], capture_output=True, text=True, timeout=120).stdout
    return [(kind, int(length), int(xid), (int(high, 16) << 32) + int(low, 16), what)
            for kind, length, xid, high, low, what in RECORD.findall(text)]


def copied(cluster, tmp_path, path):
    return pathlib.Path(shutil.copyfile(path, tmp_path / path.name))


def overwrite(path, offset, data):
    with open(path, 'r+b') as file:
        file.seek(offset)
        file.write(data)


def test_sound_wal_is_found_sound_with_the_records_that_pg_waldump_finds(cluster):
    files = cluster.segments()
    assert len(files) >= 2
    for path, said in zip(files, check(cluster, *files), strict=True):
        assert said['fault'] is None and said['joint'] is None, said
        records = waldump(cluster, path)
        assert said['records'] == len(records), path.name
        if records:
            assert int(said['last'].split('/')[1], 16) == records[-1][3] & 0xFFFFFFFF
        assert said['switched'] == bool(records and records[-1][4] == 'SWITCH ')
        assert said['version'] == int(cluster.bin.split('/')[4])


def test_commits_are_named_with_xid_and_time(cluster):
    ours, theirs = [], []
    files = cluster.segments()
    for path, said in zip(files, check(cluster, *files), strict=True):
        ours += [commit[0] for commit in said['commits']]
    # All of them at once, so that records that cross into the next segment are there.
    text = subprocess.run([f'{cluster.bin}/pg_waldump', '--rmgr=Transaction', files[0], files[-1]], capture_output=True, text=True,
                          timeout=120).stdout
    for kind, _, xid, _, _, what in RECORD.findall(text):
        if what.startswith('COMMIT_PREPARED'):
            theirs.append(int(re.search(r'COMMIT_PREPARED (\d+)', what).group(1)))
        elif what.startswith('COMMIT '):
            theirs.append(int(xid))
    assert len(theirs) > 500
    assert ours == theirs


def test_a_promoted_copy_goes_on_where_the_old_timeline_was_left(cluster):
    if cluster.segment_bytes != 1 << 20:
        pytest.skip('made for one size only')
    history = cluster.archive / '00000002.history'
    switch = re.match(r'1\t(\w+)/(\w+)', history.read_text(encoding='utf-8'))
    number = ((int(switch.group(1), 16) << 32) + int(switch.group(2), 16)) // cluster.segment_bytes
    old = [path for path in cluster.segments(1) if int(path.name[8:16], 16) * 4096 + int(path.name[16:], 16) < number]
    way = old + cluster.segments(2)
    for said in check(cluster, *way, history=(history, 2)):
        assert said['fault'] is None and said['joint'] is None, said
    first = cluster.segments(2)[0]
    partial = pathlib.Path(f'{cluster.archive}/00000001{first.name[8:]}.partial')
    if partial.exists():
        assert fault(cluster, partial) is None


@pytest.fixture()
def middle(cluster, tmp_path):
    """A full segment between two others, copied to be ruined, or the first one where there are but few."""
    files = cluster.segments()
    path = files[len(files) // 2] if len(files) > 4 else files[0]
    return copied(cluster, tmp_path, path)


def record_in(cluster, path, least_length=0):
    base = int(path.name[8:16], 16) * (1 << 32) + int(path.name[16:], 16) * cluster.segment_bytes
    records = [record for record in waldump(cluster, path) if record[1] >= least_length and record[4] != 'SWITCH ']
    return records[len(records) // 2][3] - base


def test_flipped_bytes_in_a_record_are_found_where_they_are(cluster, middle):
    at = record_in(cluster, middle)
    overwrite(middle, at + 16, b'\xff\xff\xff\xff')
    said = fault(cluster, middle)
    assert said['kind'] == 'broken record'
    assert said['offset'] == at


def test_a_flipped_byte_in_a_full_page_is_found(cluster, tmp_path):
    for path in cluster.segments():
        if any(record[1] > 4000 for record in waldump(cluster, path)):
            ruined = copied(cluster, tmp_path, path)
            at = record_in(cluster, ruined, least_length=4000)
            overwrite(ruined, at + 1500 + 24, b'\x00\x01\x02\x03')
            assert fault(cluster, ruined)['offset'] <= at + 1600
            return
    pytest.fail('there is no full page in this WAL')


def test_a_flipped_page_header_is_found(cluster, middle):
    page = record_in(cluster, middle) // PAGE * PAGE
    overwrite(middle, page + 8, b'\x55\x55')
    assert fault(cluster, middle)['kind'] in ('broken page', 'not WAL')


def test_a_zeroed_page_is_found(cluster, middle):
    page = record_in(cluster, middle) // PAGE * PAGE
    overwrite(middle, page, bytes(PAGE))
    assert fault(cluster, middle)['offset'] <= page


def test_a_cut_off_and_an_empty_file_are_found(cluster, middle):
    os.truncate(middle, cluster.segment_bytes // 2)
    assert fault(cluster, middle)['kind'] == 'wrong size'
    os.truncate(middle, 0)
    assert fault(cluster, middle)['what'] == 'it is empty'


def test_swapped_content_is_named(cluster, tmp_path):
    one, other = cluster.segments()[:2]
    ruined = tmp_path / one.name
    shutil.copyfile(other, ruined)
    said = fault(cluster, ruined)
    assert said['kind'] == 'swapped'
    assert other.name in said['what']


def test_another_clusters_segment_is_named(cluster, middle):
    said = [json.loads(line) for line in lens('check', '--segment-bytes', cluster.segment_bytes, '--system-id', 42, middle)]
    assert said[0]['fault']['kind'] == 'wrong cluster'


def test_packed_segments_are_read(cluster, tmp_path):
    path = cluster.segments()[0]
    for ending, pack in (('gz', lambda data: gzip.compress(data, 1)), ('bz2', lambda data: bz2.compress(data, 1))):
        packed = tmp_path / f'{path.name}.{ending}'
        packed.write_bytes(pack(path.read_bytes()))
        assert fault(cluster, packed) is None
    for program, ending in (('lz4', 'lz4'), ('zstd', 'zst')):
        if shutil.which(program):
            packed = tmp_path / f'{path.name}.{ending}'
            packed.write_bytes(subprocess.run([program, '-c', path], check=True, capture_output=True).stdout)
            assert fault(cluster, packed) is None


def test_no_flipped_bit_of_a_record_goes_unseen(cluster):
    """Of thousands at random places, only those are missed that belong to no record and no header."""
    files = cluster.segments()
    flips = {1: 4000, 16: 1500, 64: 200}[cluster.segment_bytes >> 20]
    if len(files) < 3:
        pytest.skip('too few segments of this size to have one between two others')
    inner = len(files) // 2 if len(files) > 4 else 1
    before, path, after = files[inner - 1:inner + 2]
    base = int(path.name[8:16], 16) * (1 << 32) + int(path.name[16:], 16) * cluster.segment_bytes
    found = waldump(cluster, path)
    records = [(lsn - base, length) for _, length, _, lsn, _ in found]
    switched = found[-1][4] == 'SWITCH '
    for line in lens('flip', flips, 7, before, path, after):
        offset, bit = map(int, line.split())
        if offset % PAGE == 2 and bit == 2:
            continue  # the page's flag that a backup is no longer needed
        last, length = max((record for record in records if record[0] <= offset), default=(0, 0))
        following = min((start for start, _ in records if start > offset), default=None)
        if following is None:
            # Behind the last whole record: nothing after a switch of WAL, else its alignment.
            assert switched or offset < last + length + 24 * (length // PAGE + 2) + 8, line
        else:
            assert following - (-length % 8) <= offset < following, line
