#!/usr/bin/env python3
"""Writes the dashboards as Grafana's classic JSON. Standard library only.

    dashboards/generate.py            write outrider-overview.json beside this file, and what the Helm chart carries
    dashboards/generate.py --check    exit code 1 when what is there is not what would be written
"""

import argparse
import json
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path[:0] = [str(FOLDER), str(FOLDER.parent / "helm")]

import copies  # noqa: E402
from overview import overview  # noqa: E402

DASHBOARDS = [overview]


def render(dashboard):
    return json.dumps(dashboard, indent=2, ensure_ascii=False) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    options = parser.parse_args()
    stale = []
    for build in DASHBOARDS:
        dashboard = build()
        path = FOLDER / f"{dashboard['uid']}.json"
        text = render(dashboard)
        if not options.check:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(path.name)
    if not options.check:
        copies.write()
    for name in stale:
        print(f"dashboards/{name} is not what dashboards/generate.py writes: run it", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
