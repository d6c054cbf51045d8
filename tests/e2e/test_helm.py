"""The Helm chart: what can be checked without helm always is; rendered by a real helm, each manifest is one that a real API server takes, the
configuration one that outrider takes, and the rights enough for an outrider that has no others."""
import itertools
import json
import os
import re
import shutil
import subprocess
import sys

import pytest
import yaml

import helm_lab
import kube_lab
from helm_lab import CHART, IMAGE, SETS, manifests, one, path_of, template
from house import OUTRIDER, ROOT, wait_until
from kube_lab import APPS, PODS
from test_kubernetes import begin, restart, running, told

sys.path.insert(0, str(ROOT / 'helm'))
import copies  # noqa: E402

jsonschema = pytest.importorskip('jsonschema', reason='jsonschema is missing (apt install python3-jsonschema)')
VALUES_TEXT = (CHART / 'values.yaml').read_text()
VALUES = yaml.safe_load(VALUES_TEXT)
SCHEMA = json.loads((CHART / 'values.schema.json').read_text())
FOR_PARENTS_ALONE = {'global', 'enabled'}
each_set = pytest.mark.parametrize('name', sorted(SETS))

# ---- without helm


@pytest.mark.parametrize('path', sorted(copies.made()), ids=lambda path: path.name)
def test_what_the_chart_carries_is_what_the_repository_has(path):
    assert path.read_text(encoding='utf-8') == copies.made()[path], 'run helm/copies.py'


def test_the_dashboard_fits_into_an_object_of_kubernetes():
    assert len((copies.FILES / 'outrider-overview.json').read_bytes()) < 900 * 1024


def test_the_schema_is_one_and_takes_the_values_as_they_are():
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    assert not list(jsonschema.Draft7Validator(SCHEMA).iter_errors(VALUES))


@each_set
def test_the_schema_takes_each_example(name):
    assert not [error.message for error in jsonschema.Draft7Validator(SCHEMA).iter_errors(yaml.safe_load(SETS[name].read_text()))]


def test_values_and_schema_name_the_same_keys():
    def compare(values, schema, where):
        known = set(schema.get('properties', {})) - (FOR_PARENTS_ALONE if not where else set())
        if schema.get('additionalProperties') is False:
            optional = {'initialDelaySeconds', 'successThreshold'} if where.startswith('probes') else set()
            assert set(values) == known - (optional - set(values)), where or 'the top'
        for key, value in values.items():
            if isinstance(value, dict) and key != 'config':
                compare(value, schema.get('properties', {}).get(key, {}), f'{where}.{key}'.strip('.'))
    compare(VALUES, SCHEMA, '')


def test_each_section_of_the_values_says_what_it_is_and_the_readme_has_it():
    readme = (CHART / 'README.md').read_text()
    lines = VALUES_TEXT.splitlines()
    for key in VALUES:
        at = next(i for i, line in enumerate(lines) if line.startswith(f'{key}:'))
        end = next((i for i in range(at + 1, len(lines)) if lines[i] and not lines[i].startswith((' ', '#'))), len(lines))
        begins = at
        while begins and lines[begins - 1].startswith('#'):
            begins -= 1
        said = begins < at or any(line.strip().startswith('#') for line in lines[at:end])
        plain = {'nodeSelector', 'tolerations', 'affinity', 'topologySpreadConstraints', 'priorityClassName', 'resources', 'podSecurityContext',
                 'securityContext', 'extraVolumeMounts'}  # as Kubernetes has them
        assert said or key in plain, f'{key} has no comment'
        assert f'`{key}' in readme, f'README.md does not name {key}'


def test_no_example_holds_a_secret():
    for path in SETS.values():
        assert not re.search(r'(?i)password=|://[^/@\s"]*:[^/@\s"]+@', path.read_text())


# ---- with helm


@pytest.fixture(scope='module')
def helm():
    why = helm_lab.missing()
    if why:
        pytest.skip(why)


@pytest.fixture(scope='module')
def kube(tmp_path_factory):
    with kube_lab.running(tmp_path_factory.mktemp('kube')) as made:
        for definition in helm_lab.definitions():
            made.do('POST', '', '', definition, path='/apis/apiextensions.k8s.io/v1/customresourcedefinitions')
        for plural in ('servicemonitors', 'prometheusrules'):
            wait_until(lambda plural=plural: made.ask('GET', path=f'/apis/monitoring.coreos.com/v1/{plural}')[0] == 200, 60, plural)
        yield made


