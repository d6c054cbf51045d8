"""Dashboards, alerts, runbooks, the metrics page and the code, held together in both directions."""

import json
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

import addresses
import layout
import lint
import promql
import yaml
from tree import Tree

ROOT = Path(__file__).resolve().parents[2]
SEVERITIES = {"critical", "warning", "info", "none"}
LABELS = {"severity", "component", "job", "instance", "service", "namespace", "environment"}
SECTIONS = ["Meaning", "Impact", "Diagnosis", "Mitigation", "Verify it worked", "Escalate",
            "What Outrider already did", "Related"]
CASES = ["fires", "stays quiet", "resolves", "no data"]
NOT_OURS = {"up", "ALERTS"}
SUFFIXES = ("_bucket", "_sum", "_count")

RULES_TEXT = (ROOT / "alerts" / "outrider.rules.yaml").read_text(encoding="utf-8")
ALERTS = {rule["alert"]: rule for group in yaml.safe_load(RULES_TEXT)["groups"] for rule in group["rules"]}
DASHBOARDS = {board["uid"]: board for board in
              (json.loads(path.read_text(encoding="utf-8")) for path in (ROOT / "dashboards").glob("*.json"))}
RUNBOOKS = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "runbooks").glob("*.md") if path.stem != "README"}
PAGE = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
ROWS = {name: (kind, labels, meaning) for name, kind, labels, meaning in
        re.findall(r"^\| `(outrider_\w+)` \| (\w+) \| (.*?) ?\| (.+?) \|$", PAGE, re.MULTILINE)}
# What other exporters call things, from the pages that are written by the program.
FOREIGN_PAGES = sorted((ROOT / "docs").glob("*-metrics.md"))
FOREIGN = {name: (kind, labels, meaning) for page in FOREIGN_PAGES for name, kind, labels, meaning in
           re.findall(r"^\| `((?!outrider_)\w+)` \| (\w+) \| (.*?) ?\| (.+?) \|$", page.read_text(encoding="utf-8"), re.MULTILINE)}
each_alert = pytest.mark.parametrize("name", sorted(ALERTS))


def documented(metric):
    """The documented name of a series: a histogram's parts belong to the histogram."""
    for suffix in SUFFIXES:
        base = metric.removesuffix(suffix)
        if base != metric and ROWS.get(base, ("",))[0] == "histogram":
            return base
    return metric


def asked():
    """{metric: where} of every query in dashboards and alerts."""
    found = {}
    for board in DASHBOARDS.values():
        everything = list(lint.queries(board))
        everything += [(f"annotation {entry['name']}", entry["expr"]) for entry in board["annotations"]["list"] if "expr" in entry]
        everything += [(f"variable {entry['name']}", entry["definition"].removeprefix("label_values(").rsplit(",", 1)[0])
                       for entry in lint.variables(board, "query")]
        for where, query in everything:
            for metric in promql.metrics(query):
                found.setdefault(metric, f"{board['uid']}, {where}")
    for name, rule in ALERTS.items():
        for metric in promql.metrics(rule["expr"]):
            found.setdefault(metric, f"alert {name}")
    return found


def test_every_metric_that_is_asked_for_is_documented():
    unknown = {metric: where for metric, where in asked().items()
               if metric not in NOT_OURS and documented(metric) not in ROWS and metric not in FOREIGN}
    assert not unknown


def test_every_documented_metric_stands_on_a_dashboard():
    shown = {documented(metric) for metric in asked()}
    assert sorted(set(ROWS) - shown) == []


def test_the_page_and_the_code_name_the_same_metrics():
    tree = Tree.read(ROOT)
    code = {name for name in layout.metrics_in_code(tree)}
    assert sorted(code - set(ROWS)) == [], "registered in the code and not documented"
    assert sorted(set(ROWS) - code) == [], "documented and not registered in the code"


@pytest.mark.parametrize("name", sorted(ROWS))
def test_a_metric_is_named_and_described_as_the_house_does(name):
    kind, _, meaning = ROWS[name]
    assert kind in ("counter", "gauge", "histogram")
    assert (kind == "counter") == name.endswith("_total")
    assert meaning.endswith(".") and len(meaning.split()) >= 4


def label_names(text):
    return set(re.findall(r"`(\w+)`", text))


