"""POST /api/videos/upload: any order of parts, clear refusals, nothing left after one."""
import hashlib
import itertools
import json
import threading

import pytest

from harness.contract_video import check_video
from harness.media import CORPUS
from harness.multipart import Form
from harness.raw import RawConnection
from harness.waiting import until



def test_a_real_video_becomes_a_listed_video(client, server, clip):
    video = client.upload(clip, "  My holiday  ", description="sun", tags=["beach", "2026"])
    check_video(video)
    assert video["title"] == "My holiday", "trimmed"
    assert (video["description"], video["tags"]) == ("sun", ["beach", "2026"])
    assert video["duration"] == 2
    assert (video["is_published"], video["published_platforms"]) == (False, [])
    assert client.find(video["id"]) == video


def test_its_urls_are_absolute_and_play(client, server, clip):
    video = client.upload(clip, "Play me")
    assert video["s3_url"].startswith(server.url + "/")
    assert video["file_path"].startswith(server.url + "/")
    for url in (video["s3_url"], video["file_path"]):
        answer = client.get(url)
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "video/mp4"
        assert hashlib.sha256(answer.content).digest() == hashlib.sha256(clip.read_bytes()).digest()
    thumbnail = client.get(video["thumbnail_path"])
    assert thumbnail.headers["Content-Type"] == "image/jpeg"
    assert thumbnail.content.startswith(b"\xff\xd8\xff")


@pytest.mark.parametrize("order", list(itertools.permutations(["title", "description", "tags", "video"]))[::5])
def test_any_order_of_parts_works(client, clip, order):
    values = {"title": "Ordered", "description": "any", "tags": '["x"]'}
    form = Form()
    for name in order:
        form.file("video", "v.mp4", clip.read_bytes()) if name == "video" else form.field(name, values[name])
    answer = client.send_form(form)
    assert answer.status_code == 201, answer.text
    video = answer.json()
    assert (video["title"], video["description"], video["tags"]) == ("Ordered", "any", ["x"])


def test_only_title_and_video_are_required(client, clip):
    video = client.upload(clip, "Bare")
    assert (video["description"], video["tags"]) == ("", [])


def test_titles_are_counted_in_characters(client, clip):
    assert client.upload(clip, "ñ" * 255)["title"] == "ñ" * 255
    answer = client.try_upload(clip, "ñ" * 256)
    assert answer.status_code == 400
    assert set(answer.json()) == {"error"}


def test_unicode_survives(client, clip):
    video = client.upload(clip, "Ünï 日本 🎬 \"quoted\" \\", description="línea 1\nlínea 2", tags=["日本", 'a"b'])
    assert video["title"] == "Ünï 日本 🎬 \"quoted\" \\"
    assert video["description"] == "línea 1\nlínea 2"
    assert video["tags"] == ["日本", 'a"b']


def test_a_client_file_name_is_never_a_path(client, server, clip):
    for name in ("../../../../tmp/evil.mp4", "/etc/passwd", "a/b\\c.mp4", "x.php", "..", "con.mp4", ".htaccess"):
        video = client.upload(clip, "Names", name=name)
        path = video["file_path"][len(server.url):]
        assert "evil" not in path and "passwd" not in path and "php" not in path
        assert client.get(video["file_path"]).status_code == 200
    assert all(".." not in name for name in server.files())


