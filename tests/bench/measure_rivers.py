"""A flood on `carry` must not make `decide` late: the lag of its tick while output pours in."""
import time

from figure import Figure
from house import get, wait_until


def lateness(ground):
    samples = []
    flood = ['/bin/sh', '-c', 'exec yes "{\\"level\\":\\"info\\",\\"message\\":\\"a line of an endless flood, long enough to cost something\\"}"']
    for _ in range(5):
        with ground.agent() as house:
            house.write(child=flood, probes={})
            house.start(ready=False)
            wait_until(lambda: (house.metric('outrider_ledger_records_total', fate='read', source='child output') or 0) > 10_000, what='the flood')
            lags = []
            end = time.monotonic() + 5
            while time.monotonic() < end:
                status = house.status() or {'rivers': []}
                lags += [river['lag_seconds'] * 1000 for river in status['rivers'] if river['name'] == 'decide']
                time.sleep(0.02)
            lags.sort()
            if not lags or get(house.api_port, '/livez') is None:
                raise AssertionError('decide told nothing of its lag during the flood')
            samples.append(lags[int(len(lags) * 0.99) - 1])
    return [Figure('decide tick late, p99, while carry is flooded', 2, 'ms', samples, 'its own measure, read every 20 ms for 5 s')]
