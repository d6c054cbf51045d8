"""The dashboards pass every rule, and every rule finds a dashboard that was broken for it."""

import copy
import json
import subprocess
import sys
from pathlib import Path

import pytest

import generate
import house_lint
import lint
import promql

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "dashboards").glob("*.json"))
RULES = lint.SEVENTEEN + house_lint.OURS
parses = pytest.mark.skipif(promql.PROMTOOL is None, reason="promtool is not installed (Debian package prometheus)")


def load(path=ROOT / "dashboards" / "outrider-overview.json"):
    return json.loads(path.read_text(encoding="utf-8"))


def needs_promtool(rule):
    return rule in (lint.target_promql, lint.template_label_promql)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
@pytest.mark.parametrize("rule", [pytest.param(rule, marks=parses) if needs_promtool(rule) else rule for rule in RULES],
                         ids=lambda rule: rule.__name__)
def test_each_dashboard_passes_each_rule(path, rule):
    assert list(rule(load(path))) == []


def test_there_are_seventeen_rules_and_a_dashboard_for_each_generator():
    assert len(set(lint.SEVENTEEN)) == 17
    assert [path.stem for path in FILES] == sorted(build()["uid"] for build in generate.DASHBOARDS)


def test_what_is_checked_in_is_what_the_generator_writes():
    done = subprocess.run([sys.executable, str(ROOT / "dashboards" / "generate.py"), "--check"], capture_output=True,
                          text=True, check=False)
    assert done.returncode == 0, done.stderr


def stat(board):
    return next(panel for panel in lint.panels(board) if panel["type"] == "stat")


def plain_series(board):
    return next(panel for panel in lint.panels(board) if panel["type"] == "timeseries")


def ask(board, expression, kind="prometheus"):
    stat(board)["datasource"]["type"] = kind
    stat(board)["targets"][0].update(expr=expression, datasource={"type": kind, "uid": "${datasource}"})


def variable(board, name):
    return next(entry for entry in board["templating"]["list"] if entry["name"] == name)


