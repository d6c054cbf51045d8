"""Ruins of the place where a drill works, and of the drill itself."""
import datetime
import os
import pathlib
import signal
import subprocess
import time

import lab as labs
from row import agent_of, kill_in_phase, leftovers, row, spawn_drill
from ruins_archive import started, wrapper


def no_mount():
    done = subprocess.run(['unshare', '-m', 'true'], capture_output=True, check=False)
    return None if done.returncode == 0 else 'a small file system can only be mounted by root'


def drill_on_a_small_disk(size):
    def drill(lab):
        lab.scratch.mkdir()
        script = f'mount -t tmpfs -o size={size},mode=0700,uid=postgres none {lab.scratch} && exec "$@"'
        done = subprocess.run(['unshare', '-m', 'sh', '-c', script, 'sh', *lab.drill_command()], capture_output=True, text=True, cwd='/',
                              timeout=120, check=False)
        return labs.json.loads(done.stdout.strip().splitlines()[-1]), done.returncode
    return drill


@row('the scratch directory has less room than the set needs (F31)', 'could not verify', 'free', 'needs', level='L3',
     needs=no_mount, drill=drill_on_a_small_disk('20m'), tools=False)
@started
def no_room(lab):
    pass


@row('the disk fills up while WAL is replayed', 'could not verify', level='L3', needs=no_mount, tools=False,
     drill=drill_on_a_small_disk('96m'))
@started
def disk_fills_up(lab):
    lab.sql('create table big (id int, body text)')
    for _ in range(5):
        lab.sql("insert into big select g, repeat(md5(g::text), 10) from generate_series(1, 30000) g", 'checkpoint')
    lab.switch()


@row('the scratch directory holds somebody else\'s files', 'could not verify', 'files that are not a drill', level='L3', tools=False)
@started
def scratch_not_ours(lab):
    lab.scratch.mkdir()
    (lab.scratch / 'thesis.txt').write_text('do not lose me')
    labs.own(lab.scratch)
    lab.check_left = False
    lab.extras = [lambda: None if (lab.scratch / 'thesis.txt').exists() else 1 / 0]


@row('the scratch path is too long for a socket', 'could not verify', 'at most 80 characters', level='L3', tools=False)
@started
def scratch_path_too_long(lab):
    lab.scratch = lab.folder / ('long' * 20)
    lab.write_config()


@row('the scratch directory cannot be written', 'could not verify', 'cannot', level='L3', tools=False)
@started
def scratch_not_writable(lab):
    place = lab.folder / 'locked'
    place.mkdir()
    place.chmod(0o555)
    lab.scratch = place / 'scratch'
    lab.write_config()


@row('the programs of PostgreSQL are not where they are said to be', 'could not verify', level='L3', tools=False)
@started
def wrong_binaries(lab):
    lab.write_config(drill={'binaries': '/usr/lib/postgresql/9.6/bin'})


@row('the drill\'s role is not in the restored cluster', 'could not verify', 'lets nobody in', level='L3', tools=False)
@started
def wrong_role(lab):
    lab.write_config(drill={'role': 'nobody_at_all'})


@row('a setting for the restored server that it does not know', 'could not verify', 'could not run here', level='L3', tools=False)
@started
def unknown_setting(lab):
    lab.write_config(drill={'server': {'shared_bufers': '1GB'}})


@row('a library that the restored server is to load is not installed', 'could not verify', 'could not run here', level='L3', tools=False)
@started
def library_missing(lab):
    lab.write_config(drill={'server': {'shared_preload_libraries': 'no_such_library'}})


@row('the machine is busier than drill.most_load allows', 'could not verify', 'too busy', level='L3', tools=False)
@started
def machine_too_busy(lab):
    lab.write_config(drill={'most_load': 0.1})
    hogs = [subprocess.Popen(['sh', '-c', 'while :; do :; done']) for _ in range(2)]
    lab.extras = [hog.kill for hog in hogs]
    labs.wait_until(lambda: os.getloadavg()[0] > 0.3 * os.cpu_count(), 60, 'a load')


@row('the cgroup that the drill is to run in is not there', 'could not verify', 'cgroup.procs', level='L3', tools=False)
@started
def no_cgroup(lab):
    lab.write_config(drill={'cgroup': str(lab.folder / 'cgroup')})


def in_phase(lab, phase, act):
    process = spawn_drill(lab)
    for line in process.stderr:
        if line.strip().startswith(f'{phase}:'):
            act()
            break
    output, _ = process.communicate(timeout=120)
    return labs.json.loads(output.strip().splitlines()[-1]), process.returncode


def server_pid(lab):
    path = lab.scratch / 'data' / 'postmaster.pid'
    return int(labs.wait_until(lambda: path.exists() and path.read_text().split('\n')[0], 20, 'a server'))


def slow_fetches(lab):
    wrapper(lab, 'case "$*" in *archive-get*) sleep 0.3;; esac')


