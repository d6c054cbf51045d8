"""What a service writes is a reason to judge it by."""
import json

from house import wait_until


def probe(house, name='panics'):
    found = [one for one in (house.status() or {}).get('probes', []) if one['name'] == name]
    return found[0] if found else {}


def test_a_service_that_panics_and_lives_on_is_restarted_once_and_not_for_the_old_line(house):
    panics = house.folder / 'panics'
    panics.write_text('')
    script = f'while :; do echo up; [ -s {panics} ] && cat {panics} && : > {panics}; sleep 0.1; done'
    house.write(child=['/bin/sh', '-c', script],
                probes={'panics': {'log': {'match': 'panic:', 'most': 0, 'within': '1m'}, 'every': '200ms', 'timeout': '100ms', 'fail_after': 1}})
    house.start()
    first = house.wait_healthy()['pid']
    panics.write_text('panic: no more tokens\n')
    house.wait_healthy(not_pid=first)
    assert any('1 lines whose message matches /panic:/' in sentence for sentence in house.timeline()), house.timeline()
    wait_until(lambda: probe(house).get('asked_total', 0) > 10, what='more answers')
    assert house.metric('outrider_supervise_restarts_total', cause='sick') == 1, 'the line of the one before is no reason'


def test_a_log_is_overheard_though_no_service_is_supervised(house):
    log = house.folder / 'app.log'
    log.write_text('')
    settings = house.write(probes={'errors': {'log': {'level': 'error', 'most': 1, 'within': '1h'}, 'every': '200ms', 'timeout': '100ms',
                                              'fail_after': 1}})
    del settings['health']['restart']
    settings['logs']['read'] = [{'file': {'paths': [str(log)]}, 'format': 'json'}]
    house.config.write_text(json.dumps(settings))
    house.start()
    wait_until(lambda: probe(house, 'errors').get('last') == 'unknown', what='the first answer')
    with log.open('a') as out:
        out.write('{"level":"error","message":"one"}\n{"level":"info","message":"fine"}\n')
    wait_until(lambda: probe(house, 'errors').get('last') == 'ok', what='a line')
    with log.open('a') as out:
        out.write('{"level":"error","message":"two"}\n')
    found = wait_until(lambda: probe(house, 'errors').get('last') == 'not_ok' and probe(house, 'errors'), what='too many')
    assert 'the last: "two"' in found['detail'], found
