"""Each probe against the real thing: what `outrider check` says of it while it is well, sick, silent and gone."""
import concurrent.futures as futures
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from probe_servers import Pair, Redis, Web, small_disk, wait_until  # noqa: E402
import trace_lab  # noqa: E402
from wal_cluster import bin_folder  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
OUTRIDER = pathlib.Path(os.environ.get('OUTRIDER', ROOT / 'build/dev/bin/outrider'))
pytestmark = pytest.mark.skipif(not OUTRIDER.exists(), reason=f'{OUTRIDER} is not built; set OUTRIDER, or run ./dev build')
needs_redis = pytest.mark.skipif(not shutil.which('redis-server'), reason='no redis-server here: apt-get install redis-server')
needs_postgres = pytest.mark.skipif(not bin_folder(), reason='no PostgreSQL here: apt-get install postgresql-15')
needs_openssl = pytest.mark.skipif(not shutil.which('openssl'), reason='no openssl here')


@pytest.fixture
def ask(tmp_path):
    """Standing and detail of one probe, asked once by the real agent."""
    def once(timeout='2s', environment=None, **probe):
        settings = {'service': {'name': 'lab'}, 'health': {'probes': {'it': {**probe, 'every': '10s', 'timeout': timeout}}}}
        path = tmp_path / 'probe.yaml'
        path.write_text(json.dumps(settings))
        run = subprocess.run([OUTRIDER, 'check', '-c', str(path), '--output', 'json'], capture_output=True, text=True, timeout=60,
                             env={**os.environ, **(environment or {})})
        assert run.stdout, run.stderr
        answer = json.loads(run.stdout)['probes'][0]
        assert answer['took_seconds'] <= 3, answer
        return answer['standing'], answer['detail']
    return once


@pytest.fixture
def redis(tmp_path):
    servers = []

    def start(name, *words):
        servers.append(Redis(tmp_path / name, *words).start())
        return servers[-1]
    yield start
    for server in servers:
        server.close()


@needs_redis
def test_a_redis_that_answers_hangs_and_is_gone(ask, redis):
    server = redis('one')
    address = f'127.0.0.1:{server.port}'
    assert ask(redis=address) == ('ok', 'PONG')
    server.send_signal(signal.SIGSTOP)
    standing, _ = ask(redis=address, timeout='300ms')
    assert standing == 'not_ok'
    server.close()
    standing, detail = ask(redis=address)
    assert standing == 'not_ok' and 'refused' in detail, detail


@needs_redis
def test_a_redis_that_does_not_let_us_in_is_unknown(ask, redis):
    server = redis('one', '--requirepass', 'secret')
    probe = {'address': f'127.0.0.1:{server.port}'}
    assert ask(redis=probe)[0] == 'unknown'
    probe['password'] = {'env': 'REDIS_PASSWORD'}
    assert ask(redis=probe, environment={'REDIS_PASSWORD': 'wrong'})[0] == 'unknown'
    assert ask(redis=probe, environment={'REDIS_PASSWORD': 'secret'}) == ('ok', 'PONG')


@needs_redis
def test_a_replica_whose_primary_is_gone_is_not_ok(ask, redis):
    primary = redis('primary')
    replica = redis('replica', '--replicaof', '127.0.0.1', str(primary.port))
    wait_until(lambda: 'master_link_status:up' in replica.tool('INFO', 'replication'), 30, 'replication')
    probe = {'address': f'127.0.0.1:{replica.port}', 'role': 'replica', 'most_lag': '30s'}
    standing, detail = ask(redis=probe)
    assert standing == 'ok' and detail.startswith(f'replica of 127.0.0.1:{primary.port}'), detail
    assert ask(redis={**probe, 'role': 'primary'}) == ('not_ok', 'it is a replica')
    wait_until(lambda: 'state=online' in primary.tool('INFO', 'replication'), 30, 'a replica that is online')
    assert ask(redis={'address': f'127.0.0.1:{primary.port}', 'role': 'primary', 'least_replicas': 1})[0] == 'ok'
    assert ask(redis={'address': f'127.0.0.1:{primary.port}', 'role': 'primary', 'least_replicas': 2})[0] == 'not_ok'
    primary.close()
    wait_until(lambda: 'master_link_status:down' in replica.tool('INFO', 'replication'), 30, 'the loss of the primary')
    standing, detail = ask(redis=probe)
    assert standing == 'not_ok' and 'is down' in detail, detail


