"""Content that is another than the source's, in files that are sound in themselves: only hashes of the source see it."""
import os
import threading

import lab as labs
import labs_pages as pages
from row import healthy, row
from ruins_archive import started

CHECKS = ('canary', 'lengths', 'rows', 'checksums', 'amcheck', 'hashes')
SAME = 'as on the source'


def ledger(lab):
    """A table whose rows change in their pages, and whose files keep their length; what it holds is hashed."""
    lab.write_config(checks=CHECKS)
    lab.sql('create table ledger (id int primary key, who text, owes int) with (fillfactor = 40)',
            "insert into ledger select g, 'account ' || to_char(g, 'FM00000'), 100 from generate_series(1, 3000) g",
            'create index ledger_who on ledger (who)', 'vacuum analyze')


def hash_first(lab):
    """What an earlier drill leaves: it can compare nothing yet, and says so."""
    record, _ = lab.drill()
    told = [one for one in record['witnesses'] if one['name'] == 'content hashes']
    assert record['finding'] == 'proven' and told and told[0]['standing'] == 'unknown', record


def go_on(lab):
    lab.sing()
    lab.switch()


def files_of(lab):
    lab.sql('checkpoint')
    return {path: path.read_bytes() for path in (pages.file_of(lab, name) for name in ('ledger', 'ledger_pkey', 'ledger_who'))}


def put_all(files):
    for path, content in files.items():
        with open(path, 'r+b') as file:
            assert len(content) == path.stat().st_size
            file.write(content)


def backup_of(lab, files, alter=None):
    """A backup that was given these files to read; the source itself has its own again afterwards."""
    own = files_of(lab)
    lab.stop()
    own = {path: path.read_bytes() for path in own}
    put_all(files)
    if alter:
        alter()
    lab.start()
    lab.backup()
    lab.stop()
    put_all(own)
    lab.start()
    go_on(lab)


@row('an older copy of a whole table is backed up, of equal length and with its indexes', 'disproved', 'content hashes', 'ledger',
     'another content', level='L4')
@started
def stale_table(lab):
    ledger(lab)
    old = files_of(lab)
    lab.sql('update ledger set owes = owes + 1 where id % 7 = 0', 'vacuum ledger')
    hash_first(lab)
    backup_of(lab, old)


@row('an incremental backup takes a changed file for unchanged: its length and its time are as they were', 'disproved', 'content hashes',
     'ledger', 'another content', level='L4')
@started
def stale_table_of_an_incremental_set(lab):
    ledger(lab)
    lab.sql('checkpoint')
    path = pages.file_of(lab, 'ledger')
    # The clock of a file server went back, say; pgBackRest compares times by the second.
    then = int(path.stat().st_mtime) - 60
    os.utime(path, (then, then))
    lab.backup()
    # Vacuumed: otherwise whoever reads a row first marks it, and with checksums that puts its whole page into the WAL.
    lab.sql('update ledger set owes = owes + 1 where id % 7 = 0', 'vacuum ledger', 'checkpoint')
    os.utime(path, (then, then))
    lab.backup('incr')
    go_on(lab)
    # The copy is ruined already. Without an earlier hash nobody sees it, and nobody says ok.
    hash_first(lab)
    go_on(lab)


@row('a row is altered in the table and in its index alike, and the checksums are right', 'disproved', 'content hashes', 'ledger',
     'another content', level='L4')
@started
def altered_row(lab):
    ledger(lab)
    hash_first(lab)
    files = files_of(lab)
    altered = {path: content.replace(b'account 01234', b'account 01235') for path, content in files.items()}
    assert sum(altered[path] != files[path] for path in files) == 2, 'the table and one index'

    def right_checksums():
        labs.run(labs.BIN / 'pg_checksums', '--disable', '-N', '-D', lab.data)
        labs.run(labs.BIN / 'pg_checksums', '--enable', '-N', '-D', lab.data)
    backup_of(lab, altered, right_checksums)


@row('an amount is altered in a table, and page checksums are off', 'disproved', 'content hashes', 'ledger', 'another content',
     level='L4')
@started
def altered_amount_without_checksums(lab):
    lab.stop()
    labs.run(labs.BIN / 'pg_checksums', '--disable', '-N', '-D', lab.data)
    lab.start()
    ledger(lab)
    hash_first(lab)
    path = pages.file_of(lab, 'ledger')
    files = files_of(lab)
    # The row of account 1234: its text, filled up to four bytes, and the amount behind it.
    at = files[path].index(b'account 01234')
    amount = files[path].index((100).to_bytes(4, 'little'), at)
    assert amount - at < 20
    content = files[path]
    backup_of(lab, {**files, path: content[:amount] + (1).to_bytes(4, 'little') + content[amount + 4:]})


# -- sound ones


@healthy('the same steps, and nothing is ruined: the content is the source\'s', SAME)
@started
def content_is_sound(lab):
    ledger(lab)
    lab.sql('update ledger set owes = owes + 1 where id % 7 = 0', 'vacuum ledger')
    hash_first(lab)
    backup_of(lab, files_of(lab))


