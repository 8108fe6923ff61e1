"""The way up and back: a library moves to another place while it is served."""
import hashlib
import json
import shutil
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness.crashes import first_and_last, points
from harness.waiting import until

sys.path.insert(0, str(Path(__file__).parent))
from library import User, contents, contents_of  # noqa: E402

FAILED, USAGE = 1, 2
OF_THE_PLACE = {"schema_migrations", "library_standing", "arrived_objects", "consent_visits"}


def fill(place, clip, count=3):
    place.server.start()
    client = place.server.client()
    for number in range(count):
        client.upload(clip.read_bytes() + bytes([number]), f"Vídeo {number}", description="Text", tags=["one", f"t{number}"])
    client.delete(f"/api/videos/{client.upload(clip, 'Deleted')['id']}")
    return contents(client)


def moved_while_used(source, target, clip):
    """Moves; gives the user and what the move said."""
    user = User(source.server.client(), clip)
    user.start()
    until(lambda: len(user.titles) > 1 or user.error, "somebody uses it", 30)
    report = json.loads(source.move(target).stdout)
    user.stop()
    return user, report


def check_all_is_there(client, before, user):
    now = contents_of(client)
    for video in before:
        assert now[video["id"]] == video
    for video, title in user.titles.items():
        assert video in now, "an acknowledged video is gone"
        assert now[video]["title"] == title or now[video]["title"].startswith("Renamed"), "an acknowledged title is lost"
    assert not user.deleted & set(now), "a deleted video came back"


@pytest.mark.parametrize("kind", ["full", "embedded"])
def test_up_and_back_while_it_is_used(make_place, clip, kind):
    home, other = make_place(), make_place(kind)
    before = fill(home, clip)
    home.server.run("token", "create", "--name", "the app")
    tokens = home.server.run("token", "list").stdout
    other.use_key_of(home)

    user, report = moved_while_used(home, other, clip)
    assert user.refused is None or user.refused.headers["Retry-After"]
    assert report["copied_objects"] >= report["objects"] > 0 and report["rows"] > 0 and not report["was_done"]
    client = home.server.client()
    refused = client.try_upload(clip, "Too late")
    assert refused.status_code == 503 and refused.headers["Retry-After"]
    assert client.delete(f"/api/videos/{before[0]['id']}").status_code == 503
    assert len(client.list()) >= len(before), "watching goes on"
    again = json.loads(home.move(other).stdout)
    assert again["was_done"], "a move that is over is over"
    home.server.stop()
    home.server.launch()
    assert home.server.wait_for_end() == FAILED and "was moved to" in home.server.log

    other.server.start()
    client = other.server.client()
    check_all_is_there(client, before, user)
    until(lambda: other.server.run("fsck", "--read", check=False).returncode == 0, "what is there agrees with itself", 60)
    assert other.server.run("token", "list").stdout == tokens, "tokens came along"
    found = client.list(search="VIDEO 1")
    assert [video["title"] for video in found] == ["Vídeo 1"], "what is found is found here as well"
    client.upload(clip, "New here")
    assert client.list()[0]["title"] == "New here", "the newest comes first"

    before = contents(client)
    user, report = moved_while_used(other, home, clip)
    assert report["copied_objects"] < report["objects"], "what was left at home is not copied again"
    other.server.stop()
    home.server.start()
    check_all_is_there(home.server.client(), before, user)
    assert home.server.client().list(search="new HERE")


def same_rows(one, other):
    tables = [name for (name,) in one.sqlite("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'")]
    for table in tables:
        if table not in OF_THE_PLACE and not table.startswith("sqlite"):
            assert sorted(one.sqlite(f"SELECT * FROM {table}"), key=repr) == sorted(other.sqlite(f"SELECT * FROM {table}"), key=repr), table


def test_S9_kill_9_at_every_step_of_a_move_and_again(make_place, clip):
    """Sampled: the first and the last time that it passes each fail point."""
    home = make_place()
    fill(home, clip, 2)
    home.server.stop()

    def prepared():
        source, target = make_place(), make_place()
        shutil.copytree(home.data, source.data, dirs_exist_ok=True)
        return source, target.use_key_of(source)

    source, target = prepared()
    count = source.server.directory / "points"
    source.move(target, VITRINA_FAIL_COUNT=str(count))
    names = points(count)
    moments = [k for k in first_and_last(names) if not names[k - 1].startswith(("sqlite.script", "sqlite.migrated"))]
    assert len(moments) > 20

    def round_at(k, source, target):
        try:
            died = source.move(target, check=False, VITRINA_FAIL_ABORT_AT=str(k))
            assert died.returncode == -signal.SIGKILL, f"it was not killed: {died.stderr}"
            states = source.standing(), target.standing()
            assert states[1] != "open" or states[0] == "moved" or names[k - 1].startswith("sqlite"), f"both are open: {states}"
            source.move(target)
            assert (source.standing(), target.standing()) == ("moved", "open")
            same_rows(source, target)
            for key, sha256 in source.objects().items():
                assert hashlib.sha256(target.file_of(key).read_bytes()).hexdigest() == sha256, key
            files = {str(f.relative_to(target.data / "objects")) for f in (target.data / "objects").rglob("*") if f.is_file()}
            assert files == set(source.objects()), "the store holds what the rows say and nothing else"
            return None
        except AssertionError as error:
            return f"killed at point {k} ({names[k - 1]}): {error}"

    places = [(k, *prepared()) for k in moments]
    with ThreadPoolExecutor(2) as rounds:
        failures = [failure for failure in rounds.map(lambda one: round_at(*one), places) if failure]
    assert not failures, f"{len(failures)} of {len(places)}:\n" + "\n".join(failures)


