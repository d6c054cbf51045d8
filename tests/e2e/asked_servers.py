"""Real servers that the agent asks for their metrics, false ones that answer badly, and what the page shows of either."""
import datetime
import os
import pathlib
import shutil
import socket
import threading
import time

import pytest

from exposition import Page
from house import get, wait_until
from ports import free_port

STAMPED = ('service', 'namespace', 'environment')


def needs(program, package=None):
    """Where the program is; else the story is skipped, and says what it wants."""
    found = shutil.which(program, path=f'{os.environ["PATH"]}:/usr/sbin')
    if found is None:
        pytest.skip(f'{program} is not installed (Debian package {package or program})')
    return found


def start(house, **metrics):
    house.write(extra={'metrics': {'listen': f'127.0.0.1:{house.metrics_port}', **metrics}})
    house.start()


def scrape_of(house, target):
    """What the status says of a target; nothing while it says nothing."""
    found = [each for each in (house.status() or {}).get('scrapes', []) if each['url'] == target]
    return found[0] if found else None


def wait_for(house, target, up, limit=30):
    return wait_until(lambda: (scrape_of(house, target) or {}).get('up') == up and scrape_of(house, target), limit, f'{target} to be {up}')


def shown(house, prefix, *more):
    return Page(get(house.metrics_port, '/metrics')[1]).only(prefix).without(*STAMPED, *more)


def fresh(house, target, prefix, *more):
    """The page as it is now: of a look that began after we asked."""
    asked = time.time()

    def later():
        seen = scrape_of(house, target)
        return seen and seen['up'] == 'ok' and datetime.datetime.fromisoformat(seen['scraped'].replace('Z', '+00:00')).timestamp() > asked + 0.2
    wait_until(later, what=f'a look of now at {target}')
    return shown(house, prefix, *more)


def value(page, name, /, **labels):
    found = [number for key, number in page.samples.get(name, {}).items() if set(labels.items()) <= key]
    assert len(found) <= 1, f'{name} {labels}: {found}'
    return found[0] if found else None


class Nginx:
    """Shows stub_status at a port and at a socket."""

    def __init__(self, house, folder):
        program = needs('nginx')
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        self.port, self.socket = free_port(), self.folder / 'status.sock'
        self.url = f'http://127.0.0.1:{self.port}/stub_status'
        places = ''.join(f'{what}_temp_path {self.folder}/{what}; ' for what in ('client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'))
        (self.folder / 'nginx.conf').write_text(
            f'daemon off; worker_processes 1; pid {self.folder}/pid; error_log {self.folder}/error.log;\n'
            f'{"user root;" if os.geteuid() == 0 else ""}\n'
            'events { worker_connections 64; }\n'
            f'http {{ access_log off; {places}\n'
            f'  server {{ listen 127.0.0.1:{self.port}; listen unix:{self.socket};\n'
            '    location = /stub_status { stub_status; }\n'
            '    location / { return 204; } } }\n')
        with open(self.folder / 'said.log', 'wb') as log:
            self.process = house.spawn([program, '-p', str(self.folder), '-e', str(self.folder / 'error.log'), '-c', str(self.folder / 'nginx.conf')],
                                       stdout=log, stderr=log)
        wait_until(lambda: get(self.port, '/'), what='nginx')


class Chatter:
    """Takes every connection and does with it as it is told."""

    def __init__(self, behave):
        self.behave = behave
        self.door = socket.create_server(('127.0.0.1', 0))
        self.port = self.door.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection, _ = self.door.accept()
            except OSError:
                return
            threading.Thread(target=self.talk, args=(connection,), daemon=True).start()

    def talk(self, connection):
        with connection:
            try:
                self.behave(connection)
            except OSError:
                pass

    def close(self):
        self.door.close()


def says(text):
    """Hears something, says this, and hangs up."""
    def behave(connection):
        connection.recv(4096)
        connection.sendall(text)
    return behave


def silent(connection):
    while connection.recv(4096):
        pass


def endless(beginning, again=b'x' * 4096):
    """Never comes to an end."""
    def behave(connection):
        connection.recv(4096)
        connection.sendall(beginning)
        while True:
            connection.sendall(again)
    return behave


def drip(beginning, again=b'x'):
    """The same, a byte at a time."""
    def behave(connection):
        connection.recv(4096)
        connection.sendall(beginning)
        while True:
            connection.sendall(again)
            time.sleep(0.05)
    return behave


def named(place):
    """How a place is called where its configuration begins with it."""
    return place if isinstance(place, str) else next(iter(place.values()))


def held_to_its_limit(house, kind, place_of, answers, well, metric, name_of=named):
    """Each of the false servers is down with a sentence, in its time, and a true one (`well`) is well all the while."""
    chatters = {what: Chatter(behave) for what, behave in answers.items()}
    try:
        places = {what: place_of(chatter.port) for what, chatter in chatters.items()}
        start(house, **{kind: [well, *({**place, 'every': '500ms', 'timeout': '300ms'} for place in places.values())]})
        for what, place in places.items():
            target = name_of(place)
            seen = wait_for(house, f'{kind} {target}', 'not_ok')
            assert seen['detail'], f'{what}: no word of why'
            assert value(shown(house, kind), metric, target=target) == 0, what
            assert house.metric('outrider_scrape_duration_seconds', target=f'{kind} {target}') < 0.6, what
        assert 'Cannot look at it' in house.said()
        wait_for(house, f'{kind} {name_of(well)}', 'ok')
        began = time.monotonic()
        page = shown(house, kind)
        assert time.monotonic() - began < 0.5, 'no page waits for any of them'
        assert value(page, metric, target=name_of(well)) == 1
    finally:
        for chatter in chatters.values():
            chatter.close()
