"""Who may do what: tokens over the network, the local socket, and what the journal keeps of those not let in."""
import json
import os
import subprocess
import urllib.error
import urllib.request

from house import OUTRIDER, wait_until


def new_token(name, role, **more):
    words = [OUTRIDER, 'token', '--name', name, '--role', role, '--output', 'json']
    for key, value in more.items():
        words += [f'--{key}', value]
    made = json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout)
    return made['token'], made['sha256']


def post(house, path, token, body=None):
    request = urllib.request.Request(f'http://127.0.0.1:{house.api_port}{path}', method='POST',
                                     data=json.dumps(body or {'reason': 'the pool is stuck'}).encode(),
                                     headers={'Content-Type': 'application/json'})
    if token:
        request.add_header('Authorization', f'Bearer {token}')
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def audited(house):
    return [json.loads(line) for line in (house.state / 'audit/audit.jsonl').read_text().splitlines()]


def outrider(house, *words, **variables):
    return subprocess.run([OUTRIDER, *words], capture_output=True, text=True, timeout=30,
                          env=dict(os.environ, OUTRIDER_AGENT=f'http://127.0.0.1:{house.api_port}', **variables))


def test_a_token_does_what_its_role_may_and_a_wrong_one_leaves_a_line_in_the_journal(house):
    operator, operator_hash = new_token('robot', 'operator')
    responder, responder_hash = new_token('pager', 'responder')
    old, old_hash = new_token('gone', 'commander', expires='2020-01-31')
    house.write(extra={'api': {'listen': f'127.0.0.1:{house.api_port}', 'socket': str(house.socket), 'people': {
        'robot': {'role': 'operator', 'token_sha256': operator_hash, 'only': ['restart']},
        'pager': {'role': 'responder', 'token_sha256': responder_hash},
        'gone': {'role': 'commander', 'token_sha256': old_hash, 'expires': '2020-01-31'}}}})
    house.start()
    house.wait_healthy()
    before = house.pid()

    assert post(house, '/api/v1/restart', None)[0] == 401
    assert post(house, '/api/v1/restart', 'a-guess')[0] == 401
    assert post(house, '/api/v1/restart', old)[0] == 401
    assert post(house, '/api/v1/restart', responder)[0] == 403
    assert post(house, '/api/v1/reload', operator)[0] == 403  # its token is for restarts only
    assert post(house, '/api/v1/restart', operator, {'reason': 'x', 'even_without_budget': True})[0] == 403
    assert house.pid() == before

    status, said = post(house, '/api/v1/restart', operator)
    assert status == 200, said
    wait_until(lambda: house.pid() not in (0, before), what='the restart')

    lines = audited(house)
    whys = [line.get('result', '') for line in lines]
    assert any('nobody here has it' in why for why in whys)
    assert any('has expired' in why for why in whys)
    assert any('a responder has not the right to act' in why for why in whys)
    assert any(line.get('actor') == 'operator robot (token)' and line.get('action') == 'restart' for line in lines)
    for secret in (operator, responder, old):
        assert secret not in (house.state / 'audit/audit.jsonl').read_text()
        assert secret not in house.stderr.read_text()
    assert subprocess.run([OUTRIDER, 'audit', 'verify', '--state', house.state], capture_output=True).returncode == 0


def test_the_command_line_shows_a_token_and_is_told_who_it_is(house):
    token, token_hash = new_token('alice', 'operator')
    house.write(extra={'api': {'listen': f'127.0.0.1:{house.api_port}', 'socket': str(house.socket), 'look': 'people',
                               'people': {'alice': {'role': 'operator', 'token_sha256': token_hash}}}})
    house.start()
    file = house.folder / 'token'
    file.write_text(token + '\n')
    said = wait_until(lambda: (done := outrider(house, 'whoami', '--token-file', str(file))).returncode == 0 and done.stdout,
                      what='the agent')
    assert said == 'alice (token): operator\nmay look, audit, watch, respond, act\n'
    assert outrider(house, 'status').returncode == 3  # nobody in particular may not even look
    assert 'say who you are' in outrider(house, 'status').stderr
    assert 'notation-api' in outrider(house, 'status', OUTRIDER_TOKEN=token).stdout
    # A load balancer is not asked who it is.
    with urllib.request.urlopen(f'http://127.0.0.1:{house.api_port}/livez', timeout=5) as answer:
        assert answer.status == 200


def test_a_journal_that_was_cut_off_with_its_head_is_found_out_by_what_had_left_the_machine(house):
    carried = house.folder / 'carried.jsonl'
    trail = house.state / 'audit/audit.jsonl'
    settings = house.write()
    settings['logs'] = {'read': [{'file': str(house.state / 'audit/audit*.jsonl'), 'format': 'json'}],
                        'send_to': [{'file': {'path': str(carried)}}]}
    house.write(extra=settings)
    house.start()
    house.wait_healthy()
    assert house.run('restart', '-a', str(house.socket), '--reason', 'to have something to hide').returncode == 0
    wait_until(lambda: carried.exists() and carried.read_text().count('"hash"') >= len(audited(house)) >= 4, what='the journal elsewhere')
    house.stop()

    def verify():
        return house.run('audit', 'verify', '--state', str(house.state), '--against', str(carried))

    whole = verify()
    assert whole.returncode == 0, whole.stdout + whole.stderr
    lines = trail.read_text().splitlines(keepends=True)
    kept = lines[:2]
    trail.write_text(''.join(kept))
    last = json.loads(kept[-1])
    head = json.loads((house.state / 'audit/audit.head').read_text())
    (house.state / 'audit/audit.head').write_text(json.dumps({**head, 'seq': last['seq'], 'hash': last['hash']}))
    alone = house.run('audit', 'verify', '--state', str(house.state))
    compared = verify()
    assert compared.returncode == 2, compared.stdout
    assert 'are not here' in compared.stdout
    assert alone.returncode == 0, f'the head was not forged well enough for this to show anything: {alone.stdout}'
