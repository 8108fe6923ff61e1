"""GET and HEAD of stored files: ranges, conditions, downloads."""
import hashlib
import re

import pytest


@pytest.fixture(scope="module")
def video(server, clip):
    return server.client().upload(clip, "Vacación: 50% \"off\"/slash")


@pytest.fixture(scope="module")
def content(clip):
    return clip.read_bytes()


def test_a_whole_file(client, video, content):
    answer = client.get(video["s3_url"])
    assert answer.status_code == 200
    assert answer.content == content
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert int(answer.headers["Content-Length"]) == len(content)
    assert re.fullmatch(r'"[^"]+"', answer.headers["ETag"]), "a strong tag"
    assert re.match(r"\w{3}, \d\d \w{3} \d{4} ", answer.headers["Last-Modified"])
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_head_tells_the_same_without_the_bytes(client, video, content):
    head, get = client.head(video["s3_url"]), client.get(video["s3_url"])
    assert head.status_code == 200
    assert head.content == b""
    for name in ("Content-Length", "Content-Type", "ETag", "Last-Modified", "Accept-Ranges"):
        assert head.headers[name] == get.headers[name]


@pytest.mark.parametrize(
    "asked, first, last",
    [
        ("bytes=0-0", 0, 0),
        ("bytes=0-99", 0, 99),
        ("bytes=100-", 100, None),
        ("bytes=-1", -1, None),
        ("bytes=-100", -100, None),
        ("bytes=0-999999999999", 0, None),
        ("bytes=-999999999999", 0, None),
        ("bytes= 5-9", 5, 9),
    ],
)
def test_one_range(client, video, content, asked, first, last):
    start = first if first >= 0 else len(content) + first
    end = last if last is not None else len(content) - 1
    answer = client.get(video["s3_url"], headers={"Range": asked})
    assert answer.status_code == 206
    assert answer.headers["Content-Range"] == f"bytes {start}-{end}/{len(content)}"
    assert answer.content == content[start:end + 1]


@pytest.mark.parametrize("asked", ["bytes=999999999-", "bytes=-0", "bytes=99999999999999999999999-"])
def test_a_range_beyond_the_file_is_416_with_its_size(client, video, content, asked):
    answer = client.get(video["s3_url"], headers={"Range": asked})
    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == f"bytes */{len(content)}"


@pytest.mark.parametrize("asked", ["bytes=5-2", "bytes=a-b", "bytes=", "bytes", "items=0-5", "bytes=--5", "bytes=1-2-3"])
def test_a_range_that_is_none_is_ignored(client, video, content, asked):
    answer = client.get(video["s3_url"], headers={"Range": asked})
    assert answer.status_code == 200
    assert answer.content == content


def test_several_ranges_come_as_multipart(client, video, content):
    answer = client.get(video["s3_url"], headers={"Range": "bytes=0-9,100-109,-5"})
    assert answer.status_code == 206
    kind, boundary = re.fullmatch(r"(multipart/byteranges); boundary=(\S+)", answer.headers["Content-Type"]).groups()
    assert kind == "multipart/byteranges"
    parts = answer.content.split(b"--" + boundary.strip('"').encode())[1:-1]
    bodies = [part.split(b"\r\n\r\n", 1)[1][:-2] for part in parts]
    assert bodies == [content[0:10], content[100:110], content[-5:]]
    assert f"Content-Range: bytes 0-9/{len(content)}".lower().encode() in parts[0].lower()


def test_a_thousand_ranges_cost_no_more_than_the_file(client, video, content):
    asked = "bytes=" + ",".join("0-" for _ in range(1000))
    answer = client.get(video["s3_url"], headers={"Range": asked})
    assert answer.status_code in (200, 206, 400, 416)
    assert len(answer.content) < 2 * len(content) + 10_000


def test_conditions(client, video, content):
    url = video["s3_url"]
    tag, modified = (client.head(url).headers[name] for name in ("ETag", "Last-Modified"))
    assert client.get(url, headers={"If-None-Match": tag}).status_code == 304
    assert client.get(url, headers={"If-None-Match": f'"other", W/{tag}'}).status_code == 304
    assert client.get(url, headers={"If-None-Match": "*"}).status_code == 304
    assert client.get(url, headers={"If-None-Match": '"other"'}).status_code == 200
    assert client.get(url, headers={"If-Modified-Since": modified}).status_code == 304
    assert client.get(url, headers={"If-Modified-Since": "Sat, 01 Jan 2000 00:00:00 GMT"}).status_code == 200
    assert client.get(url, headers={"If-Match": tag}).status_code == 200
    assert client.get(url, headers={"If-Match": '"other"'}).status_code == 412
    assert client.get(url, headers={"If-Unmodified-Since": "Sat, 01 Jan 2000 00:00:00 GMT"}).status_code == 412
    not_modified = client.get(url, headers={"If-None-Match": tag})
    assert not_modified.headers["ETag"] == tag
    assert not_modified.content == b""


def test_if_range(client, video, content):
    url = video["s3_url"]
    tag = client.head(url).headers["ETag"]
    same = client.get(url, headers={"Range": "bytes=0-9", "If-Range": tag})
    assert (same.status_code, same.content) == (206, content[:10])
    for other in ('"other"', f"W/{tag}", "Sat, 01 Jan 2000 00:00:00 GMT"):
        answer = client.get(url, headers={"Range": "bytes=0-9", "If-Range": other})
        assert (answer.status_code, answer.content) == (200, content), other


def test_a_download_is_named_after_the_title(client, video):
    answer = client.get(video["s3_url"] + ("&" if "?" in video["s3_url"] else "?") + "download=1")
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith("attachment;")
    assert "filename*=UTF-8''Vacaci%C3%B3n" in disposition
    assert "/" not in disposition.split("filename*=UTF-8''")[1]
    plain = re.search(r'filename="((?:[^"\\]|\\.)*)"', disposition).group(1)
    assert plain.isascii() and "/" not in plain and plain.endswith(".mp4")


@pytest.mark.parametrize(
    "path",
    ["/files/../../etc/passwd", "/files/%2e%2e/%2e%2e/etc/passwd", "/files/..%2f..%2fetc/passwd", "/files/%5c..%5c",
     "/files/%00", "/files/", "/files/videos", "/files//etc/passwd"],
)  # fmt: skip
def test_a_path_that_tries_to_leave_is_refused(server, path):
    from harness.raw import exchange

    status, _, body = exchange(server.url, f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert status in (400, 404), path
    assert b"root:" not in body
