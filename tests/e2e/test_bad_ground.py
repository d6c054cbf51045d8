"""What bad input and a bad machine get: a clear sentence, a documented exit code, nothing half-started."""
import json
import os
import socket
import subprocess

import pytest

from house import OUTRIDER, get, wait_until


def refused(house, timeout=60, **options):
    """Runs an agent that must not start; gives its code and what it said."""
    done = house.run('run', '-c', str(house.config), timeout=timeout, **options)
    return done.returncode, done.stdout + done.stderr


def test_a_port_in_use_names_who_holds_it(house):
    house.write()
    with socket.socket() as holder:
        holder.bind(('127.0.0.1', house.api_port))
        holder.listen()
        code, said = refused(house)
    assert code == 2, said
    assert str(house.api_port) in said
    assert str(os.getpid()) in said, 'the holder is this very process'
    assert get(house.service_port, '/healthz') is None, 'nothing may be half-started'


def test_a_missing_child_binary_is_said_and_retried_within_the_budget(house):
    house.write(child=['/no/such/service'], restart={'budget': '2 per 1h'}, probes={})
    house.start(ready=False)
    now = house.wait_phase('given up')
    assert '/no/such/service' in now['last_exit'] + now['why'] + now['last_decision'] + ' '.join(house.timeline())
    assert now['pid'] is None
    doctor = house.run('doctor', '-c', str(house.config))
    assert doctor.returncode == 2 and '/no/such/service' in doctor.stdout


def test_a_child_that_is_not_executable_is_said(house):
    script = house.folder / 'service.sh'
    script.write_text('#!/bin/sh\nsleep 60\n')
    house.write(child=[str(script)], restart={'budget': '1 per 1h'}, probes={})
    house.start(ready=False)
    house.wait_phase('given up')
    assert any('ermission' in sentence for sentence in house.timeline()), house.timeline()


def test_the_doctor_looks_at_the_files_of_the_sinks(house):
    house.write(send_to=[{'file': {'path': str(house.log)}}])
    good = house.run('doctor', '-c', str(house.config))
    assert f'{house.log} will be made' in good.stdout, good.stdout
    blocker = house.folder / 'blocker'
    blocker.write_text('')
    house.write(send_to=[{'file': {'path': str(blocker / 'service.log')}}])
    bad = house.run('doctor', '-c', str(house.config))
    assert bad.returncode == 2 and f'{blocker} is not a directory' in bad.stdout, bad.stdout


def test_an_unwritable_state_directory_keeps_it_from_starting(house):
    blocker = house.folder / 'file'
    blocker.write_text('')
    house.write(state=blocker / 'state')
    code, said = refused(house)
    assert code == 2, said
    assert str(blocker) in said
    assert get(house.service_port, '/healthz') is None


def test_a_corrupt_audit_file_is_found_and_said(house):
    house.write()
    house.start()
    old = house.wait_healthy()['pid']
    house.break_service('crash')
    house.wait_healthy(not_pid=old)
    assert house.stop() == 0
    journals = [path for path in (house.state / 'audit').rglob('*') if path.is_file() and b'"action"' in path.read_bytes()]
    assert journals, sorted(house.state.rglob('*'))
    content = journals[0].read_bytes()
    journals[0].write_bytes(content.replace(b'"restart"', b'"resturt"', 1) if b'"restart"' in content
                            else content.replace(b'"start"', b'"stort"', 1))
    verified = house.run('audit', 'verify', '-c', str(house.config))
    assert verified.returncode == 2, verified.stdout + verified.stderr
    assert 'line' in verified.stdout + verified.stderr or 'entry' in verified.stdout + verified.stderr

    house.start(ready=False)
    wait_until(lambda: house.agent.poll() is not None or house.metric('outrider_audit_chain_intact') == 0,
               what='the agent finding it')
    assert 'audit' in house.said()


