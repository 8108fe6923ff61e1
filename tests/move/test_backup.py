"""Backups: taken while the library is served, verified without being restored, restored into any engine."""
import json
import shutil
import signal
import sys
from pathlib import Path

import pytest

from harness.crashes import first_and_last, points
from harness.receiver import Receiver, add_webhook, secret_of
from harness.waiting import holds_for, until

sys.path.insert(0, str(Path(__file__).parent))
from library import User, contents, contents_of  # noqa: E402

FAILED, USAGE, REFUSED = 1, 2, 4


def fill(place, clip, count=3):
    place.server.start()
    client = place.server.client()
    for number in range(count):
        client.upload(clip.read_bytes() + bytes([number]), f"Vídeo {number}", tags=["one"])
    return contents(client)


def back_up(place, to, *more, **options):
    return json.loads(place.server.run("--json", "backup", "--to", to, *more, **options).stdout)


def verify(place, backups, *more, check=True):
    return place.server.run("--json", "verify", backups, *more, check=check)


@pytest.mark.parametrize("kinds", [("embedded", "full"), ("full", "embedded")], ids=" to ".join)
def test_D5_taken_while_it_is_used_verified_and_restored(make_place, clip, tmp_path, kinds):
    home, other = (make_place(kind) for kind in kinds)
    before = fill(home, clip)
    backups = tmp_path / "backups"
    first = back_up(home, backups)
    assert first["objects"] == 3 * len(before)
    assert first["copied_objects"] == len(before) + 2, "the same pictures are there once"

    user = User(home.server.client(), clip)
    user.start()
    until(lambda: len(user.titles) > 1 or user.error, "somebody uses it", 30)
    second = back_up(home, backups)
    user.stop()
    assert second["copied_objects"] < second["objects"], "what is there already is not copied again"
    assert json.loads(verify(home, backups).stdout)["id"] == second["id"]
    assert json.loads(verify(home, backups, "--snapshot", first["id"]).stdout)["whole"]

    restored = json.loads(other.server.run("--json", "restore", "--from", backups, "--snapshot", first["id"]).stdout)
    assert (restored["objects"], restored["rows"]) == (first["objects"], first["rows"])
    other.use_key_of(home)
    other.server.start()
    assert contents(other.server.client()) == before
    assert [video["title"] for video in other.server.client().list(search="vídeo 2")] == ["Vídeo 2"]
    other.server.client().upload(clip, "It goes on")

    third = make_place()
    third.server.run("restore", "--from", backups)
    third.use_key_of(home).server.start()
    until(lambda: third.server.run("fsck", "--read", check=False).returncode == 0, "what is there agrees with itself", 60)
    now = contents_of(third.server.client())
    assert set(now) - {video["id"] for video in before} <= set(user.titles) | user.deleted
    for video in before:
        assert now[video["id"]] == video


def test_damage_is_found(make_place, clip, tmp_path):
    home = make_place()
    fill(home, clip)
    backups = tmp_path / "backups"
    made = back_up(home, backups)
    whole = tmp_path / "whole"
    shutil.copytree(backups, whole)

    def damaged(file, change, *words):
        shutil.rmtree(backups)
        shutil.copytree(whole, backups)
        change(backups / file)
        result = verify(home, backups, check=False)
        assert result.returncode == FAILED, f"{file}: {result.stdout}"
        for word in words:
            assert word in result.stderr, result.stderr
        other = make_place()
        assert other.server.run("restore", "--from", backups, check=False).returncode == FAILED, file

    def flip(file):
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 1
        file.write_bytes(content)

    content = max((whole / "content").rglob("*/*"), key=lambda file: file.stat().st_size).relative_to(whole)
    snapshot = Path("snapshots") / made["id"]
    damaged(content, flip, "has another SHA-256")
    damaged(content, Path.unlink, "is missing")
    damaged(snapshot / "rows" / "videos-000001.jsonl", flip, "videos-000001.jsonl")
    damaged(snapshot / "rows" / "objects-000001.jsonl", Path.unlink, "objects-000001.jsonl")
    damaged(snapshot / "manifest.json", flip, "damaged")
    damaged(snapshot / "SHA256SUMS", Path.unlink, "damaged")


def test_a_backup_of_a_damaged_library_is_refused_by_name(make_place, clip, tmp_path):
    home = make_place()
    fill(home, clip, 1)
    key = next(key for key in home.objects() if key.startswith("videos/"))
    home.file_of(key).write_bytes(b"x" * home.file_of(key).stat().st_size)
    result = home.server.run("backup", "--to", tmp_path / "backups", check=False)
    assert result.returncode == FAILED and key in result.stderr
    assert verify(home, tmp_path / "backups", check=False).returncode == REFUSED, "there is no backup"


def test_only_an_empty_place_is_restored_into(make_place, clip, tmp_path):
    home, other = make_place(), make_place()
    fill(home, clip, 1)
    back_up(home, tmp_path / "backups")
    result = home.server.run("restore", "--from", tmp_path / "backups", check=False)
    assert result.returncode == FAILED and "There is a library in" in result.stderr
    nothing = other.server.run("restore", "--from", tmp_path / "misspelt", check=False)
    assert nothing.returncode == USAGE and "misspelt" in nothing.stderr and not (tmp_path / "misspelt").exists()


