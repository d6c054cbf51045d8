"""`metrics.redis` beside the real redis_exporter (Debian's prometheus-redis-exporter) on a real Redis; and before servers that are none."""
import pathlib
import subprocess
import sys

import pytest

from asked_servers import drip, endless, fresh, held_to_its_limit, needs, says, shown, silent, start, value, wait_for
from exposition import Page, agree
from house import get, wait_until
from ports import free_port

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / 'integration'))
from probe_servers import Redis  # noqa: E402

# Of the exporter itself, and what is in no INFO.
APART = ('redis_exporter_', 'redis_config_', 'redis_slowlog_', 'redis_last_slow_', 'redis_latency_spike_', 'redis_target_', 'redis_last_key_groups_')
# Moves with whoever looks.
MOVING = ('redis_commands_latencies_usec',)


@pytest.fixture
def redis(tmp_path):
    needs('redis-server')
    servers = []

    def make(name='redis', *words):
        servers.append(Redis(tmp_path / name, *words).start())
        return servers[-1]
    yield make
    for server in servers:
        server.close()


def test_names_types_help_labels_and_values_are_those_of_redis_exporter(house, redis, tmp_path):
    program, port, server = needs('prometheus-redis-exporter'), free_port(), redis()
    for word in ('one', 'two', 'three'):
        server.tool('SET', word, '1')
    server.tool('SET', 'four', '1', 'EX', '1000')
    server.tool('GET', 'one')
    server.tool('GET', 'nothing')
    server.tool('GET')
    with open(tmp_path / 'exporter.log', 'wb') as log:
        house.spawn([program, f'-redis.addr=redis://127.0.0.1:{server.port}', f'-web.listen-address=127.0.0.1:{port}'], stdout=log, stderr=log)
    wait_until(lambda: 'redis_up 1' in (get(port, '/metrics') or (0, ''))[1], what='the exporter')
    place = f'127.0.0.1:{server.port}'
    start(house, redis={'address': place, 'every': '300ms', 'timeout': '300ms'})

    def theirs():
        page = Page(get(port, '/metrics')[1]).only('redis_', but=APART)
        for name in ('redis_db_keys', 'redis_db_keys_expiring'):  # it shows empty databases, as many as CONFIG says
            page.samples[name] = {key: number for key, number in page.samples[name].items() if ('db', 'db0') in key}
        return page

    def mine():
        return fresh(house, f'redis {place}', 'redis_', 'target')
    theirs(), mine()  # from now on each command that either says has been said once
    ours, other = mine(), theirs()
    assert len(other.types) > 90
    assert sorted(set(other.types) - set(ours.types)) == [], 'redis_exporter has it and we have not'
    assert {name: ours.types[name] for name in other.types} == other.types
    assert {name: ours.helps[name] for name in other.types} == other.helps
    assert {name: set(ours.samples[name]) for name in other.samples} == {name: set(of) for name, of in other.samples.items()}
    agree(mine, theirs, not_compared=MOVING)


def test_its_numbers_are_those_that_redis_says_itself(house, redis):
    server = redis('redis', '--maxmemory', '64mb')
    place = f'127.0.0.1:{server.port}'
    for number in range(20):
        server.tool('SET', f'key{number}', 'x', *(['EX', '500'] if number < 5 else []))
    server.tool('-n', '3', 'SET', 'elsewhere', 'x')
    server.tool('GET', 'key1')
    server.tool('GET', 'nowhere')
    start(house, redis={'address': place, 'every': '300ms', 'timeout': '300ms'})
    page = fresh(house, f'redis {place}', 'redis_')
    info = dict(line.split(':', 1) for line in server.tool('INFO', 'all').splitlines() if ':' in line)
    after = fresh(house, f'redis {place}', 'redis_')
    assert value(page, 'redis_db_keys', db='db0') == 20 and value(page, 'redis_db_keys_expiring', db='db0') == 5
    assert value(page, 'redis_db_keys', db='db3') == 1
    assert value(page, 'redis_keyspace_hits_total') == 1 == int(info['keyspace_hits'])
    assert value(page, 'redis_keyspace_misses_total') == 1 == int(info['keyspace_misses'])
    assert value(page, 'redis_memory_max_bytes') == 64 << 20 == int(info['maxmemory'])
    assert value(page, 'redis_commands_total', cmd='set') == 21
    for shown_as, name in (('redis_commands_processed_total', 'total_commands_processed'), ('redis_net_input_bytes_total', 'total_net_input_bytes'),
                           ('redis_connections_received_total', 'total_connections_received'), ('redis_cpu_user_seconds_total', 'used_cpu_user')):
        assert value(page, shown_as) <= float(info[name]) <= value(after, shown_as), name
    instance = dict(next(iter(page.samples['redis_instance_info'])))
    assert instance['redis_version'] == info['redis_version'] and instance['run_id'] == info['run_id'] and instance['role'] == 'master'