def test_queries_use_only_labels_and_values_that_are_documented():
    wrong = []
    common = {"job", "instance", "service", "namespace", "environment"}
    for query in [query for board in DASHBOARDS.values() for _, query in lint.queries(board)] + \
            [rule["expr"] for rule in ALERTS.values()]:
        for metric, labels in promql.selectors(query):
            if documented(metric) not in ROWS:
                continue
            described = ROWS[documented(metric)][1]
            for label, (operator, value) in labels.items():
                if label in common:
                    continue
                values = re.search(rf"`{label}`: ([\w, ]+)", described)
                if label not in label_names(described):
                    wrong.append(f"{metric} has no label {label}")
                elif values and not set(value.split("|")) <= set(values.group(1).split(", ")):
                    wrong.append(f"{metric} has no {label}{operator}{value}")
    assert not wrong


def test_every_alert_has_a_runbook_and_the_reverse():
    assert sorted(ALERTS) == sorted(RUNBOOKS)
    index = (ROOT / "runbooks" / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| \[(\w+)\]\(\1\.md\) \|", index, re.MULTILINE) == sorted(ALERTS)


def test_an_alarm_drill_hears_the_series_that_its_alert_reads():
    code = (ROOT / "agent/recovery/alarms/alarm.cpp").read_text(encoding="utf-8")
    rows = re.findall(r'\{Alarm::(\w+), "(\w+)",\s*"[^"]*",\s*"(\w*)",\s*"(\w*)",', code)
    assert len(rows) == code.count("{Alarm::") >= 9
    for enumerator, name, alert, series in rows:
        assert enumerator == name
        assert bool(alert) == bool(series)
        assert not alert or series in ALERTS[alert]["expr"], f"{alert} does not read {series}"


@each_alert
def test_an_alert_says_who_what_and_where_to_read_on(name):
    rule = ALERTS[name]
    labels, annotations = rule["labels"], rule["annotations"]
    assert re.fullmatch(r"[A-Z][A-Za-z]+", name)
    assert set(labels) == LABELS and labels["severity"] in SEVERITIES
    assert set(annotations) == {"summary", "description", "runbook_url", "dashboard_url"}
    assert "{{" not in annotations["summary"] and annotations["summary"].endswith(".")
    assert annotations["summary"] != annotations["description"]
    assert "$labels" in annotations["description"] or name == "Watchdog"
    assert annotations["runbook_url"] == f"{addresses.RUNBOOKS}/{name}"


@each_alert
def test_an_alert_leads_to_a_panel_that_exists_and_shows_what_it_is_about(name):
    rule = ALERTS[name]
    url = urlsplit(re.sub(r"\{\{.*?\}\}", "", rule["annotations"]["dashboard_url"]))
    uid = url.path.split("/")[2]
    assert f"{url.scheme}://{url.netloc}" == addresses.GRAFANA and uid in DASHBOARDS
    number = int(parse_qs(url.query)["viewPanel"][0])
    panel = {panel["id"]: panel for panel in lint.panels(DASHBOARDS[uid])}.get(number)
    assert panel, f"panel {number} does not exist"
    if name == "Watchdog":
        return
    shown = {metric for target in panel["targets"] for metric in promql.metrics(target["expr"])}
    assert shown & promql.metrics(rule["expr"]), f"panel {panel['title']} shows {sorted(shown)}"


@each_alert
def test_an_alert_that_data_could_silence_keeps_firing(name):
    rule = ALERTS[name]
    if name == "OutriderAlarmDrill":  # it is to end with its drill, whose series is there no longer
        return
    remembers = re.search(r"\[\d+[mhd]\]", rule["expr"]) or "absent(" in rule["expr"] or rule["expr"] == "vector(1)"
    assert "keep_firing_for" in rule or remembers, "it would resolve when its series vanish"


@each_alert
def test_every_alert_is_shown_firing_quiet_resolving_and_without_data(name):
    file = ROOT / "alerts" / "tests" / f"{name}.yaml"
    cases = yaml.safe_load(file.read_text(encoding="utf-8"))["tests"]
    for wanted in CASES:
        assert any(case["name"].startswith(wanted) for case in cases), f"{file.name} has no case that {wanted}"
    checks = [check for case in cases for check in case["alert_rule_test"]]
    assert {check["alertname"] for check in checks} == {name}
    assert any(check["exp_alerts"] for check in checks)
    assert name == "Watchdog" or any(not check["exp_alerts"] for check in checks)
    for check in checks:
        for expected in check["exp_alerts"]:
            assert LABELS <= set(expected["exp_labels"]), "the full label set is expected"


def test_there_is_no_alert_test_without_an_alert():
    assert {path.stem for path in (ROOT / "alerts" / "tests").glob("*.yaml")} == set(ALERTS)


def test_at_most_15_in_100_alerts_wake_somebody():
    critical = [name for name, rule in ALERTS.items() if rule["labels"]["severity"] == "critical"]
    assert len(critical) / len(ALERTS) <= 0.15, critical


def sections(text):
    return {title: body.strip() for title, body in re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)}


