"""A real systemd as PID 1, shut in: a root of its own in memory, with /usr to read only, and a control group of its own.

Nothing that it does can reach the machine: it sees neither its /tmp nor its /etc, and of the control groups its own branch only.
"""
import os
import pathlib
import shutil
import signal
import subprocess
import textwrap

from house import wait_until

SYSTEMD = pathlib.Path('/usr/lib/systemd/systemd')
GROUPS = pathlib.Path('/sys/fs/cgroup/systemd')

# Runs before systemd: everything below is made in a namespace that ends with it.
SETUP = '''\
set -e
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs "$ROOT"
cd "$ROOT"
mkdir usr etc var run tmp proc sys dev root old var/tmp var/log etc/systemd etc/systemd/system etc/dbus-1
for link in bin sbin lib lib64; do ln -s usr/$link $link; done
mount --bind /usr usr
mount -o remount,bind,ro usr
cp -a /etc/passwd /etc/group /etc/nsswitch.conf /etc/ld.so.cache etc/
cp -a "$UNITS"/. etc/systemd/system/
echo 0123456789abcdef0123456789abcdef > etc/machine-id
mount -t tmpfs tmpfs dev
for node in null zero full random urandom tty; do touch dev/$node; mount --bind /dev/$node dev/$node; done
mkdir dev/shm
mount -t proc proc proc
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount -t sysfs -o ro sysfs sys
mount -t tmpfs tmpfs sys/fs/cgroup
mkdir sys/fs/cgroup/systemd
mount -t cgroup -o none,name=systemd cgroup sys/fs/cgroup/systemd
mkdir run/dbus
pivot_root . old
umount -l /old
rmdir /old
exec env -i PATH=/usr/bin:/usr/sbin container=lab /usr/lib/systemd/systemd --system --unit=lab.target \
    --log-target=console --log-level=info --show-status=no
'''

UNITS = {
    'lab.target': '''
        [Unit]
        DefaultDependencies=no
        Requires=dbus.socket dbus.service
        ''',
    'dbus.socket': '''
        [Unit]
        DefaultDependencies=no
        [Socket]
        ListenStream=/run/dbus/system_bus_socket
        ''',
    'dbus.service': '''
        [Unit]
        DefaultDependencies=no
        Requires=dbus.socket
        [Service]
        Type=notify
        NotifyAccess=main
        ExecStart=/usr/bin/dbus-daemon --system --address=systemd: --nofork --nopidfile --systemd-activation
        ''',
}


def missing():
    """Why there can be none here; nothing where there can."""
    if not SYSTEMD.exists() or not shutil.which('dbus-daemon'):
        return 'no systemd or no dbus-daemon here'
    if os.geteuid() != 0:
        return 'systemd as PID 1 needs root, for its namespaces'
    if not (GROUPS / 'cgroup.procs').exists():
        return 'no control groups of version 1 with a hierarchy for systemd here'
    tried = subprocess.run(['unshare', '-m', '-p', '-f', '-u', '-i', '-C', 'true'], capture_output=True, text=True)
    return f'no namespaces here: {tried.stderr.strip()}' if tried.returncode else None


class Systemd:
    def __init__(self, folder, units):
        self.folder = pathlib.Path(folder)
        self.group = GROUPS / f'outrider-lab-{os.getpid()}'
        self.said = self.folder / 'systemd.log'
        (self.folder / 'units').mkdir(parents=True)
        (self.folder / 'root').mkdir()
        for name, text in {**UNITS, **units}.items():
            if text is None:  # masked
                (self.folder / 'units' / name).symlink_to('/dev/null')
            else:
                (self.folder / 'units' / name).write_text(textwrap.dedent(text))
        (self.folder / 'setup.sh').write_text(SETUP)
        self.process = None

    def start(self):
        self.group.mkdir()
        enter = f'echo $$ > {self.group}/cgroup.procs && exec unshare -m -p -f -u -i -C --kill-child ' \
                f'sh {self.folder}/setup.sh'
        with open(self.said, 'ab') as log:
            self.process = subprocess.Popen(['sh', '-c', enter], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True,
                                            env={**os.environ, 'ROOT': str(self.folder / 'root'),
                                                 'UNITS': str(self.folder / 'units')})
        wait_until(lambda: self.process.poll() is not None or self.ready(), 30, 'systemd with its bus')
        assert self.process.poll() is None, self.said.read_text()
        return self

    def pid(self):
        """Of its PID 1, as it is called out here."""
        found = subprocess.run(['pgrep', '-P', str(self.process.pid)], capture_output=True, text=True).stdout.split()
        return int(found[0]) if found else None

    @property
    def bus(self):
        return 'unix:path=' + str(pathlib.Path(f'/proc/{self.pid()}', 'root', 'run/dbus/system_bus_socket'))

    def ready(self):
        return self.pid() and self.systemctl('is-active', 'dbus.service').stdout.strip() == 'active'

    def systemctl(self, *words):
        inside = ['nsenter', '-t', str(self.pid()), '-m', '-p', '-u', '-i', '-C', 'systemctl', '--no-pager', *words]
        return subprocess.run(inside, capture_output=True, text=True, timeout=30)

    def show(self, unit, what):
        return self.systemctl('show', '-P', what, unit).stdout.strip()

    def stop(self):
        if self.process and self.process.poll() is None:
            inside = self.pid()
            if inside:
                os.kill(inside, signal.SIGKILL)  # with PID 1 all others of its namespace end
            self.process.wait(10)
        for group in sorted(self.group.rglob('*'), key=lambda at: -len(at.parts)):
            if group.is_dir():
                wait_until(lambda: not (group / 'cgroup.procs').read_text(), 10, 'the end of what it started')
                group.rmdir()
        if self.group.exists():
            self.group.rmdir()
