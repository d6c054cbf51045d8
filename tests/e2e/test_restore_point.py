"""A restore point is made and proven before a migration, and asked for at the gate. Real PostgreSQL, real pgBackRest."""
import json

import database as databases
import house as houses
from house import wait_until
from test_database import house  # noqa: F401  pylint: disable=unused-import


def test_a_restore_point_is_proven_before_a_migration(house):  # noqa: F811  pylint: disable=redefined-outer-name
    cluster = house.cluster
    rows = int(cluster.sql('select count(*) from notes'))
    house.write(drill={'checks': ['canary', 'rows', {'sql': f'select count(*) = {rows} from notes'}]})
    house.start()
    house.wait_known()

    refused = house.run('drill', '--restore-point', 'before-v42', timeout=120)
    assert refused.returncode == 3 and 'may not make restore points' in refused.stderr, refused.stdout + refused.stderr
    assert 'outrider setup postgres --restore-points --apply' in refused.stderr, refused.stderr
    databases.run(houses.OUTRIDER, 'setup', 'postgres', '--restore-points', '--apply', '--dsn', cluster.dsn('postgres'))
    code, line = house.check('drill', '--require', 'point=before-v42 age<1h')
    assert code == 3, line

    done = house.run('drill', '--restore-point', 'before-v42', '--output', 'json', timeout=180)
    record = json.loads(done.stdout.strip().splitlines()[-1])
    assert done.returncode == 0 and record['finding'] == 'proven', record
    assert record['target'] == 'restore point before-v42' and record['restore_point']['name'] == 'before-v42', record
    assert record['reached'] == record['restore_point']['lsn'], record
    wait_until(lambda: house.check('drill', '--require', 'point=before-v42 age<1h')[0] == 0, 20, 'leave to migrate')
    assert house.check('drill', '--require', 'point=before-v43')[0] == 3, 'another one was never proven'
    assert 'restore point before-v42' in next(house.state.rglob('audit.jsonl')).read_text()

    # The migration: what it writes is not in a copy at that point.
    cluster.sql("insert into notes select max(id) + 1, 'migrated' from notes")
    cluster.switch()
    again = house.run('drill', '--to-point', 'before-v42', '--output', 'json', timeout=120)
    record = json.loads(again.stdout.strip().splitlines()[-1])
    assert again.returncode == 0 and record['finding'] == 'proven', record
    assert record['reached'] == record['restore_point']['lsn'], record
    to_the_end = house.run('drill', timeout=120)
    assert to_the_end.returncode == 2 and f'count(*) = {rows}' in to_the_end.stdout, to_the_end.stdout

    used = house.run('drill', '--restore-point', 'before-v42', timeout=60)
    assert used.returncode != 0 and 'stops at the first' in used.stderr, used.stdout + used.stderr
    wrong = house.run('drill', '--restore-point', "it's", timeout=60)
    assert wrong.returncode != 0 and 'letters, digits' in wrong.stderr, wrong.stdout + wrong.stderr


def test_a_point_whose_name_somebody_else_used_before_proves_nothing(house):  # noqa: F811  pylint: disable=redefined-outer-name
    cluster = house.cluster
    databases.run(houses.OUTRIDER, 'setup', 'postgres', '--restore-points', '--apply', '--dsn', cluster.dsn('postgres'))
    cluster.sql("select pg_create_restore_point('release')")
    cluster.write_segments(1)
    house.write(drill={'checks': ['canary']})
    done = house.run('drill', '--restore-point', 'release', '--output', 'json', timeout=180)
    record = json.loads(done.stdout.strip().splitlines()[-1])
    assert done.returncode == 3 and 'not the only one with that name' in record['broken'], record
