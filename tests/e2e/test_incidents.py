"""Each way to die leaves an incident with its evidence, and an agent that was killed loses none of it."""
import json
import os
import pathlib
import signal
import subprocess
import time

import pytest
from house import alive, get, wait_until

SOON = {'incidents': {'close_after': '1s', 'reopen_within': '0s'}}


def incident(house, *words):
    """The newest, as the command line reads it from the state directory."""
    answer = house.run('incident', 'show', '-c', str(house.config), '--output', 'json', *words)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return json.loads(answer.stdout)


def listed(house):
    answer = house.run('incident', 'list', '-c', str(house.config), '--output', 'json')
    return json.loads(answer.stdout)['incidents'] if answer.returncode == 0 else []


def newest(house, good=lambda found: found['gathered'], what='an incident with its evidence'):
    def look():
        if not listed(house):
            return None
        found = incident(house)
        return found if good(found) else None
    return wait_until(look, 20, what)


def started(house, **more):
    house.write(extra=SOON, **more)
    house.start()
    return house.wait_healthy()['pid']


def watched_for_a_while(house):
    """There is something of every kind to be found in the recorder: it is measured every second."""
    for _ in range(3):
        get(house.service_port, '/notation')
    began = time.monotonic()
    wait_until(lambda: house.metric('outrider_recorder_entries_total', what='line'), what='a line in the recorder')
    wait_until(lambda: time.monotonic() > began + 3 and house.metric('outrider_recorder_entries_total', what='fact') > 10,
               what='answers and measurements in the recorder')


@pytest.mark.parametrize('how, kind, code, number', [
    ('SIGKILL', 'killed', None, 9), ('crash', 'crash', None, 11), ('exit', 'crash', 3, None)])
def test_a_death_leaves_its_evidence_and_is_over_when_the_service_is_well(house, how, kind, code, number):
    pid = started(house)
    watched_for_a_while(house)
    if how == 'SIGKILL':
        os.kill(pid, signal.SIGKILL)
    else:
        house.break_service(how)
    found = newest(house)
    assert found['kind'] == kind, found['title']
    assert (found['deaths'][0]['code'], found['deaths'][0]['signal']) == (code, number)
    assert found['version'] == '1.4.2' and found['service'] == 'notation-api'
    assert found['lines'], 'what it wrote last'
    assert any(sample['resident_bytes'] > 0 for sample in found['samples'])
    assert any(answer['kind'] == 'ready' for answer in found['answers'])
    house.wait_healthy(not_pid=pid)
    over = newest(house, lambda one: one['closed'], 'its end')
    assert 'well again after' in over['conclusion'] and over['id'] == found['id']
    assert [one['id'] for one in house.status()['incidents']] == [found['id']]
    assert house.supervised()['incident'] == found['id']
    assert any(f"incident {found['id']} is over" in sentence for sentence in house.timeline())
    assert house.metric('outrider_incident_open') == 0
    assert house.metric('outrider_incidents_total', kind=kind) == 1


def test_a_hang_is_looked_at_before_it_is_stopped(house):
    pid = started(house)
    house.break_service('hang')
    found = newest(house, lambda one: one['kind'] == 'hang' and one['findings'], 'what its threads wait for')
    waits = next(finding['text'] for finding in found['findings'] if 'threads wait' in finding['name'])
    assert f'thread {pid} ' in waits, waits
    assert 'failed' in found['verdict'], found['verdict']
    house.wait_healthy(not_pid=pid)
    assert not alive(pid)


def test_a_crash_loop_is_one_incident(house):
    house.write(child=['/bin/sh', '-c', 'echo about to fail >&2; exit 7'], probes={}, restart={'budget': '3 per 1h'},
                extra={**SOON, 'incidents': {'close_after': '20s'}})
    house.start()
    house.wait_phase('given up')
    found = newest(house, lambda one: one['kind'] == 'crash_loop' and one['gathered'])
    assert len(listed(house)) == 1
    assert found['deaths_total'] == 4 and found['deaths'][0]['code'] == 7
    assert 'budget' in found['title']
    assert any(line['text'] == 'about to fail' for line in found['lines'])
    assert not found['closed']


def test_a_program_that_is_not_there_is_an_incident(house):
    house.write(child=['/no/such/program'], probes={}, extra=SOON)
    house.start()
    found = newest(house, lambda one: one['kind'] in ('cannot_start', 'crash_loop'))
    assert 'No such file' in found['deaths'][0]['sentence']


def test_the_last_line_that_never_ended_is_in_it_and_no_secret_is(house):
    script = 'echo "mail bob@example.com password=hunter2"; printf "FATAL: out of mem"; sleep 0.3; kill -9 $$'
    settings = house.write(child=['/bin/sh', '-c', script], probes={}, restart={'budget': '1 per 1h'},
                           extra={'incidents': {'close_after': '1m'}})
    settings['logs'] |= {'read': [{'child': 'all', 'format': 'text'}], 'redact': ['email', {'field': 'password'}],
                         'steps': [{'drop': [{'message': 'mail'}]}]}
    house.config.write_text(json.dumps(settings))
    if house.run('validate', '-c', str(house.config)).returncode != 0:
        del settings['logs']['steps']
        house.config.write_text(json.dumps(settings))
    house.start()
    found = newest(house, lambda one: one['last_words'])
    assert found['last_words'] == 'FATAL: out of mem'
    recorded = (house.state / 'recorder').read_bytes() + json.dumps(found).encode()
    assert b'bob@example.com' not in recorded and b'hunter2' not in recorded
    assert b'[redacted:email]' in recorded, 'the line itself is there'