@each_alert
def test_a_runbook_is_whole_and_of_the_same_severity(name):
    text = RUNBOOKS[name]
    assert text.startswith(f"# {name}\n")
    assert re.search(r"^Severity: \*\*(\w+)\*\*$", text, re.MULTILINE).group(1) == ALERTS[name]["labels"]["severity"]
    found = sections(text)
    assert list(found) == SECTIONS
    assert all(len(body.split()) >= 8 for title, body in found.items() if title != "Related")
    assert "```sh" in found["Diagnosis"] and "```sh" in found["Verify it worked"]
    for link in re.findall(r"\]\((\w+)\.md\)", text):
        assert link in RUNBOOKS, f"leads to {link}, which does not exist"


@each_alert
def test_a_runbook_names_only_panels_and_metrics_that_exist(name):
    titles = {panel["title"] for board in DASHBOARDS.values() for panel in [*lint.panels(board), *board["panels"]]}
    text = " ".join(RUNBOOKS[name].split())
    for clause in re.findall(r"\b[Pp]anels? ((?:\*[^*]+\*(?:,| and)? ?)+)", text):
        for title in re.findall(r"\*([^*]+)\*", clause):
            assert any(known.startswith(title) for known in titles), f"there is no panel {title}"
    for metric in re.findall(r"\boutrider_[a-z_]+[a-z]\b", text):
        assert documented(metric) in ROWS, f"there is no metric {metric}"


def commands_of_the_program():
    """(commands, options), read from the tables that the program itself is built from."""
    table = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "agent" / "cli" / "words").glob("*.[ch]pp")))
    names = re.findall(r'^      \{"([a-z]+)",$', table, re.MULTILINE)
    options = set(re.findall(r'\{\s*"([a-z-]+)",\s*"[a-z]?",', table)) | {"help", "version"}
    return set(names), options


@each_alert
def test_a_runbook_uses_only_commands_that_the_program_knows(name):
    names, options = commands_of_the_program()
    assert {"status", "restart", "audit"} <= names and {"reason", "config", "even-without-budget"} <= options
    blocks = "\n".join(re.findall(r"^```sh\n(.*?)^```", RUNBOOKS[name], re.MULTILINE | re.DOTALL))
    blocks += "\n" + "\n".join(re.findall(r"`(outrider [^`]+)`", RUNBOOKS[name]))
    for line in blocks.splitlines():
        for call in re.findall(r"(?:^|&& |; )outrider ([^#;&|]*)", line):
            command = call.split()[0]
            assert command in names or command == "--version", f"outrider knows no {command}"
            assert set(re.findall(r"(?<!\S)--([a-z-]+)", call)) <= options, f"outrider {call}"
            if command in ("restart", "reload"):
                assert "--reason" in call, f"outrider {call}: a reason is required"


def test_the_links_can_be_given_other_addresses():
    text = addresses.readdress(RULES_TEXT, "https://grafana.school.org/", "https://wiki.school.org/r")
    assert "example" not in text
    assert "https://grafana.school.org/d/outrider-overview/" in text and "https://wiki.school.org/r/CrashLoop" in text
    with pytest.raises(ValueError, match="other addresses before"):
        addresses.readdress(text, "https://a.b", "https://c.d")
    with pytest.raises(ValueError, match="cannot use"):
        addresses.readdress(RULES_TEXT, "grafana", "https://c.d")