def server_killed(lab):
    return in_phase(lab, 'replay', lambda: os.kill(server_pid(lab), signal.SIGKILL))


@row('the restored server is killed while it replays', 'could not verify', 'SIGKILL', level='L3', tools=False, drill=server_killed)
@started
def kill_the_server(lab):
    slow_fetches(lab)


def startup_killed(lab):
    def act():
        pid = server_pid(lab)
        children = pathlib.Path(f'/proc/{pid}/task/{pid}/children').read_text().split()
        for child in children:
            if b'startup' in pathlib.Path(f'/proc/{child}/cmdline').read_bytes():
                os.kill(int(child), signal.SIGKILL)
    return in_phase(lab, 'replay', act)


@row('its startup process is killed, as the kernel does when memory is short', 'could not verify', 'signal 9', level='L3', tools=False,
     drill=startup_killed)
@started
def kill_the_startup_process(lab):
    slow_fetches(lab)


def killed_then_drilled(phase):
    def drill(lab):
        code = kill_in_phase(lab, phase)
        assert code in (-signal.SIGKILL, 137), f'the drill ended with {code} before it could be killed'
        return lab.drill()
    return drill


def killed(phase):
    def do(lab):
        slow_fetches(lab)
    do.__name__ = f'agent_killed_in_{phase}'
    row(f'outrider is killed with SIGKILL in phase {phase}; the next drill clears what was left, and proves', 'proven', 'was restored',
        tools=False, drill=killed_then_drilled(phase))(started(do))


for one in ('find', 'fetch', 'start', 'replay', 'verify', 'promote'):
    killed(one)


def terminated(lab):
    process = spawn_drill(lab)
    for line in process.stderr:
        if line.strip().startswith('replay:'):
            os.kill(agent_of(process), signal.SIGTERM)
            break
    _, errors = process.communicate(timeout=60)
    left = leftovers(lab)
    assert process.returncode not in (0, 2) and not left, f'{process.returncode} {left} {errors}'
    return lab.drill()


@row('outrider is told to end in the middle of a replay: it clears all, and the next drill proves', 'proven', 'was restored', tools=False,
     drill=terminated)
@started
def agent_terminated(lab):
    slow_fetches(lab)


def two_at_once(lab):
    first = spawn_drill(lab)
    labs.wait_until(lambda: (lab.scratch / 'data').exists(), 30, 'the first drill')
    second = labs.run(labs.OUTRIDER, 'drill', '-c', lab.config, check=False)
    assert second.returncode not in (0, 2) and 'under way' in second.stderr, second.stderr
    output, _ = first.communicate(timeout=120)
    return labs.json.loads(output.strip().splitlines()[-1]), first.returncode


@row('a second drill begins while one is under way: it is refused, and the first goes on', 'proven', 'was restored', tools=False, drill=two_at_once)
@started
def second_drill(lab):
    pass


def iso(when):
    return when.astimezone(datetime.timezone.utc).isoformat(timespec='milliseconds').replace('+00:00', 'Z')


@row('a target earlier than the oldest backup (F30)', 'could not verify', 'old enough', level='L3', words=('--to-time', '2020-01-01T00:00:00Z'),
     tools=False)
@started
def target_too_early(lab):
    pass


@row('a target in time later than the archive reaches', 'disproved', 'before the target', level='L3', tools=False)
@started
def target_too_late(lab):
    lab.row.words = ('--to-time', iso(datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)))


@row('a target LSN later than the archive reaches', 'disproved', 'before the target', level='L3', words=('--to-lsn', '7/1000000'), tools=False)
@started
def lsn_too_late(lab):
    pass


@row('a restore point that was never made', 'disproved', 'before the target', level='L3', words=('--to-point', 'nowhere'), tools=False)
@started
def point_missing(lab):
    pass


@row('a set that is not there', 'could not verify', 'no backup set', level='L3', words=('--set', '20200101-000000F'), tools=False)
@started
def set_not_there(lab):
    pass


@row('DROP TABLE is not noticed for a while; recovered to the end the table is gone (F35)', 'disproved', 'other', level='L4', tools=False)
@started
def dropped_table(lab):
    lab.sing()
    lab.sql('drop table other')
    lab.switch()
    lab.write_config(checks=('canary', 'lengths', 'rows', {'sql': 'select count(*) = 500 from other'}))


@row('DROP TABLE at t, recovered to t − 1 s: it is there', 'proven', 'was restored', tools=False)
@started
def dropped_table_brought_back(lab):
    lab.sing()
    time.sleep(1.2)
    before = datetime.datetime.now(datetime.timezone.utc)
    time.sleep(1)
    lab.sql('drop table other')
    lab.sing()
    lab.switch()
    lab.write_config(checks=('canary', 'lengths', 'rows', {'sql': 'select count(*) = 500 from other'}))
    lab.row.words = ('--to-time', iso(before))
