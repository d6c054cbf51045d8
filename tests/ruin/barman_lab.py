"""The same with Barman: WAL comes into a folder and is taken in by `barman archive-wal`, backups by pg_basebackup."""
import pathlib

from lab import BIN, Lab, own, run, wait_until

SERVER = 'main'
PROGRAM = pathlib.Path('/usr/bin/barman')


def missing():
    return None if PROGRAM.exists() else f'{PROGRAM} is missing: apt install barman'


class BarmanLab(Lab):
    parts = ('p', 'repo', 's', 'state')

    @property
    def incoming(self):
        return self.repo / SERVER / 'incoming'

    def write_tool(self, cipher=''):
        connection = f'host={self.socket} port={self.port} user=postgres dbname=postgres'
        self.conf.write_text(
            f'[barman]\nbarman_home={self.repo}\nbarman_user={run("id", "-un").stdout.strip()}\nlog_file={self.folder}/barman.log\n'
            f'compression=gzip\nconfiguration_files_directory={self.folder}/none\n'
            f'[{SERVER}]\ndescription=x\nbackup_method=postgres\narchiver=on\npath_prefix={BIN}\nimmediate_checkpoint=true\n'
            f'conninfo={connection}\nstreaming_conninfo={connection}\n')
        own(self.conf)

    def create_repository(self):
        run('mkdir', '-p', self.incoming)
        self.barman('-q', 'cron')

    def push_command(self):
        return f'test ! -f {self.incoming}/%f && cp %p {self.incoming}/%f'

    def catalog(self):
        return {'barman': {'server': SERVER, 'config': str(self.conf), 'home': str(self.repo)}}

    def barman(self, *words, check=True):
        return run(PROGRAM, '--config', self.conf, *words, check=check)

    def take_in(self):
        """What `barman cron` does once a minute."""
        def done():
            self.barman('-q', 'archive-wal', SERVER, check=False)
            return not any(self.incoming.iterdir())
        wait_until(done, 60, 'the taking in of what had come')

    def switch(self):
        name = super().switch()
        self.take_in()
        return name

    def backup(self, kind='full'):
        # It is complete only when the segment that it ends in has come.
        self.barman('-q', 'backup', SERVER)
        self.switch()
        return self.labels()[-1]

    def labels(self):
        return sorted(path.name for path in (self.repo / SERVER / 'base').iterdir())

    def set_folder(self, index=-1):
        return self.repo / SERVER / 'base' / self.labels()[index]

    def last_of_the_newest_set(self):
        lines = (self.set_folder() / 'backup.info').read_text().splitlines()
        return next(line.split('=', 1)[1] for line in lines if line.startswith('end_wal='))

    def segments(self):
        return sorted((path for path in (self.repo / SERVER / 'wals').rglob('*') if path.is_file() and len(path.name) == 24),
                      key=lambda path: path.name)

    def check(self):
        return self.barman('check', SERVER, check=False)
