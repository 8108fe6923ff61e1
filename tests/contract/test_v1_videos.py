"""/v1/videos: our own conventions over the same videos."""
import hashlib
import json
import re
import threading
import uuid

import pytest

from harness.media import CORPUS
from harness.multipart import Form
from harness.waiting import until


def form_of(file, title, **fields):
    form = Form().field("title", title)
    for name, value in fields.items():
        form.field(name, value)
    return form.file("video", "v.mp4", file.read_bytes())


def create(client, file, title, headers=None, **fields):
    form = form_of(file, title, **fields)
    return client.post("/v1/videos", data=form.body(), headers={"Content-Type": form.content_type, **(headers or {})})


@pytest.fixture(scope="module")
def video(server, clip):
    answer = create(server.client(), clip, "First of /v1", description="text", tags='["a","b"]')
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_created_with_location_and_etag(client, clip):
    answer = create(client, clip, "Created")
    assert answer.status_code == 201
    assert answer.headers["Location"].endswith(f"/v1/videos/{answer.json()['id']}")
    assert client.get(answer.headers["Location"]).json() == answer.json()


def test_everything_known_about_it(client, video, clip):
    shown = client.get(f"/v1/videos/{video['id']}").json()
    assert shown["sha256"] == hashlib.sha256(clip.read_bytes()).hexdigest()
    assert shown["size"] == clip.stat().st_size
    assert (shown["width"], shown["height"], shown["rotation"]) == (320, 240, 0)
    assert shown["video_codec"] == "h264" and shown["audio_codec"] == "aac"
    assert abs(shown["duration"] - 2) < 0.2 and abs(shown["frame_rate"] - 25) < 0.5
    assert shown["content_type"] == "video/mp4"
    assert shown["status"] in ("playable", "ready") and shown["reasons"] == []
    for url in (shown["source_url"], shown["thumbnail_url"], shown["small_thumbnail_url"]):
        assert client.get(url).status_code == 200


def test_prefer_wait_0_answers_at_once_and_the_facts_follow(client, clip):
    answer = create(client, clip, "At once", headers={"Prefer": "wait=0"})
    assert answer.status_code == 201
    video_id = answer.json()["id"]
    until(lambda: client.get(f"/v1/videos/{video_id}").json()["status"] in ("playable", "ready"), "the facts follow")


def test_unknown_and_malformed_ids(client):
    for video_id in (uuid.uuid4(), "nonsense", "1", "%C3%B1"):
        answer = client.get(f"/v1/videos/{video_id}")
        assert (answer.status_code, answer.json()["status"]) == (404, 404)


def test_problems_say_what_to_do(client):
    problem = client.get("/v1/videos?limit=0").json()
    assert problem["code"].startswith("VT-") and problem["detail"] and problem["request_id"]


def test_a_request_id_of_the_client_is_kept_when_sane(client):
    answer = client.get("/v1/videos/nonsense", headers={"X-Request-Id": "my-request-1"})
    assert answer.json()["request_id"] == "my-request-1"
    answer = client.get("/v1/videos/nonsense", headers={"X-Request-Id": "x" * 5000})
    assert answer.json()["request_id"] != "x" * 5000


# Lists.


def pages(client, query):
    cursor, found = "", []
    while True:
        body = client.get(f"/v1/videos?{query}{cursor}").json()
        found += body["data"]
        if body["next_cursor"] is None:
            return found
        cursor = "&cursor=" + body["next_cursor"]


@pytest.fixture(scope="module")
def shelf(server, clip):
    """Five videos; their ids in the order they came."""
    client = server.client()
    return [create(client, clip, f"Shelf {letter}", tags='["shelf"]').json()["id"] for letter in "DABEC"]


