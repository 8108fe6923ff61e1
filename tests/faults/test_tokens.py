"""T: the tokens of connected accounts."""
import json

import pytest

from harness.crashes import lost, points
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


def test_T2_killed_between_the_network_s_new_token_and_our_keeping_it(publisher, sandbox, clip):
    """The old refresh token was used up, and nobody knows the new one: a person is asked, and nothing is lost."""
    network, client = "x", publisher.client()
    account = sandbox.connect(client, network)
    video = client.upload(clip, "T2: killed")
    publisher.stop()
    publisher.start(VITRINA_FAIL_POINTS="accounts.before_tokens_kept=abort")
    sandbox.post("/clock", {"advance": 2 * 24 * 3600})  # its access token is old now
    lost(lambda: client.publish(video["id"], [network]))
    until(lambda: not publisher.running, "it dies with the new token in its hands")
    publisher.kill()
    publisher.start()
    # The lease of the refresh that died has to end first; then the network says that the token was used up.
    until(lambda: states(client, video).get(network) == "needs_reauth", "it is blocked, not failed", 120)
    shown = next(a for a in client.get("/v1/accounts").json()["data"] if a["id"] == account["id"])
    assert shown["status"] == "needs_reconnect" and shown["reason"]
    assert sandbox.ledger(network) == []
    sandbox.connect(client, network)
    wait_until_published(client, video, [network])
    assert len(sandbox.ledger(network)) == 1


def test_T4_the_secret_key_is_changed_while_it_is_served_and_killed_everywhere(publisher, sandbox, clip):
    """Every token opens at any moment, and in the end none needs the former key."""
    client = publisher.client()
    for name in ("alice", "bob", "carol"):
        sandbox.connect(client, "youtube", name)
    client.post("/v1/webhooks", json={"url": "https://hooks.example/vitrina", "types": ["video.ready"]})
    sandbox.connect(client, "mastodon")
    sandbox.fault("mastodon", "statuses.create", "status:503", times=1_000_000)
    waiting = client.upload(clip, "T4: under way")  # what it remembers is sealed as well
    client.publish(waiting["id"], ["mastodon"])
    until(lambda: sandbox.count("mastodon", "statuses.create"), "it is under way")

    passed = publisher.directory / "points"
    publisher.run("rekey", "--new-key", VITRINA_FAIL_COUNT=str(passed))
    moments = points(passed)
    assert len(moments) >= 4, moments
    for k in range(1, len(moments) + 1):
        publisher.run("rekey", "--new-key", check=False, VITRINA_FAIL_ABORT_AT=str(k))
        sandbox.post("/clock", {"advance": 2 * 3600})  # what YouTube gave is too old again: it is opened, and sealed anew
        video = client.upload(clip, f"T4: killed at {k}")
        client.publish(video["id"], ["youtube"])
        wait_until_published(client, video, ["youtube"])
    assert {a["status"] for a in client.get("/v1/accounts").json()["data"]} == {"connected"}

    publisher.restart()  # now it has the newest key only to seal with
    result = json.loads(publisher.run("--json", "rekey", "--forget-former").stdout)
    assert result["unreadable"] == 0 and result["former_keys_forgotten"] is True
    assert len((publisher.data / "secret.key").read_text().split()) == 1
    publisher.restart()
    sandbox.no_more_faults()
    wait_until_published(client, waiting, ["mastodon"], 180)
    assert {a["status"] for a in client.get("/v1/accounts").json()["data"]} == {"connected"}
    assert len(sandbox.ledger("mastodon")) == 1 and len(sandbox.ledger("youtube")) == len(moments)


def test_T4_a_key_of_the_settings_is_changed_in_two_steps(publisher, sandbox, clip):
    """Several processes with their key in a setting: each knows both keys while they are restarted one by one."""
    client = publisher.client()
    old, new = "the key of the settings until today", "the one from today on and just as long"
    publisher.restart(VITRINA_SECRET_KEY=old)
    sandbox.connect(client, "mastodon")
    publisher.restart(VITRINA_SECRET_KEY=old, VITRINA_OTHER_SECRET_KEYS=new)
    publisher.restart(VITRINA_SECRET_KEY=new, VITRINA_OTHER_SECRET_KEYS=old)
    refused = publisher.run("rekey", "--new-key", check=False, VITRINA_SECRET_KEY=new)
    assert refused.returncode == 2 and "VITRINA_OTHER_SECRET_KEYS" in refused.stderr
    left = json.loads(publisher.run("--json", "rekey", check=False, VITRINA_SECRET_KEY=new).stdout)
    assert left["unreadable"] > 0, "without the former key nothing opens, and nothing is lost"
    publisher.run("rekey", VITRINA_SECRET_KEY=new, VITRINA_OTHER_SECRET_KEYS=old)
    publisher.restart(VITRINA_SECRET_KEY=new)
    video = client.upload(clip, "T4: settings")
    client.publish(video["id"], ["mastodon"])
    wait_until_published(client, video, ["mastodon"])
    assert len(sandbox.ledger("mastodon")) == 1