def test_a_primary_and_its_replica_see_each_other(house, redis):
    primary = redis('primary')
    replica = redis('replica', '--replicaof', '127.0.0.1', str(primary.port))
    wait_until(lambda: 'state=online' in primary.tool('INFO', 'replication'), what='a replica that is online')
    places = [f'127.0.0.1:{server.port}' for server in (primary, replica)]
    start(house, redis=[{'address': place, 'every': '300ms', 'timeout': '300ms'} for place in places])
    for place in places:
        page = fresh(house, f'redis {place}', 'redis_')
    assert value(page, 'redis_connected_slaves', target=places[0]) == 1
    assert value(page, 'redis_connected_slave_lag_seconds', target=places[0], slave_port=str(replica.port), slave_state='online') <= 10
    assert value(page, 'redis_master_link_up', target=places[1], master_host='127.0.0.1', master_port=str(primary.port)) == 1
    primary.close()
    wait_until(lambda: value(shown(house, 'redis_'), 'redis_master_link_up', target=places[1]) == 0, what='the loss of the primary')
    assert value(shown(house, 'redis_'), 'redis_up', target=places[0]) == 0


def test_a_user_of_its_own_a_socket_and_a_wrong_password_that_is_nowhere_shown(house, redis, tmp_path, monkeypatch):
    socket = tmp_path / 'redis.sock'
    server = redis('redis', '--unixsocket', str(socket))
    server.tool('ACL', 'SETUSER', 'outrider', 'on', '>s3cret-word', '+info')
    server.tool('ACL', 'SETUSER', 'default', 'off')
    monkeypatch.setenv('RIGHT_WORD', 's3cret-word')
    monkeypatch.setenv('WRONG_WORD', 'wr0ng-word')
    quick = {'every': '300ms', 'timeout': '300ms'}
    right, wrong, nobody = f'unix:{socket}', f'127.0.0.1:{server.port}', f'localhost:{server.port}'
    start(house, redis=[{'address': right, 'user': 'outrider', 'password': {'env': 'RIGHT_WORD'}, **quick},
                        {'address': wrong, 'user': 'outrider', 'password': {'env': 'WRONG_WORD'}, **quick},
                        {'address': nobody, **quick}])
    wait_for(house, f'redis {right}', 'ok')
    assert 'WRONGPASS' in wait_for(house, f'redis {wrong}', 'not_ok')['detail']
    assert 'NOAUTH' in wait_for(house, f'redis {nobody}', 'not_ok')['detail']
    everything = house.said() + get(house.metrics_port, '/metrics')[1] + str(house.status())
    assert 's3cret-word' not in everything and 'wr0ng-word' not in everything


def test_over_tls_it_is_believed_with_its_authority_only(house, redis, tmp_path):
    needs('openssl')
    certificate, key, port = tmp_path / 'tls.pem', tmp_path / 'tls.key', free_port()
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', str(key), '-out', str(certificate),
                    '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'], check=True, capture_output=True)
    redis('redis', '--tls-port', str(port), '--tls-cert-file', str(certificate), '--tls-key-file', str(key), '--tls-auth-clients', 'no')
    quick = {'every': '300ms', 'timeout': '300ms'}
    start(house, redis=[{'address': f'127.0.0.1:{port}', 'tls': {'authority': str(certificate)}, **quick},
                        {'address': f'localhost:{port}', 'tls': {}, **quick}])
    wait_for(house, f'redis 127.0.0.1:{port}', 'ok')
    assert 'not believed' in wait_for(house, f'redis localhost:{port}', 'not_ok')['detail']
    page = shown(house, 'redis_')
    assert value(page, 'redis_connected_clients', target=f'127.0.0.1:{port}') >= 1
    assert value(page, 'redis_up', target=f'localhost:{port}') == 0


def test_what_is_no_redis_costs_its_limit_and_no_more(house, redis):
    held_to_its_limit(house, 'redis', lambda port: {'address': f'127.0.0.1:{port}'}, {
        'garbage': says(b'\x00\xff garbage\r\n'),
        'a web server': says(b'HTTP/1.1 400 Bad Request\r\n\r\n'),
        'another answer': says(b'$5\r\nhello\r\n'),
        'a refusal': says(b'-ERR unknown command\r\n'),
        'silence': silent,
        'no end': endless(b'+'),
        'no end, slowly': drip(b'$100\r\n'),
        'too large': says(b'$99999999999\r\n'),
    }, f'127.0.0.1:{redis().port}', 'redis_up')
