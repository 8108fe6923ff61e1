"""Health, error shapes, CORS, methods."""
import re

import pytest


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
