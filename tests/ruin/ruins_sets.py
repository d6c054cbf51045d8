"""Ruins of backup sets and of the repository as a whole."""
import os
import shutil

import lab as labs
from row import row
from ruins_archive import started, wrapper

CIPHER = 'repo1-cipher-type=aes-256-cbc\nrepo1-cipher-pass={}\n'


def set_folder(lab, index=-1):
    return lab.repo / 'backup' / labs.STANZA / lab.sets()[index]['label']


def file_of(lab, database_file, index=-1):
    """Where the set keeps a file of the data directory."""
    return next((set_folder(lab, index) / 'pg_data').rglob(f'{database_file}.zst'))


def file_of_table(lab, table, index=-1):
    return file_of(lab, lab.sql(f"select pg_relation_filepath('{table}')").rsplit('/', 1)[-1], index)


@row('a table\'s file is removed from the newest set (F17)', 'disproved', 'restore', level='L3')
@started
def set_misses_a_file(lab):
    file_of_table(lab, 'notes').unlink()


@row('bytes of a table\'s file in the newest set are flipped', 'disproved', 'restore', level='L3')
@started
def set_has_a_corrupt_file(lab):
    path = file_of_table(lab, 'notes')
    content = path.read_bytes()
    path.write_bytes(content[:-200] + bytes(byte ^ 0x5A for byte in content[-200:-100]) + content[-100:])


@row('a table\'s file in the newest set is another sound file', 'disproved', 'restore', level='L3')
@started
def set_has_a_swapped_file(lab):
    shutil.copyfile(file_of_table(lab, 'other'), file_of_table(lab, 'notes'))


@row('a table\'s file in the newest set is cut off', 'disproved', 'restore', level='L3')
@started
def set_has_a_short_file(lab):
    path = file_of_table(lab, 'notes')
    path.write_bytes(path.read_bytes()[:path.stat().st_size // 2])


@row('pg_control is missing in the newest set', 'disproved', 'restore', level='L3')
@started
def set_misses_the_control_file(lab):
    file_of(lab, 'pg_control').unlink()


@row('the newest set\'s manifest and its copy are gone', 'disproved', 'restore', level='L3')
@started
def set_misses_its_manifest(lab):
    for path in set_folder(lab).glob('backup.manifest*'):
        path.unlink()


@row('the newest set\'s manifest and its copy are damaged', 'disproved', 'restore', level='L3')
@started
def set_has_a_corrupt_manifest(lab):
    for path in set_folder(lab).glob('backup.manifest*'):
        content = path.read_bytes()
        path.write_bytes(content[:2000] + b'x' + content[2001:])


@row('the newest set\'s folder is gone, and backup.info still lists it', 'disproved', 'restore', level='L3')
@started
def set_is_gone(lab):
    shutil.rmtree(set_folder(lab))


@row('a differential set\'s full backup has lost a file', 'disproved', 'restore', level='L3')
@started
def full_of_a_differential_misses_a_file(lab):
    full = lab.sets()[-1]['label']
    lab.backup('diff')
    labs.fill(lab, 1)
    name = lab.sql("select pg_relation_filepath('other')").rsplit('/', 1)[-1]
    next((lab.repo / 'backup' / labs.STANZA / full / 'pg_data').rglob(f'{name}.zst')).unlink()


@row('there is no backup yet', 'disproved', 'no backup set', level='L1', base='none')
def no_sets(lab):
    lab.make()
    lab.sing()
    lab.switch()
    lab.write_config()


@row('backup.info and its copy are gone', 'could not verify', 'backup.info is missing', level='L1')
@started
def no_backup_info(lab):
    for path in (lab.repo / 'backup' / labs.STANZA).glob('backup.info*'):
        path.unlink()


@row('archive.info and its copy are gone', 'could not verify', 'archive.info', level='L1')
@started
def no_archive_info(lab):
    for path in (lab.repo / 'archive').rglob('archive.info*'):
        path.unlink()


@row('the cipher key is another one (F19)', 'could not verify', level='L1', base='none')
def wrong_key(lab):
    encrypted(lab)
    lab.write_pgbackrest(cipher=CIPHER.format('another'))


@row('the cipher key is lost', 'could not verify', level='L1', base='none')
def lost_key(lab):
    encrypted(lab)
    lab.write_pgbackrest()


def encrypted(lab):
    lab.make(cipher=CIPHER.format('secret'))
    lab.sql('create table other (id int primary key, n int)', 'insert into other select g, g from generate_series(1, 500) g')
    lab.sing()
    lab.backup()
    lab.sing()
    lab.switch()
    lab.write_config()


@row('the repository cannot be read (F20)', 'could not verify', level='L1')
@started
def repository_unreadable(lab):
    os.chmod(lab.repo, 0)


@row('the repository is not mounted: an empty folder', 'could not verify', 'not mounted', level='L1')
@started
def repository_not_mounted(lab):
    for path in lab.repo.iterdir():
        shutil.rmtree(path)


@row('the stanza has another name', 'could not verify', level='L1')
@started
def wrong_stanza(lab):
    lab.write_config(catalogs=[{'pgbackrest': {'stanza': 'mian', 'config': str(lab.conf)}}])


@row('pgBackRest\'s configuration is not there', 'could not verify', level='L1')
@started
def no_configuration(lab):
    lab.write_config(catalogs=[{'pgbackrest': {'stanza': labs.STANZA, 'config': str(lab.folder / 'none.conf')}}])


@row('pgBackRest is not installed', 'could not verify', 'cannot', level='L1')
@started
def tool_missing(lab):
    lab.write_config(catalogs=[{'pgbackrest': {'stanza': labs.STANZA, 'config': str(lab.conf), 'command': str(lab.folder / 'none')}}])


@row('pgBackRest is so old that it knows neither JSON nor repo-ls', 'could not verify', level='L1')
@started
def tool_too_old(lab):
    wrapper(lab, 'case "$*" in *version*) echo "pgBackRest 2.00"; exit 0;; *json*) echo "ERROR: [031]: invalid option --output" >&2; exit 31;; esac')


@row('pgBackRest prints something that is not JSON', 'could not verify', level='L1')
@started
def tool_prints_nonsense(lab):
    wrapper(lab, 'case "$*" in *info*) echo "<html>502 Bad Gateway</html>"; exit 0;; esac')


@row('the restore itself crashes', 'could not verify', 'restore', level='L3')
@started
def restore_crashes(lab):
    wrapper(lab, 'case "$*" in *restore*) kill -SEGV $$;; esac')


@row('the restore says that all went well, and has written nothing', 'disproved', 'PG_VERSION', level='L3')
@started
def restore_lies(lab):
    wrapper(lab, 'case "$*" in *restore*) exit 0;; esac')


@row('the set is of another cluster than the one that is watched', 'disproved', 'another cluster', level='L1')
def database_of_another_cluster(lab):
    labs.run(labs.BIN / 'initdb', '-D', lab.folder / 'q', '-U', 'postgres', '-A', 'trust', '-N', '--wal-segsize=1')
    shutil.rmtree(lab.data)
    (lab.folder / 'q').rename(lab.data)
    with open(lab.data / 'postgresql.conf', 'a', encoding='utf-8') as file:
        file.write("listen_addresses = ''\nfsync = off\n")
    lab.start()
    lab.sql('create role outrider login', 'grant pg_monitor to outrider')
