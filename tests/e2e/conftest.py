import pytest

import database as databases
import house as house_module
import kube_lab
import trace_lab
from people import People


@pytest.fixture(scope='session')
def base():
    """A database with a backup, made once; each story copies it."""
    why = databases.missing()
    if why:
        pytest.skip(why)
    with databases.folder() as folder:
        yield databases.Cluster(folder).make()


@pytest.fixture
def cluster(base):
    with databases.folder() as folder:
        made = base.copy(folder)
        yield made.start()
        made.stop()


@pytest.fixture
def house(tmp_path):
    for name, program in (('OUTRIDER_BIN', house_module.OUTRIDER), ('REFERENCE_BIN', house_module.SERVICE)):
        if not program.exists():
            pytest.skip(f'{program} is not built; set {name}, or run ./dev build')
    made = house_module.House(tmp_path)
    yield made
    made.clean_up()


@pytest.fixture
def kubelet(kube):
    """Beside the API server that a module of stories has begun."""
    made = kube_lab.Kubelet(kube)
    yield made
    made.close()


@pytest.fixture
def people():
    """Makes somebody who is told, and writes down what he heard."""
    made = []

    def make(answer=None):
        made.append(People(answer))
        return made[-1]
    yield make
    for one in made:
        one.close()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """With a failure, what the agent itself said."""
    outcome = yield
    report = outcome.get_result()
    made = item.funcargs.get('house') if hasattr(item, 'funcargs') else None
    if report.when == 'call' and report.failed and made:
        report.sections.append(('agent log', made.said()[-4000:]))


@pytest.fixture
def receiver():
    """What spans are sent to, over HTTP."""
    made = trace_lab.Receiver().open()
    yield made
    made.shut()
