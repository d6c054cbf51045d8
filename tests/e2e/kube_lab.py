"""A real API server of Kubernetes with a real etcd and the real controllers, and a stand-in for the kubelet.

`python3 tests/e2e/kube_lab.py build` builds kube-apiserver, kube-controller-manager and helm once by Go, into a cache outside the tree (ten
minutes); the stories use them when they are there. etcd is Debian's. There is no node: what a kubelet would do (run what was bound to it,
say how it is, end what is deleted and say so) is done by `Kubelet` below, by the API alone: no container ever runs."""
import contextlib
import datetime
import http.client
import json
import os
import pathlib
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from house import wait_until  # noqa: E402
from ports import free_port  # noqa: E402

CACHE = pathlib.Path(os.environ.get('OUTRIDER_UPSTREAMS', pathlib.Path.home() / '.cache/outrider-upstreams'))
VERSION, STAGING = 'v1.34.4', 'v0.34.4'
PROGRAMS = {name: CACHE / f'{name}-{VERSION}' for name in ('kube-apiserver', 'kube-controller-manager')}
HELM_VERSION = 'v3.19.5'
HELM = CACHE / f'helm-{HELM_VERSION}'
PODS, APPS, LEASES = 'api/v1', 'apis/apps/v1', 'apis/coordination.k8s.io/v1'
BUDGETS = 'apis/policy/v1'
STRATEGIC = 'application/strategic-merge-patch+json'


def missing():
    """Why there can be none here; nothing where there can."""
    if not shutil.which('etcd'):
        return 'no etcd here: install the package etcd-server'
    for name, program in PROGRAMS.items():
        if not program.exists():
            return f'no {name}, so nothing is asked of a real Kubernetes: build it with `python3 tests/e2e/kube_lab.py build` (ten minutes)'
    return None


def build():
    build_helm()
    build_kubernetes()


def build_helm():
    if HELM.exists():
        return
    with tempfile.TemporaryDirectory() as folder:
        run = {'check': True, 'env': {**os.environ, 'CGO_ENABLED': '0', 'GOBIN': folder, 'GOFLAGS': '-trimpath'}}
        subprocess.run(['go', 'install', '-p', '2', '-ldflags', f'-s -w -X helm.sh/helm/v3/internal/version.version={HELM_VERSION}',
                        f'helm.sh/helm/v3/cmd/helm@{HELM_VERSION}'], **run)
        CACHE.mkdir(parents=True, exist_ok=True)
        shutil.copy2(pathlib.Path(folder, 'helm'), f'{HELM}.new')
        os.replace(f'{HELM}.new', HELM)


def build_kubernetes():
    """Its module cannot be installed by `go install`, since its go.mod replaces its own parts: it is built as ours, with them as they were released."""
    module = 'k8s.io/kubernetes'
    with tempfile.TemporaryDirectory() as folder:
        found = json.loads(subprocess.run(['go', 'mod', 'download', '-json', f'{module}@{VERSION}'], capture_output=True, check=True, text=True).stdout)
        text = (pathlib.Path(found['Dir']) / 'go.mod').read_text()
        parts = sorted(set(re.findall(r'(k8s\.io/[a-z-]+) => \./staging/', text)))
        pathlib.Path(folder, 'go.mod').write_text(text.replace(f'module {module}\n', 'module wrapper.example/kubernetes\n', 1))
        shutil.copy(pathlib.Path(found['Dir']) / 'go.sum', folder)
        os.chmod(pathlib.Path(folder, 'go.sum'), 0o644)
        run = {'cwd': folder, 'check': True, 'env': {**os.environ, 'CGO_ENABLED': '0'}}
        subprocess.run(['go', 'mod', 'edit', f'-require={module}@{VERSION}', *[f'-replace={part}={part}@{STAGING}' for part in parts]], **run)
        CACHE.mkdir(parents=True, exist_ok=True)
        stamp = 'k8s.io/component-base/version'
        for name, program in PROGRAMS.items():
            if program.exists():
                continue
            flags = f'-s -w -X {stamp}.gitVersion={VERSION} -X {stamp}.gitMajor=1 -X {stamp}.gitMinor=34'
            subprocess.run(['go', 'build', '-mod=mod', '-p', '2', '-trimpath', '-ldflags', flags, '-o', f'{program}.new', f'{module}/cmd/{name}'], **run)
            os.replace(f'{program}.new', program)


def openssl(folder, *words):
    subprocess.run(['openssl', *words], cwd=folder, check=True, capture_output=True)


