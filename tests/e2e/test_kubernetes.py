"""A service that lives in Kubernetes, and a fleet's lease there: before a real API server, etcd and controllers. What stands in for the kubelet
is kube_lab.Kubelet: it says by the API that its pods run, and takes them away when they are deleted."""
import os
import pathlib
import re
import signal
import subprocess
import time

import pytest
import yaml

import kube_lab
from house import OUTRIDER, wait_until
from kube_lab import APPS, BUDGETS, LEASES, PODS

GUIDE = pathlib.Path(__file__).resolve().parents[2] / 'docs/kubernetes.md'
WHY = 'outrider.dev/restarted-because'


def rights():
    """The manifests of the guide: what it says is enough has to be."""
    block = re.search(r'```yaml\n(apiVersion: v1\nkind: ServiceAccount.*?)```', GUIDE.read_text(), re.DOTALL).group(1)
    return list(yaml.safe_load_all(block))


@pytest.fixture(scope='module')
def kube(tmp_path_factory):
    with kube_lab.running(tmp_path_factory.mktemp('kube')) as made:
        for manifest in rights():
            made.apply(manifest)
        made.apply({'apiVersion': 'v1', 'kind': 'ServiceAccount', 'metadata': {'name': 'nobody'}})
        yield made


@pytest.fixture
def workload(kube, kubelet):
    """Makes one whose pods run, and takes it away afterwards."""
    made = []

    def make(kind, name, replicas, **more):
        kube.run_workload(kind, name, replicas, **more)
        made.append((kind, name))
        return wait_until(lambda: running(kube, name, replicas), 60, 'that its pods run')
    yield make
    kubelet.stubborn = None
    for kind, name in made:
        kube.drop_workload(kind, name)


def running(kube, name, count):
    pods = [pod for pod in kube.pods() if pod['metadata']['name'].startswith(name) and pod['status'].get('phase') == 'Running'
            and 'deletionTimestamp' not in pod['metadata']]
    return {pod['metadata']['uid']: pod for pod in pods} if len(pods) == count else None


def access(kube, house, account='outrider'):
    token = house.folder / 'token'
    token.write_text(kube.token(account) + '\n')
    return {'server': kube.server, 'namespace': 'school', 'token': str(token), 'tls': {'authority': str(kube.authority)}}


def begin(house, where, probes=None, ready=True, environment=None, prefix=(), **restart):
    settings = {'stop_timeout': '20s', **restart}
    house.write(probes=probes or {}, extra={'logs': None}, restart={'child': None, 'kubernetes': where, **settings})
    house.start(ready=ready, environment=environment, prefix=prefix)
    if ready:  # outrider is, before it has looked at the service for the first time
        wait_until(lambda: told(house, 'runs already and is taken over'), what='that it is followed')


def restart(house, reason='new certificate', **more):
    return house.run('restart', '-c', str(house.config), '--reason', reason, **more)


def told(house, part):
    return any(part in line for line in house.timeline())


def test_a_deployment_is_rolled_out_and_its_new_pods_say_why(kube, workload, house):
    old = workload('Deployment', 'roll', 2)
    begin(house, {'deployment': 'roll', **access(kube, house)})
    asked = restart(house)
    assert asked.returncode == 0, asked.stderr
    new = wait_until(lambda: running(kube, 'roll', 2), what='that the rollout is over')
    assert not set(old) & set(new), 'each of them is a new one'
    for pod in new.values():
        assert 'new certificate' in pod['metadata']['annotations'][WHY]
        assert 'kubectl.kubernetes.io/restartedAt' in pod['metadata']['annotations']
    status = kube.do('GET', APPS, 'deployments/roll')['status']
    assert status['updatedReplicas'] == status['readyReplicas'] == 2
    assert told(house, 'restarted by kubernetes')
    assert house.metric('outrider_supervise_restarts_total', cause='operator') == 1
    assert house.stop() == 0
    assert set(running(kube, 'roll', 2)) == set(new), 'left running'


