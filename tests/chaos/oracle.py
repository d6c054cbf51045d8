#!/usr/bin/env python3
"""Writes numbered lines into files that rotate, while the agent that carries them and the sink they go to are killed, stopped,
starved, cut off and lied to; then says whether each line has arrived exactly once. One seed is one story.

  tests/chaos/oracle.py --minutes 5 --seed 7                       # against the false Elasticsearch
  tests/chaos/oracle.py --minutes 5 --seed 7 --destination file    # against the file sink
  tests/chaos/oracle.py --scenario kill_live                       # one of the short stories; see scenarios.py
"""
import argparse
import contextlib
import json
import os
import pathlib
import shutil
import sys
import tempfile
import time

import scenarios
import verdict
from destinations import ElasticDestination, FileDestination
from faults import Conductor
from grounds import MovingClock, SmallDisk
from rider import Rider, wait_until

ROOT = pathlib.Path(__file__).resolve().parents[2]
AGENT = pathlib.Path(os.environ.get('OUTRIDER_BIN', ROOT / 'build/dev/bin/outrider'))
MOST_MIB = 100  # a build without optimization, with everything in trouble at once
DESTINATIONS = {'elasticsearch': ElasticDestination, 'file': FileDestination}


class Story:
    """What happened, with its times: on the terminal when asked, and in a file."""

    def __init__(self, path, aloud):
        self.began, self.file, self.aloud = time.monotonic(), open(path, 'w', buffering=1), aloud

    def __call__(self, sentence):
        line = f'{time.monotonic() - self.began:8.2f} s  {sentence}'
        self.file.write(line + '\n')
        if self.aloud:
            print(line, flush=True)


class Oracle:
    def __init__(self, folder, scenario, seed, destination, *, agent=AGENT, aloud=False):
        self.folder, self.scenario, self.agent = pathlib.Path(folder), scenario, agent
        self.tell = Story(self.folder / 'story.log', aloud)
        self.writers = scenario.writers(self.folder / 'logs', seed)
        self.destination = DESTINATIONS[destination](self.folder)
        self.complete, self.asked, self.most_mib, self.put_aside = {}, 0.0, 0.0, 0

    def live(self, disk, clock):
        """The whole story; gives the sentences about what is wrong at its end."""
        read = [{'file': str(self.folder / 'logs' / '*' / '*.log'), 'format': self.scenario.format}]
        logs = {'read': read, 'send_to': [self.destination.settings()]}
        self.rider = Rider(self.folder, self.agent, logs, state=disk and disk.folder, environment=clock and clock.environment)
        for writer in self.writers:
            if self.scenario.before:
                writer.write(0, self.scenario.before)
        self.rider.start()
        conductor = Conductor(self.rider, self.destination, self.tell, fill_disk=disk and disk.fill, move_clock=clock and clock.jump_to)
        try:
            self.carry_on(conductor)
            conductor.calm()
            self.tell('calm')
            wrong = self.drain()
            wrong += self.come_back()
        finally:
            if self.rider.alive():
                self.rider.kill()
        return self.judged(wrong)

    def carry_on(self, conductor):
        faults, began = list(self.scenario.faults), time.monotonic()
        for writer in self.writers:
            writer.begin(began)
        while (now := time.monotonic()) - began < self.scenario.seconds:
            for writer in self.writers:
                writer.turn(self.complete.get(writer.stream, 0))
            conductor.end_due(now)
            for fault in [fault for fault in faults if fault.at_s <= now - began]:
                if conductor.is_free_for(fault):
                    faults.remove(fault)
                    conductor.begin(fault, now)
            self.look(now, conductor)
            time.sleep(0.01)

    def look(self, now, conductor):
        if not self.rider.alive() and not any(fault.what in ('kill', 'terminate') for _, fault in conductor.running):
            raise AssertionError(f'the agent ended by itself with {self.rider.process.returncode}')
        if now - self.asked > 1:
            self.complete, self.asked = self.destination.complete(), now
            self.weigh()

    def weigh(self):
        if self.rider.alive():
            self.most_mib = max(self.most_mib, self.rider.memory_mib())

    def drain(self):
        """Waits until everything has arrived and the ledger is at rest."""
        def arrived():
            assert self.rider.alive(), f'the agent ended by itself with {self.rider.process.returncode}'
            complete = self.destination.complete()
            return all(complete.get(writer.stream, 0) >= writer.written for writer in self.writers)

        began, wrong = time.monotonic(), []
        with contextlib.suppress(AssertionError):
            wait_until(arrived, self.scenario.drain_s, 'the arrival of every line')
            self.tell(f'everything has arrived, after {time.monotonic() - began:.1f} s')
        with contextlib.suppress(AssertionError):
            wait_until(lambda: verdict.settled(self.rider.samples()), 60, 'a ledger at rest')
        samples = self.rider.samples()
        self.put_aside = sum(value for name, _, value in samples if name == 'outrider_parked_records')
        wrong += verdict.judge_ledger(samples)
        self.weigh()
        self.tell(f'the agent takes {self.rider.memory_mib():.1f} MiB in its life {self.rider.lives}, and took {self.most_mib:.1f} MiB at most')
        if self.most_mib > MOST_MIB:
            wrong.append(f'the agent took {self.most_mib:.1f} MiB; {MOST_MIB} are allowed')
        return wrong

    def come_back(self):
        """A last restart in peace: nothing is sent anew."""
        wrong = []
        code = self.rider.stop()
        if code != 0:
            wrong.append(f'the agent ended with {code} on SIGTERM')
        before = self.destination.account()['documents']
        self.rider.start()
        wait_until(self.rider.samples, 90, 'the last start')
        time.sleep(1)
        self.rider.stop()
        more = self.destination.account()['documents'] - before
        return wrong + ([f'after a restart in peace {more} documents came anew'] if more else [])

    def parked(self):
        """What the agent says it has put aside."""
        done = self.rider.run('parked', 'list', '--output', 'json', '-n', '1000000')
        assert done.returncode == 0, f'`outrider parked list` ended with {done.returncode}: {done.stderr}'
        return json.loads(done.stdout)['parked']

    def judged(self, wrong):
        account, authors = self.destination.account(), [writer.author for writer in self.writers]
        written = {writer.stream: writer.written for writer in self.writers}
        parked = self.parked() if account['refused_ids'] else None
        if self.put_aside != len(account['refused_ids']):
            wrong.append(f'/metrics tells of {self.put_aside:g} parked documents, and {len(account["refused_ids"])} were refused')
        wrong += verdict.judge(authors, written, account, parked)
        self.tell(f'{sum(written.values())} lines written, {account["documents"]} documents held, {len(account["refused_ids"])} refused; '
                  f'{account["conflicts"]} times the sink said that it had one already; the agent lived {self.rider.lives} times')
        for sentence in wrong:
            self.tell(f'WRONG: {sentence}')
        return wrong

    def close(self):
        for writer in self.writers:
            writer.close()
        self.destination.close()


