"""/v1/webhooks: other programs are told of what happens."""
import uuid

import pytest

from harness.events import all_events
from harness.receiver import Receiver, add_webhook, secret_of, settled
from harness.waiting import until


@pytest.fixture
def receiver():
    with Receiver() as one:
        yield one


@pytest.fixture
def vitrina(make_vitrina):
    return make_vitrina(environment=Receiver.settings)


def look(client, webhook):
    answer = client.get(f"/v1/webhooks/{webhook['id']}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def deliveries(client, webhook, **query):
    answer = client.get(f"/v1/webhooks/{webhook['id']}/deliveries", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def test_a_video_s_life_is_told_signed_and_in_order(vitrina, receiver, clip):
    client = vitrina.client()
    webhook = add_webhook(client, receiver.url, description="Tests")
    assert webhook["status"] == "active" and webhook["types"] == [] and webhook["pending"] == 0
    secret = secret_of(client, webhook)
    video = client.upload(clip, "First")
    path = f"/v1/videos/{video['id']}"
    until(lambda: client.get(path).json()["status"] == "ready", "the facts", 60)
    assert client.patch(path, json={"title": "Second"}).status_code == 200
    assert client.delete(path).status_code == 204
    receiver.wait_for("video.deleted")
    assert receiver.types() == ["video.uploaded", "video.ready", "video.updated", "video.deleted"]
    told = [message.json for message in receiver.messages]
    assert told == all_events(client), "a message is the event, as everywhere"
    for message in receiver.messages:
        assert message.id == message.json["id"]
        assert message.is_signed_with(secret)
        assert message.headers["Content-Type"] == "application/json"
        assert message.headers["User-Agent"].startswith("vitrina/")
    until(lambda: look(client, webhook)["pending"] == 0, "all are settled")
    log = deliveries(client, webhook)
    assert [one["type"] for one in log] == [message.type for message in reversed(receiver.messages)]
    assert {one["status"] for one in log} == {"delivered"}
    assert look(client, webhook)["delivered_at"] is not None
    shown = client.get(f"/v1/webhook-deliveries/{log[0]['id']}").json()
    assert shown["payload"] == told[-1]
    assert [(a["number"], a["response_status"], a["response"]) for a in shown["log"]] == [(1, 200, "ok")]


def test_only_what_it_asked_for(vitrina, receiver, clip):
    client = vitrina.client()
    with Receiver() as other:
        add_webhook(client, receiver.url, types=["video.deleted", "video.ready"])
        add_webhook(client, other.url)
        video = client.upload(clip)
        until(lambda: client.get(f"/v1/videos/{video['id']}").json()["status"] == "ready", "the facts", 60)
        client.delete(f"/v1/videos/{video['id']}")
        receiver.wait_for("video.deleted")
        other.wait_for("video.deleted")
        assert receiver.types() == ["video.ready", "video.deleted"]
        assert other.types() == ["video.uploaded", "video.ready", "video.deleted"]


def test_the_secret_is_rotated_and_both_sign(vitrina, receiver):
    client = vitrina.client()
    webhook = add_webhook(client, receiver.url, secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    old = secret_of(client, webhook)
    assert old == "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    assert client.post(f"/v1/webhooks/{webhook['id']}/rotate", json={"overlap": 3600}).status_code == 200
    secrets = client.get(f"/v1/webhooks/{webhook['id']}/secret").json()
    assert secrets["secret"] != old and [former["secret"] for former in secrets["former"]] == [old]
    ping = client.post(f"/v1/webhooks/{webhook['id']}/ping")
    assert ping.status_code == 202
    assert settled(client, ping.json())["status"] == "delivered"
    message = receiver.messages[0]
    assert message.type == "webhook.ping" and len(message.signatures) == 2
    assert message.is_signed_with(old) and message.is_signed_with(secrets["secret"])
    assert client.post(f"/v1/webhooks/{webhook['id']}/rotate", json={"overlap": 0}).status_code == 200
    ping = client.post(f"/v1/webhooks/{webhook['id']}/ping")
    settled(client, ping.json())
    assert receiver.messages[1].is_signed_with(secret_of(client, webhook))
    assert not receiver.messages[1].is_signed_with(secrets["secret"])
    for wrong in ({"overlap": -1}, {"overlap": 604801}, {"overlap": "1"}, {"secret": "whsec_x"}, {"other": 1}):
        assert client.post(f"/v1/webhooks/{webhook['id']}/rotate", json=wrong).status_code == 400, wrong


def test_a_refusal_is_tried_again_and_seen(vitrina, receiver, clip):
    client = vitrina.client()
    answers = [503, (302, {"Location": f"http://127.0.0.1:{receiver.port}/elsewhere"})]
    receiver.answer = lambda message: answers.pop(0) if answers else 204
    webhook = add_webhook(client, receiver.url, types=["video.uploaded"])
    client.upload(clip)
    until(lambda: len(receiver.messages) >= 1, "the first attempt")
    pending = until(lambda: next(iter(deliveries(client, webhook, status="pending")), {}).get("next_attempt_at"), "again")
    assert pending
    seen = look(client, webhook)
    assert seen["failing_since"] and seen["trouble"] == "the receiver answered 503"
    receiver.wait_for("video.uploaded")
    until(lambda: len(receiver.messages) == 2, "the second attempt", 30)
    until(lambda: "redirects are not followed" in (look(client, webhook)["trouble"] or ""), "the redirect is refused")
    assert None not in receiver.messages
    assert client.patch(f"/v1/webhooks/{webhook['id']}", json={"status": "active"}).status_code == 200
    until(lambda: len(receiver.messages) == 3, "resuming tries at once", 10)
    until(lambda: look(client, webhook)["pending"] == 0, "it is taken")
    assert look(client, webhook)["failing_since"] is None and look(client, webhook)["trouble"] is None
    (one,) = deliveries(client, webhook)
    shown = client.get(f"/v1/webhook-deliveries/{one['id']}").json()
    assert [a["response_status"] for a in shown["log"]] == [503, 302, 204]
    assert len({message.id for message in receiver.messages}) == 1, "one message, one id"


def test_what_was_given_up_is_replayed(make_vitrina, receiver, clip):
    """With three days made a second; and a webhook that fails all the time is paused."""
    client = make_vitrina(environment={**Receiver.settings, "VITRINA_WEBHOOK_RETRY_FOR": "1s"}).client()
    receiver.answer = lambda message: 500
    webhook = add_webhook(client, receiver.url, types=["video.uploaded"])
    client.upload(clip)
    until(lambda: deliveries(client, webhook, status="failed"), "it is given up", 60)
    paused = until(lambda: look(client, webhook) if look(client, webhook)["status"] == "paused" else None, "it is paused")
    assert paused["reason_code"] == "failing"
    (told,) = [event for event in all_events(client) if event["type"] == "webhook.paused"]
    assert told["subject"] == webhook["id"]
    assert told["data"] == {"status": "paused", "reason_code": "failing"}
    (failed,) = deliveries(client, webhook)
    refused = client.post(f"/v1/webhook-deliveries/{failed['id']}/replay")
    assert refused.status_code == 409 and refused.json()["code"] == "VT-WHK-004", "paused"
    assert client.post(f"/v1/webhooks/{webhook['id']}/replay", json={}).status_code == 409

    receiver.answer = lambda message: 200
    client.patch(f"/v1/webhooks/{webhook['id']}", json={"status": "active"})
    answer = client.post(f"/v1/webhooks/{webhook['id']}/replay", json={"since": failed["settled_at"]})
    assert answer.status_code == 202 and answer.json() == {"replayed": 1, "more": False}
    until(lambda: deliveries(client, webhook, status="delivered"), "it arrives")
    assert client.post(f"/v1/webhooks/{webhook['id']}/replay", json={}).json() == {"replayed": 0, "more": False}
    again = client.post(f"/v1/webhook-deliveries/{failed['id']}/replay")
    assert again.status_code == 202 and again.json()["replay_of"] == failed["id"]
    assert settled(client, again.json())["status"] == "delivered"
    assert len({message.id for message in receiver.messages}) == 1
    assert client.post(f"/v1/webhooks/{webhook['id']}/replay", json={"since": "soon"}).status_code == 400


def test_gone_pauses_at_once(vitrina, receiver, clip):
    client = vitrina.client()
    receiver.answer = lambda message: 410
    webhook = add_webhook(client, receiver.url)
    client.upload(clip)
    until(lambda: look(client, webhook)["reason_code"] == "gone", "it is paused")
    assert len(receiver.messages) == 1


def test_only_public_addresses(make_vitrina, clip):
    client = make_vitrina().client()
    for url in ("http://example.org/hook", "http://127.0.0.1:1/hook", "ftp://example.org/", "example.org", "https://a@b/",
                "https://example.org/#part", "https://exa mple.org/", ""):  # fmt: skip
        answer = client.post("/v1/webhooks", json={"url": url})
        assert answer.status_code == 400, url
        assert answer.json()["errors"][0]["pointer"] == "/url"
    # A name is looked up only when something is sent; then whatever it leads to must be public.
    for host in ("127.0.0.1", "169.254.169.254", "[::1]", "localhost", "[::ffff:10.0.0.1]", "0x7f000001"):
        webhook = add_webhook(client, f"https://{host}:1/hook")
        ping = client.post(f"/v1/webhooks/{webhook['id']}/ping").json()
        outcome = settled(client, ping)
        assert outcome["status"] == "failed" and "not public" in outcome["trouble"], (host, outcome["trouble"])
    metrics = client.get("/metrics").text
    assert 'vitrina_webhook_attempt_total{outcome="blocked"} 6' in metrics
    assert 'vitrina_webhooks{state="active"} 6' in metrics


def test_wrong_requests(vitrina, receiver):
    client = vitrina.client()
    for wrong in ({}, {"url": 1}, {"url": receiver.url, "types": ["video.exploded"]}, {"url": receiver.url, "types": "all"},
                  {"url": receiver.url, "secret": "secret"}, {"url": receiver.url, "else": 1},
                  {"url": receiver.url, "description": "x" * 501}):  # fmt: skip
        assert client.post("/v1/webhooks", json=wrong).status_code == 400, wrong
    webhook = add_webhook(client, receiver.url)
    for wrong in ({"status": "on"}, {"url": "http://example.org/"}, {"secret": "whsec_x"}):
        assert client.patch(f"/v1/webhooks/{webhook['id']}", json=wrong).status_code == 400, wrong
    assert client.get(f"/v1/webhooks/{webhook['id']}/deliveries", params={"status": "lost"}).status_code == 400
    assert client.get(f"/v1/webhooks/{webhook['id']}/deliveries", params={"cursor": "x"}).status_code == 400
    nobody = uuid.uuid4()
    for method, path in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("GET", "/secret"), ("POST", "/rotate"),
                         ("POST", "/ping"), ("GET", "/deliveries"), ("POST", "/replay")):  # fmt: skip
        body = {"json": {}} if method in ("PATCH", "POST") else {}
        answer = client.request(method, f"/v1/webhooks/{nobody}{path}", **body)
        assert (answer.status_code, answer.json()["code"]) == (404, "VT-WHK-001"), path
    for method, path in (("GET", ""), ("POST", "/replay")):
        answer = client.request(method, f"/v1/webhook-deliveries/{nobody}{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "VT-WHK-003"), path


def test_changes(vitrina, receiver):
    client = vitrina.client()
    webhook = add_webhook(client, receiver.url)
    path = f"/v1/webhooks/{webhook['id']}"
    assert client.get("/v1/webhooks").json()["data"] == [webhook]
    etag = client.get(path).headers["ETag"]
    change = {"url": receiver.url + "/other", "types": ["video.ready", "video.ready"], "description": "new", "status": "paused"}
    changed = client.patch(path, json=change, headers={"If-Match": etag})
    assert changed.status_code == 200 and changed.headers["ETag"] != etag
    shown = changed.json()
    assert (shown["url"], shown["types"], shown["description"]) == (receiver.url + "/other", ["video.ready"], "new")
    assert (shown["status"], shown["reason_code"]) == ("paused", "asked")
    late = client.patch(path, json={"description": "late"}, headers={"If-Match": etag})
    assert (late.status_code, late.json()["code"]) == (412, "VT-WHK-006")
    assert client.delete(path).status_code == 204
    assert client.delete(path).status_code == 404
    assert client.get("/v1/webhooks").json()["data"] == []


def test_a_request_that_is_repeated_makes_one(vitrina, receiver):
    client = vitrina.client()
    key = {"Idempotency-Key": "make-one"}
    first = client.post("/v1/webhooks", json={"url": receiver.url}, headers=key)
    second = client.post("/v1/webhooks", json={"url": receiver.url}, headers=key)
    assert first.json()["id"] == second.json()["id"] and second.headers["Idempotency-Replayed"] == "true"
    assert len(client.get("/v1/webhooks").json()["data"]) == 1
    assert "whsec_" not in first.text


def test_pages_of_deliveries(vitrina, receiver):
    client = vitrina.client()
    webhook = add_webhook(client, receiver.url)
    made = [client.post(f"/v1/webhooks/{webhook['id']}/ping").json()["id"] for _ in range(5)]
    until(lambda: len(deliveries(client, webhook, status="delivered")) == 5, "all arrive")
    seen, cursor = [], {}
    while True:
        page = client.get(f"/v1/webhooks/{webhook['id']}/deliveries", params={"limit": 2, "status": "delivered", **cursor}).json()
        seen += [one["id"] for one in page["data"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == list(reversed(made))


def test_no_secret_lies_about(vitrina, receiver):
    client = vitrina.client()
    webhook = add_webhook(client, receiver.url + "?token=hidden-in-the-address")
    secret = secret_of(client, webhook).removeprefix("whsec_")
    settled(client, client.post(f"/v1/webhooks/{webhook['id']}/ping").json())
    assert secret not in vitrina.log and "hidden-in-the-address" not in vitrina.log
    vitrina.stop()
    for file in vitrina.data.rglob("*"):
        if file.is_file():
            assert secret.encode() not in file.read_bytes(), file
