"""The logstash sink against Elastic's own Lumberjack server (go-lumber), through kills, slow acknowledgements and TLS; and against a
strict one of ours for partial acknowledgements and torn connections."""
import json
import os
import pathlib
import shutil
import subprocess
import threading
import time

import pytest

import lumberjack_lab

ROOT = pathlib.Path(__file__).resolve().parents[2]
LENS = pathlib.Path(os.environ.get('OUTRIDER_BUILD', ROOT / 'build/dev')) / 'bin' / 'sink_lens'

pytestmark = pytest.mark.skipif(not LENS.exists(), reason=f'{LENS} is not built')


@pytest.fixture(scope='module')
def program():
    path, why_not = lumberjack_lab.go_server()
    if path is None:
        pytest.skip(why_not)
    return path


@pytest.fixture
def servers(program):
    made = []

    def make(*options):
        made.append(lumberjack_lab.GoServer(program, *options))
        made[-1].start()
        return made[-1]
    yield make
    for server in made:
        server.close()


def send(addresses, records, batch=500, pause_ms=0, **settings):
    settings = {'hosts': list(addresses), **settings}
    run = subprocess.run([LENS, 'logstash', json.dumps(settings), str(records), str(batch), str(pause_ms)],
                         capture_output=True, text=True, timeout=200)
    assert run.returncode == 0, run.stdout + run.stderr
    return json.loads(run.stdout)


def expect_each_once_by_id(events, records):
    """Every record arrived; what came twice came under the id that it had."""
    ids = {}
    for event in events:
        ids.setdefault(event['n'], set()).add(event['@metadata']['_id'])
        assert event['message'] == f"line {event['n']}" and event['@metadata']['beat'] == 'outrider'
    assert sorted(ids) == list(range(records))
    assert all(len(found) == 1 for found in ids.values())
    assert len(set.union(*ids.values())) == records


@pytest.mark.parametrize('compress', [0, 3])
def test_every_record_arrives_once_with_an_id_of_its_own(servers, compress):
    server = servers()
    tally = send([server.address], 5000, compress=compress, window=300)
    assert tally['failures'] == 0
    events = server.events()
    assert [event['n'] for event in events] == list(range(5000)), 'in order, and none twice'
    expect_each_once_by_id(events, 5000)


def test_a_slow_pipeline_that_says_it_is_alive_is_waited_for(servers):
    server = servers('-delay', '5s', '-keepalive', '300ms')
    tally = send([server.address], 100, timeout='2s')
    assert tally['failures'] == 0
    assert len(server.events()) == 100, 'sent once'


def test_a_server_that_is_killed_again_and_again_gets_everything(servers):
    server = servers('-delay', '30ms')
    kills, over = 0, threading.Event()

    def trouble():
        nonlocal kills
        while not over.wait(0.35):
            server.kill()
            kills += 1
            server.start()
    killer = threading.Thread(target=trouble)
    killer.start()
    try:
        tally = send([server.address], 30_000, batch=250, window=250, timeout='5s')
    finally:
        over.set()
        killer.join()
    assert kills >= 5 and tally['failures'] >= 3, (kills, tally)
    expect_each_once_by_id(server.events(), 30_000)


def test_another_host_takes_over_when_one_dies(servers):
    first, second = servers('-delay', '20ms'), servers('-delay', '20ms')
    end = threading.Timer(0.5, lambda: (first.kill(), time.sleep(1), first.start(), second.kill()))
    end.start()
    tally = send([first.address, second.address], 20_000, batch=200)
    end.join()
    events = first.events() + second.events()
    expect_each_once_by_id(events, 20_000)
    assert first.events() and second.events(), tally


def certificates(folder):
    def openssl(*words):
        subprocess.run(['openssl', *words], cwd=folder, check=True, capture_output=True)
    openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'ca.key', '-out', 'ca.pem',
            '-subj', '/CN=house', '-days', '2')
    (folder / 'names').write_text('subjectAltName=IP:127.0.0.1\n')
    for name in ('server', 'agent'):
        openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', f'{name}.key', '-out', f'{name}.csr',
                '-subj', f'/CN={name}')
        openssl('x509', '-req', '-in', f'{name}.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-out', f'{name}.pem',
                '-days', '2', '-extfile', 'names')


@pytest.mark.skipif(not shutil.which('openssl'), reason='openssl is missing (apt install openssl)')
def test_tls_with_a_certificate_of_ours(servers, tmp_path):
    certificates(tmp_path)
    server = servers('-certificate', tmp_path / 'server.pem', '-key', tmp_path / 'server.key', '-authority', tmp_path / 'ca.pem')
    tls = {'authority': str(tmp_path / 'ca.pem'), 'certificate': str(tmp_path / 'agent.pem'), 'key': str(tmp_path / 'agent.key')}
    assert send([server.address], 1000, tls=tls)['failures'] == 0
    expect_each_once_by_id(server.events(), 1000)


def test_what_was_acknowledged_in_part_is_not_sent_again_though_connections_end():
    server = lumberjack_lab.StrictServer()
    try:
        tally = send([server.address], 5000, batch=500, window=128)
        assert server.complaints == []
        assert server.torn >= 5 and tally['failures'] >= 1
        expect_each_once_by_id(server.events, 5000)
    finally:
        server.close()