def outrider_takes(config, folder, **variables):
    if not OUTRIDER.exists():
        pytest.skip(f'{OUTRIDER} is not built; set OUTRIDER_BIN, or run ./dev build')
    (folder / 'outrider.yaml').write_text(config)
    return subprocess.run([str(OUTRIDER), 'validate', '-c', str(folder / 'outrider.yaml')], capture_output=True, text=True, timeout=30, check=False,
                          env={**os.environ, 'POD_NAME': 'tests-api-5d-x', 'KUBERNETES_SERVICE_HOST': '10.0.0.1', **variables})


@each_set
def test_helm_lint_finds_nothing(helm, name):
    done = helm_lab.run('lint', CHART, '--strict', '--values', SETS[name])
    assert done.returncode == 0, done.stdout + done.stderr


def taken(kube, documents):
    for document in documents:
        path = f'{path_of(document)}?dryRun=All&fieldValidation=Strict'
        status, answer = kube.ask('POST', path=path, body=document)
        assert status == 201, (document['kind'], document['metadata']['name'], answer)


@each_set
def test_a_real_api_server_takes_each_manifest_and_knows_each_field(helm, kube, name):
    documents = manifests('--values', SETS[name])
    assert {'ConfigMap'} < {document['kind'] for document in documents}
    taken(kube, documents)


def test_a_real_api_server_takes_it_with_everything_switched_on(helm, kube):
    everything = [f'{key}.enabled=true' for key in ('networkPolicy', 'podDisruptionBudget', 'serviceMonitor', 'prometheusRule', 'dashboard')]
    documents = manifests(*IMAGE, '--set', ','.join([*everything, 'state.persistent=true,follow.name=tests-api,podLabels.team=school,commonLabels.a=b']))
    assert {document['kind'] for document in documents} == {
        'ConfigMap', 'Deployment', 'Job', 'NetworkPolicy', 'PersistentVolumeClaim', 'Pod', 'PodDisruptionBudget', 'PrometheusRule', 'Role', 'RoleBinding',
        'Service', 'ServiceAccount', 'ServiceMonitor'}
    taken(kube, documents)


@each_set
def test_outrider_takes_the_configuration(helm, name, tmp_path):
    for document in manifests('--values', SETS[name]):
        if 'outrider.yaml' in document.get('data', {}):
            done = outrider_takes(document['data']['outrider.yaml'], tmp_path, SLACK_TOKEN='xoxb-1', PGPASSWORD='word')
            assert done.returncode == 0, done.stderr + done.stdout


def test_an_image_alone_is_a_release_that_asks_nothing_of_kubernetes(helm, tmp_path):
    documents = manifests(*IMAGE)
    assert not {'Role', 'RoleBinding'} & {document['kind'] for document in documents}
    pod = one(documents, 'Deployment')['spec']['template']['spec']
    assert pod['automountServiceAccountToken'] is False
    assert outrider_takes(one(documents, 'ConfigMap')['data']['outrider.yaml'], tmp_path).returncode == 0


def test_the_pod_has_no_more_rights_on_its_node_than_it_needs(helm, name='beside-deployment'):
    pod = one(manifests('--values', SETS[name]), 'Deployment')['spec']['template']['spec']
    assert pod['securityContext']['runAsNonRoot'] is True and pod['securityContext']['seccompProfile'] == {'type': 'RuntimeDefault'}
    for container in pod['containers']:
        assert container['securityContext'] == {'allowPrivilegeEscalation': False, 'readOnlyRootFilesystem': True, 'capabilities': {'drop': ['ALL']}}
        written = {'/var/lib/outrider', '/run/outrider', '/tmp'}
        assert written <= {mount['mountPath'] for mount in container['volumeMounts'] if not mount.get('readOnly')}


def test_the_pod_is_made_anew_when_the_configuration_changes_and_only_then(helm):
    def checksum(*more):
        return one(manifests(*IMAGE, *more), 'Deployment')['spec']['template']['metadata']['annotations']['checksum/config']
    assert checksum() == checksum('--set', 'podLabels.a=b')
    assert checksum() != checksum('--set', 'config.log.level=debug')


