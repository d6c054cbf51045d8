"""What happens to the agent, to its sink and to the ground under both, drawn from one seed."""
import dataclasses
import random
import signal


@dataclasses.dataclass(frozen=True)
class Fault:
    at_s: float
    lasts_s: float
    what: str
    how: dict = dataclasses.field(default_factory=dict)

    def __str__(self):
        detail = ''.join(f' {key}={value}' for key, value in self.how.items())
        return f'{self.what}{detail}' + (f' for {self.lasts_s:.1f} s' if self.lasts_s else '')


# what, weight, lasts from … to seconds
AGENT = [('kill', 6, (0, 1.5)), ('pause', 2, (0.3, 3)), ('starve', 2, (0.5, 2.5)), ('terminate', 2, (0, 1)), ('reload', 1, (0, 0))]
SINK = [('dead', 3, (0.5, 5)), ('slow', 2, (1, 4)), ('busy', 2, (1, 4)), ('unavailable', 1, (1, 3)), ('small', 1, (2, 5)),
        ('items', 4, (1, 5)), ('cut_before', 1, (1, 4)), ('cut_after', 3, (1, 4)), ('truncate', 2, (1, 4)), ('garble', 1, (1, 3)),
        ('hang', 1, (0.5, 2)), ('roll_over', 1, (0, 0))]
GROUND = [('fill_disk', 2, (1, 4)), ('move_clock', 1, (2, 6))]


def row_of(fault):
    return next(at for at, row in enumerate((AGENT, SINK, GROUND)) if fault.what in {what for what, _, _ in row})


def draw(seed, seconds, *, sink=True):
    """The whole story, in order: three rows of faults that overlap as they like."""
    story = []
    for name, row, pause in (('agent', AGENT, (0.5, 5)), ('sink', SINK if sink else [], (0.3, 4)), ('ground', GROUND, (3, 15))):
        dice, at = random.Random(f'{seed}/{name}'), 1.0
        while row:
            at += dice.uniform(*pause)
            what, _, lasts = dice.choices(row, [weight for _, weight, _ in row])[0]
            fault = Fault(at, dice.uniform(*lasts), what, details(what, dice))
            if fault.at_s + fault.lasts_s >= seconds:
                break
            story.append(fault)
            at += fault.lasts_s
    return sorted(story, key=lambda fault: fault.at_s)


def details(what, dice):
    """As the sink's mood has it, or what the conductor wants to know."""
    return {
        'dead': {'listening': False},
        'slow': {'delay_s': round(dice.uniform(0.1, 1.0), 2)},
        'busy': {'status': 429, 'status_share': round(dice.uniform(0.3, 1.0), 2)},
        'unavailable': {'status': 503, 'status_share': 1.0},
        'small': {'most_bytes': dice.choice([200_000, 400_000])},
        'items': {'item_status': dice.choice([429, 503, 403]), 'item_share': round(dice.uniform(0.01, 0.6), 2)},
        'cut_before': {'cut_before_share': 0.5},
        'cut_after': {'cut_after_share': round(dice.uniform(0.3, 1.0), 2)},
        'truncate': {'truncate_share': round(dice.uniform(0.3, 1.0), 2)},
        'garble': {'garble_share': 0.7},
        'starve': {'spare': dice.randrange(3)},
        'move_clock': {'seconds': dice.choice([-3600, 3600, -20, 86400])},
    }.get(what, {})


class Conductor:
    """Lets the faults happen to a rider and its destination, and tells of each."""

    def __init__(self, rider, destination, tell, *, fill_disk=None, move_clock=None):
        self.rider, self.destination, self.tell = rider, destination, tell
        self.fill_disk, self.move_clock = fill_disk, move_clock
        self.running = []  # (end, fault)

    def is_free_for(self, fault):
        """One fault of a row at a time, also where the machine is slow and the story late."""
        return not any(row_of(other) == row_of(fault) for _, other in self.running)

    def begin(self, fault, now):
        self.tell(str(fault))
        getattr(self, f'begin_{fault.what}', self.begin_mood)(fault)
        self.running.append((now + fault.lasts_s, fault))

    def end_due(self, now):
        for end, fault in [entry for entry in self.running if entry[0] <= now]:
            self.running.remove((end, fault))
            getattr(self, f'end_{fault.what}', self.end_mood)(fault)
            if fault.lasts_s:
                self.tell(f'… {fault.what} is over')

    def calm(self):
        self.end_due(float('inf'))

    def begin_mood(self, fault):
        self.destination.mood(**fault.how)

    def end_mood(self, _fault):
        self.destination.mood()

    def begin_roll_over(self, _fault):
        self.destination.order(roll_over=True)

    def end_roll_over(self, _fault):
        pass

    def begin_hang(self, _fault):
        self.destination.pause(True)

    def end_hang(self, _fault):
        self.destination.pause(False)

    def begin_kill(self, _fault):
        self.rider.kill()

    def end_kill(self, _fault):
        self.rider.start()

    def begin_terminate(self, _fault):
        young = not self.rider.ready()  # it may not listen to signals yet
        code = self.rider.stop()
        if code != 0 and not (young and code == -signal.SIGTERM):
            raise AssertionError(f'the agent ended with {code} on SIGTERM')

    end_terminate = end_kill

    def begin_pause(self, _fault):
        self.rider.signal(signal.SIGSTOP)

    def end_pause(self, _fault):
        self.rider.signal(signal.SIGCONT)

    def begin_starve(self, fault):
        self.rider.allow_descriptors(self.rider.descriptors() + fault.how['spare'])

    def end_starve(self, _fault):
        self.rider.allow_descriptors(1 << 20)

    def begin_reload(self, _fault):
        self.rider.signal(signal.SIGHUP)

    def end_reload(self, _fault):
        pass

    def begin_fill_disk(self, _fault):
        self.fill_disk(True)

    def end_fill_disk(self, _fault):
        self.fill_disk(False)

    def begin_move_clock(self, fault):
        self.move_clock(fault.how['seconds'])

    def end_move_clock(self, _fault):
        self.move_clock(0)
