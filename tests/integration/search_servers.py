"""A real Elasticsearch or OpenSearch for the tests: their own server zips, had by Maven into a cache outside the tree, and run
as a user without rights (as root they refuse to start), one node, in a directory that goes with it."""
import base64
import json
import os
import pathlib
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from ports import free_port  # noqa: E402

CACHE = pathlib.Path(os.environ.get('OUTRIDER_UPSTREAMS', pathlib.Path.home() / '.cache/outrider-upstreams'))
UNPACK = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:unpack'
SERVERS = {'elasticsearch': ('org.elasticsearch.distribution.integ-test-zip', '8.19.21'),
           'opensearch': ('org.opensearch.distribution.integ-test-zip', '2.19.6')}
JAVA = '/usr/lib/jvm/java-17-openjdk-amd64'
START_S = 150
NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']


def fetch(name):
    """Its folder, or None and why not."""
    group, version = SERVERS[name]
    home = CACHE / f'{name}-{version}'
    if (home / 'bin' / name).exists():
        return home, ''
    if not shutil.which('mvn') or not pathlib.Path(JAVA).exists():
        return None, 'Maven or Java is missing (apt install maven openjdk-17-jdk-headless)'
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as here:  # the plugin leaves a marker where it is started, and then does nothing there again
        got = subprocess.run(['mvn', '-B', '-q', UNPACK, f'-Dartifact={group}:{name}:{version}:zip', f'-DoutputDirectory={CACHE}',
                              '-Dmdep.overWriteReleases=true'], cwd=here, capture_output=True, text=True, timeout=300)
    if (home / 'bin' / name).exists():
        return home, ''
    return None, f'{name} {version} could not be had by Maven: {(got.stdout + got.stderr)[-300:]}'


class Node:
    """One server with a directory of its own. After kill() it can be started again with what it had on the disk."""

    def __init__(self, name, home):
        self.name, self.process = name, None
        self.place = pathlib.Path(tempfile.mkdtemp(prefix=f'{name}-', dir='/var/tmp'))
        self.home = self.place / 'home'
        shutil.copytree(home, self.home, symlinks=True)
        self.http, self.transport = free_port(), free_port()
        self.url = f'http://127.0.0.1:{self.http}'
        self.headers, self.trust = {'Content-Type': 'application/json'}, None
        self.lock = {'xpack.security.enabled': 'false'}
        self.as_nobody = []
        if os.getuid() == 0:
            self.as_nobody = ['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups']
        self.give_away()

    def give_away(self):
        if self.as_nobody:
            subprocess.run(['chown', '-R', 'nobody:nogroup', self.place], check=True)

    def environment(self, **more):
        return {**os.environ, 'HOME': str(self.place), 'ES_JAVA_HOME': JAVA, 'OPENSEARCH_JAVA_HOME': JAVA, **more}

    def lock_up(self, user, password):
        """Before it starts: only by TLS, with a certificate of an authority of its own, and only this user. Gives the authority's file."""
        config = self.home / 'config'
        for command in (['req', '-x509', *NEW_KEY, '-keyout', 'ca.key', '-out', 'ca.crt', '-days', '2', '-subj', '/CN=the authority of a test'],
                        ['req', *NEW_KEY, '-keyout', 'node.key', '-out', 'node.csr', '-subj', '/CN=node', '-addext', 'subjectAltName=IP:127.0.0.1'],
                        ['x509', '-req', '-in', 'node.csr', '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2',
                         '-copy_extensions', 'copy', '-out', 'node.crt']):
            subprocess.run(['openssl', *command], cwd=config, check=True, capture_output=True)
        self.give_away()
        subprocess.run([*self.as_nobody, self.home / 'bin/elasticsearch-users', 'useradd', user, '-p', password, '-r', 'superuser'], check=True,
                       env=self.environment(ES_JAVA_OPTS='-Xmx64m'), capture_output=True, cwd=self.place)
        tls = 'xpack.security.http.ssl.'
        self.lock = {'xpack.security.enabled': 'true', 'xpack.security.autoconfiguration.enabled': 'false', tls + 'enabled': 'true',
                     tls + 'key': 'node.key', tls + 'certificate': 'node.crt'}
        self.url = self.url.replace('http:', 'https:')
        self.headers['Authorization'] = 'Basic ' + base64.b64encode(f'{user}:{password}'.encode()).decode()
        self.trust = ssl.create_default_context(cafile=config / 'ca.crt')
        return config / 'ca.crt'

    def start(self, **settings):
        lines = {'cluster.name': 'it', 'node.name': 'n1', 'network.host': '127.0.0.1', 'http.port': self.http,
                 'transport.port': self.transport, 'discovery.type': 'single-node',
                 # How full the machine's disk is is its owner's business: over the watermark no index of a test would ever begin.
                 'cluster.routing.allocation.disk.threshold_enabled': 'false', **settings}
        if self.name == 'elasticsearch':
            lines |= {'xpack.ml.enabled': 'false', **self.lock}
        (self.home / 'config' / f'{self.name}.yml').write_text(''.join(f'{key}: {value}\n' for key, value in lines.items()))
        options = self.home / 'config' / 'jvm.options.d'
        options.mkdir(exist_ok=True)
        (options / 'heap.options').write_text('-Xms512m\n-Xmx512m\n')
        with open(self.place / 'log', 'a', encoding='utf-8') as log:
            self.process = subprocess.Popen([*self.as_nobody, self.home / 'bin' / self.name], env=self.environment(), stdout=log, stderr=log,
                                            start_new_session=True, cwd=self.place)
        end = time.monotonic() + START_S
        while not self.is_well():
            assert self.process.poll() is None and time.monotonic() < end, (self.place / 'log').read_text()[-2000:]
            time.sleep(0.3)
        return self

    def is_well(self):
        try:
            return self.ask('GET', '/_cluster/health?wait_for_status=yellow&timeout=5s')[0] == 200
        except OSError:
            return False

    def kill(self):
        """As a power cut does it to a process: nothing is told, nothing is flushed."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def close(self):
        if self.process and self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.place, ignore_errors=True)

    def ask(self, method, path, body=None):
        """Status and answer."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, self.headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30, context=self.trust) as answer:
                return answer.status, json.loads(answer.read() or b'{}')
        except urllib.error.HTTPError as problem:
            return problem.code, json.loads(problem.read() or b'{}')

    def do(self, method, path, body=None):
        status, answer = self.ask(method, path, body)
        assert status in (200, 201), (status, answer)
        return answer

    def make_stream(self, name, properties=None, settings=None):
        template = {'settings': {'number_of_shards': 1, 'number_of_replicas': 0, **(settings or {})},
                    'mappings': {'properties': properties or {}}}
        self.do('PUT', f'/_index_template/{name}', {'index_patterns': [name], 'data_stream': {}, 'priority': 500, 'template': template})

    def count(self, name):
        self.do('POST', f'/{name}/_refresh')
        return self.do('GET', f'/{name}/_count')['count']
