"""Records that go to one destination and not to another: from a child and from a file, through a kill, and in the ledger."""
import json

from house import wait_until

SAID = '''#!/bin/sh
echo '{"level":"info","msg":"child: plain"}'
echo '{"level":"info","msg":"child: audit","kind":"audit"}'
exec "$@"
'''


def messages(path):
    return [json.loads(line)['message'] for line in path.read_text().splitlines()] if path.exists() else []


def test_a_record_goes_to_the_destinations_that_it_is_for(house, tmp_path):
    script = tmp_path / 'talker.sh'
    script.write_text(SAID)
    script.chmod(0o755)
    main, audit, written = tmp_path / 'main.log', tmp_path / 'audit.log', tmp_path / 'app.log'
    lines = [{'msg': f'file: {number}', 'kind': 'audit' if number % 2 else 'plain', 'level': 'error' if number == 3 else 'info'} for number in range(6)]
    written.write_text(''.join(json.dumps(line) + '\n' for line in lines))
    logs = {'read': [{'child': 'all', 'format': 'json'}, {'file': str(written), 'format': 'json'}],
            'steps': [{'route': {'to': 'audit'}, 'when': {'fields': {'kind': 'audit'}}},
                      {'route': {'to': ['main', 'audit']}, 'when': {'level': 'error'}}],
            'send_to': [{'file': {'path': str(main)}, 'name': 'main'}, {'file': {'path': str(audit)}, 'name': 'audit'}]}
    house.write(child=[str(script), *house.service_command()], extra={'logs': logs})
    house.start()
    house.wait_healthy()

    def ours(path, who):
        return [message for message in messages(path) if message.startswith(who)]
    wait_until(lambda: 'child: audit' in messages(audit) and 'child: plain' in messages(main), what='what the child said')
    wait_until(lambda: 'file: 5' in messages(audit) and 'file: 4' in messages(main), what='what is in the file')
    assert ours(main, 'child') == ['child: plain'] and ours(audit, 'child') == ['child: plain', 'child: audit']
    assert ours(main, 'file') == ['file: 0', 'file: 2', 'file: 3', 'file: 4'], 'an error goes to both'
    assert ours(audit, 'file') == [f'file: {number}' for number in range(6)]
    dropped = house.metric('outrider_ledger_dropped_records_total', reason='routed', source=str(written), sink=f'file {main}')
    assert dropped == 2
    assert house.metric('outrider_ledger_dropped_records_total', reason='routed', source='child output', sink=f'file {main}') == 1
    assert house.metric('outrider_ledger_imbalance_records', source=str(written)) == 0

    explained = house.run('explain', '-c', str(house.config), input=json.dumps({'msg': 'm', 'kind': 'audit'}) + '\n')
    assert explained.returncode == 0 and 'goes to audit, and nowhere else' in explained.stdout, explained.stdout + explained.stderr
    refused = json.loads(house.config.read_text())
    refused['logs']['steps'][0]['route']['to'] = 'audti'
    house.config.write_text(json.dumps(refused))
    answer = house.run('validate', '-c', str(house.config))
    assert answer.returncode == 78 and 'did you mean audit?' in answer.stdout + answer.stderr
