"""`metrics.pgbouncer` on a real PgBouncer before a real PostgreSQL, held against what its console says; and before servers that are none."""
import struct
import subprocess

import pytest

import database as databases
from asked_servers import Chatter, endless, fresh, held_to_its_limit, needs, says, shown, silent, start, value, wait_for
from house import get, wait_until
from ports import free_port

WORD = 's3cret-word'
QUICK = {'every': '500ms', 'timeout': '500ms'}


class Pool:
    def __init__(self, house, cluster):
        self.house, self.cluster = house, cluster
        self.program = needs('pgbouncer')
        self.folder = cluster.folder / 'pool'
        self.folder.mkdir()
        databases.own(self.folder)
        self.port = free_port()
        databases.write(self.folder / 'users.txt', f'"outrider" "{WORD}"\n"nobody" "{WORD}"\n', 0o600)
        databases.write(self.folder / 'pool.ini', (
            f'[databases]\napp = host={cluster.socket} dbname=postgres user=postgres pool_size=2\n'
            f'[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {self.port}\nunix_socket_dir = {self.folder}\n'
            f'auth_type = scram-sha-256\nauth_file = {self.folder}/users.txt\nstats_users = outrider\npool_mode = transaction\n'
            f'max_client_conn = 77\nlogfile = {self.folder}/log\npidfile = {self.folder}/pid\n'))
        self.process = None

    def start(self):
        self.process = self.house.spawn([*databases.PREFIX, self.program, '-q', str(self.folder / 'pool.ini')], cwd='/', stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(lambda: self.ask('SHOW VERSION', check=False).returncode == 0, what='PgBouncer')
        return self

    def psql(self, name, *words):
        return [*databases.PREFIX, 'env', f'PGPASSWORD={WORD}', databases.binaries() / 'psql', '-XAtq', '-F', '|', '-h', '127.0.0.1', '-p', str(self.port),
                '-U', 'outrider', *words, name]

    def ask(self, statement, name='pgbouncer', check=True):
        return subprocess.run(self.psql(name, '-c', statement), capture_output=True, text=True, timeout=30, check=check, cwd='/')

    def rows(self, statement):
        """As its console says it: a dictionary for each row."""
        done = subprocess.run(self.psql('pgbouncer', '-P', 'tuples_only=off', '-P', 'footer=off', '-c', statement), capture_output=True, text=True,
                              timeout=30, check=True, cwd='/')
        head, *rows = [line.split('|') for line in done.stdout.splitlines()]
        return [dict(zip(head, row)) for row in rows]

    def holder(self, seconds):
        """A client that keeps a server busy."""
        return self.house.spawn(self.psql('app', '-c', f'select pg_sleep({seconds})'), cwd='/', stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)

    def settings(self, **more):
        return {'dsn': f'host=127.0.0.1 port={self.port} user=outrider', 'password': {'env': 'POOL_WORD'}, **QUICK, **more}

    @property
    def target(self):
        return f'127.0.0.1:{self.port}'


@pytest.fixture
def pool(house, cluster, monkeypatch):
    monkeypatch.setenv('POOL_WORD', WORD)
    return Pool(house, cluster).start()


def test_its_numbers_are_those_that_its_console_says(house, pool):
    start(house, pgbouncer=pool.settings(labels={'role': 'pool'}))
    wait_for(house, f'pgbouncer {pool.target}', 'ok')
    for _ in range(15):
        assert pool.ask('select 1', 'app').stdout == '1\n'
    stats = {row['database']: row for row in pool.rows('SHOW STATS')}
    page = fresh(house, f'pgbouncer {pool.target}', 'pgbouncer_')
    for name, column, factor in (('queries_pooled_total', 'total_query_count', 1), ('sql_transactions_pooled_total', 'total_xact_count', 1),
                                 ('queries_duration_seconds_total', 'total_query_time', 1e-6), ('received_bytes_total', 'total_received', 1),
                                 ('sent_bytes_total', 'total_sent', 1), ('client_wait_seconds_total', 'total_wait_time', 1e-6)):
        assert value(page, f'pgbouncer_stats_{name}', database='app') == pytest.approx(int(stats['app'][column]) * factor), name
    assert value(page, 'pgbouncer_stats_queries_pooled_total', database='app') >= 15
    lists = {row['list']: int(row['items']) for row in pool.rows('SHOW LISTS')}
    for name in ('databases', 'pools', 'users'):
        assert value(page, f'pgbouncer_{name}') == lists[name], name
    assert value(page, 'pgbouncer_config_max_client_connections') == 77
    row = next(row for row in pool.rows('SHOW DATABASES') if row['name'] == 'app')
    assert value(page, 'pgbouncer_databases_pool_size', name='app', database='postgres', force_user='postgres') == int(row['pool_size']) == 2
    assert value(page, 'pgbouncer_databases_current_connections', name='app') == int(row['current_connections']) == 1
    version = pool.ask('SHOW VERSION').stdout.strip()
    assert value(page, 'pgbouncer_version_info', version=version) == 1
    assert value(page, 'pgbouncer_up', target=pool.target, role='pool') == 1


def test_who_waits_is_seen(house, pool):
    start(house, pgbouncer=pool.settings())
    holders = [pool.holder(30) for _ in range(3)]
    try:
        def waiting():
            page = shown(house, 'pgbouncer_')
            waits, works = (value(page, f'pgbouncer_pools_client_{state}_connections', database='app') for state in ('waiting', 'active'))
            return (waits, works) == (1, 2) and page
        page = wait_until(waiting, what='a client that waits')
        assert value(page, 'pgbouncer_pools_server_active_connections', database='app') == 2
        wait_until(lambda: value(shown(house, 'pgbouncer_'), 'pgbouncer_pools_client_maxwait_seconds', database='app') >= 1, what='a second of it')
    finally:
        for holder in holders:
            holder.kill()
            holder.wait(10)


def test_it_has_one_connection_and_one_that_goes_away_comes_back(house, pool):
    start(house, pgbouncer=pool.settings())
    target = f'pgbouncer {pool.target}'
    wait_for(house, target, 'ok')
    for _ in range(20):
        assert get(house.metrics_port, '/metrics')[0] == 200
    ours = [row for row in pool.rows('SHOW CLIENTS') if row['application_name'] == 'outrider']
    assert len(ours) == 1
    pool.process.kill()
    pool.process.wait(10)
    assert wait_for(house, target, 'not_ok')['detail']
    page = shown(house, 'pgbouncer_')
    assert value(page, 'pgbouncer_up') == 0 and 'pgbouncer_stats_queries_pooled_total' not in page.types
    (pool.folder / 'pid').unlink(missing_ok=True)
    pool.start()
    wait_for(house, target, 'ok')


def test_who_may_not_look_is_told_and_no_password_is_shown(house, pool, monkeypatch):
    monkeypatch.setenv('WRONG_WORD', 'wr0ng-word')
    start(house, pgbouncer=[pool.settings(password={'env': 'WRONG_WORD'}), pool.settings(dsn=f'host=localhost port={pool.port} user=nobody')])
    assert 'authentication failed' in wait_for(house, f'pgbouncer {pool.target}', 'not_ok')['detail'].lower()
    assert wait_for(house, f'pgbouncer localhost:{pool.port}', 'not_ok')['detail']
    everything = house.said() + get(house.metrics_port, '/metrics')[1] + str(house.status())
    assert WORD not in everything and 'wr0ng-word' not in everything


def message(kind, body):
    return kind + struct.pack('>I', len(body) + 4) + body


WELCOME = message(b'R', struct.pack('>I', 0)) + message(b'Z', b'I')
HEAD = message(b'T', struct.pack('>H', 1) + b'version\0' + struct.pack('>IHIhiH', 0, 0, 25, -1, -1, 0))
ROW = message(b'D', struct.pack('>Hi', 1, 1000) + b'x' * 1000)


def rows_without_end(connection):
    connection.recv(4096)
    connection.sendall(WELCOME)
    connection.recv(4096)
    connection.sendall(HEAD)
    while True:
        connection.sendall(ROW * 64)


def test_what_is_no_pgbouncer_costs_its_limit_and_no_more(house, pool):
    def name_of(place):
        words = dict(word.split('=') for word in place['dsn'].split())
        return f'{words["host"]}:{words["port"]}'
    held_to_its_limit(house, 'pgbouncer', lambda port: {'dsn': f'host=127.0.0.1 port={port} user=x sslmode=disable'}, {
        'garbage': says(b'\x00\xff garbage'),
        'a web server': says(b'HTTP/1.1 400 Bad Request\r\n\r\n'),
        'hangs up': lambda connection: connection.recv(4096),
        'silence': silent,
        'no end': endless(b'x'),
        'rows without end': rows_without_end,
    }, pool.settings(), 'pgbouncer_up', name_of)
    status = open(f'/proc/{house.agent.pid}/status', encoding='ascii').read()
    assert int(status.split('VmRSS:')[1].split()[0]) < 100_000, 'an answer without end is not kept'


def test_rows_without_end_are_let_go_of_before_their_time_is_up(house):
    chatter = Chatter(rows_without_end)
    try:
        start(house, pgbouncer={'dsn': f'host=127.0.0.1 port={chatter.port} user=x sslmode=disable', 'every': '5s', 'timeout': '4s'})
        assert 'without end' in wait_for(house, f'pgbouncer 127.0.0.1:{chatter.port}', 'not_ok')['detail']
    finally:
        chatter.close()