def test_a_sick_pod_of_a_statefulset_is_deleted_and_no_other_one(kube, kubelet, workload, house):
    old = workload('StatefulSet', 'one', 2, grace=60)
    sick = next(uid for uid, pod in old.items() if pod['metadata']['name'] == 'one-0')
    probe = {'tcp': f'127.0.0.1:{house.service_port}', 'every': '200ms', 'timeout': '150ms', 'fail_after': 2}  # nobody listens there
    begin(house, {'pod': 'one-0', **access(kube, house)}, probes={'ready': probe}, budget='1 per 1h', ready=False)
    wait_until(lambda: any(uid == sick for _, uid, _, _ in kubelet.ended), what='the deletion')
    name, _, grace, notes = next(one for one in kubelet.ended if one[1] == sick)
    assert (name, grace) == ('one-0', 20), 'its own 60 s, but never more than stop_timeout'
    assert 'is restarted' in notes[WHY]
    new = wait_until(lambda: running(kube, 'one', 2), what='the next one')
    assert set(old) - set(new) == {sick}
    wait_until(lambda: told(house, 'restarted by kubernetes'))
    house.stop()


def test_one_that_does_not_end_is_killed_by_a_shorter_grace_and_is_never_just_struck_off(kube, kubelet, workload, house):
    old = workload('StatefulSet', 'stubborn', 1, grace=60)
    kubelet.stubborn = 1
    begin(house, {'pod': 'stubborn-0', **access(kube, house)}, stop_timeout='2s')
    asked = restart(house)
    assert asked.returncode == 0, asked.stderr
    new = wait_until(lambda: running(kube, 'stubborn', 1), what='the next one')
    assert set(old) != set(new)
    assert [grace for _, uid, grace, _ in kubelet.ended if uid in old] == [1], 'the kubelet ended it, when its grace was a second'
    house.stop()


def test_what_the_kubelet_restarts_is_told_with_how_it_ended_and_not_fought(kube, kubelet, workload, house):
    workload('StatefulSet', 'oom', 1)
    begin(house, {'pod': 'oom-0', **access(kube, house)})
    ended = {'terminated': {'exitCode': 137, 'reason': 'OOMKilled', 'startedAt': kube_lab.now(), 'finishedAt': kube_lab.now()}}
    kubelet.say('oom-0', {'waiting': {'reason': 'CrashLoopBackOff'}}, last=ended, restarts=1, ready=False)
    wait_until(lambda: told(house, 'CrashLoopBackOff; it exited with code 137, out of memory; kubernetes starts it again by itself'))
    kubelet.say('oom-0', {'running': {'startedAt': kube_lab.now()}}, last=ended, restarts=1)
    wait_until(lambda: told(house, 'not by outrider: the one before it exited with code 137, out of memory'))
    assert house.metric('outrider_supervise_restarts_total', cause='exit') == 0
    assert not [one for one in kubelet.ended if one[0] == 'oom-0'], 'nobody deleted it'
    house.stop()


def test_what_happens_is_heard_of_at_once_by_the_watch(kube, kubelet, workload, house):
    workload('StatefulSet', 'heard', 1)
    begin(house, {'pod': 'heard-0', **access(kube, house)})
    time.sleep(1)  # it watches by now; the next look by itself would be half a minute away
    begun = time.monotonic()
    kubelet.say('heard-0', {'waiting': {'reason': 'CrashLoopBackOff'}}, restarts=1, ready=False)
    wait_until(lambda: told(house, 'CrashLoopBackOff'), limit=5)
    assert time.monotonic() - begun < 5
    house.stop()


