"""One measured figure, with its goal and how much the machine swayed."""
import dataclasses
import statistics


@dataclasses.dataclass
class Figure:
    name: str
    goal: float | None  # None: only there to compare with
    unit: str
    samples: list
    note: str = ''
    lower_is_better: bool = True

    @property
    def median(self):
        return statistics.median(self.samples)

    @property
    def reached(self):
        if self.goal is None:
            return True
        return self.median <= self.goal if self.lower_is_better else self.median >= self.goal

    def row(self):
        sign = '≤' if self.lower_is_better else '≥'
        spread = f'{min(self.samples):.3g}–{max(self.samples):.3g}'
        goal = 'compare' if self.goal is None else f'{sign} {self.goal:g} {self.unit}'
        verdict = '' if self.goal is None else 'reached' if self.reached else '**missed**'
        return (f'| {self.name} | {goal} | {self.median:.3g} {self.unit} | {spread} | '
                f'{len(self.samples)} | {verdict} | {self.note} |')


@dataclasses.dataclass
class Unmeasured:
    name: str
    why: str
    reached = False

    def row(self):
        return f'| {self.name} | | not measured | | 0 | **missing** | {self.why} |'