def test_secrets_are_references_and_are_in_no_configmap(helm):
    documents = manifests('--values', SETS['beside-postgres'])
    container = one(documents, 'Deployment')['spec']['template']['spec']['containers'][0]
    assert {'name': 'PGPASSWORD', 'valueFrom': {'secretKeyRef': {'name': 'tests-db-outrider', 'key': 'password'}}} in container['env']
    assert not [document for document in documents if document['kind'] == 'Secret']


@pytest.mark.parametrize(('values', 'sentence'), [
    ('image.repository=', 'image.repository is empty: say where your image of outrider is'),
    ('follow.kind=pod,follow.name=a-0,follow.by=rollout', 'a pod alone cannot be rolled out'),
    ('mode=sidecar,follow.name=a', 'a sidecar would go down with what it restarts'),
    ('mode=sidecar,state.persistent=true', 'would share one claim'),
    ('mode=sidecar,serviceMonitor.enabled=true', 'sidecar.podLabels is empty'),
    ('mode=sidecar,config.health.restart.fleet.lease.kubernetes.name=a', 'a sidecar has the account of its pod'),
    ('ports.api=9464', 'ports.api and ports.metrics are both 9464'),
    ('config.state=/tmp', 'config.state: the chart writes it'),
    ('config.api.listen=none', 'change listenAddress and ports.api'),
    ('config.metrics.listen=none', 'change listenAddress and ports.metrics'),
    ('follow.name=a,config.health.restart.child={a}', 'config.health.restart.child: follow.name names what is restarted already'),
    ('config.recovery.postgres.dsn=host=db password=x', 'config holds a password'),
    ('config.metrics.scrape[0].url=http://me:secret@db', 'config holds a password'),
    ('follow.by=force', "follow"), ('mode=both', "mode"), ('ports.api=80', "api"), ('follow.nmae=a', "nmae"), ('secrets.env[0].name=A', "secret"),
])
def test_what_is_wrong_is_said_in_a_sentence_that_names_the_key(helm, values, sentence):
    done = template(*IMAGE, '--set', values)
    assert done.returncode != 0
    assert sentence in done.stderr, done.stderr
    assert 'nil pointer' not in done.stderr and 'wrong type' not in done.stderr


