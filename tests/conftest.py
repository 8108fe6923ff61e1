"""Fixtures of all suites. `server` is shared by a file's tests, `vitrina` is fresh for each."""
import itertools
import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from harness import postgres, s3  # noqa: E402
from harness.media import Studio  # noqa: E402
from harness.openapi import OpenApi  # noqa: E402
from harness.process import Vitrina, binary  # noqa: E402
from harness.sandbox import Sandbox  # noqa: E402


@pytest.fixture(scope="session", autouse=True)
def the_binary():
    assert os.access(binary(), os.X_OK), f"{binary()} is not built; VITRINA_BIN says which binary to test"


@pytest.fixture(scope="session")
def spec():
    return OpenApi()


@pytest.fixture(scope="session")
def studio(tmp_path_factory):
    return Studio(tmp_path_factory.mktemp("studio"))


@pytest.fixture(scope="session")
def clip(studio):
    """An ordinary two-second MP4, H.264 and AAC."""
    return studio.clip(seconds=2)


def _maker(directory, spec):
    started, numbers = [], itertools.count()

    def make(*, start=True, **options):
        server = Vitrina(directory / f"vitrina-{next(numbers)}", spec, **options)
        started.append(server)
        return server.start() if start else server

    return make, started


def _stop_all(started):
    errors = []
    for server in started:
        try:
            server.stop()
        except AssertionError as error:
            errors.append(str(error))
        finally:
            if server.running:
                server.process.kill()
                server.process.wait()
            postgres.drop(server.data)
            s3.drop(server.data)
    assert not errors, "\n".join(errors)


@pytest.fixture
def make_vitrina(tmp_path, spec):
    """A function that starts a server with the options of harness.process.Vitrina."""
    make, started = _maker(tmp_path, spec)
    yield make
    _stop_all(started)


@pytest.fixture
def vitrina(make_vitrina):
    return make_vitrina()


@pytest.fixture
def sandbox(tmp_path):
    """Stand-in networks of this test's own."""
    networks = Sandbox(tmp_path / "sandbox").start()
    yield networks
    networks.stop()


@pytest.fixture(scope="module")
def server(tmp_path_factory, spec):
    make, started = _maker(tmp_path_factory.mktemp("server"), spec)
    yield make()
    _stop_all(started)


@pytest.fixture
def client(server):
    return server.client()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    """A failed test shows what the server said."""
    report = (yield).get_result()
    if report.failed:
        for name in ("vitrina", "server"):
            running = item.funcargs.get(name) if hasattr(item, "funcargs") else None
            if running is not None and running.generation:
                report.sections.append((f"log of {name}", running.log[-4000:]))
