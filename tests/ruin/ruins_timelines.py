"""Archives with more than one timeline."""
import shutil

import lab as labs
from row import healthy, row
from ruins_archive import started, unpacked


def make(lab):
    """The primary dies, a copy of it restored from the archive is promoted and writes on as timeline 2."""
    lab.start()
    labs.fill(lab, 2)
    lab.stop()
    promote(lab)
    labs.fill(lab, 3)
    lab.stop()
    return lab


def promote(lab, *words):
    """Puts a restored, promoted copy into the primary's place."""
    shutil.rmtree(lab.data)
    lab.backrest('restore', *words)
    lab.start()
    labs.wait_until(lambda: lab.sql('select pg_is_in_recovery()') == 'f', 60, 'the promotion')
    lab.sql('checkpoint')
    timeline = int(lab.sql('select timeline_id from pg_control_checkpoint()'))
    labs.wait_until(lambda: list((lab.repo / 'archive').rglob(f'{timeline:08X}.history')), 60, 'the history file')


@healthy('a primary was lost and a copy promoted: two timelines, and the way through them', base='timelines')
@started
def two_timelines(lab):
    pass


@healthy('the same, then put back to a time before the promotion: timeline 3 comes from 1, and 2 leads nowhere', base='timelines')
def a_branch_that_leads_nowhere(lab):
    lab.start()
    number = int(of_timeline(lab, 1)[1].name[16:24], 16)
    lab.stop()
    promote(lab, '--type=lsn', f'--target=0/{number * 0x100000 + 0x100:X}', '--target-timeline=1', '--target-action=promote')
    labs.fill(lab, 2)
    assert lab.sql('select timeline_id from pg_control_checkpoint()') == '3'


@row('the history file of the newest timeline is removed (F10)', 'disproved', '00000002.history is not in the archive', level='L1', base='timelines')
@started
def missing_history(lab):
    for path in (lab.repo / 'archive').rglob('00000002.history'):
        path.unlink()


@row('the history file holds nonsense', 'disproved', 'timeline 2', level='L1', base='timelines')
@started
def torn_history(lab):
    for path in (lab.repo / 'archive').rglob('00000002.history'):
        path.write_bytes(b'no history at all\n')


def of_timeline(lab, timeline):
    first = lab.sets()[-1]['archive']['stop']
    return [path for path in lab.segments() if path.name.startswith(f'{timeline:08X}') and path.name[8:24] > first[8:]]


@row('a segment of the old timeline, before the promotion, is removed', 'disproved', 'is missing', level='L1', base='timelines')
@started
def missing_before_the_fork(lab):
    of_timeline(lab, 1)[2].unlink()


@row('the last whole segment before the promotion is removed', 'disproved', 'is missing', level='L1', base='timelines')
@started
def missing_at_the_fork(lab):
    first = of_timeline(lab, 2)[0].name[8:24]
    before = [path for path in of_timeline(lab, 1) if path.name[8:24] < first]
    before[-1].unlink()


@row('a segment of the new timeline is removed', 'disproved', 'is missing', level='L1', base='timelines')
@started
def missing_behind_the_fork(lab):
    of_timeline(lab, 2)[1].unlink()


@row('the first segment of the new timeline is removed', 'disproved', 'is missing', level='L1', base='timelines')
@started
def missing_right_behind_the_fork(lab):
    of_timeline(lab, 2)[0].unlink()


@row('a second writer: the old primary came back and archives as timeline 2, too (F09)', 'disproved', level='L2', base='timelines')
@started
def content_of_the_old_timeline(lab):
    from ruins_archive import repacked
    new = of_timeline(lab, 2)[1]
    content = bytearray(unpacked(new))
    content[4] = 1  # the timeline of its first page
    repacked(new, bytes(content))
    lab.row.must_say = ('replay cannot get past', new.name[:24])