def test_pages_follow_each_other_without_gap_or_repetition(client, shelf):
    assert [video["id"] for video in pages(client, "tag=shelf&limit=2")] == shelf[::-1]
    assert [video["id"] for video in pages(client, "tag=shelf&limit=2&order=asc")] == shelf
    assert [video["title"][-1] for video in pages(client, "tag=shelf&limit=2&sort=title")] == list("ABCDE")
    assert [video["title"][-1] for video in pages(client, "tag=shelf&limit=2&sort=title&order=desc")] == list("EDCBA")


def test_a_page_stays_where_it_was_when_videos_arrive(client, clip, shelf):
    first = client.get("/v1/videos?tag=shelf&limit=2").json()
    extra = create(client, clip, "Shelf F", tags='["shelf"]').json()["id"]
    second = client.get(f"/v1/videos?tag=shelf&limit=2&cursor={first['next_cursor']}").json()
    assert [video["id"] for video in first["data"] + second["data"]] == shelf[::-1][:4]
    client.delete(f"/v1/videos/{extra}")


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=1001", "limit=x", "limit=", "cursor=x", "sort=size", "order=up", "status=lost", "from=x", "to=2026-13-01"],
)
def test_an_impossible_query_is_400(client, query):
    assert client.get("/v1/videos?" + query).status_code == 400


def test_a_cursor_belongs_to_its_order(client, shelf):
    cursor = client.get("/v1/videos?tag=shelf&limit=2").json()["next_cursor"]
    assert client.get(f"/v1/videos?tag=shelf&limit=2&sort=title&cursor={cursor}").status_code == 400


# Edits.


def test_an_edit_changes_what_it_names_and_nothing_else(client, clip):
    video = create(client, clip, "Before", description="kept", tags='["kept"]').json()
    answer = client.patch(f"/v1/videos/{video['id']}", json={"title": " After "})
    assert answer.status_code == 200
    assert (answer.json()["title"], answer.json()["description"], answer.json()["tags"]) == ("After", "kept", ["kept"])
    assert client.list(search="After")[0]["id"] == video["id"]
    assert all(found["id"] != video["id"] for found in client.list(search="Before"))
    emptied = client.patch(f"/v1/videos/{video['id']}", json={"description": None, "tags": []}).json()
    assert (emptied["description"], emptied["tags"]) == ("", [])


def test_if_match_keeps_two_editors_apart(client, clip):
    video = create(client, clip, "Shared").json()
    url = f"/v1/videos/{video['id']}"
    tag = client.get(url).headers["ETag"]
    mine = client.patch(url, json={"title": "Mine"}, headers={"If-Match": tag})
    assert mine.status_code == 200 and mine.headers["ETag"] != tag
    theirs = client.patch(url, json={"title": "Theirs"}, headers={"If-Match": tag})
    assert theirs.status_code == 412
    assert client.get(url).json()["title"] == "Mine"
    assert client.delete(url, headers={"If-Match": tag}).status_code == 412
    assert client.delete(url, headers={"If-Match": mine.headers["ETag"]}).status_code == 204


