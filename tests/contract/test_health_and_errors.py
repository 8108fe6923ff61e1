"""Health, error shapes, CORS, methods."""
import re
from pathlib import Path

import pytest

from harness import s3
from harness.publications import wait_until_published
from harness.waiting import until

METRICS = Path(__file__).parents[2] / "docs" / "metrics.md"


def test_health_as_the_guide_has_it(client):
    answer = client.get("/health")
    assert answer.status_code == 200
    assert set(answer.json()) == {"status", "timestamp"}
    assert answer.json()["status"] == "healthy"
    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", answer.json()["timestamp"])


def test_live_and_ready(client):
    assert client.get("/livez").status_code == 200
    assert client.get("/readyz").status_code == 200


def test_metrics_are_prometheus_text_without_ids(client, clip):
    video = client.upload(clip, "Measured")
    client.get(video["s3_url"])
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain")
    lines = [line for line in answer.text.splitlines() if line and not line.startswith("#")]
    assert any(line.startswith("http_server_request_duration_seconds_count") for line in lines)
    assert any(line.startswith("vitrina_upload_completed_total") for line in lines)
    for line in lines:
        assert re.fullmatch(r'[a-zA-Z_:][\w:]*(\{([a-zA-Z_]\w*="[^"\n]*",?)*\})? \S+', line), line
    assert video["id"] not in answer.text
    assert len(lines) < 2000


def numbers(client):
    """What /metrics says now: series → value."""
    lines = [line.rsplit(" ", 1) for line in client.get("/metrics").text.splitlines() if not line.startswith("#")]
    return {series: float(value) for series, value in lines}


def moved(before, after, name):
    return after[name] - before.get(name, 0)


def test_an_upload_is_seen_in_the_metrics(client, clip):
    before = numbers(client)
    client.upload(clip, "Counted")
    storage = 'vitrina_storage_request_duration_seconds_count{op="%s",backend="%s",outcome="answered"}'
    after = numbers(client)
    assert moved(before, after, "vitrina_upload_bytes_acknowledged_total") == clip.stat().st_size
    assert moved(before, after, "vitrina_upload_finalize_seconds_count") == 1
    assert moved(before, after, "vitrina_upload_finalize_seconds_sum") > 0
    for operation in ("create", "write", "finish"):
        assert moved(before, after, storage % (operation, "s3" if s3.WANTED else "disk")) >= 1, operation
    refused = client.try_upload(b"not a video at all", "Refused")
    assert refused.status_code == 415
    assert moved(after, numbers(client), "vitrina_upload_bytes_acknowledged_total") == 0


def test_publishing_is_seen_in_the_metrics(make_vitrina, sandbox, clip):
    client = make_vitrina(environment=sandbox.settings()).client()
    sandbox.connect(client, "youtube")
    sandbox.fault("youtube", "thumbnails.set", "status:500", times=1000)
    before = numbers(client)
    assert before['vitrina_publish_total{platform="youtube",outcome="published"}'] == 0
    assert before['vitrina_channel_state{platform="youtube",state="connected"}'] == 1
    assert 0 < before['vitrina_channel_token_expiry_seconds{platform="youtube"}'] <= 3600
    video = client.upload(clip, "Counted")
    assert client.post(f"/api/videos/{video['id']}/publish", json={"platforms": ["youtube"]}).status_code == 200
    wait_until_published(client, video, ["youtube"])
    done = 'vitrina_job_duration_seconds_count{kind="publish_video",outcome="done"}'
    failed = 'vitrina_job_duration_seconds_count{kind="publish_thumbnail",outcome="failed"}'
    until(lambda: numbers(client)[failed] >= 1, "the picture that is not taken is a failed job")
    after = numbers(client)
    assert after['vitrina_publish_total{platform="youtube",outcome="published"}'] == 1
    assert after[done] == 1
    assert after[done.replace("_count", "_sum")] > 0
    assert after["vitrina_job_claim_seconds_count"] >= 2
    assert after["vitrina_publish_duplicate_detected_total"] == 0
    assert after["vitrina_ssrf_blocked_total"] == 0


def test_an_address_that_is_not_public_is_seen_in_the_metrics(client):
    before = numbers(client)
    wanted = {"platform": "mastodon", "base_url": "https://127.0.0.1:9", "access_token": "x"}
    assert client.post("/v1/accounts", json=wanted).status_code >= 400
    assert moved(before, numbers(client), "vitrina_ssrf_blocked_total") == 1


def test_every_metric_is_in_the_documentation(client):
    documented = set(re.findall(r"^\| `(\w+)", METRICS.read_text(), re.M))
    told = set(re.findall(r"^# TYPE (\w+) ", client.get("/metrics").text, re.M))
    unknown = {"vitrina_storage_free_bytes"} if s3.WANTED else set()  # an S3 store does not say
    assert told == documented - unknown


def test_unknown_paths_are_404_in_the_shape_of_their_surface(client):
    assert set(client.get("/api/nothing").json()) == {"error"}
    assert client.get("/api/nothing").status_code == 404
    problem = client.get("/v1/nothing")
    assert problem.status_code == 404
    assert problem.headers["Content-Type"].startswith("application/problem+json")


@pytest.mark.parametrize(
    "method, path, allowed",
    [
        ("PUT", "/api/videos", {"GET"}),
        ("DELETE", "/api/videos", {"GET"}),
        ("GET", "/api/videos/upload", {"POST"}),
        ("PATCH", "/api/videos/00000000-0000-4000-8000-000000000000", {"DELETE"}),
        ("GET", "/api/videos/00000000-0000-4000-8000-000000000000/publish", {"POST"}),
        ("POST", "/health", {"GET"}),
    ],
)
def test_a_wrong_method_is_405_with_allow(client, method, path, allowed):
    answer = client.request(method, path)
    assert answer.status_code == 405
    named = {name.strip() for name in answer.headers["Allow"].split(",")}
    assert allowed <= named
    assert method not in named


def test_the_preflight_of_a_browser(client):
    answer = client.request(
        "OPTIONS",
        "/api/videos/upload",
        headers={
            "Origin": "https://app.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type",
        },
    )
    assert answer.status_code in (200, 204)
    assert answer.headers["Access-Control-Allow-Origin"] in ("*", "https://app.example")
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert "content-type" in answer.headers["Access-Control-Allow-Headers"].lower()


def test_every_answer_is_open_to_other_origins(client):
    for path in ("/api/videos", "/health", "/api/nothing"):
        answer = client.get(path, headers={"Origin": "https://app.example"})
        assert answer.headers["Access-Control-Allow-Origin"] in ("*", "https://app.example"), path


def test_cors_can_be_narrowed(make_vitrina):
    client = make_vitrina(environment={"VITRINA_CORS_ORIGINS": "https://one.example"}).client()
    ours = client.get("/api/videos", headers={"Origin": "https://one.example"})
    theirs = client.get("/api/videos", headers={"Origin": "https://two.example"})
    assert ours.headers["Access-Control-Allow-Origin"] == "https://one.example"
    assert "Access-Control-Allow-Origin" not in theirs.headers


def test_the_page_at_the_root_is_a_page(client):
    answer = client.get("/")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "<form" in answer.text and "/v1/openapi.yaml" in answer.text


def test_the_description_is_served_as_it_stands_in_the_repository(client):
    from harness.openapi import SPEC

    answer = client.get("/v1/openapi.yaml")
    assert answer.status_code == 200
    assert answer.content == SPEC.read_bytes()