def test_an_eviction_that_the_budget_refuses_is_not_done_and_is_done_once_it_is_allowed(kube, kubelet, workload, house):
    old = workload('StatefulSet', 'guarded', 2)
    kube.make_budget('guarded', 2)
    fewest = []

    def all_are_new():
        standing = [pod for pod in kube.pods() if pod['metadata']['name'].startswith('guarded') and 'deletionTimestamp' not in pod['metadata']]
        fewest.append(len(standing))
        return (now := running(kube, 'guarded', 2)) and not set(old) & set(now)
    try:
        begin(house, {'statefulset': 'guarded', 'by': 'eviction', **access(kube, house)}, stop_timeout='5s')
        asked = house.spawn([str(OUTRIDER), 'restart', '-c', str(house.config), '--reason', 'x'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(lambda: told(house, "Cannot evict pod as it would violate the pod's disruption budget"), what='that it is told')
        assert told(house, 'The disruption budget guarded needs 2 healthy pods and has 2 currently; that is waited for')
        wait_until(lambda: told(house, 'cannot restart statefulset guarded within 4.5s'), what='that it is given up')
        assert set(running(kube, 'guarded', 2)) == set(old), 'nothing was done'
        kube.do('PATCH', BUDGETS, 'poddisruptionbudgets/guarded', {'spec': {'minAvailable': 1}}, kind='application/merge-patch+json')
        wait_until(all_are_new, 60, 'that it is done')
        assert min(fewest) >= 1, 'one of them was there all the time'
        wait_until(lambda: told(house, 'restarted by kubernetes'))
        asked.wait(60)
        assert {grace for _, uid, grace, _ in kubelet.ended if uid in old} == {5}
        house.stop()
    finally:
        kube.drop_budget('guarded')


def test_a_pod_that_nobody_would_make_again_is_not_deleted(kube, kubelet, house):
    pod = {'metadata': {'name': 'alone'}, 'spec': {'nodeName': 'node-1', 'containers': [{'name': 'api', 'image': 'none'}]}}
    uid = kube.do('POST', PODS, 'pods', pod)['metadata']['uid']
    wait_until(lambda: running(kube, 'alone', 1))
    begin(house, {'pod': 'alone', **access(kube, house)}, stop_timeout='1s')
    house.spawn([str(OUTRIDER), 'restart', '-c', str(house.config), '--reason', 'x'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until(lambda: told(house, 'nobody would make it again'))
    assert kube.pod('alone')['metadata']['uid'] == uid and 'deletionTimestamp' not in kube.pod('alone')['metadata']
    house.agent.kill()
    kube.ask('DELETE', PODS, 'pods/alone', {'gracePeriodSeconds': 0})


def test_who_has_no_rights_is_told_what_is_missing_and_does_nothing(kube, workload, house):
    old = workload('Deployment', 'closed', 1)
    begin(house, {'deployment': 'closed', **access(kube, house, 'nobody')}, ready=False, budget='1 per 1h')
    wait_until(lambda: told(house, 'the API server answers 403'))
    assert told(house, 'school:nobody" cannot get resource')
    time.sleep(1)
    assert set(running(kube, 'closed', 1)) == set(old)
    house.stop()


def test_an_api_server_that_is_away_or_is_another_one_is_no_end(kube, workload, house):
    old = workload('Deployment', 'away', 1)
    begin(house, {'deployment': 'away', 'timeout': '2s', **access(kube, house)})
    kube.kill('apiserver')
    try:
        wait_until(lambda: told(house, 'nobody knows whether deployment away runs'), limit=60)
        assert house.supervised()['phase'] == 'running'
        assert house.metric('outrider_supervise_child_exits_total', how='exited') == 0
    finally:
        kube.start_apiserver()  # what it watched from is forgotten there
    asked = restart(house)
    assert asked.returncode == 0, asked.stderr
    new = wait_until(lambda: running(kube, 'away', 1), 60, 'that it can be restarted again')
    assert set(old) != set(new)
    house.stop()


def test_a_token_that_is_rotated_is_read_anew(kube, workload, house):
    old = workload('Deployment', 'rotated', 1)
    begin(house, {'deployment': 'rotated', **access(kube, house)})
    kube.ask('DELETE', PODS, 'serviceaccounts/outrider')
    for manifest in rights():
        kube.apply(manifest)
    wait_until(lambda: kube.ask('GET', APPS, 'deployments/rotated', token=(house.folder / 'token').read_text().strip())[0] == 401, 60,
               'that the old token is refused')
    (house.folder / 'token').write_text(kube.token('outrider'))
    assert restart(house).returncode == 0
    assert set(wait_until(lambda: running(kube, 'rotated', 1))) != set(old)
    house.stop()


def test_in_a_pod_it_is_told_everything(kube, workload, house):
    if os.geteuid() != 0:
        pytest.skip('only root can lay the files of a pod into a mount namespace')
    old = workload('Deployment', 'inside', 1)
    files = house.folder / 'serviceaccount'
    files.mkdir()
    (files / 'token').write_text(kube.token('outrider'))
    (files / 'namespace').write_text('school')
    (files / 'ca.crt').write_bytes(kube.authority.read_bytes())
    lay = f'mount -t tmpfs none /run && mkdir -p /run/secrets/kubernetes.io && cp -r {files} /run/secrets/kubernetes.io/ && exec "$@"'
    begin(house, {'deployment': 'inside'}, prefix=('unshare', '--mount', 'sh', '-c', lay, 'sh'),
          environment={'KUBERNETES_SERVICE_HOST': '127.0.0.1', 'KUBERNETES_SERVICE_PORT': str(kube.port)})
    assert restart(house).returncode == 0
    assert set(wait_until(lambda: running(kube, 'inside', 1))) != set(old)
    house.stop()


def test_a_client_certificate_says_who_it_is_as_well(kube, workload, house):
    old = workload('Deployment', 'certified', 1)
    _, role, binding = rights()
    binding['metadata']['name'] = 'certified'
    binding['subjects'] = [{'kind': 'User', 'name': 'outrider', 'apiGroup': 'rbac.authorization.k8s.io'}]
    for manifest in (role, binding):
        kube.apply(manifest)
    tls = {'authority': str(kube.authority), 'certificate': str(kube.folder / 'client.crt'), 'key': str(kube.folder / 'client.key')}
    begin(house, {'deployment': 'certified', 'server': kube.server, 'namespace': 'school', 'tls': tls, 'by': 'deletion'})
    asked = restart(house)
    assert asked.returncode == 0, asked.stderr
    assert set(wait_until(lambda: running(kube, 'certified', 1))) != set(old)
    house.stop()


# ---- the lease


def begin_with_lease(kube, house, name):
    house.write(restart={'fleet': {'lease': {'kubernetes': {'name': name, **access(kube, house)}}, 'budget': '5 per 1h'}})
    house.start()
    return house.wait_healthy()['pid']


def lease(kube, name):
    status, answer = kube.ask('GET', LEASES, f'leases/{name}')
    return answer if status == 200 else None


def test_a_restart_takes_the_lease_and_gives_it_back_with_the_fleets_record(kube, house):
    pid = begin_with_lease(kube, house, 'free')
    assert restart(house).returncode == 0
    house.wait_healthy(not_pid=pid)
    kept = wait_until(lambda: lease(kube, 'free') and not lease(kube, 'free')['spec']['holderIdentity'] and lease(kube, 'free'), what='that it is given back')
    assert kept['spec']['leaseTransitions'] == 1
    assert kept['metadata']['annotations']['outrider.dev/record']
    assert told(house, "the fleet's lease kubernetes lease free is ours, with token 1")
    house.stop()


def test_another_holder_is_waited_for_until_he_has_not_been_heard_of_for_his_time(kube, house):
    pid = begin_with_lease(kube, house, 'held')
    held = {'apiVersion': 'coordination.k8s.io/v1', 'kind': 'Lease', 'metadata': {'name': 'held'},
            # A clock that is a year behind; nobody looks at it.
            'spec': {'holderIdentity': 'tests-api on host-2', 'leaseDurationSeconds': 4, 'leaseTransitions': 7, 'renewTime': '2025-01-01T00:00:00.000000Z'}}
    held = kube.do('POST', LEASES, 'leases', held)
    for second in range(6):  # he lives, and so keeps it beyond his four seconds
        refused = restart(house)
        assert refused.returncode != 0 and 'is held by tests-api on host-2' in refused.stdout + refused.stderr
        held['spec']['renewTime'] = f'2025-01-01T00:00:{second + 1:02}.000000Z'
        held = kube.do('PUT', LEASES, 'leases/held', held)
        time.sleep(1)
    assert house.pid() == pid
    begun = time.monotonic()
    wait_until(lambda: restart(house).returncode == 0, 30, 'that it is taken over')
    assert time.monotonic() - begun > 2, 'not before his time was up'
    house.wait_healthy(not_pid=pid)
    assert wait_until(lambda: lease(kube, 'held')['spec']['leaseTransitions'] == 8)
    house.stop()


def test_a_lease_that_cannot_be_asked_for_is_nobodys(kube, house):
    pid = begin_with_lease(kube, house, 'unasked')
    apiserver = kube.processes['apiserver']
    apiserver.send_signal(signal.SIGSTOP)
    try:
        refused = restart(house)
        assert refused.returncode != 0
        assert "the fleet's lease cannot be had" in refused.stdout + refused.stderr
        assert house.pid() == pid
    finally:
        apiserver.send_signal(signal.SIGCONT)
    house.stop()
