"""The logs river: lines for a second of one core, memory, how soon. The sink is a loopback server on the other core."""
import os
import time

import peers_logs
from figure import Figure, Unmeasured
from logs_ground import OTHER_CORE, Load, Run, Yard, cri

LOAD_MIB = int(os.environ.get('BENCH_LOGS_MIB', '1024'))
RUNS = int(os.environ.get('BENCH_LOGS_RUNS', '5'))
MIB = 1 << 20


def carried(yard, load, command):
    """(processor seconds, peak MiB) of carrying the whole file once."""
    yard.forget()
    run = Run(command)
    yard.stack.callback(run.kill)
    yard.sink.wait_for(load.lines)
    return run.end()


def rates(name, load, results, lines_goal, mib_goal, note=''):
    cpu = [seconds for seconds, _ in results]
    return [Figure(f'{name}: lines', lines_goal, 'k/CPU-s', [load.lines / 1000 / each for each in cpu], note, lower_is_better=False),
            Figure(f'{name}: MiB', mib_goal, 'MiB/CPU-s', [load.bytes / MIB / each for each in cpu], note, lower_is_better=False)]


def bare(yard, load, gzip):
    """The same file through the loop that does nothing else: the limit on this machine."""
    program = yard.ground.build / 'bin' / 'bench_bare_carry'
    name = 'read, look, frame and send only' + (', gzip 1' if gzip else '')
    if not program.exists():
        return [Unmeasured(name, f'{program} is not built: libsimdjson-dev is missing')]
    results = []
    for _ in range(RUNS):
        run = Run([str(program), str(load.path), str(yard.sink.port), *(['--gzip'] if gzip else [])])
        yard.stack.callback(run.kill)
        _, _, usage = os.wait4(run.pid, 0)
        run.process.returncode = 0
        results.append((usage.ru_utime + usage.ru_stime, 0))
    return rates(name, load, results, None, None)


def throughput(ground):
    """From byte 0, parsed, enriched, with ids and checkpoints; each variant in turns, so that the machine's mood hits all."""
    os.sched_setaffinity(0, {OTHER_CORE})
    variants = {'JSON lines': {}, 'JSON lines, not durable': {'durable': False}, 'JSON lines, gzip 1': {'gzip': True}}
    with Yard(ground) as yard:
        load = Load(yard.folder, LOAD_MIB)
        wrapped = Load(yard.folder, LOAD_MIB, wrap=cri, name='cri.log')
        results = {name: [] for name in [*variants, 'CRI-wrapped JSON']}
        for _ in range(RUNS):
            for name, how in variants.items():
                results[name].append(carried(yard, load, yard.command(load.path, **how)))
            results['CRI-wrapped JSON'].append(carried(yard, wrapped, yard.command(wrapped.path, format={'cri': 'json'})))
        figures = rates('JSON lines', load, results['JSON lines'], 1000, 380, f'{load.bytes // MIB} MiB, durable')
        figures += rates('JSON lines, gzip 1', load, results['JSON lines, gzip 1'], None, 180)
        figures += rates('CRI-wrapped JSON', wrapped, results['CRI-wrapped JSON'], 600, None)
        figures.append(Figure('what durability costs', 10, '%', [100 * (with_[0] / without[0] - 1) for with_, without in zip(
            results['JSON lines'], results['JSON lines, not durable'], strict=True)], 'of processor time, run by run'))
        figures.append(Figure('peak memory under that load', None, 'MiB', [peak for _, peak in results['JSON lines']], 'RSS'))
        figures += bare(yard, load, False) + bare(yard, load, True)
        return figures + against_peers(yard, load, figures[0].median)


def against_peers(yard, load, ours):
    figures = []
    for peer, command in peers_logs.found(yard, load.path):
        try:
            results = [carried(yard, load, command()) for _ in range(RUNS)]
        except AssertionError as problem:
            figures.append(Unmeasured(f'{peer}, the same file', str(problem)))
            continue
        figures += rates(f'{peer}, the same file, durable', load, results, None, None, f'peak {max(peak for _, peak in results):.0f} MiB')
        figures.append(Figure(f'as many times as {peer}', 8, '×', [ours / figures[-2].median], 'lines for a second of one core', lower_is_better=False))
    return figures or [Unmeasured('other agents', 'fluent-bit, otelcol-contrib and vector are not on PATH')]


def write_steadily(path, bytes_a_second, line, seconds, watch=lambda: None):
    """Whole lines, every ten milliseconds."""
    written, began = 0, time.monotonic()
    with open(path, 'ab', buffering=0) as file:
        while (passed := time.monotonic() - began) < seconds:
            due = (int(passed * bytes_a_second) - written) // len(line)
            if due > 0:
                file.write(line * due)
                written += due * len(line)
            watch()
            time.sleep(0.01)
    return written // len(line)


