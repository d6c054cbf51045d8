"""A row of the table of ruin, and how one is run: a copy is ruined, drilled, and shown to everybody else's tools."""
import contextlib
import dataclasses
import os
import pathlib
import shutil
import signal
import subprocess
import time
import traceback

import lab as labs

ROWS = []


@dataclasses.dataclass
class Row:
    name: str
    ruin: str  # a sentence for the table
    do: object
    finding: str
    must_say: tuple
    level: str  # the weakest level of evidence that sees it; '' when nothing has to be seen
    base: str = 'base'
    words: tuple = ()
    drill: object = None  # instead of the usual drill: takes the lab, gives record and exit code
    needs: object = None  # why it cannot be done here, or nothing
    tools: bool = True    # whether everybody else's checks are asked as well
    others: object = None  # which those are, as {field of the result: words}; pgBackRest's own and its plugin
    seen: str = ''        # for the table, where it is not obvious


def row(ruin, finding, *must_say, level='', **more):
    def add(do):
        ROWS.append(Row(do.__name__, ruin, do, finding, must_say, level, **more))
        return do
    return add


def healthy(ruin, *must_say, **more):
    return row(ruin, 'proven', *must_say, level='', **more)


def first_words(text, limit=160):
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    return lines[0][:limit] if lines else ''


def worst_words(done):
    """What a tool says of a problem: its code, and its first line that names one."""
    lines = [line for line in (done.stdout + done.stderr).splitlines() if 'ERROR' in line or 'WARN' in line or 'error' in line.lower()]
    said = first_words('\n'.join(lines))
    if ': ' in said and said[:2].isdigit():
        said = said.split(': ', 1)[1] if 'P0' in said.split(': ', 1)[0] else said
    return f'rc {done.returncode}' + (f', {said}' if said and done.returncode else (f', says: {said}' if said else ', silent'))


def info_words(lab):
    done = lab.backrest('--output=json', 'info', check=False)
    try:
        import json
        status = json.loads(done.stdout)[0]['status']
        return f'rc {done.returncode}, status {status["code"]} {status["message"]}'
    except (ValueError, IndexError, KeyError):
        return worst_words(done)


def plugin_words(lab):
    """One line in Nagios's form: "WAL_ARCHIVES OK - …"."""
    try:
        done = lab.check_pgbackrest()
    except subprocess.TimeoutExpired:
        return 'no answer within 20 s'
    return f'rc {done.returncode}, {first_words(done.stdout or done.stderr).split(" | ")[0]}'


def ask_pgbackrest(lab):
    return {'info': info_words(lab), 'verify': worst_words(lab.verify()), 'plugin': plugin_words(lab),
            'check': worst_words(lab.check()) if lab.running else 'no server to ask'}


def leftovers(lab):
    """What a drill must never leave: files beside its mark, and processes that run in its directory."""
    found = []
    if lab.scratch.is_dir():
        found += [path.name for path in lab.scratch.iterdir() if path.name != '.outrider-drill']
    for proc in pathlib.Path('/proc').iterdir():
        if proc.name.isdigit():
            with contextlib.suppress(OSError):
                if str((proc / 'cwd').readlink()).startswith(str(lab.scratch)):
                    found.append(f'process {proc.name}')
    return found


def spawn_drill(lab, *words):
    return subprocess.Popen(lab.drill_command(*words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd='/',
                            env={**os.environ, **lab.environment}, stdin=subprocess.DEVNULL)


def agent_of(process):
    """setpriv becomes the program it starts, so that its pid is the agent's."""
    return process.pid


def kill_in_phase(lab, phase, how=signal.SIGKILL):
    """Starts a drill and ends it as soon as it tells of that phase."""
    process = spawn_drill(lab)
    for line in process.stderr:
        if line.strip().startswith(f'{phase}:'):
            os.kill(agent_of(process), how)
            break
    process.communicate(timeout=60)
    return process.returncode


@dataclasses.dataclass
class Result:
    row: Row
    record: dict
    code: int = 0
    chain: dict = dataclasses.field(default_factory=dict)
    check: str = ''
    info: str = ''
    verify: str = ''
    plugin: str = ''  # what check_pgbackrest said
    barman: str = ''  # and `barman check`
    left: list = dataclasses.field(default_factory=list)
    seconds: float = 0
    trouble: str = ''

    def said(self):
        return ' '.join([self.record.get('broken') or '', self.record.get('sentence') or '', *self.record.get('notes', []),
                         *(f"{one['name']}: {one['detail']}" for one in self.record.get('witnesses', []))])

    def seen_at(self):
        """The weakest level at which something was seen to be wrong."""
        if self.chain.get('listed'):
            return 'L1'
        if self.chain.get('checked'):
            return 'L2'
        if self.record.get('finding') == 'proven':
            return ''
        return 'L4' if any(one['standing'] == 'not ok' for one in self.record.get('witnesses', [])) else 'L3'


def run_row(row, base):
    began = time.monotonic()
    folder = labs.new_folder()
    result = Result(row, {})
    lab = None
    try:
        lab = labs.copy_of(base, folder) if base else labs.Lab(folder)
        lab.row = row
        row.do(lab)
        result.record, result.code = row.drill(lab) if row.drill else lab.drill(*row.words)
        result.left = leftovers(lab) if getattr(lab, 'check_left', True) else []
        if row.tools:
            result.chain = lab.chain()
            result = dataclasses.replace(result, **(row.others or ask_pgbackrest)(lab))
    except Exception:  # pylint: disable=broad-except  # shown by the row's own test
        result.trouble = traceback.format_exc()
    finally:
        if lab:
            with contextlib.suppress(Exception):
                for extra in getattr(lab, 'extras', []):
                    extra()
            with contextlib.suppress(Exception):
                os.chmod(lab.repo, 0o700)
            lab.close()
        shutil.rmtree(folder, ignore_errors=True)
    result.seconds = time.monotonic() - began
    return result
