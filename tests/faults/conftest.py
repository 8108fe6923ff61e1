"""What the fault tests share."""
import os
import subprocess
import tempfile
from pathlib import Path

import pytest

from harness.process import Vitrina
from harness.recovery import Oracle
from harness.waiting import until


@pytest.fixture(scope="session")
def files_of_one(tmp_path_factory, spec, clip):
    """How many files one whole video has: its original and its pictures."""
    server = Vitrina(tmp_path_factory.mktemp("one"), spec).start()
    client = server.client()
    video = client.upload(clip)
    until(lambda: client.get(f"/v1/videos/{video['id']}").json()["status"] in ("playable", "ready"), "facts")
    count = len(server.files())
    server.stop()
    assert count >= 2
    return count


@pytest.fixture
def oracle(clip, files_of_one):
    return Oracle(clip.read_bytes(), files_of_one)


@pytest.fixture
def small_disk():
    """A file system of 24 MiB, open to every user."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    directory = Path(tempfile.mkdtemp(prefix="vitrina-disk-", dir="/tmp"))
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", directory], capture_output=True, text=True
    )
    if mounted.returncode != 0:
        directory.rmdir()
        pytest.skip(f"this machine lets nobody mount: {mounted.stderr.strip()}")
    yield directory
    subprocess.run(["umount", "-l", directory], check=True)
    directory.rmdir()
