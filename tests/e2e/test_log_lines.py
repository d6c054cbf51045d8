"""What becomes of log lines: in formats, in parts, with secrets in them, and explained."""
import json

from house import wait_until

SECRETS = ('bob@example.com', 'hunter2', 'eyJhbGciOiJIUzI1NiJ9', '4111111111111111')
JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl'

SAID = r'''#!/bin/sh
echo '{"level":"warn","msg":"login of bob@example.com","password":"hunter2","n":1.50}'
echo 'no JSON: password=hunter2 card 4111111111111111'
echo 'java.lang.IllegalStateException: for bob@example.com' >&2
printf '\tat com.example.A.save(A.java:12)\n' >&2
echo 'Authorization: Bearer TOKEN' >&2
exec "$@"
'''.replace('TOKEN', JWT)


def logs(house):
    return {'read': [{'child': 'output', 'format': 'json'}, {'child': 'errors', 'format': 'text', 'multiline': ['java', 'go']}],
            'redact': ['email', 'jwt', 'bearer_token', 'card_number', {'field': 'password'}],
            'send_to': [{'file': {'path': str(house.log)}}]}


def documents(house):
    return [json.loads(line) for line in house.log.read_text().splitlines()] if house.log.exists() else []


def test_what_a_service_says_arrives_whole_and_without_its_secrets(house, tmp_path):
    script = tmp_path / 'talker.sh'
    script.write_text(SAID)
    script.chmod(0o755)
    house.write(child=[str(script), *house.service_command()], extra={'logs': logs(house)})
    house.start()
    house.wait_healthy()
    wait_until(lambda: any('Authorization' in document['message'] for document in documents(house)), what='the last line')
    text = house.log.read_text()
    for secret in SECRETS:
        assert secret not in text, text
    found = {document['message'] for document in documents(house)}
    assert 'login of [redacted:email]' in found
    assert 'no JSON: password=[redacted:password] card [redacted:card_number]' in found
    assert 'java.lang.IllegalStateException: for [redacted:email]\n\tat com.example.A.save(A.java:12)' in found
    first = next(document for document in documents(house) if document['message'].startswith('login'))
    assert first['password'] == '[redacted:password]' and first['n'] == 1.5 and first['log.level'] == 'warn'
    failed = next(document for document in documents(house) if document['message'].startswith('no JSON'))
    assert failed['error.message'] == 'it is not one JSON object' and failed['log.flags'] == ['unparsed']
    assert house.metric('outrider_redacted_total', kind='email') == 2
    assert house.metric('outrider_parse_failures_total', format='json') >= 1
    assert house.metric('outrider_ledger_imbalance_records', source='child errors') == 0
    assert house.stop() == 0
    assert not any(secret in house.said() for secret in SECRETS)


def test_explain_shows_what_becomes_of_each_line(house):
    house.write(extra={'logs': logs(house)})
    lines = '{"ts":"2026-11-21T11:00:00Z","msg":"to bob@example.com"}\nhalf a {\n'
    done = house.run('explain', '-c', str(house.config), '--output', 'json', input=lines)
    assert done.returncode == 0, done.stderr
    first, second = (json.loads(line) for line in done.stdout.splitlines())
    assert first['line'].startswith('{"ts"') and first['documents'][0]['message'] == 'to [redacted:email]'
    assert {'by': 'redact', 'what': '1 email'} in first['steps'] and {'by': 'time', 'what': 'from ts'} in first['steps']
    assert second['steps'] == [{'by': 'json', 'what': 'taken as text: it is not one JSON object'}]
    told = house.run('explain', '-c', str(house.config), '-n', '2', input='boom\n\tat a.B.c(B.java:1)\nnext\n')
    assert told.returncode == 0
    assert '2 lines are one' in told.stdout and told.stdout.count('waits for the next line') == 2, told.stdout
    assert house.run('explain', '-c', str(house.config), '-n', '3', input='').returncode == 78


def test_lines_of_a_container_are_joined_and_explained(house):
    house.write(extra={'logs': {**logs(house), 'read': [{'child': 'all', 'format': {'cri': 'json'}}]}})
    lines = ('2026-11-21T11:26:03.5Z stdout P {"msg":"he\n2026-11-21T11:26:03.6Z stderr F {"msg":"other"}\n'
             '2026-11-21T11:26:03.7Z stdout F llo"}\n')
    done = house.run('explain', '-c', str(house.config), '--output', 'json', input=lines)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [[document['message'] for document in line['documents']] for line in told] == [[], ['other'], ['hello']]
    assert told[2]['documents'][0]['log.flags'] == ['joined'] and told[2]['documents'][0]['stream'] == 'stdout'