REFUSED = {
    "no video": (Form().field("title", "x"), 400, "No video file provided"),
    "no parts": (Form(), 400, "No video file provided"),
    "video as a field": (Form().field("title", "x").field("video", "not a file"), 400, "No video file provided"),
    "no title": (Form().file("video", "v.mp4", (CORPUS / "ok-h264-aac-1s.mp4").read_bytes()), 400, "Title is required"),
    "empty title": (
        Form().field("title", "").file("video", "v.mp4", (CORPUS / "ok-h264-aac-1s.mp4").read_bytes()),
        400, "Title is required",
    ),
    "blank title": (
        Form().field("title", "  \t ").file("video", "v.mp4", (CORPUS / "ok-h264-aac-1s.mp4").read_bytes()),
        400, "Title is required",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refusals_with_the_words_of_the_contract(client, name):
    form, status, words = REFUSED[name]
    answer = client.send_form(form)
    assert (answer.status_code, answer.json()) == (status, {"error": words})


@pytest.mark.parametrize("tags", ["not json", '"text"', "{}", "[1]", '["a", null]', "[", '["a"]x'])
def test_tags_that_are_no_array_of_strings(client, clip, tags):
    answer = client.try_upload(clip, tags=tags)
    assert answer.status_code == 400
    assert set(answer.json()) == {"error"}


def test_what_is_no_media_is_415(client):
    for content in (b"", b"hello, I am not a video", bytes(100_000), (CORPUS / "bad-text.mp4").read_bytes()):
        answer = client.try_upload(content)
        assert answer.status_code == 415, f"{len(content)} bytes: {answer.text}"
        assert set(answer.json()) == {"error"}


def test_a_wrong_body_type_is_415(client):
    for content_type in ("application/json", "text/plain", "application/x-www-form-urlencoded"):
        answer = client.post("/api/videos/upload", data=b"{}", headers={"Content-Type": content_type})
        assert answer.status_code == 415, content_type


@pytest.mark.parametrize("content_type", ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=" + "x" * 200])
def test_a_form_without_a_usable_boundary_is_refused(client, content_type):
    answer = client.post("/api/videos/upload", data=b"--x--\r\n", headers={"Content-Type": content_type})
    assert answer.status_code in (400, 415)


def test_nothing_is_left_after_any_refusal(make_vitrina, clip):
    server = make_vitrina()
    client = server.client()
    before = server.files()
    for form, _, _ in REFUSED.values():
        client.send_form(form)
    client.try_upload(b"this is no video")
    client.try_upload(clip, tags="nonsense")
    client.try_upload(clip, title="x" * 256)
    assert client.list() == []
    until(lambda: server.files() == before, "the refused uploads leave no file")


def test_over_the_configured_size_is_413_and_leaves_nothing(make_vitrina, clip):
    server = make_vitrina(environment={"VITRINA_MAX_UPLOAD": "64 KiB"})
    client = server.client()
    before = server.files()
    answer = client.try_upload(clip)
    assert clip.stat().st_size > 64 * 1024
    assert answer.status_code == 413
    assert set(answer.json()) == {"error"}
    assert client.list() == []
    until(lambda: server.files() == before, "the file is gone")
    for size in (str(50 * 1024**3), str(2**62)):
        with RawConnection(server.url) as connection:
            connection.send(
                "POST /api/videos/upload HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
                f"Expect: 100-continue\r\nContent-Length: {size}\r\n\r\n"
            )
            assert connection.first_status() == 413, "what is announced as too large is not asked for"


def test_a_client_that_goes_away_leaves_nothing(make_vitrina, clip):
    server = make_vitrina()
    client = server.client()
    before = server.files()
    form = Form().field("title", "Gone").file("video", "v.mp4", clip.read_bytes())
    body = form.body()
    head = (
        f"POST /api/videos/upload HTTP/1.1\r\nHost: x\r\nContent-Type: {form.content_type}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    for cut in (0, 10, 100, len(body) // 2, len(body) - 1):
        with RawConnection(server.url) as connection:
            connection.send(head.encode() + body[:cut])
    assert client.list() == []
    until(lambda: server.files() == before, "the broken uploads leave no file")
    assert client.upload(clip, "Next")["title"] == "Next"


def test_a_chunked_upload_works(client, clip):
    form = Form().field("title", "Chunked").file("video", "v.mp4", clip.read_bytes())
    body = form.body()
    pieces = (body[i:i + 7001] for i in range(0, len(body), 7001))
    answer = client.post("/api/videos/upload", data=pieces, headers={"Content-Type": form.content_type})
    assert answer.status_code == 201, answer.text


def test_expect_100_continue_is_answered(server, clip):
    form = Form().field("title", "Expecting").file("video", "v.mp4", clip.read_bytes())
    body = form.body()
    with RawConnection(server.url) as connection:
        connection.send(
            f"POST /api/videos/upload HTTP/1.1\r\nHost: x\r\nContent-Type: {form.content_type}\r\n"
            f"Content-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n"
        )
        first = connection.socket.recv(1024)
        assert first.startswith(b"HTTP/1.1 100 "), first
        connection.pending = first.split(b"\r\n\r\n", 1)[1]
        status, _, answer = connection.send(body).answer()
        assert status == 201, answer
        assert json.loads(answer)["title"] == "Expecting"


def test_the_same_file_many_times_at_once_gives_as_many_videos(client, server, clip):
    answers = []
    threads = [
        threading.Thread(target=lambda n=n: answers.append(server.client().try_upload(clip, f"Parallel {n}")))
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [201] * 8
    assert len({answer.json()["id"] for answer in answers}) == 8
    assert len(client.list(search="Parallel")) == 8
