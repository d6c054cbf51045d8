"""Two Lumberjack 2 servers: Elastic's own go-lumber (lumberjack/main.go, built once into a cache outside the tree), and a strict one
of ours that acknowledges in parts and tears connections."""
import hashlib
import json
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import tempfile
import threading
import time
import zlib

from ports import free_port

SOURCE = pathlib.Path(__file__).resolve().parent / 'lumberjack'
CACHE = pathlib.Path(os.environ.get('XDG_CACHE_HOME', pathlib.Path.home() / '.cache')) / 'outrider-upstreams'


def go_server():
    """(path, '') of the server made of go-lumber, or (None, why not)."""
    if not shutil.which('go'):
        return None, 'Go is missing (apt install golang): nothing is sent to Elastic\'s own Lumberjack server'
    sources = b''.join((SOURCE / name).read_bytes() for name in ('main.go', 'go.mod', 'go.sum'))
    program = CACHE / f'lumberjack-{hashlib.sha256(sources).hexdigest()[:16]}'
    if not program.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        made = subprocess.run(['go', 'build', '-trimpath', '-o', f'{program}.new', '.'], cwd=SOURCE, capture_output=True, text=True)
        if made.returncode != 0:
            return None, f'go-lumber cannot be built: {made.stderr.strip()[-300:]}'
        os.replace(f'{program}.new', program)
    return program, ''


class GoServer:
    """One that can be killed and started again at its port; what it has taken stays."""

    def __init__(self, program, *options):
        self.command = [program, *options]
        self.port = free_port()
        self.folder = tempfile.TemporaryDirectory()
        self.output = pathlib.Path(self.folder.name) / 'events'
        self.process = None

    @property
    def address(self):
        return f'127.0.0.1:{self.port}'

    def start(self):
        with self.output.open('ab') as out:
            if self.process:
                out.write(b'\n')  # a kill may have cut a line: the first of the next life is not to be glued to it
            self.process = subprocess.Popen([*self.command, '-bind', self.address], stdout=out, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(('127.0.0.1', self.port)) == 0:
                    return
            time.sleep(0.01)
        raise TimeoutError('the Lumberjack server does not listen')

    def kill(self):
        self.process.kill()
        self.process.wait()

    def close(self):
        if self.process:
            self.kill()
        self.folder.cleanup()

    def events(self):
        # A line that a kill cut was never acknowledged; between two lives there is an empty one.
        found = []
        for line in self.output.read_text(errors='replace').splitlines():
            try:
                found.append(json.loads(line))
            except ValueError:
                continue
        return found


class StrictServer:
    """Acknowledges the first half of a window, then a few more, and ends every third connection, and each after four
    windows, before the rest. Complains of every
    byte that is not as the protocol has it, and of every record that comes although it was acknowledged."""

    def __init__(self):
        self.complaints, self.events, self.acknowledged, self.torn = [], [], set(), 0
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.address = '127.0.0.1:%d' % self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.listener.close()

    def _accept(self):
        number = 0
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            number += 1
            threading.Thread(target=self._serve, args=(client, number % 3 == 0), daemon=True).start()

    def _serve(self, client, tears):
        reader, windows = client.makefile('rb'), 0
        while head := reader.read(6):
            if head[:2] != b'2W':
                self.complaints.append(f'no window: {head!r}')
                return
            window = self._read_window(reader, struct.unpack('>I', head[2:])[0])
            if window is None:
                return
            windows += 1
            self.events += window
            half = len(window) // 2
            for upto in (half, min(half + 3, len(window))):
                self._acknowledge(client, window, upto)
            if tears or windows == 4:
                self.torn += 1
                reader.close()  # in order: a reset could overtake the acknowledgements, and nobody could blame the client
                client.close()
                return
            client.sendall(b'2A' + struct.pack('>I', 0))
            self._acknowledge(client, window, len(window))

    def _acknowledge(self, client, window, upto):
        self.acknowledged |= {event['n'] for event in window[:upto]}
        client.sendall(b'2A' + struct.pack('>I', upto))

    def _read_window(self, reader, count):
        head = reader.read(6)
        if len(head) < 6 or head[:2] != b'2C':
            self.complaints.append(f'no compressed frame: {head!r}')
            return None
        packed = reader.read(struct.unpack('>I', head[2:])[0])
        frames, window = zlib.decompress(packed), []
        while frames:
            kind, number, size = frames[:2], *struct.unpack('>II', frames[2:10])
            if kind != b'2J' or number != len(window) + 1:
                self.complaints.append(f'no event, or misnumbered: {kind!r} {number}')
            window.append(json.loads(frames[10:10 + size]))
            frames = frames[10 + size:]
        if len(window) != count:
            self.complaints.append(f'{len(window)} events in a window of {count}')
        again = {event['n'] for event in window} & self.acknowledged
        if again:
            self.complaints.append(f'acknowledged and sent again: {sorted(again)[:5]}')
        return window
