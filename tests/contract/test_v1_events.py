"""/v1/events: what happened, by pages and as a stream."""
import pytest

from harness.events import EventStream, all_events
from harness.publications import wait_until_published
from harness.waiting import until

# Where each change of a publication's state is told, those on the way are one type.
ON_THE_WAY = ("publication.progressed", "publication.upload_progress")


def types_of(events, subject=None):
    return [event["type"] for event in events if subject in (None, event["subject"])]


def wait_for_facts(client, video):
    until(lambda: client.get(f"/v1/videos/{video['id']}").json()["status"] == "ready", "the facts", 60)


def test_a_video_s_life(vitrina, clip):
    client = vitrina.client()
    assert all_events(client) == []
    with EventStream(vitrina.url) as stream:
        video = client.upload(clip, "First")
        wait_for_facts(client, video)
        path = f"/v1/videos/{video['id']}"
        assert client.patch(path, json={"title": "Second", "tags": ["a"]}).status_code == 200
        assert client.patch(path, json={"title": "Second"}).status_code == 200, "nothing changed: nothing is told"
        assert client.delete(path).status_code == 204
        stream.wait_for("video.deleted")
        events = all_events(client)
        assert types_of(events) == ["video.uploaded", "video.ready", "video.updated", "video.deleted"]
        assert events == stream.events, "a page and a stream say the same"
    uploaded, ready, updated, deleted = events
    assert {event["subject"] for event in events} == {event["video_id"] for event in events} == {video["id"]}
    assert uploaded["data"] == {"status": "processing", "size": clip.stat().st_size, "content_type": "video/mp4"}
    assert ready["data"]["status"] == "ready" and ready["data"]["duration"] == pytest.approx(2, abs=0.2)
    assert (ready["data"]["width"], ready["data"]["height"]) > (0, 0)
    assert updated["data"] == {"changed": ["title", "tags"]}
    assert deleted["data"] == {"status": "deleted"}
    assert [event["time"] for event in events] == sorted(event["time"] for event in events)


def test_a_file_that_is_refused(vitrina):
    client = vitrina.client()
    assert client.try_upload(b"no video at all" * 100).status_code == 415
    events = all_events(client)
    assert types_of(events) == ["video.uploaded", "video.failed", "video.deleted"]
    assert events[1]["data"] == {"status": "failed", "reason_code": "VT-MED-001"}


def test_a_publication_s_life_and_its_account_s(make_vitrina, sandbox, clip):
    server = make_vitrina(environment=sandbox.settings())
    client = server.client()
    with EventStream(server.url) as stream:
        account = sandbox.connect(client, "youtube")
        video = client.upload(clip, "Told")
        wanted = {"video_id": video["id"], "account_id": account["id"]}
        publication = client.post("/v1/publications", json=wanted).json()
        assert client.post("/v1/publications", json=wanted).status_code == 200, "asked again: no second event"
        wait_until_published(client, video, ["youtube"])
        stream.wait_for("publication.published")
        url = f"/v1/publications/{publication['id']}"
        shown = client.get(url).json()
        assert client.delete(url).status_code == 202
        stream.wait_for("publication.deleted", 90)
        assert client.delete(f"/v1/accounts/{account['id']}").status_code == 204
        stream.wait_for("account.removed")
        events = all_events(client)
        assert events == stream.events
    assert types_of(events, account["id"]) == ["account.connected", "account.removed"]
    assert events[0]["data"] == {"platform": "youtube"} and events[0]["video_id"] is None
    told = types_of(events, publication["id"])
    assert [type_ for type_ in told if type_ not in ON_THE_WAY] == [
        "publication.created", "publication.published", "publication.removing", "publication.deleted",
    ]  # fmt: skip
    size = clip.stat().st_size
    sent = [event["data"] for event in events if event["type"] == "publication.upload_progress"][-1]
    assert (sent["bytes_sent"], sent["bytes_total"], sent["seconds_remaining"]) == (size, size, 0)
    published = next(event for event in events if event["type"] == "publication.published")
    assert published["video_id"] == video["id"]
    assert published["data"] == {"status": "published", "account_id": account["id"], "platform": "youtube", "url": shown["url"]}
    updates = [event["data"] for event in events if event["type"] == "video.updated"]
    assert updates == [{"changed": ["published_platforms"]}] * 2
    assert types_of(all_events(client, video_id=video["id"])) == [t for t in types_of(events) if not t.startswith("account.")]
    assert types_of(all_events(client, types="publication.published,account.removed")) == ["publication.published", "account.removed"]