def test_the_secret_key_is_in_it_only_when_asked(make_place, clip, tmp_path):
    home, other = make_place(), make_place()
    fill(home, clip, 1)
    key = (home.data / "secret.key").read_bytes()
    back_up(home, tmp_path / "without")
    back_up(home, tmp_path / "with", "--with-secret-key")
    holding = [file for file in tmp_path.glob("with*/**/*") if file.is_file() and key.strip() in file.read_bytes()]
    assert [file.relative_to(tmp_path).parts[0] for file in holding] == ["with"]
    without = other.server.run("restore", "--from", tmp_path / "without")
    assert "secret key" in without.stderr and not (other.data / "secret.key").exists()
    third = make_place()
    third.server.run("restore", "--from", tmp_path / "with")
    assert (third.data / "secret.key").read_bytes() == key
    assert (third.data / "secret.key").stat().st_mode & 0o777 == 0o600


def test_a_copy_tells_nobody_before_it_is_asked_to(make_place, clip, tmp_path):
    home, other = make_place(), make_place()
    with Receiver() as receiver:
        for place in (home, other):
            place.server.environment.update(Receiver.settings)
        home.server.start()
        client = home.server.client()
        webhook = add_webhook(client, receiver.url, types=["video.uploaded"])
        receiver.answer = lambda message: 503
        client.upload(clip)
        until(lambda: receiver.messages, "it is tried")
        back_up(home, tmp_path / "backups", "--with-secret-key")
        home.server.stop()
        restored = json.loads(other.server.run("--json", "restore", "--from", tmp_path / "backups").stdout.splitlines()[0])
        assert restored["webhooks"] == 1

        receiver.answer = lambda message: 200
        receiver.messages.clear()
        other.server.start()
        client = other.server.client()
        client.upload(clip)
        path = f"/v1/webhooks/{webhook['id']}"
        holds_for(lambda: not receiver.messages, "nothing is sent", 3)
        assert client.get(path).json()["reason_code"] == "restored"
        assert client.patch(path, json={"status": "active"}).status_code == 200
        until(lambda: len(receiver.messages) == 2, "what waited and what came since")
        assert receiver.messages[0].is_signed_with(secret_of(client, webhook))


def test_killed_backups_and_restores_go_on(make_place, clip, tmp_path):
    """Sampled: a few of the moments of each."""
    home = make_place()
    before = fill(home, clip, 1)
    home.server.stop()

    count = tmp_path / "points"
    back_up(home, tmp_path / "counted", VITRINA_FAIL_COUNT=str(count))
    moments = first_and_last(points(count))
    for k in moments[:: max(1, len(moments) // 6)]:
        backups = tmp_path / f"backups-{k}"
        died = home.server.run("backup", "--to", backups, check=False, VITRINA_FAIL_ABORT_AT=str(k))
        assert died.returncode == -signal.SIGKILL
        made = back_up(home, backups)
        assert json.loads(verify(home, backups).stdout)["id"] == made["id"]

    count.unlink()
    make_place().server.run("restore", "--from", tmp_path / "counted", VITRINA_FAIL_COUNT=str(count))
    names = points(count)
    moments = [k for k in first_and_last(names) if not names[k - 1].startswith(("sqlite.script", "sqlite.migrated"))]
    for k in moments[:: max(1, len(moments) // 8)]:
        other = make_place()
        died = other.server.run("restore", "--from", tmp_path / "counted", check=False, VITRINA_FAIL_ABORT_AT=str(k))
        assert died.returncode == -signal.SIGKILL
        if other.standing() != "open":
            other.server.run("restore", "--from", tmp_path / "counted")
        other.use_key_of(home).server.start()
        assert contents(other.server.client()) == before, f"killed at {k} ({names[k - 1]})"
        other.server.stop()


def test_what_was_under_way_is_not_posted_by_the_copy(make_place, sandbox, clip, tmp_path):
    home, other = make_place(), make_place()
    for place in (home, other):
        place.server.environment |= sandbox.settings()
    home.server.start()
    client = home.server.client()
    sandbox.connect(client, "mastodon")
    sandbox.fault("mastodon", "statuses.create", "status:503", times=1_000_000)
    video = client.upload(clip, "On its way")
    client.publish(video["id"], ["mastodon"])
    until(lambda: sandbox.count("mastodon", "statuses.create"), "it is under way")
    back_up(home, tmp_path / "backups")
    sandbox.no_more_faults()  # the original goes on and posts it
    until(lambda: len(sandbox.ledger("mastodon")) == 1, "the original posts it", 90)
    home.server.stop()

    result = other.server.run("restore", "--from", tmp_path / "backups")
    assert "1 publications were under way" in result.stderr
    other.use_key_of(home).server.start()
    client = other.server.client()
    publication = client.get("/v1/publications", params={"video": video["id"]}).json()["data"][0]
    assert (publication["status"], publication["reason"]["code"]) == ("outcome_unknown", "restored")
    client.publish(video["id"], ["mastodon"])  # it is there already
    retried = client.post(f"/v1/publications/{publication['id']}/retry")
    assert retried.status_code == 409 and retried.json()["code"] == "VT-PUB-010"
    holds_for(lambda: len(sandbox.ledger("mastodon")) == 1, "the copy posts nothing by itself", 2)
    client.post(f"/v1/publications/{publication['id']}/retry", json={"even_if_posted_twice": True})
    address = f"/v1/publications/{publication['id']}"
    until(lambda: client.get(address).json()["status"] == "published", "a person said so", 60)
