"""POST /api/videos/{id}/publish: what can be said without a network. With one: tests/faults/test_publishing.py."""
import uuid

import pytest


@pytest.fixture(scope="module")
def video(server, clip):
    return server.client().upload(clip, "To be published")


@pytest.fixture(params=["video service", "publish service"])
def caller(request, server):
    """With all roles in one process the publish routes answer on both ports."""
    return server.client() if request.param == "video service" else server.publish_client()


def test_platforms_are_checked_before_the_video(caller):
    nobody = uuid.uuid4()
    for body in ({}, {"platforms": []}, {"platforms": None}):
        answer = caller.post(f"/api/videos/{nobody}/publish", json=body)
        assert (answer.status_code, answer.json()) == (400, {"error": "No platforms specified"}), body


@pytest.mark.parametrize("platforms", ["youtube", [1], {"youtube": True}, [["youtube"]], ["youtube", None], 7, True])
def test_platforms_are_an_array_of_strings(caller, video, platforms):
    answer = caller.post(f"/api/videos/{video['id']}/publish", json={"platforms": platforms})
    assert answer.status_code == 400
    assert set(answer.json()) == {"error"}


def test_an_unknown_video(caller):
    for video_id in (uuid.uuid4(), "nonsense"):
        answer = caller.publish(video_id, ["youtube"])
        assert (answer.status_code, answer.json()) == (404, {"error": "Video not found"})


def test_an_unknown_platform_lists_the_known_ones(caller, video):
    answer = caller.publish(video["id"], ["youtube", "telegraph-wire"])
    assert answer.status_code == 400
    assert "youtube" in answer.json()["error"]


def test_no_connected_account_says_how_to_connect_one_and_queues_nothing(caller, video):
    answer = caller.publish(video["id"], ["youtube"])
    assert answer.status_code == 409
    assert "account" in answer.json()["error"]
    listed = caller.get("/v1/publications")
    assert listed.json()["data"] == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"x"', b'{"platforms": ["youtube"]', b"\xff\xfe"])
def test_a_body_that_is_not_a_json_object_is_400(caller, video, body):
    answer = caller.post(
        f"/api/videos/{video['id']}/publish", data=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 400
    assert set(answer.json()) == {"error"}


def test_a_wrong_body_type_is_415(caller, video):
    answer = caller.post(
        f"/api/videos/{video['id']}/publish", data=b"platforms=youtube", headers={"Content-Type": "text/plain"}
    )
    assert answer.status_code == 415