@needs_redis
def test_a_redis_that_is_busy_with_a_script_is_not_ok(ask, redis):
    server = redis('one', '--lua-time-limit', '50')
    script = subprocess.Popen(['redis-cli', '-p', str(server.port), 'EVAL', 'while true do end', '0'], stdout=subprocess.DEVNULL)
    try:
        wait_until(lambda: 'BUSY' in server.tool('PING'), 20, 'a busy Redis')
        standing, detail = ask(redis=f'127.0.0.1:{server.port}')
        assert standing == 'not_ok' and 'BUSY' in detail, detail
    finally:
        server.tool('SCRIPT', 'KILL')
        script.kill()
        script.wait(10)


@pytest.fixture(scope='module')
def pair():
    servers = Pair()
    yield servers
    servers.close()


@needs_postgres
def test_a_primary_and_its_standby_say_which_they_are(ask, pair):
    assert ask(postgres=pair.dsn()) == ('ok', 'primary')
    standing, detail = ask(postgres={'dsn': pair.dsn('standby'), 'role': 'standby', 'most_lag': '1m'})
    assert standing == 'ok' and detail.startswith('standby, '), detail
    assert ask(postgres={'dsn': pair.dsn('standby'), 'role': 'primary'}) == ('not_ok', 'it is a standby')
    standing, detail = ask(postgres={'dsn': pair.dsn(), 'least_standbys': 1, 'most_lag': '1m'})
    assert standing == 'ok' and '1 standbys stream' in detail, detail
    assert ask(postgres={'dsn': pair.dsn(), 'least_standbys': 2})[0] == 'not_ok'


@needs_postgres
def test_a_standby_that_falls_behind_is_not_ok(ask, pair):
    pair.primary.run('psql', '-h', pair.primary.root / 'socket2', '-U', 'postgres', '-c', 'select pg_wal_replay_pause()', 'postgres')
    pair.primary.sql('create table if not exists late(i int)', 'insert into late values (1)')
    probe = {'dsn': pair.dsn('standby'), 'role': 'standby', 'most_lag': '1s'}
    try:
        wait_until(lambda: ask(postgres=probe)[0] == 'not_ok', 30, 'lag')
    finally:
        pair.primary.run('psql', '-h', pair.primary.root / 'socket2', '-U', 'postgres', '-c', 'select pg_wal_replay_resume()', 'postgres')
    wait_until(lambda: ask(postgres={**probe, 'most_lag': '1m'})[0] == 'ok', 30, 'an end of the lag')


@needs_postgres
def test_what_keeps_us_out_of_a_database_is_unknown(ask, pair):
    assert ask(postgres=pair.dsn(more='user=postgres dbname=nowhere'))[0] == 'unknown'
    assert ask(postgres=pair.dsn(more='user=nobody_here dbname=postgres'))[0] == 'unknown'
    assert ask(postgres='host=no.such.host.invalid dbname=x')[0] == 'unknown'
    assert ask(postgres='host=/nowhere dbname=x')[0] == 'not_ok'
    assert ask(postgres='host=127.0.0.1 port=1 dbname=x')[0] == 'not_ok'


@needs_postgres
def test_a_statement_of_ours_decides(ask, pair):
    assert ask(postgres={'dsn': pair.dsn(), 'true_when': 'select 1 < 2'}) == ('ok', 'primary')
    assert ask(postgres={'dsn': pair.dsn(), 'true_when': 'select 2 < 1'}) == ('not_ok', '`true_when` is false')
    assert ask(postgres={'dsn': pair.dsn(), 'true_when': 'select true from nowhere'})[0] == 'unknown'
    assert ask(postgres={'dsn': pair.dsn(), 'true_when': 'select true from pg_sleep(20)'}, timeout='500ms')[0] == 'not_ok'


def test_a_server_that_accepts_and_says_nothing_is_not_ok_in_time(ask):
    with socket.create_server(('127.0.0.1', 0)) as door:
        port = door.getsockname()[1]
        for probe in ({'redis': f'127.0.0.1:{port}'}, {'postgres': f'host=127.0.0.1 port={port} dbname=x'},
                      {'http': f'http://127.0.0.1:{port}/'}, {'certificate': {'server': f'127.0.0.1:{port}'}}):
            began = time.monotonic()
            assert ask(timeout='300ms', **probe)[0] == 'not_ok', probe
            assert time.monotonic() - began < 4, probe  # the program itself takes its time to start and to end


