"""What is promised of a service is counted beside it, over restarts of the agent as well."""
from house import get, wait_until
from ports import free_port


def promise(house, **more):
    house.write(probes={'ready': {'http': f'http://127.0.0.1:{house.service_port}/healthz', 'every': '200ms', 'timeout': '150ms',
                                  'fail_after': 1000}},
                extra={'slo': {'availability': {'probe': 'ready', 'target': 99.99, **more}}})


def objective(house):
    objectives = house.status()['objectives']
    return objectives[0] if objectives else {}


def test_an_outage_burns_the_budget_is_told_once_and_is_remembered(house):
    promise(house)
    house.start()
    wait_until(lambda: house.status()['probes'][0]['asked_total'] > 3, what='answers')
    assert objective(house)['state'] == 'unknown', 'a second is no hour'
    house.break_service('sick')
    burning = wait_until(lambda: (found := objective(house)) and found['urgency'] == 'page' and found, 60, 'a page')
    assert burning['state'] == 'sick' and burning['budget_left'] < 1
    assert 'burns its error budget' in burning['why']
    shown = house.run('status', '-c', str(house.config)).stdout
    assert 'PROMISE' in shown and 'availability burns its error budget' in shown
    assert len([line for line in house.timeline() if 'burns its error budget' in line]) == 1
    assert house.supervised()['restarts_total'] == 0, 'nothing is restarted for it'
    assert house.metric('outrider_slo_urgency', objective='availability', urgency='page') == 1
    spent = 1 - objective(house)['budget_left']
    assert house.stop() == 0
    house.start()
    assert 1 - wait_until(lambda: objective(house).get('budget_left', 1) < 1 and objective(house), 20)['budget_left'] >= spent


def test_a_promise_about_a_probe_that_is_not_there_is_refused_with_its_name(house):
    promise(house)
    text = house.config.read_text()
    house.config.write_text(text.replace('"probe": "ready"', '"probe": "raedy"'))
    told = house.run('validate', '-c', str(house.config))
    assert told.returncode != 0
    assert '`health.probes` has no probe `raedy` whose answers could count' in told.stdout + told.stderr


def test_maintenance_costs_nothing(house):
    promise(house)
    house.start()
    begun = house.run('maintenance', 'start', '--for', '1h', '--reason', 'upgrade', '-c', str(house.config))
    assert begun.returncode == 0, begun.stderr
    before = house.metric('outrider_slo_answers_total', objective='availability', result='bad')
    house.break_service('sick')
    was = house.status()['probes'][0]['asked_total']
    wait_until(lambda: house.status()['probes'][0]['last'] == 'not_ok', what='bad answers')
    wait_until(lambda: house.status()['probes'][0]['asked_total'] > was + 30, what='many of them')
    assert house.metric('outrider_slo_answers_total', objective='availability', result='bad') == before


def ask(house, times):
    for _ in range(times):
        assert get(house.service_port, '/v1/notation?notes=C4,E4,G4')[0] == 200


def test_requests_themselves_are_promised_and_their_failures_page(house, receiver):
    spans = free_port()
    house.write(child=house.service_command('--spans-to', f'127.0.0.1:{spans}'), probes={}, extra={
        'traces': {'listen': {'http': f'127.0.0.1:{spans}'}, 'send_to': [{'otlp': receiver.url}]},
        'slo': {'all': {'requests': True, 'target': 99},
                'reading': {'requests': {'operations': ['GET /v1/notation']}, 'target': 99}}})
    house.start()
    wait_until(lambda: get(house.service_port, '/healthz'), what='the service')
    ask(house, 30)
    found = wait_until(lambda: (all_of := {one['name']: one for one in house.status()['objectives']})['reading']['state'] == 'healthy' and all_of,
                       what='enough requests to say that all is well')
    assert found['reading']['probe'] == 'requests GET /v1/notation' and found['reading']['budget_left'] == 1
    house.break_service('sick')
    for _ in range(20):
        get(house.service_port, '/healthz')
    burning = wait_until(lambda: (all_of := {one['name']: one for one in house.status()['objectives']})['all']['urgency'] == 'page' and all_of,
                         what='a page')
    assert burning['all']['state'] == 'sick' and burning['all']['budget_left'] < 0
    assert burning['reading']['urgency'] == 'none', 'those of another operation are not held against it'
    assert house.metric('outrider_slo_answers_total', objective='all', result='bad') == 20
    assert house.supervised()['restarts_total'] == 0, 'nothing is restarted for it'
