"""The corpus of real files, over real HTTP: what is sound is listed with true facts, what is broken is refused."""
import struct

import pytest

from harness.media import corpus, manifest
from harness.waiting import until

FACTS = manifest()
SOUND = corpus("ok-") + corpus("odd-") + corpus("audio-")


def jpeg_size(data):
    assert data.startswith(b"\xff\xd8\xff") and data.endswith(b"\xff\xd9"), "a whole JPEG"
    at = 2
    while data[at + 1] not in (0xC0, 0xC1, 0xC2):
        at += 2 + struct.unpack(">H", data[at + 2:at + 4])[0]
    height, width = struct.unpack(">HH", data[at + 5:at + 9])
    return width, height


@pytest.fixture(scope="module")
def uploaded(server):
    client, videos = server.client(), {}

    def upload(path):
        if path.name not in videos:
            videos[path.name] = client.upload(path, path.name)
        return videos[path.name]

    return upload


@pytest.mark.parametrize("path", SOUND, ids=lambda path: path.name)
def test_a_sound_file_is_listed_with_its_true_duration(client, uploaded, path):
    video = uploaded(path)
    seconds = FACTS[path.name]["seconds"]
    if seconds is None:  # a live recording without a duration in its header: found by reading
        assert video["duration"] > 0
    else:
        assert abs(video["duration"] - seconds) <= 1.0
    detail = client.get(f"/v1/videos/{video['id']}").json()
    if seconds is not None:
        assert abs(detail["duration"] - seconds) < 0.25
    assert detail["status"] in ("playable", "ready")
    assert detail["size"] == path.stat().st_size


@pytest.mark.parametrize("path", SOUND, ids=lambda path: path.name)
def test_its_picture_is_the_right_way_up(client, uploaded, path):
    video = uploaded(path)
    if path.name.startswith("audio-"):
        assert video["thumbnail_path"] == ""
        return
    width, height = jpeg_size(client.get(video["thumbnail_path"]).content)
    detail = client.get(f"/v1/videos/{video['id']}").json()
    assert max(width, height) <= 640
    assert abs(width / height - detail["width"] / detail["height"]) < 0.05 * width / height + 0.05
    if path.name in ("odd-iphone-portrait-rot90.mov", "odd-rot270.mp4"):
        assert width < height, "a turned video has a turned picture"


@pytest.mark.parametrize("path", SOUND, ids=lambda path: path.name)
def test_the_bytes_come_back_as_they_went(client, uploaded, path):
    assert client.get(uploaded(path)["s3_url"]).content == path.read_bytes()


def test_the_default_video_of_several_is_the_one_shown(client, uploaded):
    detail = client.get(f"/v1/videos/{uploaded(corpus('ok-nasa')[0])['id']}").json()
    assert (detail["width"], detail["height"]) == (480, 270)


@pytest.mark.parametrize("path", corpus("bad-moov") + corpus("bad-text"), ids=lambda path: path.name)
def test_what_cannot_be_read_is_415_and_leaves_nothing(client, server, path):
    before, files = len(client.list()), server.files()
    answer = client.try_upload(path)
    assert answer.status_code == 415
    assert len(answer.json()["error"]) > 10
    assert len(client.list()) == before
    until(lambda: set(server.files()) <= set(files), "nothing is left of it")


def test_undecodable_frames_in_a_sound_container(client):
    """Its container can be read and not one of its frames: it is refused, and says why."""
    answer = client.try_upload(corpus("bad-vp9")[0])
    assert answer.status_code == 415 and answer.json()["error"]


def test_truncated_and_flipped_files_never_hurt_the_server(client, clip):
    content = clip.read_bytes()
    for cut in (1, 8, 32, 100, 1000, len(content) // 2, len(content) - 1):
        assert client.try_upload(content[:cut]).status_code in (201, 415), cut
    for at in range(0, 4000, 97):
        broken = bytearray(content)
        broken[at] ^= 0xFF
        assert client.try_upload(bytes(broken)).status_code in (201, 415), at
    assert client.upload(clip, "Still well")["duration"] == 2


@pytest.mark.parametrize(
    "content",
    [
        b"#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
        b"ffconcat version 1.0\nfile '/etc/passwd'\n",
        b"<MPD xmlns='urn:mpeg:dash:schema:mpd:2011'><BaseURL>http://127.0.0.1/</BaseURL></MPD>",
        b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\nm=video 5004 RTP/AVP 96\r\n",
        b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>",
        b"<html><script>alert(1)</script></html>",
        b"\x89PNG\r\n\x1a\n" + bytes(200),
        b"PK\x03\x04" + bytes(200),
    ],
    ids=["m3u8", "concat", "mpd", "sdp", "svg", "html", "png", "zip"],
)
def test_files_that_point_elsewhere_or_are_something_else_are_415(client, content):
    assert client.try_upload(content, name="video.mp4").status_code == 415
