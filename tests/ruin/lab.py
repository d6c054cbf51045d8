"""One PostgreSQL with pgBackRest that is made once, and copies of it that may be ruined.

Everything runs unprivileged on Unix sockets in a temporary folder; root becomes the user postgres.
"""
import contextlib
import datetime
import json
import os
import pathlib
import pwd
import re
import shutil
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
OUTRIDER = pathlib.Path(os.environ.get('OUTRIDER_BIN', ROOT / 'build/dev/bin/outrider'))
LENS = OUTRIDER.parent / 'chain_lens'
BIN = pathlib.Path('/usr/lib/postgresql/15/bin')
STANZA = 'main'
PREFIX = ['setpriv', '--reuid=postgres', '--regid=postgres', '--init-groups', '--'] if os.geteuid() == 0 else []
SEGMENT = re.compile(r'([0-9A-F]{24})-([0-9a-f]{40})(\.\w+)?$')


def missing():
    """What is not here, as a sentence; nothing when all is."""
    for program, package in ((BIN / 'initdb', 'postgresql-15'), (BIN / 'pg_amcheck', 'postgresql-15'),
                             (pathlib.Path('/usr/bin/check_pgbackrest'), 'check-pgbackrest'),
                             (pathlib.Path('/usr/bin/pgbackrest'), 'pgbackrest')):
        if not program.exists():
            return f'{program} is missing: apt install {package}'
    if not OUTRIDER.exists():
        return f'{OUTRIDER} is not built; set OUTRIDER_BIN, or run ./dev build'
    if not LENS.exists():
        return f'{LENS} is not built; run ./dev build'
    return None


def run(*words, check=True, timeout=120, environment=None, cwd='/'):
    done = subprocess.run([*PREFIX, *map(str, words)], capture_output=True, text=True, timeout=timeout, cwd=cwd,
                          stdin=subprocess.DEVNULL, errors='replace',
                          env={**os.environ, 'PATH': f'{BIN}:{os.environ["PATH"]}', **(environment or {})})
    if check and done.returncode != 0:
        raise AssertionError(f'{words[0]} ended with {done.returncode}: {done.stdout[-2000:]}{done.stderr[-2000:]}')
    return done


def own(path):
    if os.geteuid() == 0:
        account = pwd.getpwnam('postgres')
        os.chown(path, account.pw_uid, account.pw_gid)


def place():
    """In memory where there is room: pgBackRest syncs each of a thousand files of each restore to the disk."""
    memory = pathlib.Path('/dev/shm')
    if 'TMPDIR' not in os.environ and os.access(memory, os.W_OK | os.X_OK) and shutil.disk_usage(memory).free > 3 << 30:
        return memory
    return None


def new_folder():
    folder = pathlib.Path(tempfile.mkdtemp(prefix='ruin-', dir=place()))
    own(folder)
    return folder


def wait_until(question, limit=30.0, what='it'):
    end = time.monotonic() + limit
    while True:
        answer = question()
        if answer:
            return answer
        assert time.monotonic() < end, f'{what} did not happen within {limit} s'
        time.sleep(0.03)


def canary_statement():
    """The statement that agent/recovery/canary writes a row with, read from its source."""
    source = (ROOT / 'agent/recovery/canary/canary.cpp').read_text()

    def constant(name):
        body = re.search(rf'constexpr std::string_view {name} =(.*?);\n', source, re.S).group(1)
        return ''.join(part.replace('\\"', '"') for part in re.findall(r'"((?:[^"\\]|\\.)*)"', body))
    return constant('insert_row').replace('{hash}', constant('hash_of')).replace('$1::text', "'test'::text")


class Session:
    """A psql that stays, so that a statement costs no process."""

    def __init__(self, socket, port=5432, database='postgres', user='postgres'):
        self.process = subprocess.Popen([*PREFIX, BIN / 'psql', '-XqAt', '-h', str(socket), '-p', str(port), '-U', user, database],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, bufsize=1)

    def ask(self, statement):
        """The lines of the answer; nothing when the server is gone."""
        try:
            self.process.stdin.write(f'{statement};\n\\echo =end :ERROR\n')
            self.process.stdin.flush()
        except (BrokenPipeError, ValueError):
            return None
        lines = []
        for line in self.process.stdout:
            line = line.rstrip('\n')
            if line.startswith('=end '):
                return None if line == '=end true' else lines
            lines.append(line)
        return None

    def close(self):
        with contextlib.suppress(OSError, ValueError):
            self.process.stdin.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


