"""What is shown to somebody who is not on the machine: a bundle of evidence, and the gate's signed answer."""
import base64
import json
import os
import shutil
import stat
import subprocess

import house as houses
import pytest
from database import Watcher
from house import wait_until


@pytest.fixture
def house(cluster):
    """An agent that has seen one drill, run beside it."""
    made = Watcher(cluster)
    made.write(drill={'at': '03:30'})
    made.start()
    made.wait_known()
    done = made.run('drill', timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    wait_until(lambda: made.snapshot()['drill_counts']['proven'] == 1, 15, 'the proof')
    wait_until(lambda: 'take note of a drill' in made.run('audit', 'show').stdout, 10, 'the entry of the audit journal')
    yield made
    made.clean_up()


def elsewhere(tmp_path, *words, given=None):
    """Outrider on a machine without an agent, a state or a configuration; its code and what it said."""
    done = subprocess.run([str(houses.OUTRIDER), *map(str, words)], capture_output=True, text=True, timeout=20, cwd=tmp_path,
                          input=given, env={'PATH': os.environ['PATH'], 'OUTRIDER_CONFIG': '/nowhere'})
    return done.returncode, done.stdout + done.stderr


def keys(house, tmp_path):
    """The agent's public key, another one, and the name of the first."""
    ours, other = tmp_path / 'ours.pub', tmp_path / 'other.pub'
    ours.write_text(house.run('evidence', 'key').stdout)
    other.write_text(elsewhere(tmp_path, 'evidence', 'key', '--state', tmp_path / 'state of another')[1])
    return ours, other, json.loads(house.run('evidence', 'key', '--output', 'json').stdout)['kid']


def bundled(house, folder, *words):
    done = house.run('evidence', '--to', str(folder), '--output', 'json', *words)
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    envelope = json.loads((folder / 'bundle.json').read_text())
    return told, envelope, json.loads(base64.b64decode(envelope['payload']))


def altered(envelope, statement, path):
    path.write_text(json.dumps({**envelope, 'payload': base64.b64encode(json.dumps(statement).encode()).decode()}))
    return path


def check_by_hand(folder, envelope, key, tmp_path):
    """As the page says: with OpenSSL and nothing of ours."""
    payload = base64.b64decode(envelope['payload'])
    (tmp_path / 'signed').write_bytes(b'DSSEv1 28 application/vnd.in-toto+json %d ' % len(payload) + payload)
    (tmp_path / 'signature').write_bytes(base64.b64decode(envelope['signatures'][0]['sig']))
    done = subprocess.run(['openssl', 'pkeyutl', '-verify', '-pubin', '-inkey', key, '-rawin', '-in', tmp_path / 'signed', '-sigfile',
                           tmp_path / 'signature'], capture_output=True, text=True, timeout=20)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_bundle_and_an_answer_are_proven_far_from_the_agent(house, tmp_path):
    key = house.state / 'signing.key'
    assert stat.S_IMODE(key.stat().st_mode) == 0o600 and key.owner() == house.state.owner(), 'the agent made it'
    ours, other, name = keys(house, tmp_path)
    folder = house.cluster.folder / 'bundle'
    told, envelope, statement = bundled(house, folder)
    assert told['key'] == name and '1 proven' in told['sentence'], told
    evidence = statement['predicate']
    drill = evidence['drills'][0]
    assert drill['record']['finding'] == 'proven' and drill['rpo'] == 'met' and drill['rto'] == 'met' and drill['journal_entry']
    assert evidence['summary']['not_known'] >= 88 and evidence['summary']['missed'] == 0, evidence['summary']
    page = (folder / 'bundle.html').read_text()
    assert drill['id'] in page and drill['sha256'] in page and '<script' not in page and 'src=' not in page

    # It holds for whoever has the key, or its name, or at least the bundle; and the journal has its entries.
    bundle = folder / 'bundle.json'
    for words in ((), ('--key', ours), ('--key', name), ('--key', ours, '--state', house.state)):
        code, said = elsewhere(tmp_path, 'evidence', 'verify', bundle, *words)
        assert code == 0 and 'it holds' in said, said
    assert 'stand in the audit journal' in said, said
    if shutil.which('openssl'):
        check_by_hand(folder, envelope, ours, tmp_path)

    # Altered, unsigned and wrongly keyed are told apart.
    drill['record']['proven_rpo_seconds'] = 0.0
    code, said = elsewhere(tmp_path, 'evidence', 'verify', altered(envelope, statement, tmp_path / 'altered.json'))
    assert code == 2 and f'drill {drill["id"]} (number 1) was altered' in said and 'signature does not fit' in said, said
    bare = tmp_path / 'bare.json'
    bare.write_text(json.dumps({**envelope, 'signatures': []}))
    code, said = elsewhere(tmp_path, 'evidence', 'verify', bare)
    assert code == 3 and 'not signed' in said, said
    code, said = elsewhere(tmp_path, 'evidence', 'verify', bundle, '--key', other)
    assert code == 3 and 'signed by another key' in said, said
    (folder / 'bundle.html').write_text(page.replace('proven', 'PROVEN'))
    code, said = elsewhere(tmp_path, 'evidence', 'verify', bundle)
    assert code == 2 and 'bundle.html' in said, said

    # Who changes a record before it is bundled loses its place in the audit journal.
    history = house.state / 'recovery' / 'drills.jsonl'
    kept = history.read_text()
    history.write_text(kept.replace('"total_seconds":', '"total_seconds": '))
    _, _, forged = bundled(house, house.cluster.folder / 'forged', '--drill', drill['id'])
    assert forged['predicate']['drills'][0]['journal_entry'] is None and forged['predicate']['journal']['lines'] == []
    history.write_text(kept)
    _, _, one = bundled(house, house.cluster.folder / 'one', '--drill', drill['id'])
    assert one['predicate']['drills'][0]['journal_entry'] and len(one['predicate']['journal']['lines']) == 2

    check_answers(house, tmp_path, ours, other)


def check_answers(house, tmp_path, ours, other):
    def signed(*words):
        code, said = house.check(*words, '--output', 'json')
        return code, said, json.loads(said)['signed']

    def verified(token, *words, key=ours, given=None):
        return elsewhere(tmp_path, 'check', *words, '--verify', token, '--key', key, given=given)
    code, said, token = signed('drill', '--nonce', 'build 7', '--audience', 'the deploy')
    header, claims, _ = (json.loads(base64.urlsafe_b64decode(part + '==')) if i < 2 else part for i, part in enumerate(token.split('.')))
    assert code == 0 and header['alg'] == 'EdDSA' and claims['exp'] - claims['iat'] == 300 and claims['instance'] == 'here', claims
    assert claims['level'].startswith(('L3', 'L4')) and claims['set'] and claims['proven'], claims
    meant = ('drill', '--nonce', 'build 7', '--audience', 'the deploy')
    assert verified(token, *meant)[0] == 0
    code, told = verified('-', *meant, given=said)
    assert code == 0 and told.startswith('RECOVERY drill OK - genuine'), told
    for words in (('rpo', *meant[1:]), ('drill', '--nonce', 'build 8', '--audience', 'the deploy'), ('drill', '--nonce', 'build 7'), ()):
        code, told = verified(token, *words)
        assert code == 3 and 'does not count' in told, told
    for spoilt, key in ((token, other), (token[:-6], ours), (token.replace('.', '.A', 1), ours), ('', ours)):
        assert verified(spoilt, *meant, key=key)[0] == 3
    none = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip('=') + '.' + token.split('.')[1] + '.'
    code, told = verified(none, *meant)
    assert code == 3 and 'only EdDSA counts' in told, told
    # A refusal is carried as faithfully as a permission.
    code, _, token = signed('rpo', '--require', 'rpo<1ms')
    assert code in (2, 3) and verified(token, 'rpo')[0] == code