def test_publications_that_end_otherwise(make_vitrina, sandbox, clip):
    server = make_vitrina(environment=sandbox.settings())
    client = server.client()
    sandbox.connect(client, "youtube")
    sandbox.fault("youtube", "videos.insert", "status:503", times=1000)
    video = client.upload(clip, "Never out")
    with EventStream(server.url, video_id=video["id"]) as stream:
        client.publish(video["id"], ["youtube"])
        until(lambda: sandbox.count("youtube", "videos.insert") > 0, "it is tried")
        publication = client.get("/v1/publications").json()["data"][0]
        assert client.post(f"/v1/publications/{publication['id']}/cancel").status_code == 200
        stream.wait_for("publication.cancelled", subject=publication["id"])
        client.publish(video["id"], ["youtube"])
        client.delete(f"/api/videos/{video['id']}")
        again = until(lambda: [e for e in stream.events if e["type"] == "publication.cancelled"][1:], "withdrawn")[0]
        assert again["subject"] != publication["id"] and again["data"]["reason_code"] == "video_deleted"


def test_a_page_is_asked_for_what_it_cannot_be(client):
    for query in ("types=video.eaten", "video_id=1", "after=1", "cursor=1", "limit=0", "limit=1001"):
        assert client.get("/v1/events?" + query).status_code == 400, query
    gone = client.get("/v1/events", params={"after": "01890000-0000-7000-8000-000000000000"})
    assert (gone.status_code, gone.json()["code"]) == (409, "VT-EVT-001")


def test_the_answer_is_as_it_was_accepted(client, server):
    page = client.get("/v1/events", headers={"Accept": "*/*"})
    assert page.headers["Content-Type"] == "application/json" and "Accept" in page.headers["Vary"]
    with EventStream(server.url) as stream:
        assert stream.status == 200
        assert stream.headers["content-type"] == "text/event-stream"
        assert stream.headers["x-accel-buffering"] == "no"
        assert "no-store" in stream.headers["cache-control"]
        assert stream.headers["access-control-allow-origin"] == "*"


def test_only_so_many_streams(make_vitrina):
    server = make_vitrina(environment={"VITRINA_EVENT_STREAMS": "1"})
    with EventStream(server.url):
        answer = server.client().get("/v1/events", headers={"Accept": "text/event-stream"})
        assert (answer.status_code, answer.json()["code"]) == (503, "VT-EVT-002") and answer.headers["Retry-After"]
        metrics = server.client().get("/metrics").text
        assert "vitrina_sse_clients 1\n" in metrics and "vitrina_sse_refused_total 1\n" in metrics
    until(lambda: "vitrina_sse_clients 0\n" in server.client().get("/metrics").text, "its place is free again")
    with EventStream(server.url) as stream:
        assert stream.status == 200


def test_events_are_for_those_who_may_read(make_vitrina, clip):
    server = make_vitrina(start=False)
    server.environment["VITRINA_LISTEN"] = f"0.0.0.0:{server.port}"
    server.environment["VITRINA_PUBLISH_LISTEN"] = f"127.0.0.1:{server.publish_port}"
    server.directory.mkdir(parents=True, exist_ok=True)
    token = server.run("token", "create", "--scope", "read", "--name", "reader").stdout.strip()
    server.start()
    assert server.client().get("/v1/events").status_code == 401
    assert server.client(token).get("/v1/events").status_code == 200
    with EventStream(server.url) as stream:
        assert stream.status == 401
    with EventStream(server.url, token=token) as stream:
        assert stream.status == 200


def test_both_services_tell(server, client):
    assert server.publish_client().get("/v1/events").json() == client.get("/v1/events").json()


def test_old_events_go_and_the_newest_stays(make_vitrina, clip):
    server = make_vitrina(environment={"VITRINA_EVENTS_KEPT": "0s"})
    client = server.client()
    video = client.upload(clip)
    wait_for_facts(client, video)
    client.patch(f"/v1/videos/{video['id']}", json={"title": "Newest"})
    first = all_events(client)[0]
    server.restart()  # sweeps at its start
    until(lambda: types_of(all_events(client)) == ["video.updated"], "the others are swept")
    with EventStream(server.url, known=first["id"]) as stream:
        until(lambda: stream.resets == 1, "it is told that it missed something")
        client.delete(f"/v1/videos/{video['id']}")
        stream.wait_for("video.deleted")
        assert len(stream.events) == 1
