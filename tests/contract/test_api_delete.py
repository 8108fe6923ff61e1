"""DELETE /api/videos/{id}."""
import uuid

import pytest

from harness.waiting import until


def test_a_deleted_video_is_gone_from_everywhere(make_vitrina, clip):
    server = make_vitrina()
    client = server.client()
    before = server.files()
    video = client.upload(clip, "Short life")
    answer = client.delete(f"/api/videos/{video['id']}")
    assert (answer.status_code, answer.json()) == (200, {"message": "Video deleted successfully"})
    assert client.list() == []
    assert client.list(search="Short") == []
    assert client.get(video["s3_url"]).status_code in (404, 410)
    assert client.get(video["thumbnail_path"]).status_code in (404, 410)
    again = client.delete(f"/api/videos/{video['id']}")
    assert (again.status_code, set(again.json())) == (404, {"error"})
    until(lambda: server.files() == before, "its bytes are gone")


@pytest.mark.parametrize("video_id", [str(uuid.uuid4()), "1", "not-a-uuid", "a" * 300, "x'%20OR%201=1"])
def test_an_unknown_or_malformed_id_is_404(client, video_id):
    answer = client.delete(f"/api/videos/{video_id}")
    assert answer.status_code == 404
    assert set(answer.json()) == {"error"}


@pytest.mark.parametrize("video_id", ["%00", "%zz", "a%2fb"])
def test_an_id_that_no_path_can_hold_is_refused_in_the_same_shape(client, video_id):
    answer = client.delete(f"/api/videos/{video_id}", headers={})
    assert answer.status_code in (400, 404)
    assert set(answer.json()) == {"error"}


def test_deleting_one_leaves_the_others(client, clip):
    keep, drop = client.upload(clip, "Keep"), client.upload(clip, "Drop")
    client.delete(f"/api/videos/{drop['id']}")
    assert client.find(keep["id"]) == keep
    assert client.find(drop["id"]) is None
    assert client.get(keep["s3_url"]).status_code == 200
