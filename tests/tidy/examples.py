"""Every configuration that a reader may copy must be one that the program accepts."""

import os
import re
import subprocess
import tempfile

from tree import Finding

# What examples take from {env: NAME}.
SECRETS = {"SLACK_WEBHOOK": "https://hooks.slack.com/services/T0/B0/x", "SLACK_TOKEN": "xoxb-1", "TELEGRAM_TOKEN": "1:a",
           "HEARTBEAT_URL": "https://hc.example/ping", "PAGERDUTY_KEY": "key", "OPSGENIE_KEY": "key", "SMTP_PASSWORD": "word", "WEBHOOK_KEY": "whsec_AAAA",
           "PGPASSWORD": "word", "OTLP_TOKEN": "word", "REDIS_PASSWORD": "word", "HAPROXY_PASSWORD": "word"}

_WHOLE = re.compile(r"^service:", re.MULTILINE)
_BLOCK = re.compile(r"^```yaml config[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)


def examples(tree):
    """(path, line, text) of every example.yaml and of every block opened with ```yaml config."""
    for source in tree.sources:
        if source.path.startswith("agent/stores/"):
            continue  # no section of the configuration takes a store yet; the contract suite reads their examples
        if source.parts[-1] == "example.yaml":
            yield source.path, 1, source.text
        elif source.path.endswith(".md"):
            for match in _BLOCK.finditer(source.text):
                yield source.path, source.line_of(match.start()) + 1, match.group(1)


def validate(tree, outrider):
    """A Finding for each example that `outrider validate` refuses, with the first line of what it said."""
    for path, line, text in examples(tree):
        with tempfile.TemporaryDirectory() as folder:
            file = os.path.join(folder, "example.yaml")
            with open(file, "w", encoding="utf-8") as out:
                # A part of a configuration is completed at its end, so that line numbers stay as written.
                out.write(text if _WHOLE.search(text) else text.rstrip("\n") + "\nservice: {name: example}\n")
            try:
                done = subprocess.run([outrider, "validate", "--config", file], capture_output=True, text=True,
                                      timeout=10, check=False, env={**os.environ, **SECRETS})
            except (OSError, subprocess.TimeoutExpired) as trouble:
                yield Finding(path, line, "examples", f"cannot run {outrider}: {trouble}")
                return
        if done.returncode != 0:
            said = (done.stderr or done.stdout).strip().replace(file, path).splitlines()
            yield Finding(path, line, "examples",
                          f"refused with exit code {done.returncode}: {said[0] if said else 'without a word'}")
