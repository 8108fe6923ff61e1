"""Accounts and publishing from the shell, against the stand-in networks."""
import json

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