def test_the_alerts_are_ones_that_prometheus_takes_and_lead_to_ones_own_addresses(helm, tmp_path):
    spec = one(manifests('--values', SETS['beside-deployment']), 'PrometheusRule')['spec']
    ours = yaml.safe_load((ROOT / 'alerts/outrider.rules.yaml').read_text())
    names = [rule['alert'] for group in ours['groups'] for rule in group['rules']]
    assert [rule['alert'] for group in spec['groups'] for rule in group['rules']] == [name for name in names if name != 'Watchdog']
    text = json.dumps(spec)
    assert 'https://grafana.school.example/d/' in text and 'https://wiki.school.example/runbooks/' in text
    assert 'grafana.example/' not in text.replace('grafana.school.example/', '') and 'outrider.example' not in text
    if not shutil.which('promtool'):
        pytest.skip('no promtool: install the package prometheus')
    (tmp_path / 'rules.yaml').write_text(yaml.safe_dump(spec))
    done = subprocess.run(['promtool', 'check', 'rules', str(tmp_path / 'rules.yaml')], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_dashboard_arrives_whole(helm):
    made = one(manifests('--values', SETS['beside-deployment']), 'ConfigMap', 'tests-api-outrider-dashboard')
    assert json.loads(made['data']['outrider-overview.json']) == json.loads((ROOT / 'dashboards/outrider-overview.json').read_text())
    assert made['metadata']['labels']['grafana_dashboard'] == '1'


def test_a_services_own_chart_puts_it_into_its_pods(helm, kube, tmp_path):
    chart = helm_lab.make_parent(tmp_path)
    documents = manifests(chart=chart)
    deployment = one(documents, 'Deployment', 'tests-api')
    pod = deployment['spec']['template']
    sidecar = pod['spec']['initContainers'][0]
    assert sidecar['name'] == 'outrider' and sidecar['restartPolicy'] == 'Always' and 'readinessProbe' not in sidecar
    assert sidecar['securityContext']['runAsNonRoot'] is True and pod['metadata']['annotations']['checksum/outrider']
    assert {volume['name'] for volume in pod['spec']['volumes']} >= {mount['name'] for mount in sidecar['volumeMounts']}
    assert one(documents, 'Service')['spec']['selector'] == pod['metadata']['labels']
    taken(kube, documents)


# ---- its rights


def give_rights(kube, documents):
    """As helm would; the account may be asked for tokens then."""
    for document in documents:
        if document['kind'] in ('ServiceAccount', 'Role', 'RoleBinding'):
            path = path_of(document)
            status, answer = kube.ask('POST', path=path, body=document)
            if status == 409 and document['kind'] == 'ServiceAccount':
                continue
            if status == 409:  # changed in place, so that there is no moment without it
                status, answer = kube.ask('PUT', path=f'{path}/{document["metadata"]["name"]}', body=document)
            assert status in (200, 201), answer
    token = kube.token(next(document for document in documents if document['kind'] == 'ServiceAccount')['metadata']['name'])
    asked = [right for document in documents if document['kind'] == 'Role' for right in rights_of(document)]
    assert asked, 'the chart gives no rights at all'
    for right in asked:  # the API server takes them in a moment after it was given them
        wait_until(lambda right=right: kube.may(token, **right), 30, f'that it may {right}')
    return token


def rights_of(role):
    """Each as a review of access asks for it."""
    for rule in role['rules']:
        for group, resource, verb, name in itertools.product(rule['apiGroups'], rule['resources'], rule['verbs'], rule.get('resourceNames', [''])):
            resource, _, part = resource.partition('/')
            yield {'namespace': role['metadata']['namespace'], 'group': group, 'resource': resource, 'subresource': part, 'verb': verb, 'name': name}


@pytest.mark.parametrize(('kind', 'by', 'denied'), [
    ('Deployment', 'rollout', 'delete'), ('StatefulSet', 'deletion', 'patch workload'), ('StatefulSet', 'eviction', 'delete'), ('Pod', 'eviction', 'delete'),
    ('Pod', 'deletion', 'patch workload')])
def test_the_chart_gives_the_rights_that_are_needed_and_no_more(helm, kube, kubelet, house, kind, by, denied):
    workload = f'{kind}-{by}'.lower()
    kube.run_workload('StatefulSet' if kind == 'Pod' else kind, workload, 1)
    try:
        old = wait_until(lambda: running(kube, workload, 1))
        name = f'{workload}-0' if kind == 'Pod' else workload
        documents = manifests(*IMAGE, '--set', f'follow.kind={kind.lower()},follow.name={name},follow.by={by}')
        token = give_rights(kube, documents)
        (house.folder / 'token').write_text(token)
        follows = yaml.safe_load(one(documents, 'ConfigMap')['data']['outrider.yaml'])['health']['restart']
        where = {**follows['kubernetes'], 'server': kube.server, 'token': str(house.folder / 'token'), 'tls': {'authority': str(kube.authority)}}
        begin(house, where)
        asked = restart(house)
        assert asked.returncode == 0, asked.stderr
        new = wait_until(lambda: running(kube, workload, 1), what='the next one')
        assert set(new) != set(old)
        assert not told(house, '403') and not told(house, 'cannot watch') and not told(house, 'cannot write on pod')
        pod = next(iter(new.values()))['metadata']['name']
        if denied == 'delete':
            assert kube.ask('DELETE', PODS, f'pods/{pod}?dryRun=All', token=token)[0] == 403
        else:
            assert kube.ask('PATCH', APPS, f'statefulsets/{workload}?dryRun=All', {}, token=token, kind=kube_lab.STRATEGIC)[0] == 403
        assert kube.ask('GET', PODS, 'secrets', token=token)[0] == 403
        house.stop()
    finally:
        kube.drop_workload('StatefulSet' if kind == 'Pod' else kind, workload)


def test_who_only_looks_may_change_nothing(helm):
    rules = one(manifests('--values', SETS['beside-pod']), 'Role')['rules']
    assert rules == [{'apiGroups': [''], 'resources': ['pods'], 'verbs': ['get', 'list', 'watch'], 'resourceNames': ['tests-api-0']}]


def test_a_lease_has_a_role_of_its_own_where_it_lives(helm):
    documents = manifests('--values', SETS['beside-eviction'])
    role = one(documents, 'Role', 'tests-api-outrider-lease')
    assert role['metadata']['namespace'] == 'school'
    assert {'apiGroups': ['coordination.k8s.io'], 'resources': ['leases'], 'verbs': ['get', 'update'], 'resourceNames': ['queue-fleet']} in role['rules']