def following(ground):
    """A file that grows by 10 MB/s, in lines of 512 bytes; then the same while the sink is dead."""
    os.sched_setaffinity(0, {OTHER_CORE})
    line = b'{"level":"info","msg":"' + b'a line of a busy service, ' * 18 + b'of 512"}'
    line += b' ' * (511 - len(line)) + b'\n'
    cpu, memory, growth = [], [], []
    for _ in range(RUNS):
        with Yard(ground) as yard:
            path = yard.folder / 'busy.log'
            path.touch()
            run = yard.run(path)
            lines = write_steadily(path, 10e6, line, 3)
            before, began = run.cpu_seconds(), time.monotonic()
            lines += write_steadily(path, 10e6, line, 15)
            cpu.append(100 * (run.cpu_seconds() - before) / (time.monotonic() - began))
            memory.append(run.pss_mib())
            yard.sink.wait_for(lines)
            yard.sink.close()
            write_steadily(path, 10e6, line, 10)
            first = run.pss_mib()
            write_steadily(path, 10e6, line, 20)
            growth.append(run.pss_mib() - first)
    return [Figure('following 10 MB/s of 512 B lines: CPU', 4, '% of a core', cpu, '15 s'),
            Figure('following 10 MB/s of 512 B lines: PSS', 24, 'MiB', memory),
            Figure('sink dead at 10 MB/s: growth of PSS', 0.5, 'MiB', growth,
                   'from the 10th to the 30th second, 200 MB: what waits stays in the file, so an hour is the same')]


def idle(ground):
    """A hundred files that nobody writes to."""
    memory, cpu = [], []
    for _ in range(RUNS):
        with Yard(ground) as yard:
            many(yard.folder, 100)
            run = yard.run(yard.folder / '*.log')
            yard.sink.wait_for(100)
            time.sleep(12)  # what the start touched is given back after ten seconds
            before, began = run.cpu_seconds(), time.monotonic()
            time.sleep(20)
            cpu.append(100 * (run.cpu_seconds() - before) / (time.monotonic() - began))
            memory.append(run.pss_mib())
    return [Figure('idle with 100 files: PSS', 8, 'MiB', memory, '32 s after the start'),
            Figure('idle with 100 files: CPU', 0.03, '% of a core', cpu, '20 s')]


def many(folder, count):
    for number in range(count):
        (folder / f'file-{number:05d}.log').write_text(f'{{"level":"info","msg":"the only line of file {number}"}}\n')


def wide(ground):
    """Ten thousand files with a line each, all there at the start."""
    memory, took = [], []
    for _ in range(RUNS):
        with Yard(ground) as yard:
            many(yard.folder, 10_000)
            run = yard.run(yard.folder / '*.log')
            count = yard.sink.wait_for(10_000)
            took.append((count['last_ns'] - run.began_ns) / 1e9)
            time.sleep(3)
            memory.append(run.pss_mib())
    return [Figure('10,000 files: PSS', 60, 'MiB', memory), Figure('10,000 files: start to the last one\'s line sent', 2, 's', took)]


def soon(ground):
    """From the write of a line to the arrival of the request that has it, at 1,000 lines a second."""
    late = []
    for _ in range(RUNS):
        with Yard(ground, '--ids') as yard:
            path = yard.folder / 'steady.log'
            path.touch()
            yard.run(path)
            time.sleep(1)
            with open(path, 'ab', buffering=0) as file:
                began = time.monotonic()
                for number in range(10_000):
                    file.write(b'{"level":"info","msg":"line %d","sent_ns":%d}\n' % (number, time.time_ns()))
                    time.sleep(max(0, began + number / 1000 - time.monotonic()))
            yard.sink.wait_for(10_000)
            late.append(yard.sink.ask('late')['p99'])
    return [Figure('line written to request received, p99', 300, 'ms', late, '1,000 lines a second, one by one')]


def again(ground):
    """Killed with -9 in the middle of a backlog: until the first document that the sink had not got before."""
    took = []
    with Yard(ground, '--ids') as yard:
        load = Load(yard.folder, LOAD_MIB)
        for _ in range(RUNS):
            yard.forget()
            run = yard.run(load.path)
            yard.sink.wait_for(load.lines // 4)
            run.kill()
            yard.sink.ask('mark')
            run = yard.run(load.path)
            end = time.monotonic() + 60
            while not (count := yard.sink.ask('count'))['new_ns']:
                assert time.monotonic() < end, 'no new document within 60 s of the restart'
                time.sleep(0.01)
            took.append((count['new_ns'] - run.began_ns) / 1e6)
            run.kill()
    return [Figure('kill -9 in a backlog: restart to the first new document', 1000, 'ms', took, f'{load.bytes // MIB} MiB')]
