#!/usr/bin/env python3
"""Holds the whole tree to the rules of the house, in under two seconds.

    tests/tidy/tidy.py [--outrider build/release/bin/outrider] [ROOT]

Prints one `file:line: rule: message` each; exit code 0 when there is nothing to say, 1 otherwise.
"""

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import examples  # noqa: E402
import layers  # noqa: E402
import layout  # noqa: E402
import sizes  # noqa: E402
import traps  # noqa: E402
import words  # noqa: E402
from tree import Tree  # noqa: E402

RULES = [rule for module in (layers, sizes, words, traps, layout) for rule in module.RULES]


def findings(tree):
    return [finding for rule in RULES for finding in rule(tree)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", nargs="?", default=str(Path(__file__).resolve().parents[2]))
    parser.add_argument("--outrider", help="the program; with it, every example configuration is validated")
    options = parser.parse_args()

    started = time.perf_counter()
    tree = Tree.read(options.root)
    found = findings(tree)
    took = time.perf_counter() - started
    count = len(list(examples.examples(tree)))
    if options.outrider:
        found += examples.validate(tree, options.outrider)
        print(f"tidy: {count} example configurations given to {options.outrider} validate")
    else:
        print(f"tidy: SKIPPED {count} example configurations: no --outrider PATH was given to validate them with")
    for finding in found:
        print(finding)
    print(f"tidy: {len(found)} findings in {len(tree.sources)} files, {took:.2f} s")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