class Lab:
    """A primary with its repository in one folder."""
    parts = ('p', 'repo', 's', 'state', 'log', 'lock', 'spool')  # what a copy of it is made of

    def __init__(self, folder, segment_mb=1, port=5432):
        self.folder = pathlib.Path(folder)
        self.segment_mb, self.port = segment_mb, port
        self.data, self.repo, self.socket = self.folder / 'p', self.folder / 'repo', self.folder / 's'
        self.conf, self.state, self.scratch = self.folder / 'pgbr.conf', self.folder / 'state', self.folder / 'scratch'
        self.config = self.folder / 'o.yaml'
        self.environment = {}
        self.compression = 'zst'
        self.archive_timeout = 5
        self.canaries = self.state / 'recovery' / 'canaries'
        self.running = False

    # -- the cluster

    def write_tool(self, cipher=''):
        self.write_pgbackrest(cipher=cipher)

    def create_repository(self):
        self.backrest('stanza-create')

    def push_command(self):
        return f'pgbackrest --config={self.conf} --stanza={STANZA} archive-push %p'

    def catalog(self):
        return {'pgbackrest': {'stanza': STANZA, 'config': str(self.conf)}}

    def write_pgbackrest(self, more='', cipher='', pg=None):
        text = (f'[global]\nrepo1-path={self.repo}\nrepo1-retention-full=9\nlog-path={self.folder}/log\nlock-path={self.folder}/lock\n'
                f'spool-path={self.folder}/spool\nlog-level-file=off\nlog-level-console=warn\nstart-fast=y\ncompress-type={self.compression}\n'
                f'archive-timeout={self.archive_timeout}\njob-retry=0\n{cipher}{more}[{STANZA}]\npg1-path={pg or self.data}\npg1-socket-path={self.socket}\n')
        self.conf.write_text(text)
        own(self.conf)

    def make(self, initdb=(), settings='', cipher=''):
        for folder in (*(self.folder / name for name in self.parts if name != 'p'), self.canaries.parent):
            folder.mkdir(parents=True)
            own(folder)
        self.write_tool(cipher=cipher)
        run(BIN / 'initdb', '-D', self.data, '-U', 'postgres', '-A', 'trust', '-k', '-N', f'--wal-segsize={self.segment_mb}', *initdb)
        with open(self.data / 'postgresql.conf', 'a', encoding='utf-8') as file:
            file.write("listen_addresses = ''\nfsync = off\nshared_buffers = 16MB\nwal_level = replica\narchive_mode = on\n"
                       f"max_wal_size = 200MB\nautovacuum = off\nmax_wal_senders = 3\n{settings}\n")
        self.start()
        self.create_repository()
        self.sql('create role outrider login', *self.schema())

    def schema(self):
        done = run(OUTRIDER, 'setup', 'postgres', '--role', 'outrider', environment=self.environment)
        return [line for line in done.stdout.split(';\n') if line.strip()]

    def start(self, archive_command=None):
        push = archive_command or self.push_command()
        options = f"-k {self.socket} -c port={self.port} -c archive_command='{push}'"
        # The server would keep our pipes open, so that it gets none.
        subprocess.run([*PREFIX, BIN / 'pg_ctl', '-D', str(self.data), '-l', str(self.folder / 'p.log'), '-w', '-t', '60', '-s', '-o', options,
                        'start'], check=True, timeout=90, cwd='/', stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        self.running = True

    def stop(self, mode='fast'):
        if self.running:
            run(BIN / 'pg_ctl', '-D', self.data, '-s', '-m', mode, '-w', 'stop', check=False)
        self.running = False

    def sql(self, *statements, database='postgres', check=True):
        words = [word for statement in statements for word in ('-c', statement)]
        return run(BIN / 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-h', self.socket, '-p', self.port, '-U', 'postgres', *words, database,
                   check=check).stdout.strip()

    def sing(self, session=None):
        """A canary row, acknowledged in the log that the agent keeps."""
        ask = session.ask if session else lambda statement: self.sql(statement).split('\n')
        row = ask(canary_statement())
        if not row or not row[0]:
            return None
        flushed = ask('select pg_current_wal_flush_lsn()')
        if not flushed:
            return None
        number, timeline, _, digest = row[0].split('|')
        now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec='milliseconds').replace('+00:00', 'Z')
        with open(self.canaries, 'a', encoding='utf-8') as log:
            log.write(f'{number} {now} {flushed[0]} {timeline} {digest}\n')
        own(self.canaries)
        return int(number)

    def switch(self):
        """Ends the segment and waits until it is in the archive; its name."""
        name = self.sql('select pg_walfile_name(pg_switch_wal())')
        wait_until(lambda: self.sql("select coalesce(last_archived_wal >= '" + name + "', false) from pg_stat_archiver") == 't',
                   60, f'the archiving of {name}')
        return name

    def backrest(self, *words, check=True, timeout=120):
        return run('pgbackrest', f'--config={self.conf}', f'--stanza={STANZA}', *words, check=check, timeout=timeout,
                   environment=self.environment)

    def backup(self, kind='full'):
        self.backrest(f'--type={kind}', 'backup')
        return self.sets()[-1]['label']

    def info(self):
        return json.loads(self.backrest('--output=json', 'info').stdout)[0]

    def sets(self):
        return self.info()['backup']

    # -- the archive

    def segments(self):
        """Paths of archived segments, oldest first."""
        return sorted((path for path in (self.repo / 'archive' / STANZA).rglob('*') if SEGMENT.search(path.name)),
                      key=lambda path: path.name)

    def segment(self, index):
        return self.segments()[index]

    # -- a drill

    def write_config(self, checks=('canary', 'lengths', 'rows', 'checksums', 'amcheck'), catalogs=None, drill=None, dsn=None, postgres=None):
        settings = {
            'service': {'name': 'tests-db'}, 'state': str(self.state), 'api': {'socket': str(self.folder / 'o.sock')},
            'recovery': {
                'postgres': {'dsn': dsn or f'host={self.socket} port={self.port} user=outrider dbname=postgres', 'timeout': '3s', **(postgres or {})},
                'catalogs': catalogs or [self.catalog()],
                'drill': {'scratch': str(self.scratch), 'checks': list(checks), 'most_load': 1000, 'limit': '2m', 'niceness': 0,
                          **(drill or {})}}}
        self.config.write_text(json.dumps(settings, indent=1))
        own(self.config)

    def drill_command(self, *words):
        return [*PREFIX, str(OUTRIDER), 'drill', '-c', str(self.config), '--output', 'json', *words]

    def drill(self, *words, timeout=180):
        """The record, and the exit code."""
        done = run(OUTRIDER, 'drill', '-c', self.config, '--output', 'json', *words, check=False, timeout=timeout, environment=self.environment)
        lines = done.stdout.strip().splitlines()
        record = json.loads(lines[-1]) if lines and lines[-1].startswith('{') else {'finding': 'none', 'broken': done.stderr.strip(), 'level': ''}
        return record, done.returncode

    def chain(self):
        """What the walker and the verifier say of the archive, without restoring anything."""
        done = run(LENS, self.config, check=False, environment=self.environment)
        return json.loads(done.stdout) if done.returncode == 0 else {'listed': [done.stderr.strip()], 'checked': []}

    def check(self):
        return self.backrest('check', check=False)

    def verify(self):
        return self.backrest('verify', '--log-level-console=info', check=False)

    def check_pgbackrest(self):
        """The monitoring plugin that most sites use: the worse of its two checks. Over two timelines it may count for ever."""
        asked = [run('check_pgbackrest', f'--stanza={STANZA}', f'--config={self.conf}', f'--service={service}', *words, check=False, timeout=20,
                     environment=self.environment)
                 for service, words in (('archives', (f'--wal-segsize={self.segment_mb}MB', '--max-archives-check-number=1000')), ('retention', ('--retention-full=1',)))]
        return max(asked, key=lambda done: done.returncode)

    def close(self):
        self.stop('immediate')
        shutil.rmtree(self.folder, ignore_errors=True)


def base_lab(folder, kind=Lab):
    """What most rows begin with: two full backups, a dozen segments, canaries all along."""
    lab = kind(folder)
    lab.make()
    lab.sql('create table notes (id bigint primary key, body text)', 'create table other (id int primary key, n int)',
            "insert into notes select g, md5(g::text) from generate_series(1, 5000) g", 'insert into other select g, g from generate_series(1, 500) g',
            'create index on notes (body)', 'vacuum analyze')
    lab.sing()
    lab.switch()
    lab.backup()
    fill(lab, 2)
    lab.backup()
    fill(lab, 5)
    lab.sql('checkpoint')
    lab.stop()
    return lab


def fill(lab, segments):
    for turn in range(segments):
        lab.sql(f"insert into notes select g, md5(g::text) from generate_series((select max(id) + 1 from notes), (select max(id) + 500 from notes)) g")
        lab.sing()
        lab.switch()


def copy_of(base, folder):
    """The same in another folder: its own data, repository and configuration."""
    lab = type(base)(folder, base.segment_mb)
    for name in base.parts:
        run('cp', '-a', '--reflink=auto', base.folder / name, folder)
    lab.write_tool()
    lab.write_config()
    return lab
