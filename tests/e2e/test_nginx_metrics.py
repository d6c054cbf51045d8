"""`metrics.nginx` beside the real exporter (Debian's prometheus-nginx-exporter) on a real nginx; and before servers that are none."""
import re

import pytest

from asked_servers import STAMPED, Nginx, drip, endless, fresh, held_to_its_limit, needs, says, shown, silent, start, value, wait_for
from exposition import Page, agree
from house import get, wait_until
from ports import free_port

# Of the exporter itself.
APART = ('nginxexporter_', 'nginx_exporter_')


@pytest.fixture
def nginx(house, tmp_path):
    return Nginx(house, tmp_path / 'nginx')


def test_names_types_help_and_values_are_those_of_the_exporter(house, nginx, tmp_path):
    program, port = needs('prometheus-nginx-exporter'), free_port()
    with open(tmp_path / 'exporter.log', 'wb') as log:
        house.spawn([program, f'-nginx.scrape-uri={nginx.url}', f'-web.listen-address=127.0.0.1:{port}'], stdout=log, stderr=log)
    wait_until(lambda: 'nginx_up 1' in (get(port, '/metrics') or (0, ''))[1], what='the exporter')
    start(house, nginx={'url': nginx.url, 'every': '300ms', 'timeout': '300ms'})

    def theirs():
        return Page(get(port, '/metrics')[1]).only('nginx_', but=APART)

    def mine():
        return fresh(house, f'nginx {nginx.url}', 'nginx_', 'target')
    assert len(theirs().types) == 8
    assert mine().types == theirs().types
    assert mine().helps == theirs().helps
    assert {name: set(of) for name, of in mine().samples.items()} == {name: set(of) for name, of in theirs().samples.items()}
    agree(mine, theirs)


def test_its_numbers_are_those_that_nginx_says_itself(house, nginx):
    start(house, nginx={'url': nginx.url, 'every': '300ms', 'timeout': '300ms', 'labels': {'role': 'edge'}})
    before = fresh(house, f'nginx {nginx.url}', 'nginx_')
    for _ in range(25):
        assert get(nginx.port, '/')[0] == 204
    accepted, handled, requests = map(int, re.search(r'^ (\d+) (\d+) (\d+) $', get(nginx.port, '/stub_status')[1], re.MULTILINE).groups())
    after = fresh(house, f'nginx {nginx.url}', 'nginx_')
    labels = {'target': nginx.url, 'role': 'edge'}
    for name, said in (('nginx_connections_accepted', accepted), ('nginx_connections_handled', handled), ('nginx_http_requests_total', requests)):
        assert value(before, name, **labels) + 25 < said <= value(after, name, **labels), name
    page = Page(get(house.metrics_port, '/metrics')[1])
    assert {label for label, _ in next(iter(page.samples['nginx_up']))} == {'target', 'role', *STAMPED}


def test_it_may_be_at_a_socket_and_there_may_be_many(house, nginx, tmp_path):
    other = Nginx(house, tmp_path / 'other')
    place = f'unix:{nginx.socket}:/stub_status'
    start(house, nginx=[place, other.url])
    wait_for(house, f'nginx {place}', 'ok')
    wait_for(house, f'nginx {other.url}', 'ok')
    page = shown(house, 'nginx_')
    assert value(page, 'nginx_up', target=place) == value(page, 'nginx_up', target=other.url) == 1
    assert value(page, 'nginx_connections_active', target=place) >= 1, 'ours at least'


def test_one_that_goes_away_shows_nothing_old_and_comes_back(house, nginx):
    target = f'nginx {nginx.url}'
    start(house, nginx={'url': nginx.url, 'every': '200ms', 'timeout': '200ms'})
    wait_for(house, target, 'ok')
    nginx.process.terminate()
    nginx.process.wait(10)
    assert 'refused' in wait_for(house, target, 'not_ok')['detail']
    page = shown(house, 'nginx_')
    assert value(page, 'nginx_up') == 0 and 'nginx_http_requests_total' not in page.types
    assert house.metric('outrider_scrape_up', target=target) == 0


def test_what_is_no_nginx_costs_its_limit_and_no_more(house, nginx):
    head = b'HTTP/1.1 200 OK\r\n'
    held_to_its_limit(house, 'nginx', lambda port: {'url': f'http://127.0.0.1:{port}/stub_status'}, {
        'garbage': says(b'\x00\xff garbage'),
        'another page': says(head + b'Content-Length: 5\r\n\r\nhello'),
        'another status': says(b'HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n'),
        'silence': silent,
        'no end': endless(head + b'\r\nActive connections: 1 \n'),
        'no end, slowly': drip(head + b'\r\nActive connections: 1 \n'),
        'a header without end': endless(head + b'X: '),
    }, nginx.url, 'nginx_up')
