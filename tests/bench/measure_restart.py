"""A child dies: how long until its replacement executes? Beside s6-supervise, in turns, in the same run."""
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

from figure import Figure, Unmeasured
from house import alive

# s6-supervise waits until a service has lived a second before it restarts at once; so does a stable_after of 1 s.
SETTLED_SECONDS = 1.3


def stamps(path):
    lines = path.read_text().splitlines() if path.exists() else []
    return [tuple(map(int, line.split())) for line in lines if len(line.split()) == 2]


def next_stamp(path, count):
    end = time.monotonic() + 10
    while time.monotonic() < end:
        found = stamps(path)
        if len(found) > count:
            return found[count]
        time.sleep(0.0005)
    raise TimeoutError('no replacement within 10 s')


def kill_and_measure(path):
    """Milliseconds from the kill to the first instruction of the replacement."""
    time.sleep(SETTLED_SECONDS)
    before = stamps(path)
    killed = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
    os.kill(before[-1][1], signal.SIGKILL)
    return (next_stamp(path, len(before))[0] - killed) / 1e6


def run_script(ground, folder, name):
    """The same few lines for both, so that both pay for the same shell."""
    stamp = folder / f'{name}.stamps'
    script = folder / name / 'run'
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\nexec {ground.service} --port 0 --exec-stamp {stamp} > /dev/null 2>&1\n')
    script.chmod(0o755)
    return script, stamp


def restart(ground):
    if not shutil.which('s6-supervise'):
        return [Unmeasured('child dies to replacement executing', 's6-supervise is not installed')]
    ours, theirs = [], []
    with ground.agent() as house, tempfile.TemporaryDirectory(prefix='outrider-s6.') as name:
        folder = pathlib.Path(name)
        script, our_stamp = run_script(ground, folder, 'outrider')
        _, their_stamp = run_script(ground, folder, 's6')
        house.write(child=[str(script)], probes={},
                    restart={'budget': '100 per 1h', 'stable_after': '1s', 'backoff': {'first': '1s', 'most': '5s'}})
        house.start(ready=False)
        s6 = subprocess.Popen(['s6-supervise', str(folder / 's6')], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            next_stamp(our_stamp, 0)
            next_stamp(their_stamp, 0)
            for _ in range(5):
                ours.append(kill_and_measure(our_stamp))
                theirs.append(kill_and_measure(their_stamp))
        finally:
            s6.send_signal(signal.SIGTERM)  # brings its service down, then ends
            s6.wait(10)
            last = stamps(their_stamp)
            if last and alive(last[-1][1]):
                os.kill(last[-1][1], signal.SIGKILL)
    beside = Figure('the same by s6-supervise', None, 'ms', theirs, 'taken in turns with ours; it lets a second pass between two starts')
    first = Figure('child dies to replacement executing', 20, 'ms', ours, 'through the same two-line shell script')
    first.note += f', {"slower" if first.median > beside.median else "not slower"} than s6-supervise'
    return [first, beside]
