"""Sound clusters in odd circumstances: no alarm is allowed over them."""
import datetime
import pathlib
import shutil
import time

import lab as labs
from row import healthy
from ruins_archive import started
from ruins_sets import encrypted

SOUND = ('would have been lost',)


def small(lab, initdb=(), settings=''):
    """A cluster of its own with one backup and something behind it."""
    lab.make(initdb=initdb, settings=settings)
    lab.sql('create table other (id int primary key, n int)', 'insert into other select g, g from generate_series(1, 500) g', 'vacuum analyze')
    lab.sing()
    lab.backup()
    for _ in range(2):
        lab.sql('update other set n = n + 1')
        lab.sing()
        lab.switch()
    lab.write_config()


@healthy('nothing is broken', *SOUND)
@started
def nothing(lab):
    pass


@healthy('the primary is gone', *SOUND)
def source_down(lab):
    pass


@healthy('the database cannot be reached: wrong DSN', *SOUND)
@started
def wrong_dsn(lab):
    lab.write_config(dsn='host=/nowhere dbname=postgres')


@healthy('segments of 16 MB', *SOUND, base='none')
def segments_of_16(lab):
    lab.segment_mb = 16
    small(lab)


@healthy('segments of 64 MB (F12)', *SOUND, base='none')
def segments_of_64(lab):
    lab.segment_mb = 64
    small(lab)


@healthy('a name that rolls over from …FF to …00 (F12)', *SOUND, base='none')
def names_roll_over(lab):
    lab.segment_mb = 64
    lab.make()
    lab.stop()
    labs.run(labs.BIN / 'pg_resetwal', '-l', '00000001000000000000003E', lab.data)
    lab.start()
    lab.sql('create table other (id int primary key, n int)')
    lab.sing()
    lab.backup()
    for _ in range(2):
        lab.sing()
        lab.switch()
    lab.write_config()


@healthy('an encrypted repository', *SOUND, base='none')
def encrypted_repository(lab):
    encrypted(lab)


@healthy('idle for long, archive_timeout 0, nothing written since the backup (F11)', *SOUND)
@started
def idle(lab):
    lab.sql("alter system set archive_timeout = 0", 'select pg_reload_conf()')
    lab.backup()


@healthy('differential and incremental sets', *SOUND)
@started
def incremental_sets(lab):
    lab.backup('diff')
    labs.fill(lab, 1)
    lab.backup('incr')
    labs.fill(lab, 1)


@healthy('a tablespace', *SOUND)
@started
def tablespace(lab):
    place = lab.folder / 'space'
    place.mkdir()
    labs.own(place)
    lab.sql(f"create tablespace space location '{place}'", 'create table there (id int primary key) tablespace space',
            'insert into there select generate_series(1, 1000)', 'vacuum analyze there')
    lab.backup()
    labs.fill(lab, 1)


@healthy('unlogged and temporary tables, empty after a restore', *SOUND)
@started
def unlogged(lab):
    lab.sql('create unlogged table swift (id int primary key)', 'insert into swift select generate_series(1, 5000)', 'vacuum analyze swift')
    lab.backup()
    labs.fill(lab, 1)


@healthy('a table that shrank, grew and was rewritten since its last VACUUM', *SOUND)
@started
def rewritten(lab):
    lab.sql('delete from notes where id > 1000', 'vacuum notes', 'insert into notes select g, 1 from generate_series(100000, 103000) g',
            'vacuum full other', 'truncate other', 'alter table notes alter id type numeric', 'analyze')
    labs.fill(lab, 1)


@healthy('dead rows, open and prepared transactions, and subtransactions', *SOUND, base='none')
def transactions(lab):
    small(lab, settings='max_prepared_transactions = 5')
    lab.sql('begin; update other set n = 0 where id < 100; prepare transaction \'two\'')
    lab.sql('begin; savepoint a; insert into other values (9001, 1); savepoint b; rollback to a; commit')
    open_one = labs.Session(lab.socket)
    open_one.ask('begin')
    open_one.ask('delete from other where id between 200 and 300')
    lab.sing()
    lab.switch()
    lab.extras = [open_one.close]


@healthy('databases and tables with odd names', *SOUND)
@started
def odd_names(lab):
    lab.sql('create database "o\'dd \\ ""name"""')
    lab.sql('create schema "S p"', 'create table "S p"."T""ab\'le" (id int primary key)', 'insert into "S p"."T""ab\'le" select generate_series(1, 99)',
            database='o\'dd \\ "name"'.replace('\\', '\\'))
    labs.fill(lab, 1)


