"""Ruins of pages: what was wrong on the primary's disk went into a backup that everybody calls good."""
import labs_pages as pages
import lab as labs
from row import row
from ruins_archive import started

PAGE = 8192


def go_on(lab):
    """Something behind the backup that does not touch what is ruined."""
    lab.sing()
    lab.switch()


def on_disk(lab, relation, act):
    """Alters a relation's file while the server is down, then takes a backup of it."""
    path = pages.file_of(lab, relation)
    lab.sql('checkpoint')
    lab.stop()
    act(path)
    lab.start()
    lab.backup()
    go_on(lab)


@row('a heap page is zeroes; its visibility bit is set (F23)', 'disproved', 'pages of zeroes', 'notes', level='L4')
@started
def zeroed_page(lab):
    on_disk(lab, 'notes', lambda path: pages.zero(path, 5))


@row('a heap page is zeroes; its visibility bit is not set', 'disproved', 'pages of zeroes', 'notes', level='L4')
@started
def zeroed_page_not_all_visible(lab):
    lab.sql('update notes set body = body || 1 where id <= 3000')
    on_disk(lab, 'notes', lambda path: pages.zero(path, 5))


@row('a table is cut off by 20 pages (F24)', 'disproved', 'relation lengths', 'notes', level='L4')
@started
def truncated_relation(lab):
    on_disk(lab, 'notes', lambda path: pages.cut(path, 20))


@row('a table that was never vacuumed nor analyzed is cut off by 20 pages', 'disproved', 'rows', 'fresh', level='L4')
@started
def truncated_fresh_relation(lab):
    lab.sql('create table fresh (id int primary key, body text)', 'insert into fresh select g, md5(g::text) from generate_series(1, 5000) g')
    on_disk(lab, 'fresh', lambda path: pages.cut(path, 20))


@row('a table\'s file is empty', 'disproved', 'relation lengths', 'notes', level='L4')
@started
def emptied_relation(lab):
    on_disk(lab, 'notes', lambda path: path.write_bytes(b''))


@row('a table\'s file is not there', 'disproved', 'notes', level='L4')
@started
def relation_file_gone(lab):
    lab.stop()
    lab.start()
    lab.sql('checkpoint')
    path = pages.file_of(lab, 'other')
    lab.stop()
    path.unlink()
    lab.start()
    lab.backup()
    go_on(lab)
    lab.row.must_say = ('other',)


@row('bytes in a page are flipped (F25): pgBackRest notes it, exits 0, and everybody goes on', 'disproved', level='L1')
@started
def flipped_page(lab):
    on_disk(lab, 'notes', lambda path: pages.flip(path, 5 * PAGE + 4000))
    lab.row.words = ('--set', lab.sets()[-1]['label'])


@row('the same, and nobody names the set: an older one is taken, and proven', 'proven', 'would have been lost', level='L1')
@started
def flipped_page_in_the_newest_set(lab):
    on_disk(lab, 'notes', lambda path: pages.flip(path, 5 * PAGE + 4000))


@row('the same in an index', 'disproved', level='L1')
@started
def flipped_index_page(lab):
    on_disk(lab, 'notes_body_idx', lambda path: pages.flip(path, 5 * PAGE + 4000))
    lab.row.words = ('--set', lab.sets()[-1]['label'])


@row('an older copy of one page is put back (F26)', 'disproved', 'notes', level='L4')
@started
def stale_page(lab):
    path = pages.file_of(lab, 'notes')
    lab.sql('checkpoint')
    old = path.read_bytes()[5 * PAGE:6 * PAGE]
    lab.sql('delete from notes where id between 300 and 700', 'vacuum notes',
            "insert into notes select g, md5(g::text) from generate_series(100300, 100700) g", 'vacuum notes')
    on_disk(lab, 'notes', lambda file: pages.put(file, 5 * PAGE, old))


@row('an older copy of a whole file is put back (F26)', 'disproved', 'stale', level='L4')
@started
def stale_file(lab):
    lab.sql('create table stale (id int primary key, n int)', 'insert into stale select g, g from generate_series(1, 2000) g', 'vacuum analyze stale')
    path = pages.file_of(lab, 'stale')
    lab.sql('checkpoint')
    old = path.read_bytes()
    lab.sql('create index on stale (n)', 'update stale set n = n + 5000 where id % 7 = 0', 'vacuum stale')
    on_disk(lab, 'stale', lambda file: file.write_bytes(old))


@row('a page of an index is zeroes', 'disproved', level='L4')
@started
def zeroed_index_page(lab):
    on_disk(lab, 'notes_body_idx', lambda path: pages.zero(path, 5))


@row('the order of an index is not its operators\' any more, as after another glibc (F27)', 'disproved', 'amcheck', level='L4')
@started
def index_order(lab):
    body = "'select case when $1 {0} $2 then -1 when $1 = $2 then 0 else 1 end'"
    lab.sql('create function public.cmp4(int, int) returns int language sql immutable as ' + body.format('<'),
            'create operator class public.odd for type int4 using btree as operator 1 <, operator 2 <=, operator 3 =, operator 4 >=, '
            'operator 5 >, function 1 public.cmp4(int, int)', 'create index odd_order on other (n public.odd)',
            'create or replace function public.cmp4(int, int) returns int language sql immutable as ' + body.format('>'))
    lab.backup()
    labs.fill(lab, 1)


@row('a page of a large value\'s storage is zeroes', 'disproved', level='L4')
@started
def zeroed_toast_page(lab):
    lab.sql('create table large (id int primary key, body text)', 'alter table large alter body set storage external',
            "insert into large select g, repeat(md5(g::text), 500) from generate_series(1, 50) g", 'vacuum analyze large')
    toast = lab.sql("select reltoastrelid::regclass from pg_class where relname = 'large'")
    on_disk(lab, toast, lambda path: pages.zero(path, 5))


@row('a canary row was altered', 'disproved', 'does not follow', level='L4')
@started
def canary_altered(lab):
    lab.sql("update outrider.canary set node = 'somebody' where id = 3")
    labs.fill(lab, 1)


@row('a canary row in the middle is gone', 'disproved', 'does not follow', level='L4')
@started
def canary_removed(lab):
    lab.sql('delete from outrider.canary where id = 3')
    labs.fill(lab, 1)


@row('acknowledged canaries are gone although replay came past them', 'disproved', 'is not there', level='L4')
@started
def newest_canaries_removed(lab):
    lab.sing()
    lab.sql('delete from outrider.canary where id > 6')
    lab.switch()


@row('a statement of the user\'s is false on the copy', 'disproved', 'false', level='L4')
@started
def statement_is_false(lab):
    lab.write_config(checks=('canary', {'sql': 'select count(*) = 1 from notes'}))


@row('a statement of the user\'s cannot be run on the copy', 'disproved', 'nothing_like_that', level='L4')
@started
def statement_fails(lab):
    lab.write_config(checks=('canary', {'sql': 'select true from nothing_like_that'}))
