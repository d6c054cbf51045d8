"""What a restored server can reach: nobody, where it is cut off, and everybody where it is not. Real PostgreSQL, real pgBackRest."""
import contextlib
import json
import os
import socket
import subprocess
import threading

import database as databases
import pytest
from house import House, wait_until
from test_database import house  # noqa: F401  pylint: disable=unused-import

# What somebody else's code in the database may do as its superuser: true when it came through.
REACHES = """create function reaches(port int) returns boolean language plpgsql as $$ begin
  execute format('copy (select 1) to program %L', format('bash -c "cat; exec 3<>/dev/tcp/127.0.0.1/%s" > /dev/null', port));
  return true;
exception when others then return false;
end $$"""
# Becomes a user of a namespace in which there can be no other.
NO_NAMESPACES = ['unshare', '--user', '--map-current-user', '--keep-caps', 'sh', '-c',
                 'echo 0 > /proc/sys/user/max_user_namespaces && exec setpriv --ambient-caps=-all --inh-caps=-all -- "$@"', 'sh']


def can_make_namespaces():
    return subprocess.run([*databases.PREFIX, 'unshare', '-U', '-n', 'true'], capture_output=True, check=False, cwd='/').returncode == 0


class Door:
    """Somebody who listens on the loopback and counts who comes."""

    def __init__(self):
        self.socket = socket.create_server(('127.0.0.1', 0))
        self.port = self.socket.getsockname()[1]
        self.knocks = 0
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        with contextlib.suppress(OSError):
            while True:
                self.socket.accept()[0].close()
                self.knocks += 1


@pytest.fixture
def door():
    made = Door()
    yield made
    made.socket.close()


@pytest.fixture
def reaching(house, door):  # noqa: F811  pylint: disable=redefined-outer-name
    """A database whose own code knocks at that door, and is right when nobody opens. Writes the configuration."""
    house.cluster.sql(REACHES)
    assert house.cluster.sql(f'select reaches({door.port})') == 't', 'it proves nothing'
    wait_until(lambda: door.knocks == 1, what='the knock to be counted')
    house.cluster.switch()
    door.knocks = 0
    check = {'sql': f'select not reaches({door.port})'}

    def write(**drill):
        house.write(drill={'checks': ['canary', check], **drill})
    return write


def record_of(done):
    assert done.stdout.strip(), done.stderr
    return json.loads(done.stdout.strip().splitlines()[-1])


def test_a_restored_server_reaches_nobody(house, door, reaching):  # noqa: F811  pylint: disable=redefined-outer-name
    if not can_make_namespaces():
        pytest.skip('this kernel lets nobody but root make namespaces')
    # Also what is asked for, and not fetched ahead, comes without the network of its own.
    reaching(lanes=0)
    done = house.run('drill', '--output', 'json', timeout=120)
    record = record_of(done)
    assert done.returncode == 0 and record['finding'] == 'proven' and record['isolated'] is True, record
    assert record['replayed_segments'] > 0 and door.knocks == 0
    house.write(drill={'checks': ['canary']})
    done = house.run('drill', timeout=120)
    assert 'the restored server was cut off from the network' in done.stdout, done.stdout + done.stderr
    assert databases.processes_of(house.scratch) == []


def test_a_restored_server_that_shares_the_network_reaches_everybody(house, door, reaching):  # noqa: F811  pylint: disable=redefined-outer-name
    reaching(network='shared')
    done = house.run('drill', '--output', 'json', timeout=120)
    record = record_of(done)
    assert done.returncode == 2 and door.knocks == 1, record
    assert record['isolated'] is False and record['not_isolated_because'] == 'recovery.drill.network is shared', record


@pytest.mark.skipif(os.geteuid() != 0, reason='this one is for root')
def test_root_needs_no_user_namespace(house, door, reaching):  # noqa: F811  pylint: disable=redefined-outer-name
    reaching(network='cut', lanes=0)
    done = House.run(house, 'drill', '--output', 'json', '-c', str(house.config), timeout=120, cwd='/')
    record = record_of(done)
    assert done.returncode == 0 and record['isolated'] is True and door.knocks == 0, record


def test_where_it_cannot_be_cut_off_that_is_said_or_nothing_is_verified(house, reaching):  # noqa: F811  pylint: disable=redefined-outer-name
    if not can_make_namespaces():
        pytest.skip('this kernel lets nobody but root make namespaces, so that the next one cannot be forbidden')

    def drill():
        words = [*NO_NAMESPACES, str(databases.houses.OUTRIDER), 'drill', '--output', 'json', '-c', str(house.config)]
        return subprocess.run([*databases.PREFIX, *words], capture_output=True, text=True, timeout=120, check=False, cwd='/')
    reaching(network='cut')
    done = drill()
    record = record_of(done)
    assert done.returncode == 3 and record['finding'] == 'could not verify', record
    assert 'must be cut off from the network' in record['broken'] and 'recovery.drill.network' in record['broken'], record
    assert 'fetch' not in [phase['name'] for phase in record['phases']], 'it is known before anything is restored'
    house.write(drill={'checks': ['canary']})
    done = drill()
    record = record_of(done)
    assert done.returncode == 0 and record['isolated'] is False and 'namespace' in record['not_isolated_because'], record