def test_an_agent_killed_just_before_the_service_dies_still_has_the_last_lines(house):
    house.write(child=['/bin/sh', '-c', 'i=0; while true; do i=$((i+1)); echo line $i; sleep 0.05; done'], probes={}, extra=SOON)
    house.start()
    pid = wait_until(house.pid, what='a child')
    wait_until(lambda: (house.metric('outrider_recorder_entries_total', what='line') or 0) > 20, what='some lines')
    house.agent.send_signal(signal.SIGKILL)
    house.agent.wait(5)
    if alive(pid):
        os.kill(pid, signal.SIGKILL)
    house.start()
    found = newest(house, lambda one: one['kind'] == 'agent_died' and one['gathered'])
    before = [line['text'] for line in found['lines']]
    assert before[0].startswith('line ') and len(before) >= 20, before[:5]
    assert 'outrider was killed' in found['title']


def test_an_agent_killed_in_the_middle_goes_on_with_its_incident(house):
    house.write(child=['/bin/sh', '-c', 'exit 7'], probes={}, restart={'budget': '1 per 1h'}, extra=SOON)
    house.start()
    house.wait_phase('given up')
    first = newest(house)['id']
    house.agent.send_signal(signal.SIGKILL)
    house.agent.wait(5)
    house.start()
    house.wait_phase('given up')
    assert [one['id'] for one in listed(house)] == [first]
    assert newest(house)['deaths_total'] >= 3


def changes_of(house):
    kept = house.state / 'incidents/changes'
    return kept.read_text() if kept.exists() else ''


def test_what_was_changed_before_is_in_it(house):
    marker = house.folder / 'REVISION'
    marker.write_text('abc123\n')
    house.write(extra={'incidents': {'close_after': '1s', 'deploy_marker': str(marker)}})
    house.start()
    house.wait_healthy()
    wait_until(lambda: 'abc123' in changes_of(house), what='the marker')
    marker.write_text('def456\n')
    wait_until(lambda: 'def456' in changes_of(house), what='the new marker')
    done = house.run('incident', 'note', '-c', str(house.config), '--reason', 'new flags for tuning')
    assert done.returncode == 0, done.stdout + done.stderr
    house.break_service('crash')
    changes = [change['sentence'] for change in newest(house)['changes']]
    assert any('def456; it was abc123' in sentence for sentence in changes), changes
    assert any('new flags for tuning' in sentence for sentence in changes), changes


def test_the_page_needs_nothing_else_and_hostile_lines_do_nothing(house):
    script = 'echo "<script>alert(1)</script><img src=x onerror=alert(1)>"; sleep 0.2; exit 3'
    house.write(child=['/bin/sh', '-c', script], probes={}, restart={'budget': '1 per 1h'}, extra=SOON)
    house.start()
    found = newest(house, lambda one: one['gathered'] and one['lines'])
    page = house.folder / 'it.html'
    done = house.run('incident', 'export', found['id'], '-c', str(house.config), '--to', str(page))
    assert done.returncode == 0, done.stdout + done.stderr
    html = page.read_text()
    assert '&lt;script&gt;alert(1)' in html and '<script' not in html and '<img' not in html
    assert 'http://' not in html and 'https://' not in html and 'default-src &#39;none&#39;' in html or "default-src 'none'" in html
    status, shown = get(house.api_port, f"/incidents/{found['id']}")
    assert status == 200 and 'alert(1)' not in shown, 'what it wrote is for those who are known'
    status, text = get(house.api_port, f"/api/v1/incidents/{found['id']}")
    assert status == 200 and json.loads(text)['withheld'] and not json.loads(text)['lines']
    whole = house.run('incident', 'show', found['id'], '--agent', f'unix:{house.socket}', '--output', 'json')
    assert json.loads(whole.stdout)['lines'], 'over the socket it is shown'
    assert get(house.api_port, '/api/v1/incidents/nonsense')[0] in (400, 404)
    assert get(house.api_port, '/api/v1/incidents/..%2Flock')[0] in (400, 404)
    text = house.run('incident', 'show', '-c', str(house.config)).stdout
    assert 'What it wrote last' in text and 'exited with code 3' in text


def cgroup_with_memory(limit):
    """A control group of our own with a memory limit, or why there is none."""
    for base in ('/sys/fs/cgroup', '/sys/fs/cgroup/memory'):
        folder = pathlib.Path(base) / f'outrider-test-{os.getpid()}'
        try:
            folder.mkdir(exist_ok=True)
            for name in ('memory.max', 'memory.limit_in_bytes'):
                if (folder / name).exists():  # made by the kernel: a plain folder has none, and would limit nothing
                    (folder / name).write_text(str(limit))
                    return folder
            folder.rmdir()
        except OSError:
            continue
    return None


def test_out_of_memory_is_told_by_the_kernels_own_count(house):
    group = cgroup_with_memory(64 << 20)
    if group is None:
        pytest.skip('this machine lets nobody make a control group with a memory limit')
    try:
        house.write(extra=SOON)
        # As in a container: the agent and its service are in one group.
        house.start(prefix=['sh', '-c', f'echo $$ > {group}/cgroup.procs; exec "$@"', 'sh'])
        house.wait_healthy()
        house.break_service('leak')
        found = newest(house, lambda one: one['deaths'] and one['gathered'])
        assert found['kind'] == 'out_of_memory', found
        assert any('killed for want of memory' in finding['text'] for finding in found['findings']), found['findings']
    finally:
        house.stop()
        time.sleep(0.2)
        subprocess.run(['rmdir', str(group)], check=False, capture_output=True)
