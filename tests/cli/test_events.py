"""vitrina events."""
import json
import subprocess

from harness.events import all_events
from harness.process import binary
from harness.waiting import until


def test_events_are_shown(vitrina, clip):
    client = vitrina.client()
    video = client.upload(clip)
    until(lambda: len(all_events(client)) == 2, "both events")
    at = {"VITRINA_SERVER": vitrina.url}
    shown = [json.loads(line) for line in vitrina.run("--json", "events", **at).stdout.splitlines()]
    assert shown == all_events(client)
    lines = vitrina.run("events", "--type", "video.ready", "--video", video["id"], **at).stdout.splitlines()
    assert len(lines) == 1 and "video.ready" in lines[0] and video["id"] in lines[0]
    assert vitrina.run("events", "--after", shown[0]["id"], **at).stdout.count("\n") == 1
    refused = vitrina.run("events", "--type", "video.eaten", check=False, **at)
    assert refused.returncode == 4 and "types" in refused.stderr
    assert vitrina.run("events", "--follow", check=False, VITRINA_SERVER="http://127.0.0.1:9").returncode == 3


def test_events_are_followed_over_a_restart(vitrina, clip, tmp_path):
    client = vitrina.client()
    video = client.upload(clip)
    until(lambda: len(all_events(client)) == 2, "both events")
    out = tmp_path / "out"
    with open(out, "wb") as sink:
        following = subprocess.Popen(
            [binary(), "--json", "events", "--follow", "--after", all_events(client)[0]["id"]],
            env=vitrina.settings() | {"VITRINA_SERVER": vitrina.url}, cwd=tmp_path, stdin=subprocess.DEVNULL, stdout=sink,
            stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        seen = lambda: [json.loads(line)["type"] for line in out.read_text().splitlines()]  # noqa: E731
        until(lambda: seen() == ["video.ready"], "what came after the first one")
        vitrina.restart()
        client.patch(f"/v1/videos/{video['id']}", json={"title": "After the restart"})
        until(lambda: seen() == ["video.ready", "video.updated"], "what happened after the restart")
    finally:
        following.terminate()
        following.wait(30)
