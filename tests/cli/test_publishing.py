"""Accounts and publishing from the shell, against the stand-in networks."""
import json
import subprocess

import pytest

from harness.process import binary
from harness.waiting import until


def test_account_add_publish_and_the_ledger(make_vitrina, sandbox, clip):
    server = make_vitrina(environment=sandbox.settings())

    def run(*arguments, **options):
        return server.run(*arguments, VITRINA_SERVER=server.url, **options)

    video = server.client().upload(clip, "From the shell")
    missing = run("publish", video["id"], "youtube", check=False)
    assert missing.returncode == 4 and "account" in missing.stderr
    run("account", "add", "youtube", "--sandbox")
    assert "youtube" in run("account", "list").stdout
    result = run("publish", video["id"], "youtube")
    post = sandbox.ledger("youtube")[0]
    assert post["url"] in result.stdout
    assert len(sandbox.ledger()) == 1
    again = run("publish", video["id"], "youtube")
    assert post["url"] in again.stdout
    assert len(sandbox.ledger()) == 1


def test_publish_follows_several_networks_and_says_which_failed(make_vitrina, sandbox, clip):
    server = make_vitrina(environment=sandbox.settings())
    client = server.client()
    for network in ("youtube", "mastodon"):
        sandbox.connect(client, network)
    sandbox.fault("mastodon", "media.create", "status:422", times=1000)
    video = client.upload(clip, "Two networks")
    result = server.run("--json", "publish", video["id"], "youtube", "mastodon", VITRINA_SERVER=server.url, check=False)
    assert result.returncode == 1
    ended = {}
    for line in result.stdout.splitlines():
        entry = json.loads(line)
        for publication in entry if isinstance(entry, list) else [entry]:
            ended[publication["platform"]] = publication["status"]
    assert ended == {"youtube": "published", "mastodon": "failed"}
    until(lambda: client.find(video["id"])["published_platforms"] == ["youtube"], "the library knows")


def test_publish_follows_all_networks_at_once(make_vitrina, sandbox, clip, tmp_path):
    server = make_vitrina(environment=sandbox.settings())
    client = server.client()
    for network in ("youtube", "mastodon"):
        sandbox.connect(client, network)
    sandbox.fault("youtube", "", "status:503", times=1000)
    video = client.upload(clip, "One is slow")
    with open(tmp_path / "told", "wb") as told:
        publishing = subprocess.Popen(
            [binary(), "publish", video["id"], "youtube", "mastodon"], env=server.settings() | {"VITRINA_SERVER": server.url},
            cwd=server.directory, stdin=subprocess.DEVNULL, stdout=told, stderr=told,
        )  # fmt: skip
    try:
        until(lambda: "mastodon  published" in (tmp_path / "told").read_text(), "mastodon is told of while youtube waits", 60)
        assert "youtube  published" not in (tmp_path / "told").read_text()
        sandbox.no_more_faults()
        assert publishing.wait(60) == 0
        assert "youtube  published" in (tmp_path / "told").read_text()
    finally:
        publishing.kill()
        publishing.wait()


@pytest.fixture
def shop(make_vitrina, sandbox, clip):
    """A server that publishes to the stand-ins, a video on it, and how to run a command against it."""
    server = make_vitrina(environment=sandbox.settings())

    def run(*arguments, **options):
        return server.run(*arguments, VITRINA_SERVER=server.url, **options)

    return server, server.client().upload(clip, "To publish"), run


def test_publish_no_wait_only_queues(shop, sandbox):
    server, video, run = shop
    sandbox.connect(server.client(), "youtube")
    sandbox.fault("youtube", "", "status:503", times=1000)
    queued = json.loads(run("--json", "publish", video["id"], "youtube", "--no-wait").stdout)
    assert (queued["platform"], queued["video_id"]) == ("youtube", video["id"])
    assert queued["status"] not in ("published", "failed")
    assert sandbox.ledger() == []
    sandbox.no_more_faults()
    until(lambda: len(sandbox.ledger("youtube")) == 1, "it is published all the same", 60)


