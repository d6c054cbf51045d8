#!/usr/bin/env python3
"""Says which real servers and tools the tests can find on this machine, and what a missing one costs."""
import re
import shutil
import subprocess
import sys

KNOWN = [
    ('promtool', ['promtool', '--version'], 'alert rules and /metrics are not held against Prometheus itself'),
    ('prometheus', ['prometheus', '--version'], 'no end-to-end scrape by a real Prometheus'),
    ('prometheus-node-exporter', ['prometheus-node-exporter', '--version'], 'the machine\'s metrics are not held against the exporter whose names they have'),
    ('prometheus-postgres-exporter', ['prometheus-postgres-exporter', '--version'], 'PostgreSQL\'s metrics are not held against the exporter whose names they have'),
    ('nginx', ['nginx', '-v'], 'nginx\'s metrics are only tested before a false one'),
    ('prometheus-nginx-exporter', ['prometheus-nginx-exporter', '--version'], 'nginx\'s metrics are not held against the exporter whose names they have'),
    ('prometheus-redis-exporter', ['prometheus-redis-exporter', '--version'], 'Redis\' metrics are not held against the exporter whose names they have'),
    ('pgbouncer', ['pgbouncer', '--version'], 'PgBouncer\'s metrics are only tested before a false one'),
    ('haproxy', ['haproxy', '-v'], 'HAProxy\'s metrics are only tested before a false one'),
    ('s6-supervise', None, 'restart times are measured without a peer beside them'),
    ('openssl', ['openssl', 'version'], 'no certificates for the TLS tests'),
    ('redis-server', ['redis-server', '--version'], 'the redis probe and Redis\' metrics are only tested before false ones'),
    ('gdb', ['gdb', '--version'], 'no stacks of hung processes'),
    ('go', ['go', 'version'], 'nothing is sent to Elastic\'s own Lumberjack server'),
    ('pip', ['pip', '--version'], 'no OpenTelemetry SDK and no grpcio: spans come from our own writer only'),
    ('mvn', ['mvn', '-version'], 'no real Elasticsearch and OpenSearch: the sink is only tested before false ones'),
    ('unshare', ['unshare', '--version'], 'the PID 1 tests are skipped'),
]


def version_of(command):
    if command is None:
        return ''
    done = subprocess.run(command, capture_output=True, text=True)
    found = re.search(r'\d+(\.\d+)+', done.stdout + done.stderr)
    return found.group(0) if found else ''


def main() -> int:
    missing = 0
    for name, command, cost in KNOWN:
        if shutil.which(name):
            print(f'  found    {name} {version_of(command)}')
        else:
            missing += 1
            print(f'  missing  {name}: {cost}')
    return 0 if missing == 0 else 1


if __name__ == '__main__':
    sys.exit(main())
