"""What makes a dashboard usable: the seventeen rules of Grafana's dashboard-linter, written anew, and ours after
them. A rule takes a dashboard and gives sentences. There are no exclusions."""

import re

import promql

DESCRIBED = {"stat", "graph", "table", "timeseries", "gauge", "state-timeline"}
UNITS = {"none", "short", "s", "ms", "bytes", "Bps", "cps", "reqps", "hertz", "percent", "percentunit", "dateTimeAsIso"}
PROMETHEUS, LOKI = "prometheus", "loki"


def panels(dashboard):
    for panel in dashboard.get("panels", []):
        if panel.get("type") != "row":
            yield panel
        yield from (inner for inner in panel.get("panels", []) if inner.get("type") != "row")


def variables(dashboard, kind=None):
    return [variable for variable in dashboard.get("templating", {}).get("list", []) if kind in (None, variable.get("type"))]


def queries(dashboard, kind=PROMETHEUS):
    """(name of the panel, query)"""
    for panel in panels(dashboard):
        of_panel = (panel.get("datasource") or {}).get("type", PROMETHEUS)
        for target in panel.get("targets", []):
            if (target.get("datasource") or {}).get("type", of_panel) == kind and target.get("expr"):
                yield f"panel {panel.get('title') or panel.get('id')}", target["expr"]


def _named(dashboard, name):
    found = [variable for variable in variables(dashboard) if variable.get("name") == name]
    return found[0] if len(found) == 1 else None


def _check_variable(dashboard, name, label):
    variable = _named(dashboard, name)
    if variable is None:
        return [f"there must be one variable {name}"]
    said = []
    if variable.get("label") != label:
        said.append(f"variable {name} must have the label {label}")
    if variable.get("type") != "query" or (variable.get("datasource") or {}).get("uid") not in ("${datasource}", "$datasource"):
        said.append(f"variable {name} must be a query through $datasource")
    if not variable.get("multi"):
        said.append(f"variable {name} must allow several values")
    if not variable.get("includeAll") or variable.get("allValue") != ".+":
        said.append(f"variable {name} must have All as .+")
    return said


def template_datasource(dashboard):
    found = variables(dashboard, "datasource")
    if len(found) != 1:
        return [f"there must be exactly one datasource variable, not {len(found)}"]
    said = [] if found[0].get("name") == "datasource" else ["the datasource variable must be named datasource"]
    return said + ([] if found[0].get("label") == "Data Source" else ["the datasource variable must have the label Data Source"])


def template_job(dashboard):
    return _check_variable(dashboard, "job", "Job")


def template_instance(dashboard):
    return _check_variable(dashboard, "instance", "Instance")


def template_label_promql(dashboard):
    wanted = {}
    for variable in variables(dashboard, "query"):
        query = variable.get("query")
        text = query.get("query", "") if isinstance(query, dict) else query or ""
        match = re.fullmatch(r"label_values\((.*),\s*\w+\)", text, re.DOTALL)
        if not match:
            yield f"variable {variable.get('name')} must be label_values(series, label), not {text!r}"
        else:
            wanted[match.group(1)] = variable.get("name")
    for query, said in promql.refused(wanted).items():
        yield f"variable {wanted[query]} does not parse: {said}"


def template_on_time_change_reload(dashboard):
    return [f"variable {variable.get('name')} must refresh when the time range changes"
            for variable in variables(dashboard, "query") if variable.get("refresh") != 2]


def panel_datasource(dashboard):
    for panel in panels(dashboard):
        for holder in (panel, *panel.get("targets", [])):
            if (holder.get("datasource") or {}).get("uid") not in ("${datasource}", "$datasource"):
                yield f"panel {panel.get('title')} must use the variable ${{datasource}}, in itself and in each target"
                break


def panel_title_description(dashboard):
    for panel in panels(dashboard):
        if panel.get("type") in DESCRIBED:
            for part in ("title", "description"):
                if not (panel.get(part) or "").strip():
                    yield f"panel {panel.get('id')} has no {part}"


def panel_units(dashboard):
    for panel in panels(dashboard):
        defaults = panel.get("fieldConfig", {}).get("defaults", {})
        if any(entry.get("type") == "value" for entry in defaults.get("mappings", [])):
            continue
        if panel.get("type") in DESCRIBED and defaults.get("unit") not in UNITS:
            yield f"panel {panel.get('title')} has no valid unit: {defaults.get('unit')!r}"


def panel_no_targets(dashboard):
    return [f"panel {panel.get('title')} asks nothing" for panel in panels(dashboard)
            if panel.get("type") in DESCRIBED and not any(target.get("expr") for target in panel.get("targets", []))]


def target_promql(dashboard):
    where = {query: name for name, query in queries(dashboard)}
    return [f"{where[query]} does not parse: {said}" for query, said in promql.refused(where).items()]


def target_logql(dashboard):
    """A stream selector with at least one matcher, and brackets that close."""
    for name, query in queries(dashboard, LOKI):
        bare = promql.without_strings(query)
        if any(bare.count(opened) != bare.count(closed) for opened, closed in ("{}", "()", "[]")):
            yield f"{name} has a bracket that does not close: {query}"
        elif not re.search(r'\{\s*\w+\s*(=~|!~|!=|=)\s*"', bare):
            yield f"{name} selects no log stream: {query}"


def target_logql_auto(dashboard):
    return [f"{name} must range over $__auto, not [{window}]" for name, query in queries(dashboard, LOKI)
            for window in re.findall(r"\[([^\]]*)\]", query) if window != "$__auto"]


def target_rate_interval(dashboard):
    for name, query in queries(dashboard):
        for function, argument in promql.calls(query):
            if function in ("rate", "irate", "increase") and "[$__rate_interval]" not in argument:
                yield f"{name}: {function} must range over $__rate_interval"


def _matches(dashboard, label):
    for name, query in queries(dashboard):
        for metric, labels in promql.selectors(query):
            if labels.get(label) not in (("=~", f"${label}"), ("=~", f"${{{label}}}")):
                yield f'{name}: {metric} must match {label}=~"${label}"'


def target_job(dashboard):
    return _matches(dashboard, "job")


def target_instance(dashboard):
    return _matches(dashboard, "instance")


def target_counter_agg(dashboard):
    for name, query in queries(dashboard):
        inside = {metric for function, argument in promql.calls(query) if function in ("rate", "irate", "increase")
                  for metric in promql.metrics(argument)}
        for metric in sorted(promql.metrics(query)):
            if metric.endswith("_total") and metric not in inside:
                yield f"{name}: {metric} is a counter and must stand in rate, irate or increase"


def uneditable_dashboard(dashboard):
    return [] if dashboard.get("editable") is False else ["the dashboard must not be editable"]


SEVENTEEN = [template_datasource, template_job, template_instance, template_label_promql, template_on_time_change_reload,
             panel_datasource, panel_title_description, panel_units, panel_no_targets, target_promql, target_logql,
             target_logql_auto, target_rate_interval, target_job, target_instance, target_counter_agg, uneditable_dashboard]