class Kube:
    """Everything on loopback, in a folder that goes with it; the namespace `school` is there."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.port = free_port()
        self.server = f'https://127.0.0.1:{self.port}'
        self.authority = self.folder / 'ca.crt'
        self.processes = {}
        self.admin = 'an-admins-token'

    # ---- the servers

    def start(self):
        self.make_certificates()
        (self.folder / 'tokens.csv').write_text(f'{self.admin},admin,admin,system:masters\n')
        etcd, peers = free_port(), free_port()
        self.begin('etcd', 'etcd', '--data-dir', self.folder / 'etcd', '--listen-client-urls', f'http://127.0.0.1:{etcd}', '--advertise-client-urls',
                   f'http://127.0.0.1:{etcd}', '--listen-peer-urls', f'http://127.0.0.1:{peers}', '--initial-advertise-peer-urls',
                   f'http://127.0.0.1:{peers}', '--initial-cluster', f'default=http://127.0.0.1:{peers}', '--unsafe-no-fsync')
        self.apiserver = [
            PROGRAMS['kube-apiserver'], f'--etcd-servers=http://127.0.0.1:{etcd}', '--bind-address=127.0.0.1', f'--secure-port={self.port}',
            '--advertise-address=127.0.0.1', '--endpoint-reconciler-type=none', '--service-cluster-ip-range=10.96.0.0/24',
            '--authorization-mode=RBAC', f'--token-auth-file={self.folder}/tokens.csv', f'--client-ca-file={self.authority}',
            f'--tls-cert-file={self.folder}/server.crt', f'--tls-private-key-file={self.folder}/server.key',
            '--service-account-issuer=https://school.example', f'--service-account-key-file={self.folder}/server.key',
            f'--service-account-signing-key-file={self.folder}/server.key',
            # No kubelet hands tokens to these pods.
            '--disable-admission-plugins=ServiceAccount']
        self.start_apiserver()
        self.do('POST', PODS, '', {'metadata': {'name': 'school'}}, path='/api/v1/namespaces')
        config = {'apiVersion': 'v1', 'kind': 'Config', 'current-context': 'x', 'contexts': [{'name': 'x', 'context': {'cluster': 'x', 'user': 'x'}}],
                  'clusters': [{'name': 'x', 'cluster': {'server': self.server, 'certificate-authority': str(self.authority)}}],
                  'users': [{'name': 'x', 'user': {'token': self.admin}}]}
        (self.folder / 'kubeconfig').write_text(json.dumps(config))
        self.begin('controllers', PROGRAMS['kube-controller-manager'], f'--kubeconfig={self.folder}/kubeconfig', '--leader-elect=false',
                   '--controllers=deployment-controller,replicaset-controller,statefulset-controller,disruption-controller', '--secure-port=0')
        return self

    def start_apiserver(self):
        self.begin('apiserver', *self.apiserver)
        wait_until(self.is_ready, 60, 'the API server')

    def begin(self, name, *command):
        with open(self.folder / f'{name}.log', 'ab') as log:
            self.processes[name] = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def is_ready(self):
        process = self.processes['apiserver']
        assert process.poll() is None, (self.folder / 'apiserver.log').read_text()[-2000:]
        try:
            return self.ask('GET', path='/readyz')[0] == 200
        except OSError:
            return False

    def kill(self, name):
        self.processes[name].kill()
        self.processes[name].wait()

    def close(self):
        for process in self.processes.values():
            process.kill()
            process.wait()

    def make_certificates(self):
        key = ['-newkey', 'rsa:2048', '-nodes']
        openssl(self.folder, 'req', '-x509', *key, '-keyout', 'ca.key', '-out', 'ca.crt', '-days', '2', '-subj', '/CN=the authority of a test')
        openssl(self.folder, 'req', *key, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=kube-apiserver', '-addext', 'subjectAltName=IP:127.0.0.1')
        openssl(self.folder, 'req', *key, '-keyout', 'client.key', '-out', 'client.csr', '-subj', '/CN=outrider')
        for name in ('server', 'client'):
            openssl(self.folder, 'x509', '-req', '-in', f'{name}.csr', '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-copy_extensions',
                    'copy', '-out', f'{name}.crt')

    # ---- what is asked of it

    def ask(self, method, group='', what='', body=None, *, path=None, token=None, kind='application/json'):
        """Status and answer; as the admin, who may do all, when no token is given."""
        context = ssl.create_default_context(cafile=self.authority)
        connection = http.client.HTTPSConnection('127.0.0.1', self.port, timeout=30, context=context)
        try:
            connection.request(method, path or f'/{group}/namespaces/school/{what}', None if body is None else json.dumps(body),
                               {'Authorization': f'Bearer {token or self.admin}', 'Content-Type': kind})
            answer = connection.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if text.startswith(b'{') else text
        except http.client.HTTPException as problem:
            raise OSError(str(problem)) from problem
        finally:
            connection.close()

    def do(self, method, group, what, body=None, **more):
        status, answer = self.ask(method, group, what, body, **more)
        assert status in (200, 201), (method, what, status, answer)
        return answer

    def pods(self):
        return self.do('GET', PODS, 'pods')['items']

    def pod(self, name):
        status, answer = self.ask('GET', PODS, f'pods/{name}')
        return answer if status == 200 else None

    def apply(self, manifest):
        """As `kubectl create`, for the few kinds that docs/kubernetes.md has."""
        group = 'rbac.authorization.k8s.io/v1'
        where = {'ServiceAccount': 'api/v1/{}/serviceaccounts', 'Role': f'apis/{group}/{{}}/roles', 'RoleBinding': f'apis/{group}/{{}}/rolebindings'}
        path = '/' + where[manifest['kind']].format('namespaces/school')
        status, answer = self.ask('POST', path=path, body=manifest)
        assert status in (201, 409), answer
        return answer

    def token(self, account):
        """One as the kubelet gives it to a pod: of an hour, and no longer than its account is there."""
        request = {'apiVersion': 'authentication.k8s.io/v1', 'kind': 'TokenRequest', 'spec': {'expirationSeconds': 3600}}
        return self.do('POST', PODS, f'serviceaccounts/{account}/token', request)['status']['token']

    def may(self, token, **right):
        """What the API server itself says: `kubectl auth can-i`."""
        review = {'apiVersion': 'authorization.k8s.io/v1', 'kind': 'SelfSubjectAccessReview', 'spec': {'resourceAttributes': right}}
        return self.do('POST', '', '', review, path='/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', token=token)['status']['allowed']

    def run_workload(self, kind, name, replicas, grace=30):
        template = {'metadata': {'labels': {'app': name}},
                    'spec': {'nodeName': 'node-1', 'terminationGracePeriodSeconds': grace, 'containers': [{'name': 'api', 'image': 'none'}]}}
        spec = {'replicas': replicas, 'selector': {'matchLabels': {'app': name}}, 'template': template}
        if kind == 'StatefulSet':
            spec['serviceName'] = name
        self.do('POST', APPS, f'{kind.lower()}s', {'apiVersion': 'apps/v1', 'kind': kind, 'metadata': {'name': name}, 'spec': spec})

    def drop_workload(self, kind, name):
        """From the top, since no garbage collector runs here."""
        self.ask('DELETE', APPS, f'{kind.lower()}s/{name}', {'propagationPolicy': 'Background'})
        self.ask('DELETE', APPS, f'replicasets?labelSelector=app%3D{name}', {'propagationPolicy': 'Background'})
        self.ask('DELETE', PODS, f'pods?labelSelector=app%3D{name}', {'gracePeriodSeconds': 0})

    def make_budget(self, name, least):
        """A PodDisruptionBudget over the pods of that workload; returns when its controller has counted them."""
        spec = {'minAvailable': least, 'selector': {'matchLabels': {'app': name}}}
        self.do('POST', BUDGETS, 'poddisruptionbudgets', {'apiVersion': 'policy/v1', 'kind': 'PodDisruptionBudget', 'metadata': {'name': name}, 'spec': spec})
        wait_until(lambda: self.do('GET', BUDGETS, f'poddisruptionbudgets/{name}').get('status', {}).get('currentHealthy') == least, 60, 'that they are counted')

    def drop_budget(self, name):
        self.ask('DELETE', BUDGETS, f'poddisruptionbudgets/{name}')


@contextlib.contextmanager
def running(folder):
    """One that has begun, for as long as it is needed; where there can be none its stories are skipped."""
    import pytest  # pylint: disable=import-outside-toplevel  # `build` does without it
    why = missing()
    if why:
        pytest.skip(why)
    made = Kube(folder)
    try:
        yield made.start()
    finally:
        made.close()


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime('%Y-%m-%dT%H:%M:%SZ')


class Kubelet:
    """Stands in for the kubelet of node-1: says of each pod that is bound to it that it runs and is ready, and ends what is deleted at once,
    unless it is `stubborn`: that goes only when its grace is down to `stubborn` seconds."""

    def __init__(self, kube):
        self.kube, self.stubborn, self.ended = kube, None, []
        self.over, self.thread = threading.Event(), threading.Thread(target=self.work, daemon=True)
        self.thread.start()

    def close(self):
        self.over.set()
        self.thread.join()

    def work(self):
        while not self.over.wait(0.05):
            with contextlib.suppress(OSError, AssertionError):  # the API server may be away
                for pod in self.kube.pods():
                    self.look_after(pod)

    def look_after(self, pod):
        metadata = pod['metadata']
        if 'deletionTimestamp' in metadata:
            grace = metadata['deletionGracePeriodSeconds']
            if self.stubborn is not None and grace > self.stubborn:
                return
            self.kube.ask('DELETE', PODS, f'pods/{metadata["name"]}', {'gracePeriodSeconds': 0, 'preconditions': {'uid': metadata['uid']}})
            self.ended.append((metadata['name'], metadata['uid'], grace, metadata.get('annotations', {})))
        elif pod['status'].get('phase') == 'Pending':
            self.say(metadata['name'], {'running': {'startedAt': now()}})

    def say(self, name, state, last=None, restarts=0, ready=True):
        # What is not said anew would stay: a container in two states, which the API server refuses.
        state = {'running': None, 'waiting': None, 'terminated': None, **state}
        container = {'name': 'api', 'image': 'none', 'imageID': '', 'ready': ready, 'restartCount': restarts, 'state': state, 'lastState': last or {}}
        ready_now = {'type': 'Ready', 'status': 'True' if ready else 'False', 'lastTransitionTime': now()}
        status = {'phase': 'Running', 'startTime': now(), 'conditions': [ready_now], 'containerStatuses': [container]}
        self.kube.do('PATCH', PODS, f'pods/{name}/status', {'status': status}, kind=STRATEGIC)


if __name__ == '__main__' and sys.argv[1:] == ['build']:
    build()
