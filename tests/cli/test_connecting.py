"""`vitrina account connect` and `vitrina doctor --platforms`."""
import json
import re
import subprocess

import pytest

from harness.consent import decide
from harness.process import binary
from harness.waiting import until


@pytest.fixture
def server(make_vitrina, sandbox):
    return make_vitrina(environment=sandbox.settings())


class Connecting:
    """The command while it runs, and what it has said."""

    def __init__(self, server, *arguments):
        self.said = server.directory / "said"
        with open(self.said, "wb") as said:
            self.process = subprocess.Popen(
                [binary(), *arguments], env=server.settings() | {"VITRINA_SERVER": server.url}, cwd=server.directory,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, text=True,
            )  # fmt: skip

    def address(self):
        found = lambda: re.search(r"^  (http\S+)$", self.said.read_text(), re.M)  # noqa: E731
        return until(found, "it says where to go").group(1)

    def type(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def end(self):
        out, _ = self.process.communicate(timeout=60)
        return self.process.returncode, out


def test_the_browser_is_somewhere_else(server):
    connecting = Connecting(server, "account", "connect", "youtube")
    assert server.client().get(decide(connecting.address(), new_account="carol")).status_code == 200
    code, out = connecting.end()
    assert code == 0 and "youtube  carol" in out


def test_what_the_browser_was_sent_to_is_pasted(server, sandbox):
    channels = '{"items":[{"id":"UC1","snippet":{"title":"One"}},{"id":"UC2","snippet":{"title":"Two"}}]}'
    sandbox.fault("youtube", "channels.list", "answer:200", body=channels)
    connecting = Connecting(server, "--json", "account", "connect", "youtube")
    back = decide(connecting.address(), new_account="carol")
    connecting.type(back.replace("state=", "state=0"))
    until(lambda: "another visit" in connecting.said.read_text(), "what is wrong is said, and it goes on")
    connecting.type(back)
    until(lambda: "2  Two" in connecting.said.read_text(), "the choice is shown")
    connecting.type("7")
    connecting.type("2")
    code, out = connecting.end()
    assert code == 0 and json.loads(out)["remote_id"] == "UC2"


def test_who_says_no_ends_it(server):
    connecting = Connecting(server, "account", "connect", "x")
    server.client().get(decide(connecting.address(), decision="deny"))
    code, _ = connecting.end()
    assert code == 1 and "refused over there" in connecting.said.read_text()


def test_with_a_name_and_a_password(server, sandbox, tmp_path):
    made = sandbox.make_account("peertube", "alice")
    run = lambda *arguments, **options: server.run(*arguments, VITRINA_SERVER=server.url, **options)  # noqa: E731
    wrong = run("account", "connect", "peertube", input="alice\nnot-this-one\n\n", check=False)
    assert wrong.returncode == 4 and "did not take this account" in wrong.stderr
    assert "peertube" in run("account", "connect", "peertube", input=f"alice\n{made['password']}\n\n1\n").stdout
    secret = tmp_path / "password"
    secret.write_text(made["password"])
    chosen = run("account", "list").stdout
    assert chosen.count("peertube") == 1


def test_networks_and_servers_that_are_not_there(server):
    run = lambda *arguments: server.run(*arguments, VITRINA_SERVER=server.url, check=False)  # noqa: E731
    assert run("account", "connect", "carrier-pigeon").returncode == 2
    assert run("account", "connect", "mastodon", "--base-url", "https://a/b").returncode == 4


def test_doctor_says_what_the_networks_demand_and_when_accounts_end(make_vitrina, sandbox):
    server = make_vitrina(environment=sandbox.settings())
    client = server.client()
    sandbox.connect(client, "mastodon", "bob")
    for line in ("youtube", "peertube"):
        made = sandbox.make_account(line, "alice")
        if line == "peertube":
            client.post("/v1/accounts/connect/peertube/sign-in",
                        json={"base_url": "https://peertube.sandbox.test", "name": "alice", "password": made["password"]})
    told = server.run("doctor", "--platforms", VITRINA_SERVER=server.url).stdout
    assert "until Google has audited".lower() in told.lower()
    assert "bob: its tokens are not known to end" in told
    spanish = server.run("doctor", "--platforms", VITRINA_SERVER=server.url, LANG="es_ES.UTF-8").stdout
    assert "Hasta que Google audite tu proyecto" in spanish
    findings = [json.loads(line) for line in server.run("--json", "doctor", "--platforms", VITRINA_SERVER=server.url).stdout.splitlines()]
    assert {finding["platform"] for finding in findings} >= {"youtube", "mastodon", "tiktok", "x"}


def test_doctor_says_which_app_is_missing(vitrina):
    told = vitrina.run("doctor", "--platforms", VITRINA_SERVER=vitrina.url).stdout
    assert vitrina.url + "/v1/accounts/connect/youtube/callback" in told
    assert "VITRINA_YOUTUBE_CLIENT_ID" in told
