"""How a panel of Outrider looks, in Grafana's classic JSON. No queries here: they are in overview.py."""

DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}

GREY, GREEN, YELLOW, RED, BLUE, PURPLE = "#8e8e8e", "green", "yellow", "red", "blue", "purple"

# What nobody knows is grey, and never green.
NO_DATA = {"type": "special", "options": {"match": "null+nan", "result": {"text": "No data", "color": GREY, "index": 0}}}


def mapping(**states):
    """mapping(Up=(1, GREEN), Down=(0, RED)): value mappings, with what is not known in grey."""
    options = {str(value): {"text": text.replace("_", " "), "color": colour, "index": index}
               for index, (text, (value, colour)) in enumerate(states.items(), start=1)}
    return [{"type": "value", "options": options}, NO_DATA]


def thresholds(*steps):
    """thresholds((0, RED), (1, GREEN)): below the first step, and without data, it is grey."""
    return {"mode": "absolute", "steps": [{"value": None, "color": GREY}] +
            [{"value": value, "color": colour} for value, colour in steps]}


def target(expression, legend, ref, instant=False, exemplar=False):
    return {"datasource": DATASOURCE, "editorMode": "code", "expr": expression, "legendFormat": legend, "refId": ref,
            "instant": instant, "range": not instant, "exemplar": exemplar, "format": "table" if instant else "time_series"}


def targets(queries, instant=False, exemplar=False):
    return [target(expression, legend, chr(ord("A") + index), instant, exemplar)
            for index, (legend, expression) in enumerate(queries)]


def _panel(kind, number, title, description, queries, unit, **more):
    defaults = {"unit": unit, "noValue": "No data", "mappings": more.pop("mappings", [NO_DATA]),
                "color": more.pop("color", {"mode": "palette-classic"}),
                "thresholds": more.pop("thresholds", thresholds((-1e9, BLUE)))}
    defaults.update(more.pop("defaults", {}))
    return {"id": number, "type": kind, "title": title, "description": description, "datasource": DATASOURCE,
            "targets": targets(queries, more.pop("instant", False), more.pop("exemplar", False)),
            "fieldConfig": {"defaults": defaults, "overrides": more.pop("overrides", [])},
            "options": more.pop("options", {}), **more}


def stat(number, title, description, queries, unit="none", colour_by="thresholds", **more):
    options = {"colorMode": "background", "graphMode": "none", "justifyMode": "center", "orientation": "auto",
               "textMode": "auto", "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}}
    return _panel("stat", number, title, description, queries, unit, options=options,
                  color={"mode": colour_by}, **more)


def series(number, title, description, queries, unit, bars=False, **more):
    custom = {"drawStyle": "bars" if bars else "line", "fillOpacity": 60 if bars else 8, "lineWidth": 1,
              "showPoints": "never", "spanNulls": False, "stacking": {"mode": "normal" if bars else "none", "group": "A"}}
    options = {"legend": {"displayMode": "table", "placement": "right", "calcs": ["lastNotNull", "max"], "showLegend": True},
               "tooltip": {"mode": "single", "sort": "none"}}
    return _panel("timeseries", number, title, description, queries, unit, options=options,
                  defaults={"custom": custom, "min": more.pop("lowest", 0)}, **more)


def states(number, title, description, queries, mappings):
    options = {"mergeValues": True, "showValue": "auto", "alignValue": "left", "rowHeight": 0.85,
               "legend": {"displayMode": "list", "placement": "bottom", "showLegend": False},
               "tooltip": {"mode": "single", "sort": "none"}}
    return _panel("state-timeline", number, title, description, queries, "none", options=options, mappings=mappings,
                  color={"mode": "thresholds"}, defaults={"custom": {"fillOpacity": 80, "lineWidth": 0}})


def table(number, title, description, queries, mappings=None, hidden=(), renamed=None, links=()):
    transformations = [{"id": "merge", "options": {}},
                       {"id": "organize", "options": {"excludeByName": {name: True for name in ("Time", "__name__", *hidden)},
                                                      "renameByName": renamed or {}}}]
    overrides = [{"matcher": {"id": "byName", "options": column},
                  "properties": [{"id": "links", "value": [{"title": title_, "url": url}]}]}
                 for column, title_, url in links]
    return _panel("table", number, title, description, queries, "none", instant=True, mappings=mappings or [NO_DATA],
                  overrides=overrides, transformations=transformations,
                  options={"showHeader": True, "cellHeight": "sm", "footer": {"show": False, "reducer": ["sum"], "fields": ""}})


def row(number, title, collapsed=False):
    return {"id": number, "type": "row", "title": title, "collapsed": collapsed, "panels": []}


def lay_out(rows):
    """[(row, [(panel, width, height), …]), …] to Grafana's list: 24 columns, filled from left to right."""
    laid, y = [], 0
    for heading, panels in rows:
        heading["gridPos"] = {"x": 0, "y": y, "w": 24, "h": 1}
        laid.append(heading)
        y, x, tallest = y + 1, 0, 0
        for panel, width, height in panels:
            if x + width > 24:
                x, y, tallest = 0, y + tallest, 0
            panel["gridPos"] = {"x": x, "y": y, "w": width, "h": height}
            x, tallest = x + width, max(tallest, height)
            (heading["panels"] if heading["collapsed"] else laid).append(panel)
        y += tallest
    return laid


def query_variable(name, label, query, everything=".+"):
    return {"name": name, "label": label, "type": "query", "datasource": DATASOURCE, "definition": query,
            "query": {"query": query, "refId": name}, "refresh": 2, "sort": 1, "multi": True, "includeAll": True,
            "allValue": everything, "current": {"text": ["All"], "value": ["$__all"], "selected": True}, "hide": 0,
            "options": [], "regex": "", "skipUrlSync": False}


def datasource_variable():
    return {"name": "datasource", "label": "Data Source", "type": "datasource", "query": "prometheus", "current": {},
            "hide": 0, "includeAll": False, "multi": False, "options": [], "refresh": 1, "regex": "", "skipUrlSync": False}


def annotation(name, expression, title, text, colour):
    return {"name": name, "datasource": DATASOURCE, "enable": True, "hide": False, "expr": expression, "iconColor": colour,
            "titleFormat": title, "textFormat": text, "step": "15s", "useValueForTime": False, "target": {"refId": name}}


def dashboard(uid, title, description, tags, variables, annotations, rows):
    built_in = {"builtIn": 1, "datasource": {"type": "grafana", "uid": "-- Grafana --"}, "enable": True, "hide": True,
                "iconColor": "rgba(0, 211, 255, 1)", "name": "Annotations & Alerts", "type": "dashboard"}
    link = {"title": "Outrider", "type": "dashboards", "tags": [tags[0]], "asDropdown": True, "includeVars": True,
            "keepTime": True, "targetBlank": False, "icon": "external link", "tooltip": "", "url": ""}
    return {"uid": uid, "title": title, "description": description, "tags": tags, "id": None, "version": 1,
            "schemaVersion": 39, "editable": False, "graphTooltip": 1, "timezone": "utc", "refresh": "30s",
            "time": {"from": "now-3h", "to": "now"}, "timepicker": {"refresh_intervals": ["15s", "30s", "1m", "5m", "15m"]},
            "weekStart": "", "fiscalYearStartMonth": 0, "liveNow": False, "style": "dark", "links": [link],
            "annotations": {"list": [built_in, *annotations]}, "templating": {"list": variables}, "panels": lay_out(rows)}