def test_two_agents_on_one_state_directory_are_one_too_many(house):
    house.write()
    house.start()
    house.wait_healthy()
    settings = json.loads(house.config.read_text())
    settings['api'] = {'socket': str(house.folder / 'second.sock')}
    settings['metrics'] = None
    del settings['metrics']
    second = house.folder / 'second.yaml'
    second.write_text(json.dumps(settings))
    done = house.run('run', '-c', str(second), timeout=60)
    assert done.returncode == 2, done.stderr
    assert str(house.state) in done.stderr
    assert str(house.agent.pid) in done.stderr, 'it names who has it'
    assert house.wait_healthy()['restarts_total'] == 0, 'the first is not disturbed'


def test_bad_configuration_ends_with_78_and_says_where(house):
    house.config.write_text('service: {name: a}\nhelth: {}\n')
    code, said = refused(house)
    assert code == 78
    assert 'outrider.yaml:2:1' in said and 'health' in said
    assert house.run('validate', '-c', str(house.config)).returncode == 78


def test_no_configuration_is_usage_or_config(house):
    done = house.run('run', '-c', str(house.folder / 'nothing.yaml'))
    assert done.returncode == 78 and 'nothing.yaml' in done.stderr
    assert house.run('runn').returncode == 64


def test_few_descriptors_are_survived(house):
    """With almost none left, probes say unknown, nothing is restarted, and it lives on when there are more."""
    house.write(probes={f'p{number}': {'http': f'http://127.0.0.1:{house.service_port}/healthz', 'every': '100ms',
                                       'timeout': '90ms', 'fail_after': 1} for number in range(4)})
    house.start()
    pid = house.wait_healthy()['pid']
    in_use = len(os.listdir(f'/proc/{house.agent.pid}/fd'))
    highest = max(int(name) for name in os.listdir(f'/proc/{house.agent.pid}/fd'))
    subprocess.run(['prlimit', '--pid', str(house.agent.pid), f'--nofile={highest + 1}:4096'], check=True)
    held = [socket.create_connection(('127.0.0.1', house.api_port), timeout=5) for _ in range(highest + 4 - in_use)]
    try:
        wait_until(lambda: 'descriptor' in house.said() or 'Too many open files' in house.said()
                   or 'too many open files' in house.said(), what='a word about descriptors')
    finally:
        for connection in held:
            connection.close()
        subprocess.run(['prlimit', '--pid', str(house.agent.pid), '--nofile=4096:4096'], check=True)
    now = house.wait_healthy()
    assert now['pid'] == pid and now['restarts_total'] == 0, 'want of descriptors is our trouble, not the service\'s'


def test_a_full_disk_is_said_and_nothing_is_half_started(house):
    if os.geteuid() != 0:
        pytest.skip('a full disk needs root, to mount a small tmpfs')
    disk = house.folder / 'disk'
    disk.mkdir()
    mounted = subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', str(disk)], capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip(f'cannot mount a tmpfs here: {mounted.stderr.strip()}')
    try:
        house.write(state=disk / 'state', send_to=[{'file': {'path': str(disk / 'service.log'), 'rotate_at': '1MiB', 'keep': 1}}])
        house.start()
        pid = house.wait_healthy()['pid']
        ballast = os.open(disk / 'ballast', os.O_WRONLY | os.O_CREAT)
        with pytest.raises(OSError, match='No space left'):
            while True:
                os.write(ballast, b'x' * 4096)
        os.close(ballast)
        wait_until(lambda: get(house.service_port, '/v1/notation?notes=C4') and 'No space left' in house.said(),
                   what='a word about the full disk')
        assert house.pid() == pid, 'a full disk is no reason to touch the service'
        assert get(house.api_port, '/livez')[0] == 200
        (disk / 'ballast').unlink()
        before = (disk / 'service.log').stat().st_size
        get(house.service_port, '/v1/notation?notes=A4')
        wait_until(lambda: get(house.service_port, '/v1/notation?notes=C4')
                   and (disk / 'service.log').stat().st_size > before, what='the log going on')
        house.stop()
    finally:
        house.clean_up()
        subprocess.run(['umount', str(disk)], check=False)


def test_the_binary_says_its_version_and_shows_help(house):
    assert subprocess.run([OUTRIDER, '--help'], capture_output=True, text=True).returncode == 0
    assert 'outrider' in subprocess.run([OUTRIDER, '--version'], capture_output=True, text=True).stdout
