"""The chart in helm/outrider, rendered by a real helm, and what a cluster has to know beside Kubernetes' own kinds to be given it."""
import pathlib
import shutil
import subprocess

import yaml

from house import ROOT
from kube_lab import HELM, VERSION

CHART = ROOT / 'helm/outrider'
SETS = {path.name.removesuffix('-values.yaml'): path for path in sorted((CHART / 'ci').glob('*-values.yaml'))}
# As a user has them who is not mentioned in SETS: an image, and nothing else.
IMAGE = ('--set', 'image.repository=registry.example/outrider')


def missing():
    return None if HELM.exists() else 'no helm, so the chart is not rendered: build it with `python3 tests/e2e/kube_lab.py build` (ten minutes)'


def run(*words):
    """helm itself; its folders are this call's own."""
    return subprocess.run([str(HELM), *map(str, words)], capture_output=True, text=True, timeout=120, check=False,
                          env={'HOME': '/nonexistent', 'HELM_CACHE_HOME': '/nonexistent', 'HELM_CONFIG_HOME': '/nonexistent', 'HELM_DATA_HOME': '/nonexistent'})


def template(*words, chart=CHART, release='tests-api', namespace='school'):
    return run('template', release, chart, '--namespace', namespace, '--kube-version', VERSION, *words)


def manifests(*words, **more):
    done = template(*words, **more)
    assert done.returncode == 0, done.stderr
    return [document for document in yaml.safe_load_all(done.stdout) if document]



def one(documents, kind, name='tests-api-outrider'):
    found = [document for document in documents if document['kind'] == kind and document['metadata']['name'] == name]
    assert len(found) == 1, (kind, name, [(document['kind'], document['metadata']['name']) for document in documents])
    return found[0]


PARENT = {
    'Chart.yaml': """
apiVersion: v2
name: tests-api
version: 1.0.0
dependencies: [{name: outrider, version: 0.1.0}]
""",
    'templates/deployment.yaml': """
apiVersion: apps/v1
kind: Deployment
metadata: {name: tests-api, namespace: {{ .Release.Namespace }}}
spec:
  selector: {matchLabels: {app.kubernetes.io/name: tests-api}}
  template:
    metadata:
      labels: {app.kubernetes.io/name: tests-api}
      annotations:
        {{- include "outrider.sidecarAnnotations" .Subcharts.outrider | nindent 8 }}
    spec:
      serviceAccountName: tests-api
      initContainers:
        {{- include "outrider.sidecar" .Subcharts.outrider | nindent 8 }}
      containers:
        - name: api
          image: registry.example/tests-api
          volumeMounts: [{name: logs, mountPath: /var/log/tests-api}]
      volumes:
        - {name: logs, emptyDir: {}}
        {{- include "outrider.sidecarVolumes" .Subcharts.outrider | nindent 8 }}
""",
}


def make_parent(folder):
    """A service's own chart, which has this one as its dependency."""
    folder = pathlib.Path(folder)
    for name, text in PARENT.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    shutil.copytree(CHART, folder / 'charts/outrider')
    (folder / 'values.yaml').write_text(yaml.safe_dump({'outrider': yaml.safe_load(SETS['sidecar'].read_text())}))
    return folder


# What of the Prometheus Operator's kinds the chart writes, as docs of monitoring.coreos.com/v1 have it: where a field is not among these,
# the API server says so.
_TEXT, _TEXTS = {'type': 'string'}, {'type': 'object', 'additionalProperties': {'type': 'string'}}


def _object(**properties):
    return {'type': 'object', 'properties': properties}


def _list(items):
    return {'type': 'array', 'items': items}


_RELABELING = _object(action=_TEXT, sourceLabels=_list(_TEXT), targetLabel=_TEXT, replacement=_TEXT, regex=_TEXT, separator=_TEXT)
_ENDPOINT = _object(port=_TEXT, path=_TEXT, scheme={'type': 'string', 'enum': ['http', 'https']}, interval=_TEXT, scrapeTimeout=_TEXT,
                    honorLabels={'type': 'boolean'}, relabelings=_list(_RELABELING), metricRelabelings=_list(_RELABELING),
                    tlsConfig={'type': 'object', 'x-kubernetes-preserve-unknown-fields': True})
_RULE = _object(alert=_TEXT, record=_TEXT, expr={'x-kubernetes-int-or-string': True}, keep_firing_for=_TEXT, labels=_TEXTS, annotations=_TEXTS, **{'for': _TEXT})
_SPECS = {
    'ServiceMonitor': _object(selector=_object(matchLabels=_TEXTS), namespaceSelector=_object(matchNames=_list(_TEXT)), endpoints=_list(_ENDPOINT)),
    'PrometheusRule': _object(groups=_list(_object(name=_TEXT, interval=_TEXT, rules=_list(_RULE)))),
}


def definitions():
    for kind, spec in _SPECS.items():
        plural = f'{kind.lower()}s'
        version = {'name': 'v1', 'served': True, 'storage': True, 'schema': {'openAPIV3Schema': _object(spec=spec)}}
        yield {'apiVersion': 'apiextensions.k8s.io/v1', 'kind': 'CustomResourceDefinition', 'metadata': {'name': f'{plural}.monitoring.coreos.com'},
               'spec': {'group': 'monitoring.coreos.com', 'scope': 'Namespaced', 'names': {'kind': kind, 'plural': plural}, 'versions': [version]}}


def path_of(document):
    """Where the API server is given it."""
    version = document['apiVersion']
    plural = {'NetworkPolicy': 'networkpolicies'}.get(document['kind'], document['kind'].lower() + 's')
    root = f'/apis/{version}' if '/' in version else f'/api/{version}'
    return f'{root}/namespaces/{document["metadata"]["namespace"]}/{plural}'
