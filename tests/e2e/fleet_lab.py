"""What the replicas of a fleet share: a file, or a key in a real etcd."""
import shutil
import subprocess

from house import get, wait_until
from ports import free_port

ETCD = shutil.which('etcd')


class FileShared:
    def __init__(self, folder):
        self.lease = {'file': str(folder / 'shared.lease')}

    def close(self):
        pass


class EtcdShared:
    def __init__(self, folder):
        self.folder, self.port, self.peer_port, self.server = folder / 'etcd', free_port(), free_port(), None
        self.lease = {'etcd': {'urls': [f'http://127.0.0.1:{free_port()}', f'http://127.0.0.1:{self.port}'], 'key': 'fleet/notation-api'}}
        self.start()

    def start(self):
        client, peer = f'http://127.0.0.1:{self.port}', f'http://127.0.0.1:{self.peer_port}'
        with open(self.folder.parent / 'etcd.log', 'ab') as log:
            self.server = subprocess.Popen(
                [ETCD, '--name', 'one', '--data-dir', str(self.folder), '--listen-client-urls', client, '--advertise-client-urls', client,
                 '--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', f'one={peer}'],
                stdout=log, stderr=log)
        wait_until(lambda: (get(self.port, '/health') or (0, ''))[0] == 200, what='etcd')

    def kill(self):
        self.server.kill()
        self.server.wait()

    def close(self):
        if self.server.poll() is None:
            self.kill()
