"""Ruins of a server of Barman, beside what `barman check` says of each."""
import functools
import gzip
import shutil

import barman_lab
import labs_pages as pages
import row as rows
from ruins_archive import flipped, started


def ask_barman(lab):
    done = lab.check()
    failed = [line.strip() for line in (done.stdout + done.stderr).splitlines() if 'FAILED' in line or 'ERROR' in line]
    return {'barman': f'rc {done.returncode}, ' + (failed[0] if failed else 'silent')}


with_barman = {'base': 'barman', 'needs': barman_lab.missing, 'others': ask_barman}
row = functools.partial(rows.row, **with_barman)
healthy = functools.partial(rows.healthy, **with_barman)


def behind(lab, index):
    """The path of a segment behind the newest backup's last one."""
    last = lab.last_of_the_newest_set()
    return [path for path in lab.segments() if path.name > last][index]


def repacked(path, content):
    path.write_bytes(gzip.compress(content))


def file_of(lab, relation):
    return lab.set_folder() / 'data' / lab.sql(f"select pg_relation_filepath('{relation}')")


@healthy('Barman: nothing is broken', 'would have been lost')
@started
def barman_nothing(lab):
    pass


@healthy('Barman: the primary is gone', 'would have been lost')
def barman_source_down(lab):
    pass


@healthy('Barman: a segment has come in, and was not taken in yet', 'would have been lost')
@started
def barman_not_taken_in(lab):
    lab.sing()
    super(barman_lab.BarmanLab, lab).switch()


@row('Barman: a segment in the middle of the archive is removed', 'disproved', 'is missing', 'cannot be reached', level='L1')
@started
def barman_missing_middle(lab):
    behind(lab, 2).unlink()


@row('Barman: the last segment is removed', 'proven', 'would have been lost', 'from canary', level='L1')
@started
def barman_missing_last(lab):
    last = lab.sing()
    name = lab.switch()
    next(path for path in lab.segments() if path.name == name).unlink()
    lab.row.must_say = ('would have been lost', f'from canary {last} on')


@row('Barman: archive_command was /bin/true for a while (F01)', 'disproved', 'is missing', level='L1')
def barman_lying_archiver(lab):
    lab.start(archive_command='/bin/true')
    lab.sing()
    super(barman_lab.BarmanLab, lab).switch()
    lab.stop()
    lab.start()
    lab.sing()
    lab.switch()


@row('Barman: the file of a segment is cut off', 'could not verify', 'could not be fetched', level='L2')
@started
def barman_cut_off(lab):
    path = behind(lab, 2)
    path.write_bytes(path.read_bytes()[:path.stat().st_size // 2])


@row('Barman: bytes in the middle of a segment are flipped, in a sound file', 'disproved', 'replay cannot get past', level='L2')
@started
def barman_flipped_content(lab):
    path = behind(lab, 2)
    content = gzip.decompress(path.read_bytes())
    repacked(path, flipped(content, len(content.rstrip(b'\0')) // 2, 400))


@row('Barman: the content of another segment under the right name', 'disproved', 'replay cannot get past', level='L2')
@started
def barman_swapped_content(lab):
    repacked(behind(lab, 2), gzip.decompress(behind(lab, 1).read_bytes()))


@row('Barman: the whole archive of WAL is gone', 'disproved', 'missing', level='L1')
@started
def barman_no_wal(lab):
    for path in lab.segments():
        path.unlink()


@row('Barman: a table\'s file is removed from the newest set (F17)', 'disproved', level='L4')
@started
def barman_set_misses_a_file(lab):
    file_of(lab, 'notes').unlink()


@row('Barman: a table\'s file in the newest set is cut off at a page', 'disproved', 'notes', level='L4')
@started
def barman_set_has_a_short_file(lab):
    pages.cut(file_of(lab, 'notes'), 4)


@row('Barman: a page of a table in the newest set is zeroes', 'disproved', 'notes', level='L4')
@started
def barman_set_has_a_zeroed_page(lab):
    pages.zero(file_of(lab, 'notes'), 3)


@row('Barman: bytes of a table\'s file in the newest set are flipped', 'disproved', level='L4')
@started
def barman_set_has_flipped_bytes(lab):
    pages.flip(file_of(lab, 'notes'), 3 * pages.PAGE + 4000)


@row('Barman: pg_control is missing in the newest set', 'disproved', level='L3')
@started
def barman_set_misses_the_control_file(lab):
    (lab.set_folder() / 'data/global/pg_control').unlink()


@row('Barman: the folder of the newest set\'s data is gone; the one before it is taken', 'proven', 'would have been lost', level='L1')
@started
def barman_set_has_no_data(lab):
    shutil.rmtree(lab.set_folder() / 'data')


@row('Barman: the newest set says that it failed; the one before it is taken', 'proven', 'would have been lost', level='L1')
@started
def barman_newest_failed(lab):
    info = lab.set_folder() / 'backup.info'
    info.write_text(info.read_text().replace('status=DONE', 'status=FAILED'))


@row('Barman: backup.info of both sets is gone', 'could not verify', level='L1')
@started
def barman_no_backup_info(lab):
    for index in range(len(lab.labels())):
        (lab.set_folder(index) / 'backup.info').unlink()


@row('Barman: its home is not mounted: an empty folder', 'could not verify', level='L1')
@started
def barman_not_mounted(lab):
    shutil.rmtree(lab.repo)
    lab.repo.mkdir()
    barman_lab.own(lab.repo)


@row('Barman: the archive cannot be read', 'could not verify', level='L1')
@started
def barman_unreadable(lab):
    wals = lab.repo / barman_lab.SERVER / 'wals'
    wals.chmod(0)
    lab.extras = [lambda: wals.chmod(0o700)]