@needs_openssl
def test_a_certificate_that_ends_soon_is_seen_in_the_file_and_at_the_server(ask, tmp_path):
    web = Web(tmp_path / 'web', days=5)
    try:
        at = {'server': f'127.0.0.1:{web.port}', 'authority': str(web.certificate)}
        assert ask(certificate={**at, 'valid_for': '2d'})[0] == 'ok'
        standing, detail = ask(certificate=at)
        assert standing == 'not_ok' and 'ends in 4 days' in detail, detail
        standing, detail = ask(certificate={**at, 'name': 'elsewhere.example'})
        assert standing == 'not_ok' and 'mismatch' in detail, detail
        standing, detail = ask(certificate={'server': f'127.0.0.1:{web.port}'})
        assert standing == 'not_ok' and 'not believed' in detail, detail
        assert ask(certificate={'file': str(web.certificate), 'valid_for': '2d', 'name': 'localhost'})[0] == 'ok'
        assert ask(certificate=str(web.certificate))[0] == 'not_ok'
        http = {'url': f'https://127.0.0.1:{web.port}/', 'tls': {'authority': str(web.certificate)}}
        assert ask(http={**http, 'certificate_valid_for': '2d', 'body_contains': 'ready'}) == ('ok', 'HTTP 200')
        standing, detail = ask(http={**http, 'certificate_valid_for': '30d'})
        assert standing == 'not_ok' and 'its certificate ends in 4 days' in detail, detail
        standing, detail = ask(http=f'https://127.0.0.1:{web.port}/')
        assert standing == 'not_ok' and 'not believed' in detail, 'what it shows is a fact about it'
    finally:
        web.close()


