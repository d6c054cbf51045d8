#!/usr/bin/env python3
"""Puts what the chart carries of the rest of the repository into it: the alerts as they are, the dashboard without blanks.

    helm/copies.py            # after a change of alerts/; dashboards/generate.py does it, too; a test compares

Helm reads nothing outside of a chart. The dashboard loses its blanks since they are half of it, and Kubernetes takes no object of more than a MiB."""
import json
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[1]
FILES = ROOT / 'helm/outrider/files'


def made():
    """{path: text} of what has to be there."""
    dashboard = json.loads((ROOT / 'dashboards/outrider-overview.json').read_text(encoding='utf-8'))
    return {FILES / 'outrider.rules.yaml': (ROOT / 'alerts/outrider.rules.yaml').read_text(encoding='utf-8'),
            FILES / 'outrider-overview.json': json.dumps(dashboard, ensure_ascii=False, separators=(',', ':')) + '\n'}


def write():
    FILES.mkdir(exist_ok=True)
    for path, text in made().items():
        path.write_text(text, encoding='utf-8')


if __name__ == '__main__':
    write()
