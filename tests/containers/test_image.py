"""The image: small, nobody's, and healthy by its own word."""
import json

import pytest

from harness.process import ROOT
from harness.waiting import until

# Over its base: FFmpeg and what it needs are nearly all of it. Debian itself, in the slim base of a registry, is 75 MB more.
LARGEST = 260 << 20


def test_the_context_of_the_build_holds_what_it_reads_and_no_secret():
    allowed = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    assert all((ROOT / name).exists() or list(ROOT.glob(name)) for name in allowed), allowed
    assert not [name for name in allowed if "secret" in name or name.startswith(".env") or name == "deploy"]


def test_it_says_what_it_is(engine, image):
    labels = image["Config"]["Labels"]
    version = engine.docker("run", "--rm", "--network", "none", "vitrina:latest", "version").stdout.split()[1]
    assert labels["org.opencontainers.image.version"] == version
    assert labels["org.opencontainers.image.title"] == "Vitrina"
    assert image["Config"]["StopSignal"] == "SIGTERM"
    assert image["Config"]["Healthcheck"]["Test"] == ["CMD", "vitrina", "health"]


def test_it_runs_as_nobody_in_particular(image):
    assert image["Config"]["User"] == "10001:10001"


def test_it_is_small(engine, image):
    base = engine.inspect("debian:bookworm-slim")[0]["Size"]
    print(f"image {image['Size'] >> 20} MiB, of it the base {base >> 20} MiB")
    assert image["Size"] - base < LARGEST


def test_no_compiler_and_no_source_is_in_it(engine):
    look = "command -v clang++-19 gcc cc make ninja; ls /src; find / -xdev -name '*.hpp' -print -quit"
    found = engine.docker("run", "--rm", "--network", "none", "--entrypoint", "sh", "vitrina:latest", "-c", look, check=False)
    assert found.stdout == ""


def test_nothing_in_it_is_set_user_id_for_us(engine):
    """What could make root of somebody is disarmed by no-new-privileges; the binary itself has no rights at all."""
    shown = engine.docker("run", "--rm", "--network", "none", "--entrypoint", "stat", "vitrina:latest", "-c", "%a %U", "/usr/local/bin/vitrina")
    assert shown.stdout.split() == ["755", "root"]


@pytest.fixture
def alone(engine, image):
    """A single container as the README of an image shows it: SQLite and files in one volume, the root read-only."""
    name = "vitrina-alone"
    engine.docker("run", "-d", "--name", name, "--network", "none", "--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL",
                  "--security-opt", "no-new-privileges", "-e", "VITRINA_OPEN=yes", "-v", "alone:/var/lib/vitrina", "vitrina:latest")  # fmt: skip
    yield name
    engine.docker("rm", "-fv", name)
    engine.docker("volume", "rm", "alone")


def test_alone_it_serves_with_a_read_only_root_and_stops_when_told(engine, alone):
    def health():
        return engine.inspect(alone)[0]["State"]["Health"]["Status"]

    until(lambda: health() == "healthy", "it says that it is healthy", 60)
    answer = engine.docker("exec", alone, "vitrina", "--json", "health").stdout.splitlines()
    assert [json.loads(line)["state"] for line in answer] == ["ready"] * 3  # a service for each role
    engine.docker("stop", "-t", "60", alone)
    assert engine.inspect(alone)[0]["State"]["ExitCode"] == 0


def test_health_tells_a_server_that_is_gone(engine, image):
    asked = engine.docker("run", "--rm", "--network", "none", "vitrina:latest", "health", check=False)
    assert asked.returncode == 3
    assert "unreachable" in asked.stdout
