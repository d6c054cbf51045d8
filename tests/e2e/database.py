"""A throw-away PostgreSQL with a pgBackRest repository, and an agent that watches it.

The cluster is made once a session and copied for each story. Everything runs unprivileged on Unix sockets in a
temporary folder: root becomes the user postgres.
"""
import contextlib
import json
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.parse

import house as houses
from house import House, get, wait_until

PREFIX = ['setpriv', '--reuid=postgres', '--regid=postgres', '--init-groups', '--'] if os.geteuid() == 0 else []
STANZA = 'main'
ARCHIVE_TIMEOUT = 5
ALARM_LIMIT = ARCHIVE_TIMEOUT + 10  # from the first moment a fault of the archive could be known


def binaries():
    """Where initdb is, of the newest version; nothing when there is none."""
    found = sorted(pathlib.Path('/usr/lib/postgresql').glob('*/bin/initdb'), key=lambda path: int(path.parts[4]))
    return found[-1].parent if found else None


def missing():
    """What is not here, as a sentence; nothing when all is."""
    if binaries() is None:
        return 'PostgreSQL is missing: ./dev deps, or apt install postgresql-15'
    if shutil.which('pgbackrest') is None:
        return 'pgbackrest is missing: ./dev deps, or apt install pgbackrest'
    if not (houses.OUTRIDER.parent / 'outrider_postgres.so').exists():
        return f'outrider_postgres.so is not beside {houses.OUTRIDER}: run ./dev build'
    return None


def run(*words, check=True, timeout=120):
    path = f'{binaries()}:{os.environ["PATH"]}'
    done = subprocess.run([*PREFIX, *map(str, words)], capture_output=True, text=True, timeout=timeout, cwd='/', errors='replace',
                          stdin=subprocess.DEVNULL, env={**os.environ, 'PATH': path})
    assert not check or done.returncode == 0, f'{words[0]} ended with {done.returncode}: {(done.stdout + done.stderr)[-2000:]}'
    return done


def own(path):
    if PREFIX:
        account = pwd.getpwnam('postgres')
        os.chown(path, account.pw_uid, account.pw_gid)


def write(path, text, mode=0o644):
    path.write_text(text)
    os.chmod(path, mode)
    own(path)
    return path


