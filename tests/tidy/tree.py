"""The files of the repository as the tidy rules see them: text, lines, and C++ with comments and strings blanked."""

import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

SKIPPED_FOLDERS = {".git", "build", ".cache", "__pycache__", ".pytest_cache", "node_modules"}
TEXT_ENDINGS = {".cpp", ".hpp", ".h", ".py", ".md", ".yaml", ".yml", ".cmake", ".txt", ".sh", ".json", ".service"}
TEXT_NAMES = {"dev", "run", "Dockerfile", ".clang-format", ".clang-tidy", ".editorconfig"}

_BLANKED = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"([^()\s]*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Za-z_])\'(?:\\.|[^\'\\\n])+\'',
    re.DOTALL,
)


def blank(text):
    """The same text, character for character, with comments and the insides of literals turned into spaces."""

    def spaces(match):
        piece = match.group(0)
        inner = re.sub(r"[^\n]", " ", piece) if "\n" in piece else " " * len(piece)
        if piece[0] == "/" or len(piece) < 2:
            return inner
        return piece[0] + inner[1:-1] + piece[-1]

    return _BLANKED.sub(spaces, text)


@dataclass(frozen=True)
class Finding:
    path: str
    line: int
    rule: str
    message: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.rule}: {self.message}"


class Source:
    def __init__(self, path, text):
        self.path = path
        self.text = text

    @cached_property
    def lines(self):
        return self.text.splitlines()

    @cached_property
    def code(self):
        return blank(self.text)

    @cached_property
    def is_cpp(self):
        return self.path.endswith((".cpp", ".hpp"))

    @cached_property
    def is_header(self):
        return self.path.endswith(".hpp")

    @cached_property
    def is_test(self):
        name = self.parts[-1]
        return name.endswith("_test.cpp") or name.startswith("test_") or self.path.startswith("tests/")

    @cached_property
    def parts(self):
        return self.path.split("/")

    @cached_property
    def room(self):
        """`health` for agent/health/judge.cpp, `main.cpp` for agent/main.cpp, nothing outside agent/."""
        return self.parts[1] if self.parts[0] == "agent" and len(self.parts) > 1 else None

    def line_of(self, offset):
        return self.text.count("\n", 0, offset) + 1


class Tree:
    def __init__(self, sources, folders=()):
        self.sources = sorted(sources, key=lambda source: source.path)
        self.folders = sorted(folders)
        self.by_path = {source.path: source for source in self.sources}

    @staticmethod
    def of(texts):
        """A tree from {path: text}, for tests."""
        folders = {str(parent) for path in texts for parent in Path(path).parents if str(parent) != "."}
        return Tree([Source(path, text) for path, text in texts.items()], folders)

    @staticmethod
    def read(root):
        sources, folders = [], []
        for folder, below, files in os.walk(root):
            below[:] = [name for name in below if name not in SKIPPED_FOLDERS]
            here = os.path.relpath(folder, root).replace(os.sep, "/")
            if here != ".":
                folders.append(here)
            for name in files:
                if os.path.splitext(name)[1] not in TEXT_ENDINGS and name not in TEXT_NAMES:
                    continue
                path = name if here == "." else f"{here}/{name}"
                with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as file:
                    sources.append(Source(path, file.read()))
        return Tree(sources, folders)

    @cached_property
    def cpp(self):
        return [source for source in self.sources if source.is_cpp]
