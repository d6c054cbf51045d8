"""`metrics.postgres` beside the real postgres_exporter (Debian's prometheus-postgres-exporter) on a real PostgreSQL; and that it does
no harm."""
import datetime
import os
import shutil
import time

import pytest

from exposition import Page, agree
from house import get, wait_until
from ports import free_port

EXPORTER = shutil.which('prometheus-postgres-exporter')
# Told apart by `server` here, and what each session has for itself.
APART = ('pg_exporter_', 'pg_scrape_', 'pg_up', 'pg_settings_statement_timeout', 'pg_settings_lock_timeout', 'pg_settings_transaction_read_only',
         'pg_settings_idle_in_transaction_session_timeout', 'pg_settings_default_transaction_read_only', 'pg_settings_extra_float_digits')
OURS = 'outrider metrics'


def start(house, cluster, **settings):
    cluster.sql('grant pg_monitor to outrider')
    house.write(extra={'metrics': {'listen': f'127.0.0.1:{house.metrics_port}',
                                   'postgres': {'dsn': cluster.dsn(), 'every': '1s', 'timeout': '1s', **settings}}})
    house.start()


def shown(house):
    return Page(get(house.metrics_port, '/metrics')[1]).only('pg_').without('service', 'namespace', 'environment')


def fresh(house):
    """As it is now: a look that began after we asked."""
    asked = time.time()

    def later():
        status = next(each for each in house.status()['scrapes'] if each['url'].startswith('postgres'))
        return status['up'] == 'ok' and stamp(status['scraped']) > asked + 0.2
    wait_until(later, what='a look of now')
    return shown(house)


def stamp(text):
    return datetime.datetime.fromisoformat(text.replace('Z', '+00:00')).timestamp()


def sessions(cluster):
    return int(cluster.sql(f"select count(*) from pg_stat_activity where application_name = '{OURS}'"))


def value(page, name, **labels):
    found = [number for key, number in page.samples.get(name, {}).items() if set(labels.items()) <= key]
    return found[0] if found else None


@pytest.fixture
def exporter(house, cluster, tmp_path):
    if EXPORTER is None:
        pytest.skip('prometheus-postgres-exporter is not installed (Debian package of that name)')
    port = free_port()
    with open(tmp_path / 'exporter.log', 'wb') as log:
        house.spawn([EXPORTER, f'--web.listen-address=127.0.0.1:{port}'], stderr=log, stdout=log,
                    env={**os.environ, 'DATA_SOURCE_NAME': f'{cluster.dsn("postgres")} sslmode=disable'})
    wait_until(lambda: 'pg_up 1' in (get(port, '/metrics') or (0, ''))[1], what='the exporter')

    def read():
        return Page(get(port, '/metrics')[1]).only('pg_', but=APART)
    return read


def test_names_types_help_labels_and_values_are_those_of_postgres_exporter(house, cluster, exporter):
    start(house, cluster)
    wait_until(lambda: value(shown(house), 'pg_settings_max_connections') is not None, what='the settings')
    mine, theirs = fresh(house), exporter()
    assert len(theirs.types) > 250
    assert sorted(set(theirs.types) - set(mine.types)) == [], 'postgres_exporter has it and we have not'
    assert {name: mine.types[name] for name in theirs.types} == theirs.types
    assert {name: mine.helps[name] for name in theirs.types} == theirs.helps
    assert {name: set(mine.samples[name]) for name in theirs.types} == {name: set(of) for name, of in theirs.samples.items()}
    agree(lambda: fresh(house), exporter)


def test_it_has_one_connection_and_pages_do_not_add_to_it(house, cluster):
    start(house, cluster)
    wait_until(lambda: value(shown(house), 'pg_up') == 1, what='the first look')
    for _ in range(50):
        assert get(house.metrics_port, '/metrics')[0] == 200
        assert sessions(cluster) <= 1
    bounds = cluster.sql(f"select query from pg_stat_activity where application_name = '{OURS}'")
    assert bounds, 'it is connected'


def test_a_lock_keeps_neither_the_page_nor_the_server_waiting(house, cluster):
    start(house, cluster)
    wait_until(lambda: value(shown(house), 'pg_database_size_bytes', datname='postgres'), what='the sizes')
    holder = cluster.session('begin; lock table pg_database in access exclusive mode; select pg_sleep(60)')
    try:
        wait_until(lambda: value(shown(house), 'pg_scrape_collector_success', collector='locks') == 0, what='a question that is refused')
        began = time.monotonic()
        page = shown(house)
        assert time.monotonic() - began < 0.5, 'the page waits for no database'
        assert value(page, 'pg_up') == 1
        assert value(page, 'pg_locks_count', datname='postgres', mode='accesssharelock') is not None, 'the last answer is shown'
        assert value(page, 'pg_scrape_collector_age_seconds', collector='locks') > 0
        assert value(page, 'pg_scrape_collector_success', collector='stat_archiver') == 1, 'what needs no such lock goes on'
    finally:
        holder.kill()
        holder.wait(10)
    wait_until(lambda: value(shown(house), 'pg_scrape_collector_success', collector='locks') == 1, 90, what='an answer again')


def test_with_too_few_connections_left_it_gives_its_own_back(house, cluster):
    start(house, cluster, leave_free=1000)
    wait_until(lambda: 'gave our connection back' in house.said() or
               'gave our connection back' in str(house.status()['scrapes']), what='giving it back')
    wait_until(lambda: sessions(cluster) == 0, what='its end')
    assert value(shown(house), 'pg_up') == 1, 'the server itself is well'
    time.sleep(3)
    assert sessions(cluster) == 0, 'and it stays away'


def test_a_server_that_goes_away_and_comes_back_is_seen_at_once(house, cluster):
    start(house, cluster)
    wait_until(lambda: value(shown(house), 'pg_up') == 1, what='the first look')
    cluster.stop('fast')
    wait_until(lambda: value(shown(house), 'pg_up') == 0, what='its end')
    assert 'pg_stat_database_xact_commit' not in shown(house).types, 'nothing old is shown of a server that is away'
    cluster.start()
    wait_until(lambda: value(shown(house), 'pg_up') == 1, 60, what='its return')


def test_statements_are_shown_with_all_others_as_one(house, cluster):
    cluster.stop('fast')
    with open(cluster.data / 'postgresql.conf', 'a', encoding='utf-8') as file:
        file.write("shared_preload_libraries = 'pg_stat_statements'\n")
    cluster.start()
    cluster.sql('create extension pg_stat_statements')
    for width in range(1, 8):
        cluster.sql(f"select {', '.join(['1'] * width)} from pg_sleep(0.01 * {width})")
    start(house, cluster, statements=3)
    wait_until(lambda: len(shown(house).samples.get('pg_stat_statements_calls_total', {})) == 4, what='three and the others')
    page = shown(house)
    queries = {dict(key)['queryid'] for key in page.samples['pg_stat_statements_seconds_total']}
    assert 'other' in queries and len(queries) == 4
    assert value(page, 'pg_stat_statements_calls_total', queryid='other') > 0
