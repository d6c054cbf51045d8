"""`metrics.haproxy` beside the exporter that a real HAProxy has built in; and before servers that are none."""
import csv
import pathlib
import socket

import pytest

from asked_servers import drip, endless, fresh, held_to_its_limit, needs, says, shown, silent, start, value, wait_for
from exposition import Page, agree
from house import get, wait_until
from ports import free_port

QUICK = {'every': '300ms', 'timeout': '300ms'}
APART = ('haproxy_process_', 'haproxy_sticktable_', 'haproxy_exporter_')
# Here the state that it is in alone, there all that could be; what is out of date there, too; and there 0 for a check that had no code.
NOT_HERE = ('haproxy_server_check_code', 'haproxy_server_check_status', 'haproxy_backend_agg_server_check_status', 'haproxy_backend_agg_server_status', 'haproxy_backend_agg_check_status')
# Moves with who asks, or with each second; averages are whole milliseconds in the one and finer in the other.
MOVING = ('haproxy_backend_check_last_change_seconds', 'haproxy_server_check_last_change_seconds', 'haproxy_backend_last_session_seconds',
          'haproxy_server_last_session_seconds', 'haproxy_server_check_duration_seconds', *(
              f'haproxy_{kind}_{what}_time_average_seconds' for kind in ('backend', 'server') for what in ('queue', 'connect', 'response', 'total')))


