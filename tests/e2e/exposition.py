"""An exposition in the text format, read plainly: for comparing what two programs show."""
import re
import time

SHARE = 0.02  # of a gauge that moves while it is read
SAMPLE = re.compile(r'^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$')
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


class Page:
    def __init__(self, text):
        self.types, self.helps, self.samples = {}, {}, {}
        for line in text.splitlines():
            if line.startswith('# TYPE '):
                _, _, name, kind = line.split(' ', 3)
                self.types[name] = kind
            elif line.startswith('# HELP '):
                _, _, name, *words = line.split(' ', 3)
                self.helps[name] = words[0] if words else ''
            elif line:
                name, labels, value = SAMPLE.match(line).groups()
                # An empty label is none.
                key = frozenset((key, word) for key, word in LABEL.findall(labels or '') if word)
                self.samples.setdefault(name, {})[key] = float(value)

    def without(self, *labels):
        """The same with these labels taken off."""
        for series in self.samples.values():
            for key in list(series):
                series[frozenset((label, word) for label, word in key if label not in labels)] = series.pop(key)
        return self

    def only(self, prefix, but='-'):
        """The same without the families of other names, and without those that begin with `but`."""
        for table in (self.types, self.helps, self.samples):
            for name in [name for name in table if not name.startswith(prefix) or name.startswith(but)]:
                del table[name]
        return self


def disagreements(before, between, after, not_compared=()):
    """(what never may be, what may be by chance) of another's values between two readings of ours."""
    wrong, moved = [], []
    for name, series in between.samples.items():
        for labels, value in series.items():
            first, last = before.samples.get(name, {}).get(labels), after.samples.get(name, {}).get(labels)
            if name in not_compared or first is None or last is None:
                continue
            if value != value and (first != first or last != last):
                continue  # NaN: nobody knows
            low, high = min(first, last), max(first, last)
            if low <= value <= high:
                continue
            if between.types[name] == 'counter':
                wrong.append((name, dict(labels), first, value, last))
            elif not low - SHARE * abs(low) <= value <= high + SHARE * abs(high):
                moved.append((name, labels))
    return wrong, moved


def agree(mine, theirs, not_compared=(), limit=60):
    """A counter of theirs lies between two readings of ours, each time. A gauge may have jumped between them; one that never
    agrees is another gauge."""
    never_met = None
    end = time.monotonic() + limit
    while never_met is None or never_met:
        wrong, moved = disagreements(mine(), theirs(), mine(), not_compared)
        assert not wrong, wrong
        never_met = set(moved) if never_met is None else never_met & set(moved)
        assert time.monotonic() < end, f'never the same: {sorted(name for name, _ in never_met)}'
