"""What a proof standby costs beside an idle database: CPU and memory of the agent, of its server and of what that one runs."""
import contextlib
import pathlib
import time

import database as databases
from figure import Figure, Unmeasured
from measure_recovery_watch import AS_SHIPPED
from measure_weight import cpu_seconds, proportional_mib

SECONDS = 60
RUNS = 3
SEGMENTS = 300
NAME = 'a proof standby of an idle cluster'


def children(pid):
    return [int(child) for task in pathlib.Path(f'/proc/{pid}/task').glob('*/children') for child in task.read_text().split()]


def server_seconds(postmaster):
    """CPU of the server and of all the fetches that have ended."""
    total = 0
    for pid in [postmaster, *children(postmaster)]:
        fields = pathlib.Path(f'/proc/{pid}/stat').read_text().rsplit(')', 1)[1].split()
        total += sum(int(field) for field in fields[11:15]) / 100
    return total


def agent_of(cluster, with_standby):
    house = databases.Watcher(cluster)
    directory = cluster.folder / 'standby'
    house.write(**AS_SHIPPED, **({'proof_standby': {'directory': str(directory)}} if with_standby else {}))
    return house, directory


def alone(cluster):
    house, _ = agent_of(cluster, False)
    try:
        house.start()
        house.wait_known(limit=90)
        time.sleep(3)
        before = cpu_seconds(house.agent.pid)
        time.sleep(SECONDS)
        return 100 * (cpu_seconds(house.agent.pid) - before) / SECONDS, proportional_mib(house.agent.pid)
    finally:
        house.clean_up()
        (cluster.folder / 'agent').rename(cluster.folder / 'agent-alone')


def one_run(base):
    with databases.folder() as folder:
        cluster = base.copy(folder).start()
        try:
            cluster.sql('alter system set archive_timeout = 60', 'select pg_reload_conf()')
            agent_alone, memory_alone = alone(cluster)
            cluster.sql('alter system set archive_timeout = 0', 'select pg_reload_conf()')
            cluster.sql(f"insert into notes select g, repeat('x', 900) from generate_series(10000, {10000 + SEGMENTS * 1000}) g")
            cluster.switch()
            cluster.sql('alter system set archive_timeout = 60', 'select pg_reload_conf()')
            house, directory = agent_of(cluster, True)
            try:
                house.start()
                state = lambda: (house.snapshot().get('standby') or {}).get('state')
                databases.wait_until(lambda: state() in ('catching_up', 'following'), 90, 'a standby that answers')
                databases.wait_until(lambda: state() == 'following', 300, 'a standby that follows')
                rate = house.snapshot()['standby']['replay_bytes_per_second']
                postmaster = int((directory / 'data/postmaster.pid').read_text().split()[0])
                time.sleep(3)
                before, agent = server_seconds(postmaster), cpu_seconds(house.agent.pid)
                time.sleep(SECONDS)
                server = 100 * (server_seconds(postmaster) - before) / SECONDS
                agent = 100 * (cpu_seconds(house.agent.pid) - agent) / SECONDS
                memory = sum(proportional_mib(pid) for pid in [postmaster, *children(postmaster)])
                return agent - agent_alone, proportional_mib(house.agent.pid) - memory_alone, server, memory, (rate or 0) / 2**20
            finally:
                house.clean_up()
        finally:
            cluster.stop()


def standby(ground):
    why = databases.missing()
    if why:
        return [Unmeasured(NAME, why)]
    with contextlib.ExitStack() as stack:
        base = databases.Cluster(stack.enter_context(databases.folder())).make()
        runs = [one_run(base) for _ in range(RUNS)]
    agent, agent_memory, server, memory, rate = map(list, zip(*runs))
    note = f'{SECONDS} s, as shipped: a look each 10 s, a question to the archive each 5 s, a segment a minute'
    return [Figure(f'{NAME}: CPU of the agent', None, '% of a core', agent, note + '; above the same agent without it'),
            Figure(f'{NAME}: memory of the agent (PSS)', None, 'MiB', agent_memory, 'above the same agent without it'),
            Figure(f'{NAME}: CPU of its server and its fetches', None, '% of a core', server, note),
            Figure(f'{NAME}: memory of its server (PSS)', None, 'MiB', memory, 'all its processes, shared_buffers 32 MiB'),
            Figure(f'{NAME}: catching up', None, 'MiB/s', rate, 'segments of 1 MiB, each fetched by a pgbackrest of its own', False)]
