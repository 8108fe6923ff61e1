"""J: background work. The worker is a process of its own here, so that it can be killed alone."""
import contextlib
import os
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import postgres
from harness.children import children
from harness.crashes import count_points, first_and_last, lost
from harness.recovery import QUICK
from harness.waiting import holds_for, until

LAZY = {**QUICK, "VITRINA_UPLOAD_WAIT": "0s"}


@pytest.fixture
def house(make_vitrina):
    """A video service that leaves all work to others, and a maker of workers on the same data."""
    video = make_vitrina(roles="video,publish", environment=LAZY)

    def worker(**more):
        process = make_vitrina(start=False, roles="work", environment=LAZY)
        process.data = video.data
        process.launch(**more)
        if "VITRINA_FAIL_ABORT_AT" not in more:
            until(lambda: '"ready"' in process.log, "the worker is ready", 60)
        return process

    return video, worker


def status(server, video_id):
    return server.client().get(f"/v1/videos/{video_id}").json()["status"]


def test_J1_kill_9_of_a_worker_at_every_fail_point(house, clip, oracle):
    """One after the other in the same house, so that what a crash leaves behind meets the next one."""
    video_service, worker = house
    client = video_service.client()
    control = client.upload(clip, "Control")
    path = video_service.directory / "points"
    counting = worker(VITRINA_FAIL_COUNT=str(path))
    until(lambda: status(video_service, control["id"]) in ("playable", "ready"), "a worker works")
    counting.stop()
    names = path.read_text().split()
    assert {"jobs.claimed", "library.inspect.before", "library.inspect.committed"} <= set(names)
    died = 0
    for k in first_and_last(names):
        video = client.upload(clip, f"Killed at {k}")
        doomed = worker(VITRINA_FAIL_ABORT_AT=str(k))
        until(lambda: not doomed.running or status(video_service, video["id"]) in ("playable", "ready"), "it ends")
        died += not doomed.running
        doomed.kill()
        healthy = worker()
        until(lambda: status(video_service, video["id"]) in ("playable", "ready"), f"point {k}: another takes over", 60)
        oracle.holds(video_service, [video["id"]])
        healthy.stop()
        client.delete(f"/api/videos/{video['id']}")
    assert died > 3


def test_J2_a_worker_stopped_longer_than_its_lease_and_woken(house, clip, oracle):
    video_service, worker = house
    video = video_service.client().upload(clip, "Two workers")
    slow = worker()
    child = until(lambda: children(slow.process.pid) or status(video_service, video["id"]) != "processing", "it begins")
    slow.pause()
    try:
        other = worker()
        until(lambda: status(video_service, video["id"]) in ("playable", "ready"), "another worker takes over", 60)
        before = video_service.client().get(f"/v1/videos/{video['id']}").json()
    finally:
        slow.resume()
    assert child
    holds_for(lambda: slow.running, "the woken worker lives on", 2)
    assert video_service.client().get(f"/v1/videos/{video['id']}").json() == before, "it changed nothing"
    oracle.holds(video_service, [video["id"]])
    slow.stop()
    other.stop()


def harm_children(server, harm, done):
    """Sends the signal to every media child that appears, until done()."""
    harmed = set()

    def harm_next():
        for pid in children(server.process.pid):
            if pid not in harmed:
                try:
                    os.kill(pid, harm)
                    harmed.add(pid)
                except ProcessLookupError:
                    continue
        return done()

    until(harm_next, "the file is given up", 120)
    return harmed


@pytest.mark.parametrize("harm", [signal.SIGSEGV, signal.SIGSTOP], ids=["crash", "hang"])
def test_J3_a_file_that_brings_its_child_down(make_vitrina, studio, clip, harm):
    """The file fails with a reason; nobody else is touched."""
    environment = {**QUICK, "VITRINA_UPLOAD_WAIT": "0s"}
    if harm == signal.SIGSTOP:
        environment["VITRINA_MEDIA_TIMEOUT"] = "4s"  # long enough for a healthy child on a busy machine
    server = make_vitrina(environment=environment)
    client = server.client()
    poison = client.upload(studio.clip(seconds=10, size="1280x720"), "Poison")

    harmed = harm_children(server, harm, lambda: status(server, poison["id"]) == "failed")
    assert harmed
    assert client.get(f"/v1/videos/{poison['id']}").json()["reasons"], "it says why"
    sibling = client.upload(clip, "Sibling")
    until(lambda: client.get(f"/v1/videos/{sibling['id']}").json()["status"] in ("playable", "ready"), "the sibling is well")
    until(lambda: not harmed & set(children(server.process.pid)), "no harmed child is left behind")


@pytest.mark.parametrize("kill", [signal.SIGTERM, signal.SIGKILL])
def test_J3_a_reader_killed_from_outside_costs_the_file_nothing(make_vitrina, studio, clip, kill):
    """As systemd stopping the whole group does, or the kernel when memory is short."""
    server = make_vitrina(environment=QUICK)
    client = server.client()
    video = client.upload(clip, "Warm")
    with ThreadPoolExecutor(1) as elsewhere:
        upload = elsewhere.submit(client.upload, studio.clip(seconds=10, size="1280x720"), "Unlucky")
        pid = until(lambda: upload.done() or children(server.process.pid), "a reader is there")
        for victim in () if pid is True else pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(victim, kill)
        unlucky = upload.result()
    until(lambda: status(server, unlucky["id"]) in ("playable", "ready"), "another reader takes its place", 60)
    assert status(server, video["id"]) in ("playable", "ready")


@pytest.mark.parametrize("moment", ["before", "after"])
def test_J4_a_crash_around_each_commit_of_an_upload(make_vitrina, clip, oracle, moment):
    """Not committed: no video and no job. Committed: the job runs, whoever is alive then."""
    for commits in range(1, 7):  # some are not the upload's: sweeps begin with the server
        server = make_vitrina(start=False, environment=LAZY)
        counted, _ = count_points(server, lambda s: s.client().upload(clip, "Control"))
        point = f"{'postgres' if postgres.WANTED else 'sqlite'}.{moment}_commit"
        skip = counted.count(point) + commits - 1
        server = make_vitrina(start=False, environment=LAZY)
        server.start_or_die(VITRINA_FAIL_POINTS=f"{point}={skip}*off->abort")
        answer = lost(lambda: server.client().try_upload(clip, "Commit"))
        until(lambda: not server.running or answer is not None, "it ends")
        server.kill()
        server.start()
        acknowledged = [answer.json()["id"]] if answer is not None else []
        assert len(oracle.holds(server, acknowledged)) <= 1


def test_J4_work_that_nobody_did_yet_survives_restarts(house, clip, oracle):
    video_service, worker = house
    videos = [video_service.client().upload(clip, f"Waiting {n}")["id"] for n in range(3)]
    video_service.kill()
    video_service.start()
    assert {status(video_service, video) for video in videos} == {"processing"}
    healthy = worker()
    for video in videos:
        until(lambda: status(video_service, video) in ("playable", "ready"), "it is worked", 60)
    oracle.holds(video_service, videos)
    healthy.stop()
