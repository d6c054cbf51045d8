"""Writes the lines of the oracle into files that rotate under the reader's eyes, each in a way of its own."""
import datetime
import gzip
import os
import pathlib
import shutil
import time


def stamp():
    return datetime.datetime.now(datetime.timezone.utc).strftime('%Y-%m-%dT%H:%M:%S.%fZ')


class Writer:
    """One stream. `turn()` writes what is due; subclasses say what rotation is. Nothing goes that was not read."""

    suffix = 'log'

    def __init__(self, folder, author, *, lines_a_second, rotate_every_s, shape='json'):
        self.author, self.rate, self.rotate_every_s = author, lines_a_second, rotate_every_s
        self.folder = pathlib.Path(folder) / author.stream
        self.folder.mkdir(parents=True, exist_ok=True)
        self.path = self.folder / f'{author.stream}.{self.suffix}'
        self.line = {'json': author.as_json, 'text': author.as_text, 'cri': author.as_cri}[shape]
        self.written = self.rotations = self.cut = 0  # cut: the first line after the last rotation
        self.file = None
        self.old = []  # (path, number of the first line that is not in it)

    @property
    def stream(self):
        return self.author.stream

    def begin(self, now):
        """Lines are due from now on; what was written before does not count."""
        self.began = self.rotated = now
        self.before = self.written

    def turn(self, complete_until):
        """Writes the lines that are due. `complete_until`: the number below which everything has arrived."""
        now = time.monotonic()
        due = self.before + int((now - self.began) * self.rate)
        if due > self.written:
            self.write(self.written, min(due, self.written + 2000))
        if now - self.rotated > self.rotate_every_s and self.written > self.cut:
            self.rotated, self.cut = now, self.written
            self.rotations += 1
            self.rotate()
        self.tidy(complete_until)

    def write(self, begin, end):
        if self.file is None:
            self.file = open(self.path, 'ab', buffering=0)
        when = stamp()
        self.file.write(b''.join(self.line(number, when) + b'\n' for number in range(begin, end)))
        self.written = end

    def rotate(self):
        raise NotImplementedError

    def tidy(self, complete_until):
        """Removes the oldest rotated files, once all of their lines have arrived."""
        while len(self.old) > 2 and self.old[0][1] <= complete_until:
            path, _ = self.old.pop(0)
            path.unlink()

    def numbered(self):
        """The name for a newly rotated file: x.log.1, the older ones moved up, as logrotate does."""
        moved = []
        for at in range(len(self.old)):  # the oldest one has the highest number
            path, until = self.old[at]
            number = len(self.old) - at + 1
            there = self.folder / f'{self.path.name}.{number}{".gz" if path.suffix == ".gz" else ""}'
            path.rename(there)
            moved.append((there, until))
        self.old = moved
        return self.folder / f'{self.path.name}.1'

    def close(self):
        if self.file:
            self.file.close()
            self.file = None


class Renames(Writer):
    """x.log becomes x.log.1; the writer opens a new one only with its next line."""

    def rotate(self):
        there = self.numbered()
        self.close()
        self.path.rename(there)
        self.old.append((there, self.written))


class WritesOn(Renames):
    """As above, but for a moment it goes on writing into the renamed file, as a service does before its HUP."""

    def rotate(self):
        there = self.numbered()
        self.path.rename(there)
        self.write(self.written, self.written + 20)
        self.close()
        self.old.append((there, self.written))


class CopiesAndTruncates(Writer):
    """x.log is copied to x.log.1 and cut to nothing, while the writer keeps it open."""

    def rotate(self):
        there = self.numbered()
        shutil.copyfile(self.path, there)
        os.truncate(self.path, 0)
        self.old.append((there, self.written))


class Deletes(Writer):
    """x.log is deleted, read or not, and begun anew."""

    def rotate(self):
        self.close()
        self.path.unlink()


class Compresses(Writer):
    """x.log becomes x.log.1 and at once x.log.1.gz."""

    def rotate(self):
        there = self.numbered()
        self.close()
        self.path.rename(there)
        self.old.append((compressed(there), self.written))


class Kubelet(Writer):
    """Dated names; the one before the last is compressed."""

    def rotate(self):
        self.close()
        there = self.folder / f'{self.path.name}.{self.rotations:08d}'
        self.path.rename(there)
        self.old.append((there, self.written))
        if len(self.old) > 1 and self.old[-2][0].suffix != '.gz':
            path, until = self.old[-2]
            self.old[-2] = compressed(path), until


class Links(Writer):
    """x.log is a symbolic link that goes to the newest of several files."""

    def write(self, begin, end):
        if self.file is None:
            target = self.folder / f'{self.stream}-{self.rotations:06d}.txt'
            self.file = open(target, 'ab', buffering=0)
            fresh = self.folder / 'fresh'
            fresh.symlink_to(target.name)
            fresh.rename(self.path)
            self.target = target
        super().write(begin, end)

    def rotate(self):
        self.close()
        self.old.append((self.target, self.written))


class ManySmall(Writer):
    """A new file every few lines; some as short as one line."""

    def rotate(self):
        self.close()
        self.old.append((self.path, self.written))
        self.path = self.folder / f'{self.stream}-{self.rotations:06d}.{self.suffix}'

    def write(self, begin, end):
        while begin < end:
            upto = min(end, begin + 1 + begin % 17)
            super().write(begin, upto)
            begin = upto
            self.rotations += 1
            self.rotate()


def compressed(path):
    there = path.with_name(path.name + '.gz')
    unfinished = path.with_name(path.name + '.tmp')
    with open(path, 'rb') as source, gzip.open(unfinished, 'wb', 1) as out:
        shutil.copyfileobj(source, out, 1 << 20)
    unfinished.rename(there)
    path.unlink()
    return there
