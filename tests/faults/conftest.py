"""What the fault tests share."""
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