ALL = 'job=~"$job", instance=~"$instance", namespace=~"$namespace", service=~"$service"'
BROKEN = [
    (lint.template_datasource, lambda b: variable(b, "datasource").update(label="Source"), "the label Data Source"),
    (lint.template_datasource, lambda b: variable(b, "datasource").update(name="prometheus"), "named datasource"),
    (lint.template_datasource, lambda b: b["templating"]["list"].append(dict(variable(b, "datasource"))), "exactly one"),
    (lint.template_job, lambda b: b["templating"]["list"].remove(variable(b, "job")), "one variable job"),
    (lint.template_job, lambda b: variable(b, "job").update(label="job"), "the label Job"),
    (lint.template_job, lambda b: variable(b, "job").update(multi=False), "several values"),
    (lint.template_instance, lambda b: variable(b, "instance").update(allValue=".*"), "All as .+"),
    (lint.template_instance, lambda b: variable(b, "instance").update(datasource={"uid": "abc"}), "through $datasource"),
    (lint.template_label_promql, lambda b: variable(b, "job").update(query={"query": "label_values(up{, job)"}), "does not parse"),
    (lint.template_label_promql, lambda b: variable(b, "job").update(query={"query": "metrics(up)"}), "must be label_values"),
    (lint.template_on_time_change_reload, lambda b: variable(b, "job").update(refresh=1), "refresh"),
    (lint.panel_datasource, lambda b: stat(b).update(datasource={"type": "prometheus", "uid": "abc"}), "must use the variable"),
    (lint.panel_datasource, lambda b: stat(b)["targets"][0].pop("datasource"), "in each target"),
    (lint.panel_title_description, lambda b: stat(b).update(description=" "), "no description"),
    (lint.panel_title_description, lambda b: stat(b).pop("title"), "no title"),
    (lint.panel_units, lambda b: plain_series(b)["fieldConfig"]["defaults"].update(unit="furlongs"), "no valid unit"),
    (lint.panel_units, lambda b: plain_series(b)["fieldConfig"]["defaults"].pop("unit"), "no valid unit"),
    (lint.panel_no_targets, lambda b: stat(b).update(targets=[]), "asks nothing"),
    (lint.target_promql, lambda b: ask(b, "sum(rate(x[5m])"), "does not parse"),
    (lint.target_logql, lambda b: ask(b, '{app="x"} |= "y" | json (', "loki"), "does not close"),
    (lint.target_logql, lambda b: ask(b, "rate([$__auto])", "loki"), "selects no log stream"),
    (lint.target_logql_auto, lambda b: ask(b, 'rate({app="x"}[5m])', "loki"), "$__auto"),
    (lint.target_rate_interval, lambda b: ask(b, f"rate(x_total{{{ALL}}}[5m])"), "$__rate_interval"),
    (lint.target_rate_interval, lambda b: ask(b, f"increase(x_total{{{ALL}}}[$__range])"), "$__rate_interval"),
    (lint.target_job, lambda b: ask(b, 'up{instance=~"$instance"}'), 'job=~"$job"'),
    (lint.target_job, lambda b: ask(b, "up"), 'job=~"$job"'),
    (lint.target_instance, lambda b: ask(b, 'sum(up{job=~"$job"}) + up{job=~"$job", instance="$instance"}'), "instance=~"),
    (lint.target_counter_agg, lambda b: ask(b, f"sum(x_total{{{ALL}}})"), "is a counter"),
    (lint.uneditable_dashboard, lambda b: b.update(editable=True), "editable"),
    (house_lint.classic_and_provisionable, lambda b: b.update(apiVersion="dashboard.grafana.app/v2"), "classic"),
    (house_lint.classic_and_provisionable, lambda b: b.update(__inputs=[]), "filled in by hand"),
    (house_lint.classic_and_provisionable, lambda b: b.update(id=7), "number of its own"),
    (house_lint.uid_and_tags, lambda b: b.update(uid="x7Gh"), "the uid"),
    (house_lint.uid_and_tags, lambda b: b.update(tags=[]), "first tag"),
    (house_lint.uid_and_tags, lambda b: b["links"][0].update(includeVars=False), "keep variables"),
    (house_lint.panel_numbers, lambda b: stat(b).update(id=2), "used 2 times"),
    (house_lint.unknown_is_grey, lambda b: stat(b)["fieldConfig"]["defaults"]["thresholds"]["steps"][0].update(color="green"),
     "green without data"),
    (house_lint.unknown_is_grey, lambda b: stat(b)["fieldConfig"]["defaults"]["mappings"].pop(), "null and NaN"),
    (house_lint.unknown_is_grey, lambda b: stat(b)["fieldConfig"]["defaults"].pop("noValue"), "No data"),
    (house_lint.unknown_is_grey, lambda b: stat(b)["fieldConfig"]["defaults"]["mappings"][0]["options"].update(
        {"2": {"text": "Unknown", "color": "green"}}), "unknown green"),
    (house_lint.narrowed_to_the_service, lambda b: ask(b, 'outrider_x{job=~"$job", instance=~"$instance"}'), "service=~"),
    (house_lint.layout, lambda b: stat(b)["gridPos"].update(w=30), "over the edge"),
    (house_lint.layout, lambda b: stat(b)["gridPos"].update(w=9), "lies over"),
]


@pytest.mark.parametrize("rule, break_it, words", [
    pytest.param(*case, marks=parses) if needs_promtool(case[0]) else case for case in BROKEN],
    ids=lambda value: getattr(value, "__name__", None) if value not in () and callable(value) else None)
def test_each_rule_finds_what_was_broken_for_it(rule, break_it, words):
    board = copy.deepcopy(load())
    break_it(board)
    assert any(words in said for said in rule(board)), list(rule(board))


def test_every_rule_was_broken_at_least_once():
    assert {rule for rule, _, _ in BROKEN} == set(RULES)


@pytest.mark.parametrize("query, expected", [
    ('sum by (a) (rate(x_total{job=~"$job"}[$__rate_interval])) / on (a) group_left (b) y', {"x_total", "y"}),
    ('label_replace(up{a="b"}, "new", "$1", "old", "(.*)")', {"up"}),
    ("histogram_quantile(0.5, sum by (le) (rate(z_bucket[5m]))) > 1e3 or vector(1)", {"z_bucket"}),
    ('count({__name__="named"} offset 5m) unless ignoring (phase) w == 1', {"named", "w"}),
])
def test_metrics_are_found_in_queries(query, expected):
    assert promql.metrics(query) == expected