@healthy('max_connections and the like above the defaults', *SOUND, base='none')
def large_limits(lab):
    small(lab, settings='max_connections = 250\nmax_locks_per_transaction = 100\nmax_worker_processes = 20\nmax_wal_senders = 15')


@healthy('page checksums are off: the witness says so, and the rest is proven', 'page checksums are off', base='none')
def no_checksums(lab):
    lab.make()
    lab.sql('create table other (id int primary key)')
    lab.stop()
    labs.run(labs.BIN / 'pg_checksums', '--disable', '-D', lab.data)
    lab.start()
    lab.sing()
    lab.backup()
    lab.sing()
    lab.switch()
    lab.write_config()


@healthy('the source has restore_command, targets, archiving, jobs and a replication slot set (F32)', *SOUND)
@started
def source_settings(lab):
    lab.sql("alter system set restore_command = 'false'", "alter system set recovery_target_time = '2001-01-01 00:00:00'",
            "alter system set primary_conninfo = 'host=/nowhere'", "alter system set listen_addresses = '*'",
            "select pg_create_physical_replication_slot('held', true)", "alter system set cluster_name = 'the real one'")
    lab.backup()
    labs.fill(lab, 1)


@healthy('a canary that began only after the backup', *SOUND, base='none')
def late_canary(lab):
    lab.make()
    lab.backup()
    lab.sing()
    lab.switch()
    lab.sing()
    lab.switch()
    lab.write_config()


def drill_twice(lab):
    first, _ = lab.drill('--keep')
    assert first['finding'] == 'proven', first
    assert (lab.scratch / 'data' / 'PG_VERSION').exists()
    record, code = lab.drill('--keep')
    lab.check_left = False  # kept on purpose
    assert any('--delta' in command for command in record['commands']), record['commands']
    return record, code


@healthy('the data of the last drill are made use of', *SOUND, drill=drill_twice)
@started
def reuse(lab):
    pass


@healthy('to a restore point', 'was restored', words=('--to-point', 'before_deploy'), tools=False)
@started
def to_a_point(lab):
    lab.sql("select pg_create_restore_point('before_deploy')")
    lab.sql('drop table other')
    labs.fill(lab, 1)
    lab.write_config(checks=('canary', 'lengths', 'rows', {'sql': 'select count(*) = 500 from other'}))


@healthy('to the LSN of a canary', 'was restored', tools=False)
@started
def to_an_lsn(lab):
    lab.row.words = ('--to-lsn', lab.canaries.read_text().splitlines()[-2].split()[2])


@healthy('to a time', 'was restored', tools=False)
@started
def to_a_time(lab):
    lab.sing()
    time.sleep(1)
    when = datetime.datetime.now(datetime.timezone.utc)
    time.sleep(1)
    labs.fill(lab, 1)
    lab.row.words = ('--to-time', when.isoformat(timespec='milliseconds').replace('+00:00', 'Z'))


@healthy('the older of two sets', 'was restored')
@started
def the_older_set(lab):
    lab.row.words = ('--set', lab.sets()[0]['label'])


@healthy('another cluster tries to archive here and is refused (F09)', *SOUND, base='none')
def refused_writer(lab):
    small(lab)
    other = lab.folder / 'q'
    labs.run(labs.BIN / 'initdb', '-D', other, '-U', 'postgres', '-A', 'trust', '-N', '--wal-segsize=1')
    segment = next(path for path in sorted((other / 'pg_wal').iterdir()) if len(path.name) == 24)
    done = labs.run('pgbackrest', f'--config={lab.conf}', f'--stanza={labs.STANZA}', f'--pg1-path={other}', 'archive-push', segment, check=False)
    assert done.returncode != 0
    shutil.rmtree(other)
    assert pathlib.Path(lab.repo).exists()


def entered(lab):
    """A drill, and whether it put what it starts where it was told to."""
    record, code = lab.drill()
    assert (lab.folder / 'cgroup/cgroup.procs').read_text().strip().isdigit(), 'nothing went into the cgroup'
    return record, code


@healthy('everything that the drill starts goes into a cgroup', *SOUND, drill=entered)
@started
def in_a_cgroup(lab):
    folder = lab.folder / 'cgroup'
    folder.mkdir()
    (folder / 'cgroup.procs').touch()
    for path in (folder, folder / 'cgroup.procs'):
        labs.own(path)
    lab.write_config(drill={'cgroup': str(folder)})
