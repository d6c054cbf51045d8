"""The rules and their cases, run by promtool itself."""

import concurrent.futures
import os
import subprocess
from pathlib import Path

import pytest

import promql

ALERTS = Path(__file__).resolve().parents[2] / "alerts"
pytestmark = pytest.mark.skipif(promql.PROMTOOL is None, reason="promtool is not installed (Debian package prometheus)")


def promtool(*arguments):
    done = subprocess.run([promql.PROMTOOL, *arguments], capture_output=True, text=True, cwd=ALERTS, check=False)
    return done.returncode, done.stdout + done.stderr


def test_the_rules_are_ones_that_prometheus_loads():
    code, said = promtool("check", "rules", "outrider.rules.yaml")
    assert code == 0, said


def test_every_alert_fires_stays_quiet_resolves_and_meets_no_data_as_its_cases_say():
    cases = sorted(str(path) for path in (ALERTS / "tests").glob("*.yaml"))
    shares = [cases[first::os.cpu_count()] for first in range(min(os.cpu_count(), len(cases)))]
    with concurrent.futures.ThreadPoolExecutor() as pool:
        for code, said in pool.map(lambda share: promtool("test", "rules", *share), shares):
            assert code == 0, said


def test_a_case_that_expects_the_wrong_thing_fails(tmp_path):
    """Guards the guard: promtool really compares."""
    case = (ALERTS / "tests" / "ProbeFailing.yaml").read_text(encoding="utf-8")
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(case.replace("../outrider.rules.yaml", str(ALERTS / "outrider.rules.yaml"))
                     .replace("severity: 'warning'", "severity: 'critical'"), encoding="utf-8")
    code, said = promtool("test", "rules", str(wrong))
    assert code != 0 and "FAILED" in said