class Cluster:
    """A primary with its repository in one folder."""

    def __init__(self, folder, copied=False):
        self.folder, self.copied = pathlib.Path(folder), copied
        self.data, self.repo, self.socket = self.folder / 'pg', self.folder / 'repo', self.folder / 's'
        self.conf = self.folder / 'pgbackrest.conf'
        self.push = f'pgbackrest --config={self.conf} --stanza={STANZA} archive-push %p'

    def write_pgbackrest(self, fulls=9):
        write(self.conf, f'[global]\nrepo1-path={self.repo}\nrepo1-retention-full={fulls}\nlog-path={self.folder}/log\n'
              f'lock-path={self.folder}/lock\nlog-level-file=off\nlog-level-console=warn\nstart-fast=y\ncompress-type=zst\n'
              f'archive-timeout=20\n[{STANZA}]\npg1-path={self.data}\npg1-socket-path={self.socket}\n')

    def make(self):
        """One full backup, and WAL behind it."""
        for folder in (self.repo, self.socket, self.folder / 'log', self.folder / 'lock'):
            folder.mkdir()
            own(folder)
        self.write_pgbackrest()
        run(binaries() / 'initdb', '-D', self.data, '-U', 'postgres', '-A', 'trust', '-k', '-N', '--wal-segsize=1')
        with open(self.data / 'postgresql.conf', 'a', encoding='utf-8') as file:
            file.write("listen_addresses = ''\nshared_buffers = 16MB\nwal_level = replica\narchive_mode = on\n"
                       f'max_wal_size = 100MB\nautovacuum = off\narchive_timeout = {ARCHIVE_TIMEOUT}\n'
                       "include_if_exists = 'lab.conf'\n")
        self.start()
        self.backrest('stanza-create')
        self.sql('create role outrider login', 'create table notes (id bigint primary key, body text)',
                 "insert into notes select g, md5(g::text) from generate_series(1, 2000) g")
        run(houses.OUTRIDER, 'setup', 'postgres', '--apply', '--dsn', self.dsn('postgres'))
        self.backrest('--type=full', 'backup')
        self.write_segments(2)
        self.stop()
        return self

    def copy(self, folder):
        own(folder)
        for name in ('pg', 'repo', 's', 'log', 'lock'):
            run('cp', '-a', '--reflink=auto', self.folder / name, folder)
        other = Cluster(folder, copied=True)
        other.write_pgbackrest()
        return other

    def dsn(self, user='outrider'):
        return f'host={self.socket} user={user} dbname=postgres'

    def start(self):
        write(self.data / 'lab.conf', f"archive_command = '{self.push}'\nunix_socket_directories = '{self.socket}'\n"
              f"fsync = {'on' if self.copied else 'off'}\n", 0o600)
        # The server would keep our pipes open, so that it gets none.
        subprocess.run([*PREFIX, binaries() / 'pg_ctl', '-D', self.data, '-l', self.folder / 'pg.log', '-w', '-t', '60', '-s', 'start'],
                       check=True, timeout=90, cwd='/', stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(lambda: self.sql('select pg_is_in_recovery()') == 'f', 30, 'the end of recovery')
        # Until its first checkpoint, PostgreSQL 15 does not mind archive_timeout.
        self.sql('checkpoint')
        return self

    def postmaster(self):
        with contextlib.suppress(OSError, ValueError, IndexError):
            return int((self.data / 'postmaster.pid').read_text().split()[0])
        return None

    def stop(self, mode='immediate'):
        if self.postmaster():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.postmaster(), signal.SIGCONT)
            run(binaries() / 'pg_ctl', '-D', self.data, '-s', '-m', mode, '-w', 'stop', check=False)

    def sql(self, *statements):
        words = [word for statement in statements for word in ('-c', statement)]
        return run(binaries() / 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-h', self.socket, '-U', 'postgres', *words, 'postgres').stdout.strip()

    def session(self, statement):
        """Somebody who is at it until killed."""
        return subprocess.Popen([*PREFIX, binaries() / 'psql', '-Xq', '-h', self.socket, '-U', 'postgres', '-c', statement, 'postgres'],
                                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def archive_with(self, command):
        """Another archive_command from now on; the moment at which it held."""
        self.sql(f"alter system set archive_command = '{command}'", 'select pg_reload_conf()')
        wait_until(lambda: self.sql('show archive_command') == command, what='the new archive_command')
        time.sleep(0.3)  # the archiver reads it by itself
        return time.monotonic()

    def script(self, name, text):
        return write(self.folder / name, f'#!/bin/sh\n{text}\n', 0o755)

    def archiver(self):
        """(archived, failed, last archived)"""
        archived, failed, last = self.sql("select archived_count, failed_count, coalesce(last_archived_wal, '') from pg_stat_archiver").split('|')
        return int(archived), int(failed), last

    def switch(self, wait=True):
        """Ends the segment; its name."""
        name = self.sql("select pg_logical_emit_message(true, 'e2e', 'x')", 'select pg_walfile_name(pg_switch_wal())').split('\n')[-1]
        if wait:
            wait_until(lambda: self.archiver()[2] >= name, 60, f'the archiving of {name}')
        return name

    def write_segments(self, count):
        for _ in range(count):
            self.sql("insert into notes select g, md5(g::text) from generate_series((select max(id) + 1 from notes), "
                     '(select max(id) + 200 from notes)) g')
            self.switch()

    def put_back(self):
        """To the moment of its backup, as somebody does who means well."""
        self.stop('fast')
        self.backrest('--delta', '--type=immediate', '--target-action=promote', 'restore')
        return self.start()

    def sessions(self):
        """How many connections the agent has."""
        return int(self.sql("select count(*) from pg_stat_activity where usename = 'outrider'"))

    def fail_over(self):
        """As after the loss of a primary: what a copy had is promoted, and is on a new timeline."""
        self.stop('fast')
        write(self.data / 'standby.signal', '')
        subprocess.run([*PREFIX, binaries() / 'pg_ctl', '-D', self.data, '-l', self.folder / 'pg.log', '-w', '-t', '60', '-s', 'start'],
                       check=True, timeout=90, cwd='/', stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        run(binaries() / 'pg_ctl', '-D', self.data, '-w', '-s', 'promote')
        self.sql('checkpoint')

    def backrest(self, *words, check=True):
        return run('pgbackrest', f'--config={self.conf}', f'--stanza={STANZA}', *words, check=check)

    def sets(self):
        """The labels of its backups, oldest first."""
        return [backup['label'] for backup in json.loads(self.backrest('--output=json', 'info').stdout)[0]['backup']]

    def segments(self):
        """What is in the archive, oldest first."""
        return sorted((path for path in (self.repo / 'archive' / STANZA).rglob('0000*-*') if len(path.name.split('-')[0]) == 24), key=lambda path: path.name)


class Watcher(House):
    """An agent that watches a cluster, and nothing else."""

    def __init__(self, cluster):
        folder = cluster.folder / 'agent'
        folder.mkdir()
        own(folder)
        super().__init__(folder)
        self.cluster = cluster
        self.scratch = cluster.folder / 'scratch'

    def recovery(self, **more):
        section = {
            'postgres': {'dsn': self.cluster.dsn(), 'look_every': '1s', 'timeout': '2s'},
            'objectives': {'rpo': '1h', 'rto': '15m'},
            'canary': {'every': '1s'},
            'catalogs': [{'pgbackrest': {'stanza': STANZA, 'config': str(self.cluster.conf)}}],
            'list_every': '5s',
            'drill': {'scratch': str(self.scratch), 'most_load': 1000, 'niceness': 0, 'limit': '2m'},
        }
        for key, value in more.items():
            section[key] = {**section[key], **value} if isinstance(value, dict) and key in section else value
        return {key: value for key, value in section.items() if value is not None}

    def write(self, recovery=True, **more):
        settings = {'service': {'name': 'lab', 'instance': 'here'}, 'state': str(self.state),
                    'api': {'listen': f'127.0.0.1:{self.api_port}', 'socket': str(self.socket)},
                    'metrics': {'listen': f'127.0.0.1:{self.metrics_port}'}}
        if recovery:
            settings['recovery'] = self.recovery(**more)
        write(self.config, json.dumps(settings, indent=1))
        return settings

    def start(self, *, ready=True, **options):
        write(self.stderr, self.said())
        return super().start(prefix=PREFIX, ready=ready, cwd='/', **options)

    def run(self, *words, **options):
        return super().run(*words, '-c', str(self.config), prefix=PREFIX, cwd='/', **options)

    def snapshot(self):
        answer = get(self.api_port, '/api/v1/recovery', timeout=10)
        return json.loads(answer[1]) if answer and answer[0] == 200 else {}

    def gate(self, check='all', **more):
        """The result of the gate, asked over the API."""
        answer = get(self.api_port, '/api/v1/recovery/check?' + urllib.parse.urlencode({'check': check, **more}), timeout=10)
        return json.loads(answer[1]) if answer else {'code': None, 'nagios': ''}

    def check(self, *words):
        done = self.run('check', *words)
        return done.returncode, done.stdout.strip()

    def inferred(self):
        return (self.snapshot().get('exposure') or {}).get('inferred') or {}

    def canary(self):
        """When the last one was acknowledged."""
        return self.snapshot().get('last_canary')

    def wait_known(self, limit=30):
        """Until the archive was read and checked, and what would be lost is known."""
        return wait_until(lambda: self.inferred().get('seconds') is not None and self.inferred().get('level') == 'L2 checked' and self.canary(),
                          limit, 'knowledge of what would be lost')

    def wait_gate(self, check, code, limit, words=''):
        """The line of the gate as soon as it has that code and those words; fails after `limit` seconds."""
        last = {}

        def asked():
            last.update(self.gate(check))
            return last['nagios'] if last['code'] == code and words in last['nagios'] else None
        try:
            return wait_until(asked, limit, f'code {code} of check {check}')
        except AssertionError as late:
            raise AssertionError(f'{late}; it says: {last.get("nagios")}') from None

    def page(self):
        return (get(self.api_port, '/', timeout=5) or (0, ''))[1]

    def critical(self):
        return self.metric('outrider_recovery_findings', severity='critical')


def processes_of(folder):
    """Who runs in that folder, or from it."""
    found = []
    for path in pathlib.Path('/proc').glob('[0-9]*'):
        try:
            words = (path / 'cmdline').read_bytes().decode(errors='replace').replace('\0', ' ')
            if str(folder) in words or os.readlink(path / 'cwd').startswith(str(folder)):
                found.append(f'{path.name} {words}')
        except OSError:
            continue
    return found


@contextlib.contextmanager
def folder():
    made = pathlib.Path(tempfile.mkdtemp(prefix='outrider-e2e.'))
    own(made)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