@needs_openssl
def test_an_answer_without_end_costs_its_limit_and_no_more(ask, tmp_path):
    web = Web(tmp_path / 'web', days=5)

    def endless(connection):
        connection.sendall(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
        while True:
            connection.sendall(b'10000\r\n' + b'x' * 65536 + b'\r\n')

    try:
        web.answer = endless
        http = {'url': f'https://127.0.0.1:{web.port}/', 'tls': {'authority': str(web.certificate)}, 'most_body': '1MiB'}
        assert ask(http=http) == ('ok', 'HTTP 200')
        standing, detail = ask(http={**http, 'body_contains': 'ready'})
        assert standing == 'not_ok' and 'longer than' in detail, detail
    finally:
        web.close()


def test_a_disk_that_is_full_or_read_only_or_not_there(ask, tmp_path):
    disk = tmp_path / 'disk'
    if not small_disk(disk):
        pytest.skip('mounting a tmpfs is not allowed here: a full disk was not tried')
    try:
        probe = {'path': str(disk), 'free': '50%', 'free_inodes': '50%', 'must_be_mounted': True}
        assert ask(disk=probe)[0] == 'ok'
        (disk / 'big').write_bytes(b'x' * (3 << 20))
        standing, detail = ask(disk=probe)
        assert standing == 'not_ok' and 'wanted 50%' in detail, detail
        (disk / 'big').unlink()
        for number in range(40):
            (disk / str(number)).touch()
        standing, detail = ask(disk=probe)
        assert standing == 'not_ok' and 'inodes' in detail, detail
        subprocess.run(['mount', '-o', 'remount,ro', str(disk)], check=True)
        assert ask(disk=probe) == ('not_ok', f'{disk} is read-only')
    finally:
        subprocess.run(['umount', str(disk)], check=True)
    assert ask(disk={'path': str(disk), 'must_be_mounted': True}) == ('not_ok', f'nothing is mounted at {disk}')
    assert ask(disk=str(tmp_path / 'nowhere'))[0] == 'unknown'


def test_a_heartbeat_that_stops(ask, tmp_path):
    beat = tmp_path / 'beat'
    assert ask(heartbeat_file=str(beat))[0] == 'not_ok'
    beat.touch()
    assert ask(heartbeat_file=str(beat))[0] == 'ok'
    os.utime(beat, (time.time() - 90, time.time() - 90))
    assert ask(heartbeat_file=str(beat))[0] == 'not_ok'
    os.utime(beat, (time.time() + 900, time.time() + 900))
    assert ask(heartbeat_file=str(beat))[0] == 'unknown'
    beat.write_text(str(time.time()))
    assert ask(heartbeat_file={'path': str(beat), 'mark': 'unix_seconds'})[0] == 'ok'


def test_a_process_that_runs_is_stopped_and_becomes_a_zombie(ask, tmp_path):
    child = subprocess.Popen(['sleep', '600'])
    try:
        (tmp_path / 'pid').write_text(f'{child.pid}\n')
        probe = {'pid_file': str(tmp_path / 'pid')}
        assert ask(process=probe)[0] == 'ok'
        child.send_signal(signal.SIGSTOP)
        wait_until(lambda: ask(process=probe)[0] == 'not_ok', 10, 'a stopped process')
        child.kill()
        wait_until(lambda: 'zombie' in ask(process=probe)[1], 10, 'a zombie')
    finally:
        child.kill()
        child.wait(10)
    assert ask(process=probe) == ('not_ok', f'the process that {tmp_path}/pid names is gone')


def test_a_process_that_leaks_descriptors_is_near_its_limit(ask, tmp_path):
    script = 'import resource, time; resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)); held = [open("/dev/null") for _ in range(58)]; print("held", flush=True); time.sleep(600)'
    with subprocess.Popen([sys.executable, '-c', script], stdout=subprocess.PIPE) as child:
        try:
            child.stdout.readline()
            (tmp_path / 'pid').write_text(str(child.pid))
            standing, detail = ask(process={'pid_file': str(tmp_path / 'pid')})
            assert standing == 'not_ok' and 'its limit is 64' in detail, detail
        finally:
            child.kill()


def test_who_holds_a_port(ask):
    with socket.create_server(('127.0.0.1', 0)) as door:
        port = door.getsockname()[1]
        name = pathlib.Path('/proc/self/comm').read_text().strip()
        assert ask(port_owner={'port': port, 'process': name})[0] == 'ok'
        standing, detail = ask(port_owner={'port': port, 'process': 'nginx'})
        assert standing == 'not_ok' and f'{name} (pid {os.getpid()})' in detail, detail
    standing, detail = ask(port_owner={'port': port, 'process': name})
    assert standing == 'not_ok' and 'nobody listens' in detail, detail


def test_a_grpc_server_says_how_it_is(ask, tmp_path):
    """gRPC's own server, with the health service spoken by hand: a frame's message is `08 n`."""
    grpc, why_not = trace_lab.grpcio()
    if grpc is None:
        pytest.skip(why_not)
    states = {b'': b'\x08\x01', b'\x0a\x04sick': b'\x08\x02'}

    class Health(grpc.GenericRpcHandler):
        def service(self, details):
            if details.method != '/grpc.health.v1.Health/Check':
                return None

            def check(question, context):
                if question not in states:
                    context.abort(grpc.StatusCode.NOT_FOUND, 'no such service')
                return states[question]
            return grpc.unary_unary_rpc_method_handler(check)

    def serve(handlers, credentials=None):
        server = grpc.server(futures.ThreadPoolExecutor(2), handlers=handlers)
        port = server.add_secure_port('127.0.0.1:0', credentials) if credentials else server.add_insecure_port('127.0.0.1:0')
        server.start()
        return server, f'127.0.0.1:{port}'

    server, address = serve([Health()])
    try:
        assert ask(grpc=address) == ('ok', 'SERVING')
        assert ask(grpc={'address': address, 'service': 'sick'}) == ('not_ok', 'sick is NOT_SERVING')
        assert ask(grpc={'address': address, 'service': 'gone'}) == ('not_ok', 'NOT_FOUND: no such service')
    finally:
        server.stop(0).wait()
    assert ask(grpc=address)[0] == 'not_ok'
    server, address = serve([])
    try:
        standing, detail = ask(grpc=address)
        assert standing == 'unknown' and detail.startswith('UNIMPLEMENTED'), detail
    finally:
        server.stop(0).wait()
    identities = trace_lab.Identities(tmp_path)
    (certificate, key), (ours, our_key) = identities.sign('server'), identities.sign('prober')
    server, address = serve([Health()], grpc.ssl_server_credentials([(key.read_bytes(), certificate.read_bytes())], identities.authority.read_bytes(), True))
    try:
        trusting = {'authority': str(identities.authority), 'certificate': str(ours), 'key': str(our_key)}
        assert ask(grpc={'address': address, 'tls': trusting}) == ('ok', 'SERVING')
        assert ask(grpc={'address': address, 'tls': {'authority': str(identities.authority)}})[0] == 'not_ok', 'it wants to know who asks'
        standing, detail = ask(grpc={'address': address, 'tls': {}})
        assert standing == 'not_ok' and 'certificate' in detail, detail
        assert ask(grpc=address)[0] == 'not_ok'
    finally:
        server.stop(0).wait()


def test_what_speaks_no_http2_is_no_grpc_server(ask):
    with socket.create_server(('127.0.0.1', 0)) as door:
        def talk():
            connection, _ = door.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n')
        threading.Thread(target=talk, daemon=True).start()
        standing, detail = ask(grpc=f'127.0.0.1:{door.getsockname()[1]}')
        assert standing == 'not_ok' and 'not HTTP/2' in detail, detail