def test_many_editors_with_if_match_win_one_by_one(server, client, clip):
    video = create(client, clip, "Contended").json()
    url = f"/v1/videos/{video['id']}"
    tag, answers = client.get(url).headers["ETag"], []

    def edit(n):
        answers.append(server.client().patch(url, json={"title": f"By {n}"}, headers={"If-Match": tag}).status_code)

    threads = [threading.Thread(target=edit, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200] + [412] * 7


def test_if_none_match_spares_the_body(client, video):
    url = f"/v1/videos/{video['id']}"
    tag = client.get(url).headers["ETag"]
    answer = client.get(url, headers={"If-None-Match": tag})
    assert (answer.status_code, answer.content) == (304, b"")


@pytest.mark.parametrize(
    "change, pointer",
    [
        ({"title": ""}, "/title"),
        ({"title": "   "}, "/title"),
        ({"title": "x" * 256}, "/title"),
        ({"title": 7}, "/title"),
        ({"title": None}, "/title"),
        ({"description": ["x"]}, "/description"),
        ({"tags": "x"}, "/tags"),
        ({"tags": [1]}, "/tags"),
        ({"colour": "red"}, "/colour"),
        ({"id": str(uuid.uuid4())}, "/id"),
        ({"duration": 7}, "/duration"),
    ],
)
def test_a_wrong_edit_names_the_member(client, video, change, pointer):
    answer = client.patch(f"/v1/videos/{video['id']}", json=change)
    assert answer.status_code in (400, 422)
    assert any(error["pointer"].startswith(pointer) for error in answer.json()["errors"]), answer.text


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"title":"a","title":"b"}', b"\xff"])
def test_a_body_that_is_no_object(client, video, body):
    answer = client.patch(f"/v1/videos/{video['id']}", data=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400


# Deletes and retries.


def test_delete_is_204_then_404(client, clip):
    video = create(client, clip, "Deleted").json()
    answer = client.delete(f"/v1/videos/{video['id']}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert client.delete(f"/v1/videos/{video['id']}").status_code == 404
    assert client.get(f"/v1/videos/{video['id']}").status_code == 404
    assert client.get(video["source_url"]).status_code in (404, 410)


def test_an_idempotency_key_gives_one_video_however_often_it_is_sent(client, clip):
    key = str(uuid.uuid4())
    first = create(client, clip, "Sent again", headers={"Idempotency-Key": key})
    again = create(client, clip, "Sent again", headers={"Idempotency-Key": key})
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json()["id"] == first.json()["id"]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(client.list(search="Sent again")) == 1


def test_an_idempotency_key_for_something_else_is_422(client, clip):
    key = str(uuid.uuid4())
    assert create(client, clip, "One thing", headers={"Idempotency-Key": key}).status_code == 201
    assert create(client, clip, "Another thing", headers={"Idempotency-Key": key}).status_code == 422
    other = CORPUS / "ok-h264-aac-1s.mp4"
    assert create(client, other, "One thing", headers={"Idempotency-Key": key}).status_code == 422


def test_an_idempotency_key_survives_a_restart(make_vitrina, clip):
    server, key = make_vitrina(), str(uuid.uuid4())
    first = create(server.client(), clip, "Restarted", headers={"Idempotency-Key": key})
    server.restart()
    again = create(server.client(), clip, "Restarted", headers={"Idempotency-Key": key})
    assert again.json()["id"] == first.json()["id"]
    assert len(server.client().list()) == 1


def test_the_same_key_at_once_gives_one_video(server, clip):
    key, answers = str(uuid.uuid4()), []

    def send():
        answers.append(create(server.client(), clip, "Twins", headers={"Idempotency-Key": key}))

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == 1
    assert len(server.client().list(search="Twins")) == 1


def test_the_frozen_surface_takes_the_key_too(client, clip):
    key, ids = str(uuid.uuid4()), set()
    for _ in range(2):
        form = form_of(clip, "App retry")
        answer = client.post(
            "/api/videos/upload", data=form.body(), headers={"Content-Type": form.content_type, "Idempotency-Key": key}
        )
        assert answer.status_code == 201
        ids.add(answer.json()["id"])
    assert len(ids) == 1


def test_refusals_are_problems(client, clip):
    answer = create(client, CORPUS / "bad-text.mp4", "Not media")
    assert answer.status_code == 415
    assert re.fullmatch(r"VT-[A-Z]+-\d+", answer.json()["code"])
    form = Form().field("title", "x")
    assert client.post("/v1/videos", data=form.body(), headers={"Content-Type": form.content_type}).status_code == 400
    assert client.post("/v1/videos", json={"title": "x"}).status_code == 415
    unknown = form_of(clip, "x", colour="red")
    answer = client.post("/v1/videos", data=unknown.body(), headers={"Content-Type": unknown.content_type})
    assert answer.status_code == 400, "unknown members are refused"
    assert "colour" in json.dumps(answer.json())
