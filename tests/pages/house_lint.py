"""Our own rules for a dashboard, after the seventeen of lint.py."""

import json

import lint
import promql

GREEN = {"green", "dark-green", "light-green", "semi-dark-green", "super-light-green", "#73bf69", "#37872d", "#56a64b"}


def classic_and_provisionable(dashboard):
    """Classic JSON that file provisioning can load: the flow that fills in `__inputs` never runs there."""
    if "apiVersion" in dashboard or "spec" in dashboard or not isinstance(dashboard.get("panels"), list):
        yield "the dashboard must be in the classic format"
    text = json.dumps(dashboard)
    if "__inputs" in dashboard or "${DS_" in text:
        yield "inputs are filled in by hand only: use the variable ${datasource}"
    if dashboard.get("id") is not None:
        yield "the dashboard must not carry a number of its own"


def uid_and_tags(dashboard):
    uid = dashboard.get("uid") or ""
    if not uid.startswith("outrider-") or len(uid) > 40:
        yield f"the uid must start with outrider- and stay under 40 signs: {uid!r}"
    if (dashboard.get("tags") or [None])[0] != "outrider":
        yield "the first tag must be outrider: the links between dashboards go by it"
    if not any(link.get("includeVars") and link.get("keepTime") for link in dashboard.get("links", [])):
        yield "a link to the other dashboards must keep variables and time"


def panel_numbers(dashboard):
    """Numbers are part of the links in alerts."""
    everything = list(lint.panels(dashboard)) + [panel for panel in dashboard.get("panels", []) if panel.get("type") == "row"]
    numbers = [panel.get("id") for panel in everything]
    return [f"the number {number} is used {numbers.count(number)} times" for number in sorted(set(numbers), key=str)
            if numbers.count(number) > 1 or not isinstance(number, int)]


def unknown_is_grey(dashboard):
    """Without data, and below the first threshold, nothing is green; and a mapped state says what no data looks like."""
    for panel in lint.panels(dashboard):
        defaults = panel.get("fieldConfig", {}).get("defaults", {})
        steps = defaults.get("thresholds", {}).get("steps") or [{"color": "green"}]
        if str(steps[0].get("color")).lower() in GREEN:
            yield f"panel {panel.get('title')} is green without data"
        special = [entry["options"] for entry in defaults.get("mappings", []) if entry.get("type") == "special"]
        shown = [option["result"].get("color", "") for option in special if option.get("match") == "null+nan"]
        if not shown or any(str(colour).lower() in GREEN for colour in shown):
            yield f"panel {panel.get('title')} must show null and NaN as no data, and not in green"
        if not defaults.get("noValue"):
            yield f"panel {panel.get('title')} must say No data when there is none"
        for entry in defaults.get("mappings", []):
            for result in entry["options"].values() if entry.get("type") == "value" else []:
                if "unknown" in result.get("text", "").lower() and result.get("color") in GREEN:
                    yield f"panel {panel.get('title')} paints unknown green"


def narrowed_to_the_service(dashboard):
    """Every series of the agent is chosen by namespace and service too."""
    for name, query in lint.queries(dashboard):
        for metric, labels in promql.selectors(query):
            for label in ("namespace", "service") if metric.startswith("outrider_") else ():
                if labels.get(label) != ("=~", f"${label}"):
                    yield f'{name}: {metric} must match {label}=~"${label}"'


def layout(dashboard):
    """No two panels of one list overlap, and none reaches over the right edge."""
    for group in (dashboard.get("panels", []), *(panel.get("panels", []) for panel in dashboard.get("panels", []))):
        taken = {}
        for panel in group:
            at = panel.get("gridPos") or {"x": 0, "y": 0, "w": 25, "h": 1}
            if at["x"] + at["w"] > 24:
                yield f"panel {panel.get('title')} reaches over the edge"
            for cell in ((x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])):
                if taken.setdefault(cell, panel) is not panel:
                    yield f"panel {panel.get('title')} lies over {taken[cell].get('title')}"
                    break


OURS = [classic_and_provisionable, uid_and_tags, panel_numbers, unknown_is_grey, narrowed_to_the_service, layout]
