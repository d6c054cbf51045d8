"""Where the lines must arrive: a false Elasticsearch in a process of its own, or the file sink's files."""
import glob
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys

import index as indices

HERE = pathlib.Path(__file__).resolve().parent
STREAM = 'logs-chaos-test'


class ElasticDestination:
    name = 'elasticsearch'

    def __init__(self, folder):
        self.socket_path = str(pathlib.Path(folder) / 'orders.sock')
        self.process = subprocess.Popen([sys.executable, str(HERE / 'elastic.py'), self.socket_path], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, text=True, env={**os.environ, 'PYTHONDONTWRITEBYTECODE': '1'})
        self.port = int(self.process.stdout.readline())
        self.orders, self.paused, self.last = None, False, {}

    def order(self, **order):
        if self.orders is None:
            link = socket.socket(socket.AF_UNIX)
            link.settimeout(60)
            link.connect(self.socket_path)
            self.orders = link.makefile('rwb')
        self.orders.write(json.dumps(order).encode() + b'\n')
        self.orders.flush()
        return json.loads(self.orders.readline())

    def mood(self, **mood):
        self.order(mood=mood)

    def settings(self):
        return {'elasticsearch': {'urls': [f'http://127.0.0.1:{self.port}'], 'data_stream': STREAM}}

    def complete(self):
        """stream → the number below which everything has arrived, or was refused for ever."""
        if not self.paused:
            self.last = self.order()['complete']
        return self.last

    def account(self):
        """The index's own account of what it holds, and what the agent did that no client may."""
        answer = self.order(account=True)
        accounts = answer['accounts']
        if set(accounts) - {STREAM}:
            answer['complaints'].append(f'documents in other indices: {sorted(accounts)}')
        return {**accounts.get(STREAM, indices.Index(STREAM).account()), 'complaints': answer['complaints'],
                'requests': answer['requests'], 'searches': answer['searches']}

    def pause(self, paused):
        self.paused = paused
        self.process.send_signal(signal.SIGSTOP if paused else signal.SIGCONT)

    def close(self):
        self.process.kill()
        self.process.wait()


class FileDestination:
    """Reads what the file sink wrote, its rotated files too, as anybody would."""

    name = 'file'

    def __init__(self, folder):
        self.path = pathlib.Path(folder) / 'carried' / 'out.log'
        self.path.parent.mkdir()
        self.known = {}  # inode → (size, time of change, what is in it): the sink takes back what it could not make safe

    def settings(self):
        return {'file': {'path': str(self.path), 'rotate_at': '2MiB', 'keep': 1000}}

    def mood(self, **_mood):
        pass

    def look(self):
        """All files as one index; there are no ids in them, so each line counts."""
        now = {}
        for name in glob.glob(f'{self.path}*'):
            try:
                with open(name, 'rb') as file:
                    facts = os.fstat(file.fileno())
                    mark = (facts.st_size, facts.st_mtime_ns)
                    was = self.known.get(facts.st_ino)
                    now[facts.st_ino] = was if was and was[0] == mark else (mark, *contents(file.read()))
            except FileNotFoundError:
                continue  # moved meanwhile: it is looked at the next time
        self.known = now
        whole = indices.Index('file')
        for _, held, _ in now.values():
            whole.take_in(held)
        return whole

    def complete(self):
        return self.look().complete_until()

    def account(self):
        whole = self.look()
        torn = [f'a file ends in {rest} bytes that are no whole line' for _, _, rest in self.known.values() if rest]
        return {**whole.account(), 'complaints': torn}

    def close(self):
        pass


def contents(block):
    """The lines of a file as an index, and how many bytes at its end are no whole line."""
    held = indices.Index('file', refuses=False)
    whole = block.rfind(b'\n') + 1
    for at, line in enumerate(block[:whole].splitlines()):
        held.create(at, line)
    return held, len(block) - whole
