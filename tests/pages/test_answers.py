"""Every query of every dashboard answers when every documented series is there: no empty panel, no query that parses
and then fails on real labels."""

import itertools
import json
import re
import subprocess

import pytest

import lint
import promql
from test_pages import DASHBOARDS, FOREIGN, ROWS

pytestmark = pytest.mark.skipif(promql.PROMTOOL is None, reason="promtool is not installed (Debian package prometheus)")
ID = {"job": "x", "instance": "x", "namespace": "x", "service": "x", "environment": "production"}  # what $job … turn into


def of_others():
    """What is asked for under the names of other exporters. Their pages tell labels and not values: those that queries name are there."""
    asked = {}
    for query in (query for board in DASHBOARDS.values() for _, query in lint.queries(board)):
        for metric, labels in promql.selectors(query):
            values = asked.setdefault(metric, {})
            for label, (operator, value) in labels.items():
                if operator == "=":
                    values.setdefault(label, {"x"}).add(value)

    def with_values(name, labels):
        def written(match):
            values = asked[name].get(match.group(1))
            return f"{match.group(0)}: {', '.join(sorted(values))}" if values else match.group(0)
        return re.sub(r"`(\w+)`", written, labels)
    return {name: (kind, with_values(name, labels), meaning) for name, (kind, labels, meaning) in FOREIGN.items() if name in asked}


def documented_series():
    """{series: values} with every documented label value; gauges at 1, counters and histograms climbing."""
    found = {'up{job="x", instance="x"}': "1x60",
             'ALERTS{alertname="CrashLoop", alertstate="firing", job="x", instance="x", namespace="x", service="x"}': "1x60"}
    for name, (kind, described, _) in [*ROWS.items(), *of_others().items()]:
        labels = [(label, values.split(", ") if values else ["x"]) for label, values in
                  re.findall(r"`(\w+)`(?:: ([\w, ]+?)(?=, `|$))?", described) if label != "service"]
        for combination in itertools.product(*(values for _, values in labels)):
            own = {**ID, **dict(zip((label for label, _ in labels), combination))}
            ends = [("", {})] if kind != "histogram" else [("_bucket", {"le": bound}) for bound in ("0.1", "1", "+Inf")]
            for suffix, more in ends:
                text = ", ".join(f'{label}="{value}"' for label, value in {**own, **more}.items())
                found[f"{name}{suffix}{{{text}}}"] = "1x60" if kind == "gauge" else "0+60x60"
    return found


def answers(queries, series):
    """{query: True, or what promtool says}, by expecting nothing: whoever brings something then differs."""
    tests = [{"interval": "1m", "input_series": [{"series": name, "values": values} for name, values in series.items()],
              "promql_expr_test": [{"expr": promql.plain(query), "eval_time": "30m", "exp_samples": []}]} for query in queries]
    found = {}
    for query, test in zip(queries, tests):
        done = subprocess.run([promql.PROMTOOL, "test", "rules", "/dev/stdin"], capture_output=True, text=True, check=False,
                              input=json.dumps({"rule_files": [], "evaluation_interval": "1m", "tests": [test]}))
        said = done.stdout + done.stderr
        found[query] = True if done.returncode and "got:" in said and "err:" not in said else said
    return found


def test_every_query_of_every_dashboard_answers():
    queries = sorted({query for board in DASHBOARDS.values() for _, query in lint.queries(board)})
    found = answers(queries, documented_series())
    assert len(queries) > 40
    assert not {query: said for query, said in found.items() if said is not True}


def test_a_query_for_what_is_not_there_and_one_that_fails_are_both_found():
    twice = 'up{job="x"} * on (job) group_left () outrider_probe_standing{job="x"}'
    found = answers(["absent_thing", twice], documented_series())
    assert all(said is not True for said in found.values())
