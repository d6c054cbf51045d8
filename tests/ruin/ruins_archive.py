"""Ruins of the WAL archive."""
import os
import shutil
import subprocess

import lab as labs
from row import healthy, row


def after_backup(lab, index):
    """The path of a segment behind the newest backup's last one."""
    last = lab.sets()[-1]['archive']['stop']
    return [path for path in lab.segments() if path.name[:24] > last][index]


def unpacked(path):
    return subprocess.run(['zstd', '-dcq', str(path)], check=True, capture_output=True).stdout


def repacked(path, content):
    """The same name and a sound file around other content."""
    path.write_bytes(subprocess.run(['zstd', '-cq'], input=content, check=True, capture_output=True).stdout)


def flipped(content, offset, count=64):
    return content[:offset] + bytes(byte ^ 0x5A for byte in content[offset:offset + count]) + content[offset + count:]


def started(do):
    """The primary runs while the row is done."""
    def both(lab):
        lab.start()
        do(lab)
    both.__name__ = do.__name__
    return both


@row('a segment in the middle of the archive is removed', 'disproved', 'is missing', 'cannot be reached', level='L1')
@started
def missing_middle(lab):
    after_backup(lab, 2).unlink()


@row('two neighbouring segments are removed', 'disproved', 'is missing', level='L1')
@started
def missing_two(lab):
    for index in (3, 2):
        after_backup(lab, index).unlink()


@row('two segments far apart are removed; the first is named', 'disproved', 'is missing', level='L1')
@started
def missing_apart(lab):
    names = [after_backup(lab, index) for index in (1, 3)]
    for path in names:
        path.unlink()
    lab.row.must_say = ('is missing', names[0].name[:24])


@row('the first segment that the newest set needs is removed', 'disproved', 'is missing', level='L1')
@started
def missing_first(lab):
    first = lab.sets()[-1]['archive']['start']
    next(path for path in lab.segments() if path.name.startswith(first)).unlink()


@row('the same, and that very set is asked for', 'disproved', 'is missing', level='L1')
@started
def missing_first_of_the_set_asked_for(lab):
    first = lab.sets()[-1]['archive']['start']
    next(path for path in lab.segments() if path.name.startswith(first)).unlink()
    lab.row.words = ('--set', lab.sets()[-1]['label'])


@row('the last segment is removed: all comes up, and what was in it is named as lost', 'proven', 'would have been lost', 'from canary', level='L1')
@started
def missing_last(lab):
    last = lab.sing()
    name = lab.switch()
    next(path for path in lab.segments() if path.name.startswith(name)).unlink()
    lab.row.must_say = ('would have been lost', f'from canary {last} on')


