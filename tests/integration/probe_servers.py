"""Real servers for test_probes.py: a Redis, a PostgreSQL with its standby, a TLS server with a certificate of any age."""
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1]), str(pathlib.Path(__file__).resolve().parents[1] / 'e2e')]
from house import wait_until  # noqa: E402
from ports import free_port  # noqa: E402
from wal_cluster import Cluster  # noqa: E402


class Redis:
    def __init__(self, folder, *words):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.words = words
        self.process = None

    def start(self):
        words = ['redis-server', '--port', str(self.port), '--bind', '127.0.0.1', '--dir', str(self.folder), '--save', '', *self.words]
        with open(self.folder / 'redis.log', 'ab') as log:
            self.process = subprocess.Popen(words, stdout=log, stderr=log)
        wait_until(lambda: self.tool('PING') in ('PONG', 'NOAUTH Authentication required.'), 20, 'the start of Redis')
        return self

    def tool(self, *words):
        run = subprocess.run(['redis-cli', '-p', str(self.port), *words], capture_output=True, text=True, timeout=20)
        return run.stdout.strip()

    def send_signal(self, number):
        self.process.send_signal(number)

    def close(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait(10)


class Pair:
    """A primary and a standby that streams from it."""

    def __init__(self):
        self.primary = Cluster(1)
        self.primary.start()
        self.standby = self.primary.root / 'standby'
        (self.primary.root / 'socket2').mkdir()
        if self.primary.prefix:
            shutil.chown(self.primary.root / 'socket2', 'postgres', 'postgres')
        self.primary.run('pg_basebackup', '-h', self.primary.root / 'socket', '-U', 'postgres', '-D', self.standby, '-X', 'stream', '-c', 'fast', '-R')
        with open(self.standby / 'postgresql.conf', 'a', encoding='utf-8') as file:
            file.write(f"unix_socket_directories = '{self.primary.root}/socket2'\nhot_standby = on\n")
        self.control('start')

    def control(self, word):
        words = [*self.primary.prefix, f'{self.primary.bin}/pg_ctl', '-D', str(self.standby), '-l', str(self.primary.root / 'log2'), '-w', word]
        subprocess.run(words, check=True, timeout=120, cwd=self.primary.root, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)

    def dsn(self, which='primary', more='user=postgres dbname=postgres'):
        return f"host={self.primary.root}/{'socket' if which == 'primary' else 'socket2'} {more}"

    def close(self):
        self.control('stop')
        self.primary.close()


class Web:
    """Speaks HTTP over TLS, as badly as it is told to."""

    def __init__(self, folder, days):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.certificate, key = self.folder / 'tls.pem', self.folder / 'tls.key'
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', str(key),
                        '-out', str(self.certificate), '-days', str(days), '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
                       check=True, capture_output=True)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.certificate, key)
        self.door = socket.create_server(('127.0.0.1', 0))
        self.port = self.door.getsockname()[1]
        self.answer = lambda connection: connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nready')
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                plain, _ = self.door.accept()
            except OSError:
                return
            threading.Thread(target=self.talk, args=(plain,), daemon=True).start()

    def talk(self, plain):
        try:
            with self.context.wrap_socket(plain, server_side=True) as connection:
                connection.recv(4096)
                self.answer(connection)
        except OSError:
            pass

    def close(self):
        self.door.close()


def small_disk(folder):
    """A tmpfs of 4 MiB and 64 inodes; nothing where we may not mount."""
    os.makedirs(folder, exist_ok=True)
    done = subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=4m,nr_inodes=64', 'tmpfs', str(folder)], capture_output=True)
    return done.returncode == 0

