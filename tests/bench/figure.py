"""One measured figure, with its goal and how much the machine swayed."""
import dataclasses
import statistics


@dataclasses.dataclass
class Figure:
    name: str
    goal: float
    unit: str
    samples: list
    note: str = ''
    lower_is_better: bool = True

    @property
    def median(self):
        return statistics.median(self.samples)

    @property
    def reached(self):
        return self.median <= self.goal if self.lower_is_better else self.median >= self.goal

    def row(self):
        sign = '≤' if self.lower_is_better else '≥'
        spread = f'{min(self.samples):.3g}–{max(self.samples):.3g}'
        verdict = 'reached' if self.reached else '**missed**'
        return (f'| {self.name} | {sign} {self.goal:g} {self.unit} | {self.median:.3g} {self.unit} | {spread} | '
                f'{len(self.samples)} | {verdict} | {self.note} |')


@dataclasses.dataclass
class Unmeasured:
    name: str
    why: str
    reached = False

    def row(self):
        return f'| {self.name} | | not measured | | 0 | **missing** | {self.why} |'
