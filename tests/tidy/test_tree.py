"""The whole tree obeys, in under two seconds; and the examples are found and given to the program."""

import os
import stat
import time
from pathlib import Path

import pytest

import examples
import tidy
from tree import Tree, blank

ROOT = Path(__file__).resolve().parents[2]


def test_the_tree_is_tidy_and_the_look_takes_under_two_seconds():
    for _ in range(3):  # a busy machine is no untidy tree: not the wall's time, and what others do can only add to it
        started = time.process_time()
        tree = Tree.read(ROOT)
        found = tidy.findings(tree)
        took = time.process_time() - started
        if took < 2:
            break
    assert len(tree.cpp) > 20, "the tree was not read"
    assert not found, "\n".join(map(str, found))
    assert took < 2, f"took {took:.2f} s"


def test_every_rule_has_a_sample_that_breaks_it():
    samples = (Path(__file__).parent / "test_rules.py").read_text()
    for rule in tidy.RULES:
        assert f".{rule.__name__}" in samples, f"{rule.__name__} has no bad sample"


def test_comments_and_literals_are_blanked_character_for_character():
    text = "int x = 1'000; // new\nauto s = \"a\\\"{\"; char c = '{'; /* new\n */ R\"(})\" y;"
    code = blank(text)
    assert len(code) == len(text) and code.count("\n") == text.count("\n")
    assert "new" not in code and "{" not in code and "}" not in code
    assert "int x = 1'000;" in code and code.endswith("y;")


def test_examples_are_found_in_files_and_in_marked_blocks_only():
    tree = Tree.of({
        "agent/probes/tcp/example.yaml": "service: {name: a}\n",
        "README.md": "```yaml config\nservice: {name: b}\n```\n\n```yaml\nnot: ours\n```\n",
    })
    assert [(path, line) for path, line, _ in examples.examples(tree)] == [
        ("README.md", 2), ("agent/probes/tcp/example.yaml", 1)]


def test_a_refused_example_is_a_finding_in_the_place_where_it_is_written(tmp_path):
    program = tmp_path / "outrider"
    program.write_text('#!/bin/sh\ngrep -q good "$3" && [ "$(grep -c ^service: "$3")" = 1 ] || { echo "$3:1:1: unknown key" >&2; exit 78; }\n')
    os.chmod(program, stat.S_IRWXU)
    tree = Tree.of({"a/example.yaml": "good\n", "b/example.yaml": "bad\n", "c/example.yaml": "service: {name: good}\n"})
    found = list(examples.validate(tree, str(program)))
    assert [(finding.path, finding.message) for finding in found] == [
        ("b/example.yaml", "refused with exit code 78: b/example.yaml:1:1: unknown key")]


def test_every_example_is_one_that_the_program_accepts():
    program = os.environ.get("OUTRIDER")
    if not program:
        pytest.skip("OUTRIDER is not set: no program to validate the example configurations with")
    found = list(examples.validate(Tree.read(ROOT), program))
    assert not found, "\n".join(map(str, found))