def test_a_killed_move_leaves_the_source_in_use(make_place, clip):
    """Frozen, and nobody there to go on: after a while the library is open again by itself."""
    home, other = make_place(), make_place()
    fill(home, clip, 1)
    other.use_key_of(home)
    died = home.move(other, check=False, VITRINA_FAIL_POINTS="move.frozen=abort")
    assert died.returncode == -signal.SIGKILL
    client = home.server.client()
    assert client.try_upload(clip, "Frozen").status_code == 503
    other.server.launch()
    assert other.server.wait_for_end() == FAILED and "not wholly arrived" in other.server.log
    until(lambda: client.try_upload(clip, "Open again").status_code == 201, "it is open again by itself", 40)
    home.move(other)


def test_a_flipped_byte_and_a_lost_file_are_found_and_named(make_place, clip):
    home, other = make_place(), make_place()
    fill(home, clip)
    other.use_key_of(home)
    keys = sorted(key for key in home.objects() if key.startswith("videos/"))
    content = bytearray(home.file_of(keys[0]).read_bytes())
    content[len(content) // 2] ^= 1
    home.file_of(keys[0]).write_bytes(content)
    home.file_of(keys[1]).unlink()

    failed = home.move(other, check=False)
    assert failed.returncode == FAILED
    assert f"{keys[0]} has another SHA-256" in failed.stderr and f"{keys[1]} is missing" in failed.stderr
    client = home.server.client()
    assert client.try_upload(clip, "It is served as before").status_code == 201
    for key in keys[:2]:
        assert client.delete(f"/api/videos/{key.split('/')[1]}").status_code in (200, 204)
    assert json.loads(home.move(other, "--reread").stdout)["objects"] > 0


def test_wrong_destinations_are_refused_before_anything_happens(make_place, clip, tmp_path):
    home, other = make_place(), make_place()
    fill(home, clip, 1)

    def refused(text, *words, code=FAILED):
        file = tmp_path / "to.env"
        file.write_text(text)
        result = home.server.run("move", "--to", file, check=False)
        assert result.returncode == code, result.stderr
        for word in words:
            assert word in result.stderr
        assert home.standing() in ("", "open")

    refused(f"VITRINA_DATA={other.data}\n", "secret.key", str(home.data), str(other.data), code=USAGE)
    other.use_key_of(home)
    refused("VITRINA_LOG=info\n", "VITRINA_DATA", code=USAGE)
    refused("VITRINA_DTA=/x\n", "VITRINA_DATA", code=USAGE)
    refused(f"VITRINA_DATA={home.data}\n", "own place")
    unreachable = f"VITRINA_DATA={home.data}\nDB_HOST=127.0.0.1\nDB_PORT=9\nDB_NAME=x\nDB_USER=x\n"
    refused(unreachable, "PostgreSQL cannot be reached")
    result = home.server.run("move", "--to", tmp_path / "nothing.toml", check=False)
    assert result.returncode == USAGE and "nothing.toml" in result.stderr
    assert home.server.run("move", check=False).returncode == USAGE

    other.server.start()
    other.server.client().upload(clip, "Somebody's")
    other.server.stop()
    refused(f"VITRINA_DATA={other.data}\n", "There is a library in")
    assert home.server.client().try_upload(clip, "It is served as before").status_code == 201


def test_files_alone_go_into_a_bucket_and_back(make_place, make_bucket, clip):
    home = make_place()
    before = fill(home, clip)
    in_bucket = make_bucket("files")
    up = home.server.directory / "up.env"
    up.write_text("".join(f"{name}={value}\n" for name, value in {"VITRINA_DATA": home.data, **in_bucket}.items()))
    report = json.loads(home.server.run("--json", "move", "--to", up).stdout)
    assert report["copied_objects"] == report["objects"] and report["rows"] == 0
    assert home.server.client().try_upload(clip, "Into the old place").status_code == 503
    home.server.stop()
    home.server.launch()
    assert home.server.wait_for_end() == FAILED and "files of this library were moved" in home.server.log

    directory = home.settings_file
    home.server.environment |= in_bucket
    home.server.start()
    client = home.server.client()
    assert contents(client) == before
    client.upload(clip, "In the bucket")
    before = contents(client)
    report = json.loads(home.server.run("--json", "move", "--to", directory).stdout)
    assert 0 < report["copied_objects"] < report["objects"]
    home.server.stop()
    for name in in_bucket:
        del home.server.environment[name]
    home.server.start()
    assert contents(home.server.client()) == before


def test_served_from_the_old_place_again(make_place, clip):
    home, other = make_place(), make_place()
    before = fill(home, clip, 1)
    home.move(other.use_key_of(home))
    home.server.stop()
    assert home.server.run("move", "--reopen", check=False).returncode == USAGE
    home.server.run("move", "--reopen", "--yes")
    home.server.start()
    assert contents(home.server.client()) == before


def test_a_publication_that_is_under_way_is_posted_once(make_place, sandbox, clip):
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
    home.move(other.use_key_of(home), "--drain", "20")
    other.server.start()  # and the old one still runs
    sandbox.no_more_faults()

    def published():
        listed = other.server.client().get("/v1/publications", params={"video": video["id"]}).json()["data"]
        return listed[0]["status"] == "published"

    until(published, "the new place goes on with it", 90)
    assert len(sandbox.ledger("mastodon")) == 1
