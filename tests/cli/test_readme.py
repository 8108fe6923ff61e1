"""The walk of the README, in both languages: its very lines, run by a shell, on ports of the test's own."""
import os
import re
import subprocess

import pytest

from harness.process import ROOT, SANITIZER, binary
from harness.recovery import QUICK

READMES = {"README.md": "## The walk", "README.es.md": "## El recorrido"}


def walk(name):
    """The shell lines below the walk's heading."""
    text = (ROOT / name).read_text()
    section = text.split(READMES[name] + "\n", 1)[1].split("\n## ", 1)[0]
    return "\n".join(re.findall(r"```sh\n(.*?)```", section, re.S))


def commands(name):
    """The same without comments: what both languages must have in common."""
    return [line.split(" #")[0].strip() for line in walk(name).splitlines() if line.strip() and not line.startswith("#")]


def test_both_languages_walk_the_same_way():
    assert commands("README.md") == commands("README.es.md")


@pytest.mark.parametrize("name", READMES)
def test_the_walk_of_the_readme(make_vitrina, sandbox, tmp_path, name):
    server = make_vitrina(environment={**QUICK, **sandbox.settings()})
    script = "set -euo pipefail\n" + "\n".join(
        line for line in walk(name).splitlines() if not line.startswith(("apt-get", "export PATH"))
    )
    script = script.replace("127.0.0.1:5000", f"127.0.0.1:{server.port}")
    script = script.replace("127.0.0.1:5080", f"127.0.0.1:{sandbox.page_port}")
    result = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL,
        env=server.settings() | {"VITRINA_SERVER": server.url, "PATH": f"{binary().parent}:{os.environ['PATH']}"},
    )  # fmt: skip
    assert result.returncode == 0, result.stdout[-2000:] + result.stderr[-3000:]
    assert not SANITIZER.search(result.stderr)
    assert '"duration":10' in result.stdout, "the upload's own length is in its answer"
    assert len(sandbox.ledger("youtube")) == 1, "it was posted, once"
    assert sandbox.ledger("youtube")[0]["title"] == "My first video"
    assert server.client().list() == [], "and deleted in the end"
