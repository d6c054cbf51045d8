"""`metrics.host` beside the real node_exporter (Debian's prometheus-node-exporter): the same names, types, help and labels,
and the same values at one time."""
import shutil
import subprocess
import time

import pytest

from exposition import Page, agree
from house import get, wait_until
from ports import free_port

EXPORTER = shutil.which('prometheus-node-exporter')
APART = ('node_exporter_', 'node_scrape_')  # of the exporter itself, and of each collector's own run
# Debian leaves out more: mounts below /mnt, /media and /run, and lo. These are node_exporter's own defaults.
UPSTREAM = ['--collector.filesystem.mount-points-exclude=^/(dev|proc|run/credentials/.+|sys|var/lib/docker/.+|var/lib/containers/storage/.+)($|/)',
            '--collector.netdev.device-exclude=']

pytestmark = pytest.mark.skipif(EXPORTER is None, reason='prometheus-node-exporter is not installed (Debian package of that name)')


@pytest.fixture
def both(house, tmp_path):
    """The agent and the exporter on one machine; gives two functions that read their pages."""
    house.write(extra={'metrics': {'listen': f'127.0.0.1:{house.metrics_port}', 'host': True}})
    house.start()
    port = free_port()
    with open(tmp_path / 'exporter.log', 'wb') as log:
        house.spawn([EXPORTER, f'--web.listen-address=127.0.0.1:{port}', '--web.disable-exporter-metrics', *UPSTREAM], stderr=log, stdout=log)
    wait_until(lambda: get(port, '/metrics'), what='the exporter')
    page = Page(get(house.metrics_port, '/metrics')[1])
    collectors = {dict(labels)['collector'] for labels, fine in page.samples['node_scrape_collector_success'].items() if fine}
    assert len(collectors) > 18
    asked = '&'.join(f'collect[]={name}' for name in sorted(collectors))
    return lambda: ours(house), lambda: Page(get(port, f'/metrics?{asked}')[1]).only('node_', but=APART)


def ours(house):
    time.sleep(0.11)  # a page that was just made is shown again for a tenth of a second
    return Page(get(house.metrics_port, '/metrics')[1]).only('node_', but=APART)


def test_names_types_help_and_labels_are_those_of_node_exporter(both):
    mine, theirs = (read() for read in both)
    assert len(theirs.types) > 150
    assert sorted(set(theirs.types) - set(mine.types)) == [], 'node_exporter has it and we have not'
    covered = set(theirs.types)
    assert {name: mine.types[name] for name in covered} == theirs.types
    assert {name: mine.helps[name] for name in covered} == theirs.helps
    assert {name: set(mine.samples[name]) for name in covered} == {name: set(of) for name, of in theirs.samples.items()}
    assert sorted(set(mine.types) - covered) == [], 'we show what its collectors of these names do not'


def test_values_are_those_that_node_exporter_reads_at_the_same_time(both):
    mine, theirs = both
    agree(mine, theirs)


def test_the_page_waits_little_for_the_machine_and_the_status_tells_of_it(both, house):
    mine, _ = both
    assert mine()
    shown = house.metric('outrider_scrape_duration_seconds', target='host')
    assert 0 < shown < 0.2, 'the page waits a fifth of a second at most'
    wait_until(lambda: {'host': 'ok'} == {each['url']: each['up'] for each in house.status()['scrapes']}, what='its status')


def test_its_page_is_what_promtool_accepts(both, house):
    promtool = shutil.which('promtool')
    if promtool is None:
        pytest.skip('promtool is not installed')
    page = get(house.metrics_port, '/metrics')[1]
    done = subprocess.run([promtool, 'check', 'metrics'], input=page, capture_output=True, text=True, timeout=60)
    said = [line for line in (done.stdout + done.stderr).splitlines() if line and 'node_' not in line]
    assert not said and done.returncode in (0, 3), 'node_exporter\'s own names are old, and promtool says so'