class Haproxy:
    def __init__(self, house, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()
        self.front, self.stats, self.well, self.dead = free_port(), free_port(), house.service_port, free_port()
        self.socket = self.folder / 'admin.sock'
        (self.folder / 'haproxy.cfg').write_text(f'''
global
  stats socket {self.socket} mode 600 level admin
defaults
  mode http
  timeout connect 1s
  timeout client 5s
  timeout server 5s
frontend www
  bind 127.0.0.1:{self.front}
  http-request deny if {{ path /denied }}
  default_backend app
backend app
  option httpchk GET /healthz
  server well 127.0.0.1:{self.well} check inter 200ms weight 7
  server dead 127.0.0.1:{self.dead} check inter 200ms fall 1
  server resting 127.0.0.1:{self.well} disabled
frontend stats
  bind 127.0.0.1:{self.stats}
  http-request use-service prometheus-exporter if {{ path /metrics }}
  stats enable
  stats uri /stats
  stats auth me:s3cret-word
''')
        with open(self.folder / 'said.log', 'wb') as log:
            self.process = house.spawn([needs('haproxy'), '-db', '-f', str(self.folder / 'haproxy.cfg')], stdout=log, stderr=log)
        wait_until(lambda: get(self.stats, '/metrics'), what='HAProxy')

    def say(self, command):
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(10)
            line.connect(str(self.socket))
            line.sendall(command.encode() + b'\n')
            said = b''
            while piece := line.recv(65536):
                said += piece
        return said.decode()

    def settle(self):
        wait_until(lambda: {'well': 'UP', 'dead': 'DOWN'}.items() <= {row['svname']: row['status'] for row in self.rows()}.items(), what='the checks')
        return self

    def rows(self):
        return list(csv.DictReader(self.say('show stat').removeprefix('# ').splitlines()))

    @property
    def url(self):
        return f'http://127.0.0.1:{self.stats}/stats;csv'


@pytest.fixture
def haproxy(house, tmp_path, monkeypatch):
    monkeypatch.setenv('PAGE_WORD', 's3cret-word')
    return Haproxy(house, tmp_path / 'haproxy')


def test_names_types_labels_and_values_are_those_of_its_own_exporter(house, haproxy):
    start(house, haproxy={'socket': f'unix:{haproxy.socket}', **QUICK})
    house.wait_healthy()
    haproxy.settle()
    for path in ('/', '/', '/denied'):
        get(haproxy.front, path)

    def but_who_asks(page):
        """Without the frontend over which one of the two asks."""
        for name, series in page.samples.items():
            page.samples[name] = {key: number for key, number in series.items() if ('proxy', 'stats') not in key}
        return page

    def theirs():
        page = but_who_asks(Page(get(haproxy.stats, '/metrics')[1]).only('haproxy_', but=APART))
        for name, series in list(page.samples.items()):
            page.samples[name] = {key: number for key, number in series.items() if number == number and name not in NOT_HERE}
        page.types = {name: kind for name, kind in page.types.items() if page.samples.get(name)}
        return page

    def mine():
        return but_who_asks(fresh(house, f'haproxy unix:{haproxy.socket}', 'haproxy_', 'target'))
    ours, other = mine(), theirs()
    assert len(other.types) > 90
    assert sorted(set(other.types) - set(ours.types)) == [], 'its exporter has it and we have not'
    assert {name: ours.types[name] for name in other.types} == other.types
    assert {name: set(ours.samples[name]) for name in other.types} == {name: set(other.samples[name]) for name in other.types}
    agree(mine, theirs, not_compared=MOVING)


def test_its_numbers_are_those_that_it_says_itself(house, haproxy):
    start(house, haproxy={'url': haproxy.url, 'user': 'me', 'password': {'env': 'PAGE_WORD'}, 'labels': {'role': 'edge'}, **QUICK})
    house.wait_healthy()
    haproxy.settle()
    for _ in range(10):
        assert get(haproxy.front, '/')
    assert get(haproxy.front, '/denied')[0] == 403
    page = fresh(house, f'haproxy {haproxy.url}', 'haproxy_')
    rows = {(row['pxname'], row['svname']): row for row in haproxy.rows()}
    app, www = {'proxy': 'app', 'role': 'edge'}, {'proxy': 'www', 'target': haproxy.url}
    assert value(page, 'haproxy_frontend_http_requests_total', **www) == int(rows['www', 'FRONTEND']['req_tot']) == 11
    assert value(page, 'haproxy_frontend_requests_denied_total', **www) == int(rows['www', 'FRONTEND']['dreq']) == 1
    assert value(page, 'haproxy_frontend_http_responses_total', code='4xx', **www) == int(rows['www', 'FRONTEND']['hrsp_4xx'])
    assert value(page, 'haproxy_server_sessions_total', server='well', **app) == int(rows['app', 'well']['stot']) == 10
    assert value(page, 'haproxy_server_weight', server='well', **app) == 7
    assert value(page, 'haproxy_backend_active_servers', **app) == int(rows['app', 'BACKEND']['act']) == 1
    for server, state in (('well', 'UP'), ('dead', 'DOWN'), ('resting', 'MAINT')):
        assert value(page, 'haproxy_server_status', server=server, state=state, **app) == 1, server
        assert sum(number for key, number in page.samples['haproxy_server_status'].items() if ('server', server) in key) == 1
    assert value(page, 'haproxy_server_check_status', server='well', state='L7OK', **app) == 1
    assert value(page, 'haproxy_server_check_failures_total', server='dead', **app) >= 1


def test_a_server_that_is_drained_is_seen_and_one_that_goes_away_shows_nothing_old(house, haproxy):
    place = f'unix:{haproxy.socket}'
    start(house, haproxy={'socket': place, **QUICK})
    house.wait_healthy()
    haproxy.settle()
    haproxy.say('set server app/well state drain')
    wait_until(lambda: value(shown(house, 'haproxy_'), 'haproxy_server_status', server='well', state='DRAIN') == 1, what='the drained server')
    haproxy.process.kill()
    haproxy.process.wait(10)
    assert wait_for(house, f'haproxy {place}', 'not_ok')['detail']
    page = shown(house, 'haproxy_')
    assert value(page, 'haproxy_up') == 0 and 'haproxy_server_status' not in page.types


def test_a_wrong_password_is_told_and_shown_nowhere(house, haproxy, monkeypatch):
    monkeypatch.setenv('WRONG_WORD', 'wr0ng-word')
    other = haproxy.url.replace('127.0.0.1', 'localhost')
    start(house, haproxy=[{'url': haproxy.url, 'user': 'me', 'password': {'env': 'WRONG_WORD'}, **QUICK}, {'url': other, **QUICK}])
    for url in (haproxy.url, other):
        assert 'HTTP 401' in wait_for(house, f'haproxy {url}', 'not_ok')['detail']
    everything = house.said() + get(house.metrics_port, '/metrics')[1] + str(house.status())
    assert 'wr0ng-word' not in everything and 's3cret-word' not in everything


def test_what_is_no_haproxy_costs_its_limit_and_no_more(house, haproxy):
    head = b'# pxname,svname,status,type\n'
    held_to_its_limit(house, 'haproxy', lambda port: {'socket': f'127.0.0.1:{port}'}, {
        'garbage': says(b'\x00\xff garbage\n'),
        'nothing': says(b''),
        'another table': says(b'# a,b,c\n1,2,3\n'),
        'silence': silent,
        'no end': endless(head, b'a,b,UP,2\n' * 500),
        'a line without end': endless(head),
        'no end, slowly': drip(head),
    }, {'socket': f'unix:{haproxy.socket}'}, 'haproxy_up')
