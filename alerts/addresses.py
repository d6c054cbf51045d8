#!/usr/bin/env python3
"""Prints the rules with your own addresses in place of the example ones. Standard library only.

    alerts/addresses.py --grafana https://grafana.school.org --runbooks https://wiki.school.org/outrider/runbooks

The links lead to <grafana>/d/outrider-overview/… and to <runbooks>/<Alert>.
"""

import argparse
import sys
from pathlib import Path

GRAFANA = "https://grafana.example"
RUNBOOKS = "https://outrider.example/runbooks"


def readdress(text, grafana, runbooks):
    for old, new in ((GRAFANA, grafana), (RUNBOOKS, runbooks)):
        if old not in text:
            raise ValueError(f"cannot find {old}: these rules have been given other addresses before")
        if not new.startswith(("http://", "https://")) or any(sign.isspace() or sign in "'\"{}" for sign in new):
            raise ValueError(f"cannot use {new!r}: an address starts with http:// or https:// and holds no blanks, quotes or braces")
        text = text.replace(old + "/", new.rstrip("/") + "/")
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--grafana", required=True, help="where Grafana is reached")
    parser.add_argument("--runbooks", required=True, help="where the folder runbooks/ is published")
    options = parser.parse_args()
    rules = Path(__file__).with_name("outrider.rules.yaml").read_text(encoding="utf-8")
    try:
        sys.stdout.write(readdress(rules, options.grafana, options.runbooks))
    except ValueError as trouble:
        print(f"addresses.py: {trouble}", file=sys.stderr)
        return 64
    return 0


if __name__ == "__main__":
    sys.exit(main())
