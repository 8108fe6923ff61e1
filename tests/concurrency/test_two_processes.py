"""Two processes on one database: what one does is seen through the other."""
import threading
import time

import pytest

from harness.events import EventStream, all_events
from harness.waiting import until


@pytest.fixture
def pair(make_vitrina):
    first = make_vitrina()
    second = make_vitrina(start=False)
    second.data = first.data
    return first, second.start()


def test_an_upload_on_one_is_listed_by_the_other_at_once(pair, clip):
    first, second = pair
    for uploading, looking in ((first, second), (second, first)):
        assert looking.client().list() == looking.client().list() == [], "remembered, where answers are"
        video = uploading.client().upload(clip, "Seen")
        assert [shown["id"] for shown in looking.client().list()] == [video["id"]]
        assert [shown["id"] for shown in looking.client().list(search="seen")] == [video["id"]]
        path = f"/v1/videos/{video['id']}"
        assert looking.client().get(path).json()["sha256"] == uploading.client().get(path).json()["sha256"]
        got = looking.client().get(video["s3_url"].replace(uploading.url, looking.url))
        assert got.status_code == 200 and got.content == clip.read_bytes()
        assert looking.client().delete(path).status_code == 204
        assert uploading.client().list() == []
        assert uploading.client().get(path).status_code == 404


def test_no_list_is_older_than_its_question(pair, clip):
    """Lists are remembered until something changes. While many ask for the same ones, whoever was told of a change sees
    it in the next."""
    first, second = pair
    video = first.client().upload(clip, "Title 0")
    path, ended = f"/v1/videos/{video['id']}", threading.Event()

    def ask_on_and_on():
        client = second.client()
        while not ended.is_set():
            client.list()

    readers = [threading.Thread(target=ask_on_and_on) for _ in range(4)]
    for reader in readers:
        reader.start()
    try:
        writer, looker = first.client(), second.client()
        for number in range(1, 40):
            title = f"Title {number}"
            assert writer.patch(path, json={"title": title}).status_code == 200
            assert [shown["title"] for shown in looker.list()] == [title]
    finally:
        ended.set()
        for reader in readers:
            reader.join()


def test_a_stream_of_one_brings_what_the_other_does(pair, clip):
    first, second = pair
    with EventStream(first.url) as here, EventStream(second.url) as there:
        video = first.client().upload(clip)
        uploaded = there.wait_for("video.uploaded", subject=video["id"], seconds=5)
        there.wait_for("video.ready", subject=video["id"])
        began = time.monotonic()
        assert first.client().patch(f"/v1/videos/{video['id']}", json={"title": "Other"}).status_code == 200
        there.wait_for("video.updated", seconds=5)
        assert time.monotonic() - began < 3, "it looks twice a second"
        assert second.client().delete(f"/v1/videos/{video['id']}").status_code == 204
        here.wait_for("video.deleted", seconds=5)
        there.wait_for("video.deleted", seconds=5)
        assert here.events == there.events == all_events(first.client()) == all_events(second.client())
        assert uploaded in here.events


def test_a_stream_goes_on_at_the_other_process(pair, clip):
    """As behind a gateway, when the service a client listened to is gone."""
    first, second = pair
    with EventStream(first.url) as stream:
        video = first.client().upload(clip)
        stream.wait_for("video.ready")
    first.kill()
    second.client().patch(f"/v1/videos/{video['id']}", json={"title": "Meanwhile"})
    with EventStream(second.url, known=stream.last_id) as again:
        again.wait_for("video.updated")
        assert [event["type"] for event in again.events] == ["video.updated"]
    until(lambda: second.client().list()[0]["title"] == "Meanwhile", "it is listed")