def live(scenario, seed, destination, folder, *, agent=AGENT, aloud=False):
    """(what is wrong, what was left out and why)."""
    left_out = []
    with contextlib.ExitStack() as stack:
        disk, clock = None, None
        if scenario.grounds:
            disk, why = SmallDisk.mounted(pathlib.Path(folder) / 'small', stack)
            left_out += [why] if why else []
            clock, why = MovingClock.made(pathlib.Path(folder))
            left_out += [why] if why else []
        gone = {'fill_disk': disk is None, 'move_clock': clock is None}
        scenario.faults = [fault for fault in scenario.faults if not gone.get(fault.what)]
        oracle = Oracle(folder, scenario, seed, destination, agent=agent, aloud=aloud)
        stack.callback(oracle.close)
        for why in left_out:
            oracle.tell(f'left out: {why}')
        return oracle.live(disk, clock), left_out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--minutes', type=float, default=5)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--scenario', choices=[*scenarios.SCENARIOS, 'chaos'], default='chaos')
    parser.add_argument('--destination', choices=[*DESTINATIONS], default='elasticsearch')
    parser.add_argument('--agent', default=str(AGENT))
    parser.add_argument('--on', help='a folder on the disk to be tried; default: a temporary one')
    parser.add_argument('--keep', action='store_true', help='leave the folder when all is well, too')
    options = parser.parse_args()
    sink = options.destination == 'elasticsearch'
    scenario = (scenarios.chaos(options.seed, options.minutes, sink=sink) if options.scenario == 'chaos'
                else scenarios.SCENARIOS[options.scenario])
    folder = tempfile.mkdtemp(prefix='outrider-oracle.', dir=options.on)
    try:
        wrong, _ = live(scenario, options.seed, options.destination, folder, agent=options.agent, aloud=True)
    except AssertionError as problem:
        wrong = [str(problem)]
    for sentence in wrong:
        print(f'WRONG: {sentence}')
    if not wrong and not options.keep:
        shutil.rmtree(folder)
    print('every line has arrived exactly once' if not wrong else f'again: {" ".join(sys.argv)}\nleft in {folder}')
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
