"""A real PostgreSQL that archives into a folder: makes the WAL that test_wal.py looks at."""
import glob
import os
import pathlib
import pwd
import shutil
import subprocess
import tempfile


def bin_folder():
    """Where initdb and its like live; nothing without PostgreSQL."""
    for folder in sorted(glob.glob('/usr/lib/postgresql/*/bin'), key=lambda path: int(path.split('/')[4]), reverse=True):
        if os.path.exists(f'{folder}/initdb'):
            return folder
    found = shutil.which('initdb')
    return os.path.dirname(found) if found else None


class Cluster:
    """PostgreSQL does not run as root, so that root becomes postgres; sockets only."""

    def __init__(self, segment_mb):
        self.bin = bin_folder()
        self.segment_bytes = segment_mb << 20
        self.root = pathlib.Path(tempfile.mkdtemp(prefix='outrider-wal-'))
        self.archive = self.root / 'archive'
        for folder in (self.archive, self.root / 'socket'):
            folder.mkdir()
        self.prefix = []
        if os.geteuid() == 0:
            self.prefix = ['setpriv', '--reuid=postgres', '--regid=postgres', '--init-groups']
            account = pwd.getpwnam('postgres')
            for path in (self.root, *self.root.iterdir()):
                os.chown(path, account.pw_uid, account.pw_gid)
        self.data = self.root / 'primary'
        self.run('initdb', '-D', self.data, '-A', 'trust', '-N', '-k', '-U', 'postgres', f'--wal-segsize={segment_mb}')
        self.configure()

    def run(self, program, *words, check=True):
        return subprocess.run([*self.prefix, f'{self.bin}/{program}', *map(str, words)], check=check, timeout=120, cwd=self.root,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def configure(self):
        with open(self.data / 'postgresql.conf', 'a', encoding='utf-8') as file:
            file.write(f"listen_addresses = ''\nunix_socket_directories = '{self.root}/socket'\nfsync = off\n"
                       f"archive_mode = on\narchive_command = 'cp %p {self.archive}/%f'\n"
                       f"restore_command = 'cp {self.archive}/%f %p'\nwal_level = logical\nmax_wal_size = 2GB\n"
                       "max_prepared_transactions = 5\nwal_log_hints = on\n")

    def start(self):
        # The server would keep our pipes open, so that it gets a log of its own and no pipe.
        words = [*self.prefix, f'{self.bin}/pg_ctl', '-D', str(self.data), '-l', str(self.root / 'log'), '-w', 'start']
        subprocess.run(words, check=True, timeout=120, cwd=self.root, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)

    def stop(self, mode='fast'):
        self.run('pg_ctl', '-D', self.data, '-m', mode, '-w', 'stop', check=False)

    def sql(self, *statements):
        words = [word for statement in statements for word in ('-c', statement)]
        return self.run('psql', '-h', self.root / 'socket', '-U', 'postgres', '-AtqX', '-v', 'ON_ERROR_STOP=1', *words,
                        'postgres').stdout.strip()

    def pgbench(self, *words):
        self.run('pgbench', '-h', self.root / 'socket', '-U', 'postgres', *words, 'postgres')

    def work(self):
        """Small and large records, full pages, messages longer than a segment may be, two-phase and nested commits."""
        self.pgbench('-i', '-q', '-s', '1')
        self.sql('checkpoint')
        self.pgbench('-n', '-c', '2', '-t', '400')
        self.sql("select pg_logical_emit_message(true, 'outrider', repeat('m', 2500000))", 'checkpoint',
                 "begin; update pgbench_branches set filler = 'p'; prepare transaction 'two'", "commit prepared 'two'",
                 'begin; savepoint a; delete from pgbench_history; savepoint b; create table t(i int); commit')
        self.pgbench('-n', '-c', '2', '-t', '200')
        self.sql("select pg_logical_emit_message(false, 'outrider', repeat('n', 100000))", 'select pg_switch_wal()', 'drop table t')
        self.pgbench('-n', '-N', '-t', '50')
        self.sql('select pg_switch_wal()')
        last = self.sql("select pg_walfile_name(pg_current_wal_lsn())")
        self.wait_for_archive(last)

    def wait_for_archive(self, current):
        self.sql(f"do $$ begin for i in 1..600 loop perform pg_stat_clear_snapshot(); exit when "
                 f"(select last_archived_wal >= '{current}' or not exists (select from pg_ls_archive_statusdir() where name like "
                 f"'%.ready') from pg_stat_archiver); perform pg_sleep(0.05); end loop; end $$")

    def promote_a_copy(self):
        """The primary dies; a copy of its first day is brought up from the archive and promoted, then written to."""
        copy = self.root / 'copy'
        self.run('pg_basebackup', '-h', self.root / 'socket', '-U', 'postgres', '-D', copy, '-X', 'none', '-c', 'fast')
        self.work()
        self.pgbench('-n', '-t', '20')
        self.stop()
        self.data = copy
        (copy / 'standby.signal').touch()
        self.start()
        self.run('pg_ctl', '-D', self.data, '-w', 'promote')
        self.work()

    def system_id(self):
        text = self.run('pg_controldata', '-D', self.data).stdout
        return next(line.split(':')[1].strip() for line in text.splitlines() if 'system identifier' in line)

    def segments(self, timeline=1):
        prefix = f'{timeline:08X}'
        return sorted(path for path in self.archive.iterdir() if len(path.name) == 24 and path.name.startswith(prefix))

    def close(self):
        self.stop('immediate')
        shutil.rmtree(self.root, ignore_errors=True)