@row('bytes of a compressed segment are flipped', 'disproved', 'replay cannot get past', level='L2')
@started
def flipped_file(lab):
    path = after_backup(lab, 2)
    path.write_bytes(flipped(path.read_bytes(), path.stat().st_size // 2))


@row('bytes in the middle of a segment are flipped, in a sound file', 'disproved', 'replay cannot get past', level='L2')
@started
def flipped_content(lab):
    path = after_backup(lab, 2)
    content = unpacked(path)
    used = len(content.rstrip(b'\0'))
    repacked(path, flipped(content, used // 2, 400))


@row('the first page header of a segment is altered', 'disproved', 'replay cannot get past', level='L2')
@started
def flipped_header(lab):
    path = after_backup(lab, 2)
    repacked(path, flipped(unpacked(path), 0, 16))


@row('the content of another segment under the right name', 'disproved', 'replay cannot get past', level='L2')
@started
def swapped_content(lab):
    repacked(after_backup(lab, 2), unpacked(after_backup(lab, 1)))


@row('two segments change places', 'disproved', 'replay cannot get past', level='L2')
@started
def two_changed_places(lab):
    one, other = after_backup(lab, 1), after_backup(lab, 2)
    first, second = unpacked(one), unpacked(other)
    repacked(one, second)
    repacked(other, first)


@row('the second half of a segment is zeroes', 'disproved', 'replay cannot get past', level='L2')
@started
def zeroed_half(lab):
    path = after_backup(lab, 2)
    content = unpacked(path)
    used = len(content.rstrip(b'\0'))
    repacked(path, content[:used // 2 // 8192 * 8192] + bytes(len(content) - used // 2 // 8192 * 8192))


@row('a segment of zero bytes', 'could not verify', 'could not be fetched', level='L1')
@started
def zero_length(lab):
    after_backup(lab, 2).write_bytes(b'')


@row('a compressed segment that was cut off', 'could not verify', 'could not be fetched', level='L2')
@started
def cut_off(lab):
    path = after_backup(lab, 2)
    path.write_bytes(path.read_bytes()[:path.stat().st_size // 2])


@row('a sound file that holds half a segment', 'disproved', 'replay cannot get past', level='L2')
@started
def short_content(lab):
    path = after_backup(lab, 2)
    content = unpacked(path)
    repacked(path, content[:len(content) // 2])


@row('a segment stored twice with different content', 'could not verify', 'could not be fetched', level='L1')
@started
def stored_twice(lab):
    path = after_backup(lab, 2)
    twin = path.with_name(path.name[:25] + '0' * 40 + path.suffix)
    shutil.copy(path, twin)
    labs.own(twin)
    repacked(twin, flipped(unpacked(path), 9000))


@row('a segment of another cluster under the right name', 'disproved', 'replay cannot get past', level='L2')
@started
def of_another_cluster(lab):
    path = after_backup(lab, 2)
    content = bytearray(unpacked(path))
    content[24:32] = bytes(byte ^ 1 for byte in content[24:32])  # the system identifier of its long header
    repacked(path, bytes(content))


@row('archive_command was /bin/true for a while (F01)', 'disproved', 'is missing', level='L1')
def archiver_lied(lab):
    lab.start(archive_command='/bin/true')
    labs.fill(lab, 2)
    lab.stop()
    lab.start()
    labs.fill(lab, 2)


@row('archiving was off for maintenance, and on again (F13)', 'disproved', 'is missing', level='L1')
def archiving_was_off(lab):
    conf = lab.data / 'postgresql.conf'
    kept = conf.read_text()
    conf.write_text(kept + '\narchive_mode = off\n')
    lab.start()
    for _ in range(2):
        lab.sql('update other set n = n + 1', 'select pg_switch_wal()')
    lab.sql('checkpoint')
    lab.stop()
    conf.write_text(kept)
    lab.start()
    labs.fill(lab, 2)


@row('archive-push-queue-max dropped segments while the repository was away (F08)', 'disproved', 'is missing', level='L1')
def queue_was_dropped(lab):
    archive, away = lab.repo / 'archive', lab.folder / 'away'
    lab.start(archive_command='false')
    for _ in range(5):
        lab.sql('update other set n = n + 1', 'select pg_switch_wal()')
    lab.stop()
    lab.write_pgbackrest(more='archive-async=y\narchive-push-queue-max=2097152\n')
    archive.rename(away)
    archive.write_text('')  # a file where the archive was: nothing can be stored
    lab.start()
    labs.wait_until(lambda: lab.sql("select count(*) from pg_ls_archive_statusdir() where name like '%.ready'") == '0', 60, 'the dropping')
    archive.unlink()
    away.rename(archive)
    labs.fill(lab, 2)


@row('the archiver hangs (F03): nothing new comes, and the loss is told', 'proven', 'would have been lost', 'from canary', level='L1')
def archiver_hangs(lab):
    lab.start(archive_command='sleep 600')
    lost = lab.sing()
    lab.sql('select pg_switch_wal()')
    lab.sing()
    lab.row.must_say = ('would have been lost', f'from canary {lost} on')


@row('the repository cannot be written (F02): the same', 'proven', 'would have been lost', 'from canary', level='L1')
def repository_read_only(lab):
    lab.start(archive_command='exit 1')
    lost = lab.sing()
    lab.sql('select pg_switch_wal()')
    lab.row.must_say = ('would have been lost', f'from canary {lost} on')


@row('the whole archive of WAL is gone', 'disproved', 'is missing', level='L1')
@started
def no_archive(lab):
    for path in lab.segments():
        path.unlink()


@row('retention took the WAL that the sets need (expired by hand, F18)', 'disproved', 'is missing', level='L1')
@started
def wal_was_expired(lab):
    last = after_backup(lab, 1).name[:24]
    for path in lab.segments():
        if path.name[:24] <= last:
            path.unlink()


@row('a second repository lags: it misses a segment (F22)', 'disproved', 'is missing', level='L1')
@started
def second_repository_lags(lab):
    second = lab.folder / 'repo2'
    labs.run('cp', '-a', lab.repo, second)
    lab.write_pgbackrest(more=f'repo2-path={second}\nrepo2-retention-full=9\n')
    name = after_backup(lab, 2).name
    next((second / 'archive').rglob(name)).unlink()
    lab.write_config(catalogs=[{'pgbackrest': {'stanza': labs.STANZA, 'config': str(lab.conf), 'repository': 2}}])


def wrapper(lab, body, lanes=2):
    """A pgbackrest before the real one."""
    path = lab.folder / 'pgbackrest-wrapped'
    path.write_text(f'#!/bin/sh\n{body}\nexec /usr/bin/pgbackrest "$@"\n')
    path.chmod(0o755)
    labs.own(path)
    lab.write_config(catalogs=[{'pgbackrest': {'stanza': labs.STANZA, 'config': str(lab.conf), 'command': str(path)}}],
                     drill={'lanes': lanes})


def fetch_fails(code, times):
    return ('case "$*" in *archive-get*0000*) n=$(cat "$0.n" 2>/dev/null || echo 0); n=$((n+1)); echo $n > "$0.n"; '
            f'if [ $n -gt 2 ] && [ $n -le {2 + times} ]; then echo "ERROR: the network is down" >&2; {code}; fi;; esac')


def flaky(name, ruin, code, times):
    def do(lab):
        wrapper(lab, fetch_fails(code, times), lanes=0)  # so that the server itself asks
    do.__name__ = name
    row(ruin, 'could not verify', 'could not be fetched', level='L3')(started(do))


flaky('fetch_fails_once', 'one fetch of WAL fails with another code than absent (F29)', 'exit 49', 1)
flaky('fetch_fails_twice', 'two fetches fail one after the other', 'exit 49', 2)
flaky('fetch_ends_with_130', 'a fetch ends with 130', 'exit 130', 1)
flaky('fetch_is_killed', 'the fetching tool is killed by the kernel', 'kill -9 $$', 1)


@healthy('fetching ahead fails once, and what the server then asks for comes', 'would have been lost', tools=False)
@started
def fetch_ahead_fails_once(lab):
    wrapper(lab, 'case "$*" in *archive-get*/ahead/*) test -e "$0.n" || { touch "$0.n"; exit 49; };; esac')


@row('the archive cannot be read any more while it is replayed', 'could not verify', 'could not be fetched', level='L3', tools=False)
@started
def archive_goes_away(lab):
    wrapper(lab, f'case "$*" in *archive-get*) chmod 000 {lab.repo}/archive/{labs.STANZA};; esac')
    lab.extras = [lambda: os.chmod(lab.repo / 'archive' / labs.STANZA, 0o700)]
