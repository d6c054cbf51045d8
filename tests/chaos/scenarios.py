"""What is lived through: the long story drawn from a seed, and the short ones in which other agents lose or repeat lines."""
import dataclasses
import math

import lines
import producer
from faults import Fault, draw


@dataclasses.dataclass
class Scenario:
    name: str
    seconds: float
    faults: list
    writers: object             # (folder, seed) → list of writers
    before: int = 0             # lines that are there before the agent starts
    format: object = 'json'
    drain_s: float = 240        # a verdict is strict, a deadline is not: the machine may be busy
    grounds: bool = False       # whether the disk can be filled and the clock moved


def one(kind, rate, rotate_every_s=math.inf, **author):
    """One writer of short lines, as the peers were measured with."""
    def made(folder, seed):
        return [kind(folder, lines.Author(seed, 'app', **author), lines_a_second=rate, rotate_every_s=rotate_every_s)]
    return made


def everything(folder, seed):
    """All ways of rotating at once."""
    def writer(kind, stream, rate, every, **author):
        return kind(folder, lines.Author(seed, stream, **author), lines_a_second=rate, rotate_every_s=every)
    return [writer(producer.Renames, 'renames', 500, 7, refused_every=499),
            writer(producer.WritesOn, 'writeson', 300, 6),
            writer(producer.CopiesAndTruncates, 'copies', 300, 8, long_every=700),
            writer(producer.Compresses, 'compresses', 300, 9),
            writer(producer.Kubelet, 'kubelet', 400, 5),
            writer(producer.Links, 'links', 100, 15),
            writer(producer.ManySmall, 'small', 30, math.inf)]


def kills(first, every, count=5):
    return [Fault(first + every * at, 0.1, 'kill') for at in range(count)]


# Each is one that the peers were put through, at a smaller scale. What it cost them is in docs/benchmarks.md.
SCENARIOS = {scenario.name: scenario for scenario in (
    Scenario('kill_live', 6, kills(0.7, 1.0), one(producer.Renames, 12_000)),
    Scenario('kill_backlog', 4, [Fault(0, 3.5, 'slow', {'delay_s': 0.02}), *kills(0.3, 0.6)], one(producer.Renames, 1000), before=150_000),
    Scenario('outage', 7, [Fault(1, 4, 'dead', {'listening': False})], one(producer.Renames, 12_000)),
    Scenario('rename', 6, [], one(producer.Renames, 12_000, 0.6)),
    Scenario('copytruncate', 6, [], one(producer.CopiesAndTruncates, 12_000, 0.6)),
    Scenario('deleted_unread', 6, [Fault(0, 5, 'slow', {'delay_s': 0.5})], one(producer.Deletes, 4000, 1.5)),
    Scenario('applied_but_cut', 5, [Fault(0.5, 4, 'cut_after', {'cut_after_share': 0.5}), *kills(1, 1.3, 3)], one(producer.Renames, 5000)),
    Scenario('refused', 4, kills(1, 1, 3), one(producer.Renames, 3000, refused_every=97)),
)}


def chaos(seed, minutes, *, sink):
    """`sink`: whether the destination can be told to misbehave."""
    return Scenario('chaos', minutes * 60, draw(seed, minutes * 60, sink=sink), everything, grounds=True)
