"""A systemd-journald of one's own, in its own mount namespace: it writes, rotates and vacuums as on any machine, below a folder."""
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'e2e'))
from house import wait_until  # noqa: E402

PROGRAM = pathlib.Path('/lib/systemd/systemd-journald')
SETTINGS = '''[Journal]
Storage=persistent
ReadKMsg=no
Audit=no
RateLimitIntervalSec=0
RateLimitBurst=0
SystemMaxUse=1G
SystemKeepFree=1M
SystemMaxFileSize=%s
Compress=%s
'''


def missing():
    """Why there can be none here; nothing where there can."""
    if not PROGRAM.exists() or not shutil.which('journalctl'):
        return 'no systemd-journald here: install the package systemd'
    if os.geteuid() != 0:
        return 'systemd-journald of one\'s own needs root, for a mount namespace'
    if not pathlib.Path('/etc/machine-id').read_text().strip() if pathlib.Path('/etc/machine-id').exists() else True:
        return 'systemd-journald needs /etc/machine-id'
    if subprocess.run(['unshare', '-m', 'true'], capture_output=True).returncode != 0:
        return 'no mount namespaces here'
    return None


class Journald:
    def __init__(self, folder, file_size='8M', compress='yes'):
        self.folder = pathlib.Path(folder)
        self.run, self.directory = self.folder / 'run', self.folder / 'log'
        self.socket_path = self.run / 'systemd/journal/socket'
        (self.run / 'systemd/journal').mkdir(parents=True)
        (self.run / 'systemd/journald.conf.d').mkdir()
        (self.run / 'systemd/journald.conf.d/lab.conf').write_text(SETTINGS % (file_size, compress))
        (self.run / 'systemd/journal/flushed').touch()  # it writes to the disk at once, not to /run
        self.directory.mkdir()
        self.process = None

    def start(self):
        script = (f'mount --bind {self.run} /run && mount -t tmpfs tmpfs /var/log && mkdir /var/log/journal && '
                  f'mount --bind {self.directory} /var/log/journal && exec {PROGRAM}')
        with open(self.folder / 'journald.out', 'ab') as out:
            self.process = subprocess.Popen(['unshare', '-m', '--propagation', 'private', 'sh', '-c', script], stdout=out, stderr=out)
        # Its first words: only then does it listen to signals, too.
        wait_until(lambda: self.tool('-o', 'cat', 'SYSLOG_IDENTIFIER=systemd-journald'), 20, 'the start of systemd-journald')
        return self

    def tool(self, *words):
        run = subprocess.run(['journalctl', '--directory', str(self.directory), '--quiet', *words], capture_output=True, text=True, timeout=120)
        return run.stdout.splitlines() if run.returncode == 0 else None

    def close(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(10)

    def write(self, messages, identifier='lab', **fields):
        """Each as an entry, in the native protocol. A field of bytes may hold anything."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            channel.connect(str(self.socket_path))
            common = b''.join(encoded(name, value) for name, value in {'SYSLOG_IDENTIFIER': identifier, 'PRIORITY': '6', **fields}.items())
            for message in messages:
                channel.send(encoded('MESSAGE', message) + common)

    def sync(self):
        """Everything that was written so far is in the files: it answers to this when its sockets are empty."""
        done = self.run / 'systemd/journal/synced'
        done.unlink(missing_ok=True)
        self.process.send_signal(signal.SIGRTMIN + 1)
        wait_until(done.exists, 10, 'synchronisation')

    def archived(self):
        return sorted(self.directory.glob('*/system@*.journal'))

    def rotate(self):
        self.sync()
        before = len(self.archived())
        self.process.send_signal(signal.SIGUSR2)
        wait_until(lambda: len(self.archived()) > before, 10, 'rotation')

    def vacuum(self):
        """Only the file that is being written stays."""
        assert self.tool('--vacuum-files=1') is not None
        for path in self.archived():
            path.unlink()

    def texts(self, identifier='lab'):
        """What the journal itself has, by its own tool."""
        self.sync()
        return self.tool('-o', 'cat', f'SYSLOG_IDENTIFIER={identifier}')

    def bytes(self):
        return sum(path.stat().st_size for path in self.directory.glob('*/*.journal'))


def encoded(name, value):
    value = value if isinstance(value, bytes) else str(value).encode()
    if b'\n' not in value:
        return name.encode() + b'=' + value + b'\n'
    return name.encode() + b'\n' + struct.pack('<Q', len(value)) + value + b'\n'
