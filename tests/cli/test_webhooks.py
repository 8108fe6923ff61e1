"""vitrina webhooks."""
import json
import subprocess

import pytest

from harness.process import binary
from harness.receiver import Receiver
from harness.waiting import until


@pytest.fixture
def vitrina(make_vitrina):
    return make_vitrina(environment=Receiver.settings)


def test_a_webhook_from_its_making_to_its_end(vitrina, clip, tmp_path):
    at = {"VITRINA_SERVER": vitrina.url}

    def run(*arguments, check=True):
        return vitrina.run(*arguments, check=check, **at)

    with Receiver() as receiver:
        added = run("webhooks", "add", receiver.url, "--type", "video.uploaded", "--description", "mine")
        assert "active" in added.stdout and "Secret: whsec_" in added.stdout
        (listed,) = [json.loads(line) for line in run("--json", "webhooks", "list").stdout.splitlines()]
        assert (listed["url"], listed["types"], listed["description"]) == (receiver.url, ["video.uploaded"], "mine")
        id = listed["id"]
        old = run("webhooks", "secret", id).stdout.strip()
        assert old in added.stdout
        assert "delivered" in run("webhooks", "ping", id).stdout
        assert receiver.messages[0].is_signed_with(old)
        rotated = json.loads(run("--json", "webhooks", "rotate", id, "--overlap", "60").stdout)
        assert rotated["secret"] != old and rotated["former"][0]["secret"] == old

        receiver.answer = lambda message: 500
        failed = run("webhooks", "ping", id, check=False)
        assert failed.returncode == 1 and "the receiver answered 500" in failed.stdout
        assert "No webhook fails" in run("doctor", check=False).stdout, "a ping is not a failure"
        vitrina.client().upload(clip)
        until(lambda: "the receiver answered 500" in run("webhooks", "list").stdout, "it fails")
        told = run("doctor", check=False).stdout
        assert id in told and "1 pending: the receiver answered 500" in told and receiver.url not in told
        receiver.answer = lambda message: 200
        run("webhooks", "resume", id)
        until(lambda: "pending" not in run("webhooks", "list").stdout, "it is made good")
        receiver.messages.clear()

        vitrina.client().upload(clip)
        receiver.wait_for("video.uploaded")
        sent = lambda: [  # noqa: E731
            json.loads(line)
            for line in run("--json", "webhooks", "deliveries", id, "--status", "delivered").stdout.splitlines()
        ]
        until(lambda: len(sent()) == 3, "the delivery is settled")
        assert sent()[0]["type"] == "video.uploaded"
        assert "video.uploaded" in run("webhooks", "replay", sent()[0]["id"]).stdout
        assert json.loads(run("--json", "webhooks", "replay", "--failed", id).stdout) == {"replayed": 0}

        assert "paused (asked)" in run("webhooks", "pause", id).stdout
        assert "active" in run("webhooks", "resume", id).stdout
        assert receiver.url in run("webhooks", "show", id).stdout
        run("webhooks", "remove", id)
        assert run("webhooks", "list").stdout == ""
        assert run("webhooks", "show", id, check=False).returncode == 4
    secret = tmp_path / "secret"
    secret.write_text(old + "\n")
    run("webhooks", "add", "https://receiver.example/", "--secret-file", secret)
    assert run("webhooks", "add", "http://receiver.example/", check=False).returncode == 4


def test_events_are_forwarded_to_a_program_of_this_machine(vitrina, clip, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n")
    out = tmp_path / "out"
    with Receiver() as receiver:
        with open(out, "wb") as sink:
            listening = subprocess.Popen(
                [binary(), "--json", "webhooks", "listen", "--forward-to", receiver.url, "--secret-file", secret,
                 "--type", "video.uploaded", "--type", "video.deleted"],
                env=vitrina.settings() | {"VITRINA_SERVER": vitrina.url}, cwd=tmp_path, stdin=subprocess.DEVNULL,
                stdout=sink, stderr=subprocess.STDOUT,
            )  # fmt: skip
        try:
            metric = lambda: "vitrina_sse_clients 1" in vitrina.client().get("/metrics").text  # noqa: E731
            until(metric, "it listens")
            video = vitrina.client().upload(clip)
            message = receiver.wait_for("video.uploaded")
            assert message.is_signed_with(secret.read_text().strip())
            assert message.id == message.json["id"]
            vitrina.restart()
            vitrina.client().delete(f"/v1/videos/{video['id']}")
            receiver.wait_for("video.deleted")
            until(lambda: out.read_text().count("response_status") == 2, "both are said")
            lines = out.read_text().splitlines()
            assert lines[0] == f"Secret: {secret.read_text().strip()}"
            assert [json.loads(line)["response_status"] for line in lines[2:]] == [200, 200]
        finally:
            listening.terminate()
            listening.wait(30)
    wrong = vitrina.run("webhooks", "listen", "--forward-to", "http://127.0.0.1:9", "--secret-file", out, check=False)
    assert wrong.returncode == 2 and "whsec_" in wrong.stderr