@healthy('a table is vacuumed, frozen, and an index built anew between hash and drill', SAME)
@started
def frozen_since(lab):
    ledger(lab)
    lab.sql('update ledger set owes = owes + 1 where id % 7 = 0')
    hash_first(lab)
    lab.sql('vacuum freeze', 'reindex table ledger', 'analyze')
    lab.backup()
    go_on(lab)


@healthy('tables are written to without end, before, during and after', SAME)
@started
def written_to(lab):
    ledger(lab)
    lab.sql('create table busy (id int primary key, n int)', 'insert into busy select g, 0 from generate_series(1, 200) g')
    ended = threading.Event()

    def write():
        session = labs.Session(lab.socket)
        turn = 0
        while not ended.wait(0.01):
            turn += 1
            session.ask(f'update busy set n = n + 1 where id % 50 = {turn % 50}')
            session.ask("insert into notes select max(id) + 1, md5(random()::text) from notes")
        session.close()
    writer = threading.Thread(target=write)
    writer.start()

    def stop():
        ended.set()
        writer.join(20)
    lab.extras = [stop]
    hash_first(lab)
    lab.backup()
    go_on(lab)


@healthy('a commit that is in the archive waits for a standby, and nobody on the source sees it yet', 'could not be judged')
@started
def commit_that_waits(lab):
    ledger(lab)
    hash_first(lab)
    lab.sing()
    lab.sql("alter system set synchronous_standby_names = 'nobody'", 'select pg_reload_conf()')
    labs.wait_until(lambda: lab.sql('show synchronous_standby_names') == 'nobody', what='the setting')
    waiting = labs.Session(lab.socket)
    thread = threading.Thread(target=waiting.ask, args=('update ledger set owes = 0 where id = 5',))
    thread.start()
    labs.wait_until(lambda: lab.sql("select count(*) from pg_stat_activity where wait_event = 'SyncRep'") == '1', what='the wait')
    lab.switch()

    def let_go():
        lab.sql('alter system reset synchronous_standby_names', 'select pg_reload_conf()')
        thread.join(20)
        waiting.close()
    lab.extras = [let_go]


@healthy('transactions that are open, prepared or undone have touched the table', SAME, base='none')
def undecided(lab):
    lab.make(settings='max_prepared_transactions = 5')
    ledger(lab)
    lab.sing()
    lab.backup()
    open_one = labs.Session(lab.socket)
    open_one.ask('begin')
    open_one.ask('update ledger set owes = 1 where id = 1')
    other = labs.Session(lab.socket)
    for statement in ('begin', 'update ledger set owes = 2 where id = 2', "prepare transaction 'two'"):
        other.ask(statement)
    for statement in ('begin', 'update ledger set owes = 3 where id = 3', 'rollback'):
        other.ask(statement)
    other.close()
    lab.extras = [open_one.close]
    go_on(lab)
    hash_first(lab)
    go_on(lab)


@healthy('values of every kind, in databases and tables with odd names', SAME)
@started
def odd_values(lab):
    lab.write_config(checks=CHECKS)
    lab.sql('create database "it\'s \\ ""odd"""')
    # A column with the name that a row has in the statement, one that is gone, and text that depends on settings.
    lab.sql('create schema "a ""b"', 'create type mood as enum (\'so\', \'la\')',
            'create table "a ""b"."c.d\'" (r int, ctidx text, at timestamptz default \'2026-01-02 03:04:05.678+09\', d interval default '
            "'1 mon -3 days', f float8 default 0.1, g float4 default 1e-7, m money default 12.3, b bytea default '\\xDEAD', o regclass default "
            "'notes'::regclass, e mood default 'la', j jsonb default '{\"a\": [1]}', a text[] default '{x,NULL}', gone int, "
            'twice int generated always as (r * 2) stored)',
            'insert into "a ""b"."c.d\'" (r, ctidx) select g, repeat(md5(g::text), 200) from generate_series(1, 300) g',
            'alter table "a ""b"."c.d\'" drop column gone, add column late numeric default 1.50',
            'create materialized view "a ""b".seen as select r from "a ""b"."c.d\'"',
            'create table parts (id int, t text) partition by range (id)', 'create table parts_1 partition of parts for values from (0) to (100)',
            'insert into parts select g, null from generate_series(0, 99) g', 'create unlogged table fast (id int)', 'insert into fast values (1)',
            'create table nothing_in_it ()', 'insert into nothing_in_it default values',
            "alter role outrider set datestyle = 'German'", "alter role outrider set timezone = 'Asia/Tokyo'",
            "alter role outrider set extra_float_digits = -5", "alter role outrider set bytea_output = 'escape'",
            "alter role outrider set search_path = 'public, \"a \"\"b\"'", "alter role outrider set intervalstyle = 'iso_8601'")
    lab.sql('create table "Ünï" (id int)', 'insert into "Ünï" select generate_series(1, 100)', database='it\'s \\ "odd"')
    lab.backup()
    go_on(lab)
    hash_first(lab)
    go_on(lab)


@healthy('tables that the role may not read, or not wholly: told, with what would help', SAME, 'GRANT pg_read_all_data', 'ledger')
@started
def unreadable(lab):
    ledger(lab)
    lab.sql('revoke pg_read_all_data from outrider', 'grant select on notes to outrider', 'grant select on other to outrider',
            'alter table other enable row level security', 'create policy half on other using (id > 250)')
    hash_first(lab)
    go_on(lab)
