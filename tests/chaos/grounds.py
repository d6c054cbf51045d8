"""The ground under the agent: a small disk that can be full, a wall clock that can jump."""
import errno
import os
import pathlib
import shutil
import struct
import subprocess


class SmallDisk:
    def __init__(self, folder):
        self.folder = folder

    @classmethod
    def mounted(cls, folder, stack, mebibytes=32):
        """The disk, or nothing and why not; it goes with `stack`."""
        if os.geteuid() != 0:
            return None, 'the full disk: only root can mount a small one'
        folder.mkdir()
        done = subprocess.run(['mount', '-t', 'tmpfs', '-o', f'size={mebibytes}m', 'outrider-oracle', str(folder)], capture_output=True, text=True)
        if done.returncode != 0:
            return None, f'the full disk: cannot mount a small one: {done.stderr.strip()}'
        stack.callback(subprocess.run, ['umount', str(folder)], check=False)
        return cls(folder), None

    def fill(self, full):
        ballast = self.folder / 'ballast'
        if not full:
            ballast.unlink(missing_ok=True)
            return
        with open(ballast, 'wb', buffering=0) as file:
            block = bytes(64 * 1024)
            try:
                while True:
                    if file.write(block) < len(block):
                        block = bytes(max(1, len(block) // 16))
            except OSError as problem:
                if problem.errno != errno.ENOSPC:
                    raise


class MovingClock:
    """What the agent takes for the time of day; see tests/e2e/jumping_clock.c."""

    def __init__(self, library, file):
        self.file = file
        # A sanitized program wants its runtime before everything else that is preloaded.
        self.environment = {'LD_PRELOAD': f'{os.environ.get("LD_PRELOAD", "")} {library}'.strip(), 'JUMPING_CLOCK': str(file),
                            'ASAN_OPTIONS': 'verify_asan_link_order=0'}
        self.jump_to(0)

    @classmethod
    def made(cls, folder):
        compiler = shutil.which('cc') or shutil.which('gcc')
        if not compiler:
            return None, 'the jumping clock: no C compiler'
        source = pathlib.Path(__file__).resolve().parents[1] / 'e2e' / 'jumping_clock.c'
        library = folder / 'jumping_clock.so'
        subprocess.run([compiler, '-shared', '-fPIC', '-O1', '-o', library, source], check=True)
        return cls(library, folder / 'ahead'), None

    def jump_to(self, seconds):
        mode = 'r+b' if self.file.exists() else 'wb'
        with open(self.file, mode) as file:
            file.write(struct.pack('=q', seconds))
