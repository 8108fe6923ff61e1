"""T: the tokens of connected accounts."""
import pytest

from harness.publications import publications, states, wait_until_published
from harness.recovery import QUICK
from harness.waiting import until


@pytest.fixture
def publisher(make_vitrina, sandbox, oracle):
    server = make_vitrina(environment={**QUICK, **sandbox.settings(), "VITRINA_JOBS": "16"})
    yield server
    if server.running:
        oracle.holds(server)


def test_T1_many_publications_meet_an_expired_token_together(publisher, sandbox, clip):
    """The network is asked for one fresh token."""
    network, client = "youtube", publisher.client()
    sandbox.connect(client, network)
    videos = [client.upload(clip, f"T1 {n}") for n in range(12)]
    first = client.upload(clip, "Warm")
    client.publish(first["id"], [network])
    wait_until_published(client, first, [network])
    before = sandbox.count(network, "oauth.token")
    sandbox.post("/clock", {"advance": 2 * 24 * 3600})  # every access token is old now
    for video in videos:
        client.publish(video["id"], [network])
    for video in videos:
        wait_until_published(client, video, [network], 120)
    assert sandbox.count(network, "oauth.token") - before == 1
    assert len(sandbox.ledger(network)) == 13


@pytest.mark.parametrize("fault", ["status:500", "status:503", "drop_before", "drop_after_accept", "html_502"])
def test_T3_the_provider_s_trouble_does_not_disconnect_the_account(publisher, sandbox, clip, fault):
    client = publisher.client()
    account = sandbox.connect(client, "youtube")
    sandbox.post("/clock", {"advance": 2 * 24 * 3600})
    sandbox.fault("youtube", "oauth.token", fault, times=2)
    video = client.upload(clip, "T3")
    client.publish(video["id"], ["youtube"])
    until(lambda: sandbox.count("youtube", "oauth.token") >= 2, "a refresh is tried")
    shown = next(a for a in client.get("/v1/accounts").json()["data"] if a["id"] == account["id"])
    assert shown["status"] == "connected"
    wait_until_published(client, video, ["youtube"], 120)


def test_a_dead_grant_blocks_and_a_reconnect_goes_on(publisher, sandbox, clip):
    client = publisher.client()
    sandbox.connect(client, "youtube")
    video = client.upload(clip, "Blocked")
    sandbox.post("/clock", {"advance": 2 * 24 * 3600})
    sandbox.fault("youtube", "oauth.token", "revoked")
    client.publish(video["id"], ["youtube"])
    until(lambda: states(client, video).get("youtube") == "needs_reauth", "it is blocked, not failed", 90)
    assert client.get("/v1/accounts").json()["data"][0]["status"] == "needs_reconnect"
    sandbox.connect(client, "youtube")
    wait_until_published(client, video, ["youtube"])
    assert len(sandbox.ledger("youtube")) == 1


def test_no_token_is_readable_in_the_data_directory(publisher, sandbox, clip):
    client = publisher.client()
    made = sandbox.make_account("youtube", "secretive")
    answer = client.post("/v1/accounts", json={"platform": "youtube", **{
        key: made[key] for key in ("client_id", "client_secret", "refresh_token")
    }})  # fmt: skip
    assert answer.status_code == 201
    assert made["refresh_token"] not in answer.text and made["client_secret"] not in answer.text
    video = client.upload(clip, "Secretive")
    client.publish(video["id"], ["youtube"])
    wait_until_published(client, video, ["youtube"])
    assert publications(client, video)
    publisher.stop()
    for path in [*publisher.data.rglob("*"), publisher.log_path]:
        if path.is_file():
            content = path.read_bytes()
            for secret in (made["refresh_token"], made["client_secret"]):
                assert secret.encode() not in content, f"{path.name} holds a secret in the clear"
