"""U: uploads. The ids are those of the fault catalogue in docs/faults.md."""
import os
import random
import subprocess

import pytest

from harness import s3
from harness.crashes import enumerate_crashes, lost
from harness.multipart import Form
from harness.raw import RawConnection
from harness.recovery import QUICK
from harness.waiting import until


def upload_scenario(clip):
    def scenario(server):
        answer = lost(lambda: server.client().try_upload(clip, "Crash test"))
        if answer is not None and answer.status_code == 201:
            return [answer.json()["id"]]
        return []

    return scenario


def test_U1_kill_9_at_every_fail_point_of_an_upload(make_vitrina, clip, oracle):
    def check(server, acknowledged):
        videos = oracle.holds(server, acknowledged)
        assert len(videos) <= 1

    enumerate_crashes(lambda: make_vitrina(start=False, environment=QUICK), upload_scenario(clip), check)


def test_U1_kill_9_at_random_bytes_of_an_upload(make_vitrina, clip, oracle):
    form = Form().field("title", "Random cut").file("video", "v.mp4", clip.read_bytes())
    body = form.body()
    head = (
        f"POST /api/videos/upload HTTP/1.1\r\nHost: x\r\nContent-Type: {form.content_type}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode()
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    server = make_vitrina(environment=QUICK)
    for _ in range(8):
        cut = chance.randrange(len(body))
        with RawConnection(server.url) as connection:
            connection.send(head + body[:cut])
            server.kill()
        server.start()
        assert server.client().list() == [], f"seed {seed}: half a video is listed"
    oracle.holds(server)


def test_U1_the_next_upload_after_a_crash_works(make_vitrina, clip, oracle):
    server = make_vitrina(start=False, environment=QUICK)
    server.start(VITRINA_FAIL_POINTS=("s3_store.put_sent" if s3.WANTED else "disk_store.before_rename") + "=abort")
    assert lost(lambda: server.client().try_upload(clip)) is None
    server.kill()
    server.start()
    video = server.client().upload(clip, "After the crash")
    assert [listed["id"] for listed in oracle.holds(server, [video["id"]])] == [video["id"]]


@pytest.mark.parametrize("difference", [-1, -1000, 3, 1000])
def test_U5_a_body_shorter_or_longer_than_announced(make_vitrina, clip, oracle, difference):
    server = make_vitrina(environment={**QUICK, "VITRINA_BODY_TIMEOUT": "1s"})
    form = Form().field("title", "Wrong length").file("video", "v.mp4", clip.read_bytes())
    body = form.body()
    announced = len(body) - difference
    with RawConnection(server.url) as connection:
        connection.send(
            f"POST /api/videos/upload HTTP/1.1\r\nHost: x\r\nContent-Type: {form.content_type}\r\n"
            f"Content-Length: {announced}\r\n\r\n".encode()
        )
        try:
            connection.send(body)
        except ConnectionError:
            pass  # refused before the last byte
        answer = connection.answer()
    if difference < 0:  # the rest never comes: nothing that was announced whole may be kept in part
        assert answer is None or answer[0] in (400, 408)
    else:  # the announced body ends within its last boundary, or before it
        assert answer is None or answer[0] == 400
    assert server.client().list() == []
    oracle.holds(server)


def test_U6_a_crash_between_any_two_steps_of_finishing_gives_one_video(make_vitrina, clip, oracle):
    """From the moment the bytes are safe until the facts are in: wherever it dies, one video with one set of files."""

    def scenario(server):
        given = upload_scenario(clip)(server)
        client = server.client()
        if given:
            lost(lambda: until(lambda: oracle.settled(client, given[0]) or not server.running, "facts"))
        return given

    def check(server, acknowledged):
        first = oracle.holds(server, acknowledged)
        again = server.client().upload(clip, "Second")
        assert len(oracle.holds(server, [*acknowledged, again["id"]])) == len(first) + 1

    settings = {**QUICK, "VITRINA_UPLOAD_WAIT": "0s"}
    enumerate_crashes(lambda: make_vitrina(start=False, environment=settings), scenario, check)


about_the_disk = pytest.mark.skipif(s3.WANTED, reason="about the disk")


@about_the_disk
@pytest.mark.parametrize("after", [0, 1, 3])
def test_U11_no_space_left_while_bytes_arrive(make_vitrina, studio, clip, oracle, after):
    big = studio.clip(seconds=20, size="640x360")
    server = make_vitrina(environment={**QUICK, "VITRINA_FAIL_POINTS": f"disk_store.write={after}*off->1*enospc->off"})
    client = server.client()
    answers = [client.try_upload(big).status_code for _ in range(after + 1)]
    assert 507 in answers, answers
    refused = client.get("/api/videos")
    assert refused.status_code == 200 and len(refused.json()) == answers.count(201)
    for video in refused.json():
        client.delete(f"/api/videos/{video['id']}")
    client.upload(clip, "Room again")
    oracle.holds(server)


@about_the_disk
@pytest.mark.parametrize("moment", ["write", "before_sync", "before_rename"])
def test_U11_the_disk_fails(make_vitrina, clip, oracle, moment):
    """As it does with EIO: what could not be written or synced is not promised."""
    server = make_vitrina(environment={**QUICK, "VITRINA_FAIL_POINTS": f"disk_store.{moment}=1*eio->off"})
    client = server.client()
    answer = client.try_upload(clip, "Unlucky")
    assert answer.status_code == 503 and answer.headers["Retry-After"], answer.text
    assert set(answer.json()) == {"error"}
    assert client.list() == []
    video = client.upload(clip, "The disk is well again")
    oracle.holds(server, [video["id"]])


@about_the_disk
def test_U11_a_disk_that_is_really_full(make_vitrina, small_disk, clip, oracle):
    server = make_vitrina(start=False, environment=QUICK)
    server.data = small_disk / "data"
    server.start()
    client = server.client()
    kept = client.upload(clip, "Kept")
    ballast = clip.read_bytes() + os.urandom(40 * 1024 * 1024)
    answer = client.try_upload(ballast, "Too big for this disk")
    assert answer.status_code == 507, answer.text
    assert set(answer.json()) == {"error"}
    assert [video["id"] for video in client.list()] == [kept["id"]], "all other routes are unaffected"
    assert client.get(kept["s3_url"]).content == clip.read_bytes()
    assert client.get("/livez").status_code == 200
    another = client.upload(clip, "There is room again")
    oracle.holds(server, [kept["id"], another["id"]])
    server.stop()
