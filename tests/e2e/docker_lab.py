"""A Docker Engine of one's own, without a network, below a folder; its one image is a static busybox."""
import os
import pathlib
import shutil
import subprocess
import tarfile

from house import wait_until

IMAGE = 'outrider-lab'
BUSYBOX = '/usr/bin/busybox'


def missing():
    """Why there can be none here; nothing where there can."""
    for program in ('dockerd', 'containerd', 'runc', 'docker'):
        if not shutil.which(program):
            return f'no {program} here: install the package docker.io'
    if os.geteuid() != 0:
        return 'dockerd needs root'
    if not pathlib.Path(BUSYBOX).exists() or b'static' not in subprocess.run(
            ['file', '-L', BUSYBOX], capture_output=True).stdout:
        return 'no static busybox here: install the package busybox-static'
    return None


class Docker:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.socket = self.folder / 'docker.sock'
        self.said = self.folder / 'dockerd.log'
        self.process = None

    def start(self):
        with open(self.said, 'ab') as log:
            self.process = subprocess.Popen(
                ['dockerd', '--iptables=false', '--ip6tables=false', '--bridge=none', '-s', 'vfs',
                 '--data-root', str(self.folder / 'data'), '--exec-root', str(self.folder / 'exec'),
                 '-H', f'unix://{self.socket}', '--pidfile', str(self.folder / 'pid')],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        wait_until(lambda: self.process.poll() is not None or self.docker('version', check=False).returncode == 0,
                   60, 'dockerd')
        assert self.process.poll() is None, self.said.read_text()[-2000:]
        return self

    def make_image(self):
        archive = self.folder / 'image.tar'
        with tarfile.open(archive, 'w') as tar:
            tar.add(BUSYBOX, arcname='bin/busybox')
            for name in ('sh', 'sleep', 'kill'):
                link = tarfile.TarInfo(f'bin/{name}')
                link.type, link.linkname = tarfile.SYMTYPE, 'busybox'
                tar.addfile(link)
        self.docker('import', str(archive), IMAGE)
        return self

    def docker(self, *words, check=True):
        done = subprocess.run(['docker', '-H', f'unix://{self.socket}', *words], capture_output=True, text=True,
                              timeout=60)
        assert not check or done.returncode == 0, done.stderr
        return done

    def create(self, name, script, *options):
        self.docker('create', '--name', name, '--network', 'none', *options, IMAGE, '/bin/sh', '-c', script)

    def show(self, name, what):
        return self.docker('inspect', '-f', '{{%s}}' % what, name).stdout.strip()

    def pid(self, name):
        return int(self.show(name, '.State.Pid'))

    def stop(self):
        if self.process and self.process.poll() is None:
            self.docker('ps', '-q', check=False)
            for name in self.docker('ps', '-aq', check=False).stdout.split():
                self.docker('rm', '-f', name, check=False)
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(5)