def test_account_add_reads_secrets_from_files_and_from_standard_input(shop, sandbox, tmp_path):
    server, video, run = shop
    made = sandbox.make_account("youtube")
    for name in ("client_secret", "refresh_token"):
        (tmp_path / name).write_text(made[name] + "\n")
    known = ("account", "add", "youtube", "--client-id", made["client_id"])
    files = ("--client-secret-file", tmp_path / "client_secret", "--refresh-token-file", tmp_path / "refresh_token")
    added = json.loads(run("--json", *known, *files).stdout)
    assert (added["platform"], added["status"]) == ("youtube", "connected")
    assert run("publish", video["id"], "youtube").stdout.count("published") == 1

    run("account", "remove", added["id"])
    assert run("account", "list").stdout == ""
    assert run("account", "remove", added["id"], check=False).returncode == 4

    asked = ("--client-secret-file", "-", "--refresh-token-file", tmp_path / "refresh_token")
    assert "Connected: " in run(*known, *asked, input=made["client_secret"] + "\n").stdout
    assert "youtube  connected" in run("account", "list").stdout

    missing = run(*known, "--client-secret-file", tmp_path / "nothing", check=False)
    assert missing.returncode == 2 and str(tmp_path / "nothing") in missing.stderr


def test_publish_for_later_is_not_waited_for(make_vitrina, sandbox, clip):
    server = make_vitrina(environment=sandbox.settings())
    sandbox.connect(server.client(), "mastodon")
    video = server.client().upload(clip, "For later")
    command = ["publish", video["id"], "mastodon", "--time-zone", "Europe/Madrid", "--at"]
    wrong = server.run(*command, "tomorrow", VITRINA_SERVER=server.url, check=False)
    assert wrong.returncode != 0 and "publish_at" in wrong.stderr
    result = server.run(*command, "2027-07-01T18:00:00", VITRINA_SERVER=server.url)
    assert "scheduled  2027-07-01T16:00:00" in result.stdout
    assert sandbox.ledger() == []


def test_edit(make_vitrina, sandbox, clip):
    server = make_vitrina(environment=sandbox.settings())
    client = server.client()
    sandbox.connect(client, "mastodon")
    video = client.upload(clip, "Cats")
    made = client.post(f"/v1/videos/{video['id']}/publications", json={"platform": "mastodon"}, headers={"Prefer": "wait=60"}).json()

    def run(*arguments, **options):
        return server.run("edit", made["id"], *arguments, VITRINA_SERVER=server.url, **options)

    assert run("--text", "Dogs").stdout == "It has the new words.\n"
    assert sandbox.ledger("mastodon")[0]["text"] == "Dogs"
    assert run(check=False).returncode == 2
    sandbox.remove(sandbox.ledger("mastodon")[0])
    gone = run("--text", "Birds", check=False)
    assert gone.returncode == 1 and "not there any more" in gone.stdout


def test_pace(make_vitrina, sandbox):
    server = make_vitrina(environment=sandbox.settings())
    account = sandbox.connect(server.client(), "mastodon")

    def run(*arguments, **options):
        return server.run("pace", *arguments, VITRINA_SERVER=server.url, **options)

    assert run().stdout == "Not paused.\n"
    assert run("--pause").stdout == "Paused.\n"
    assert run("--resume").stdout == "Not paused.\n"
    said = run(account["id"], "--posts-per-day", "5", "--spacing", "600").stdout
    assert said == "Not paused. 5 posts in 24 hours. 600 seconds between two of them.\n"
    assert run(account["id"], "--posts-per-day", "0").stdout == "Not paused. 600 seconds between two of them.\n"
    nobody = run("--spacing", "5", check=False)
    assert nobody.returncode == 2 and "account list" in nobody.stderr


def test_an_account_of_every_network_of_the_sandbox(make_vitrina, sandbox, clip):
    server = make_vitrina(environment=sandbox.settings())
    known = [platform["name"] for platform in server.client().get("/v1/platforms").json()["data"]]
    assert len(known) > 5
    for network in known:
        server.run("account", "add", network, "--sandbox", VITRINA_SERVER=server.url)
    accounts = server.client().get("/v1/accounts").json()["data"]
    assert {account["platform"]: account["status"] for account in accounts} == dict.fromkeys(known, "connected")
