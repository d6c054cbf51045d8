"""What it costs to watch a database: CPU and memory above the idle agent, queries and locks in the database."""
import contextlib
import pathlib
import re
import time

import database as databases
from figure import Figure, Unmeasured
from measure_weight import cpu_seconds, proportional_mib

SECONDS = 60
RUNS = 3
AS_SHIPPED = {'postgres': {'look_every': '10s', 'timeout': '5s'}, 'canary': {'every': '30s'}, 'list_every': '1m'}
NAME = 'watching one idle cluster'


def children_seconds(pid):
    """CPU of the tools that it ran and that have ended."""
    fields = pathlib.Path(f'/proc/{pid}/stat').read_text().rsplit(')', 1)[1].split()
    return (int(fields[13]) + int(fields[14])) / 100


class Agent:
    """One that runs for a while: with a section `recovery`, or without."""

    def __init__(self, cluster, recovery):
        self.house = databases.Watcher(cluster)
        self.house.write(**(AS_SHIPPED if recovery else {'recovery': False}))
        self.recovery = recovery

    def __enter__(self):
        self.house.start()
        if self.recovery:
            self.house.wait_known(limit=90)
        return self

    def __exit__(self, *unused):
        self.house.clean_up()

    def measure(self):
        """CPU share of the agent and of its tools, in percent, and memory."""
        pid = self.house.agent.pid
        time.sleep(3)
        before, tools, began = cpu_seconds(pid), children_seconds(pid), time.monotonic()
        time.sleep(SECONDS)
        took = time.monotonic() - began
        return 100 * (cpu_seconds(pid) - before) / took, 100 * (children_seconds(pid) - tools) / took, proportional_mib(pid)


def statements(cluster, since):
    """What the agent asked since that byte of the server's log."""
    with open(cluster.folder / 'pg.log', encoding='utf-8', errors='replace') as log:
        log.seek(since)
        return [line for line in log if re.search(r'outrider .*(statement|execute)', line)]


def waits(cluster, since):
    with open(cluster.folder / 'pg.log', encoding='utf-8', errors='replace') as log:
        log.seek(since)
        return sum('still waiting for' in line for line in log)


def strong_locks(cluster):
    """Locks of the agent's session that could make anybody wait: stronger than those of a SELECT or an INSERT."""
    return int(cluster.sql("select count(*) from pg_locks l join pg_stat_activity a using (pid) where a.usename = 'outrider' and "
                           "l.mode not in ('AccessShareLock', 'RowShareLock', 'RowExclusiveLock') and l.locktype not in ('virtualxid', 'transactionid')"))


def one_run(base):
    with databases.folder() as folder:
        cluster = base.copy(folder).start()
        try:
            cluster.sql("alter system set log_statement = 'all'", "alter system set log_line_prefix = '%u '", "alter system set archive_timeout = 60",
                        "alter system set log_lock_waits = on", "alter system set deadlock_timeout = '10ms'", 'select pg_reload_conf()')
            with Agent(cluster, False) as idle:
                alone = idle.measure()
            (cluster.folder / 'agent').rename(cluster.folder / 'agent-alone')
            with Agent(cluster, True) as watching:
                since = (cluster.folder / 'pg.log').stat().st_size
                began = time.monotonic()
                with_it = watching.measure()
                asked = len(statements(cluster, since)) / (time.monotonic() - began)
                locks = max(strong_locks(cluster) for _ in range(20)) + waits(cluster, since)
        finally:
            cluster.stop()
    return with_it[0] - alone[0], with_it[1], with_it[2] - alone[2], asked, locks


def watching(ground):
    why = databases.missing()
    if why:
        return [Unmeasured(NAME, why)]
    with contextlib.ExitStack() as stack:
        base = databases.Cluster(stack.enter_context(databases.folder())).make()
        runs = [one_run(base) for _ in range(RUNS)]
    cpu, tools, memory, asked, locks = map(list, zip(*runs))
    note = f'{SECONDS} s: a look each 10 s, a canary each 30 s, a listing a minute; above the same agent without it'
    return [Figure(f'{NAME}: CPU', 0.2, '% of a core', cpu, note),
            Figure(f'{NAME}: CPU of the backup tool', None, '% of a core', tools, 'pgbackrest info and repo-ls, once a minute'),
            Figure(f'{NAME}: memory (PSS)', 6, 'MiB', memory, note),
            Figure(f'{NAME}: queries', 1, '/s', asked, 'by the server\'s own log of statements'),
            Figure(f'{NAME}: locks others could wait for', 0, '', locks, 'pg_locks of its session, and waits that the server logged')]
