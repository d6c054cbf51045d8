"""What the measures stand on: the release binaries and one agent set up as the stories do it."""
import pathlib
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT / 'tests'), str(ROOT / 'tests' / 'e2e')]

import house as stories  # noqa: E402


class Ground:
    def __init__(self, build):
        self.build = pathlib.Path(build).resolve()
        self.outrider = self.build / 'bin' / 'outrider'
        self.service = self.build / 'bin' / 'notation-api'
        stories.OUTRIDER, stories.SERVICE = self.outrider, self.service

    def agent(self):
        """A House in a folder of its own; `with` cleans both up."""
        return Stay()


class Stay:
    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix='outrider-bench.')
        self.house = stories.House(self.folder.name)
        return self.house

    def __exit__(self, *unused):
        self.house.clean_up()
        self.folder.cleanup()
