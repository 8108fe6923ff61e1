"""A database that was made for the sketch (docs/postgresql.md) is adopted where it is, and the sketch goes on using it."""
import hashlib
import json
import shutil
import uuid

import pytest

from harness import postgres
from harness.publications import wait_until_published
from harness.recovery import QUICK
from harness.waiting import until

# PostgreSQL 12 has the function in an extension, and only there.
UUIDS = """DO $$ BEGIN
    IF to_regprocedure('gen_random_uuid()') IS NULL THEN
        CREATE EXTENSION pgcrypto;
    END IF;
END $$;"""
# The sketch's own statements.
TABLES = """
CREATE TABLE videos (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    title VARCHAR(255) NOT NULL,
    description TEXT,
    file_path VARCHAR(500),
    s3_url VARCHAR(500) NOT NULL,
    s3_key VARCHAR(500) NOT NULL,
    thumbnail_path VARCHAR(500),
    thumbnail_s3_key VARCHAR(500),
    tags JSON,
    upload_date TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    duration INTEGER DEFAULT 0,
    file_size BIGINT DEFAULT 0,
    content_type VARCHAR(100),
    is_published BOOLEAN DEFAULT FALSE,
    published_platforms JSON DEFAULT '[]',
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP
);
CREATE TABLE publications (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    video_id UUID REFERENCES videos(id) ON DELETE CASCADE,
    platform VARCHAR(50) NOT NULL,
    platform_post_id VARCHAR(255),
    published_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    status VARCHAR(50) DEFAULT 'pending'
);
"""
INSERT = "INSERT INTO videos (id, title, description, s3_url, s3_key, tags, content_type) VALUES (%s)"
COLUMNS = """SELECT table_name, column_name, data_type, character_maximum_length, column_default, is_nullable, ordinal_position
FROM information_schema.columns WHERE table_schema = 'public' ORDER BY table_name, ordinal_position"""


def literal(value):
    return "NULL" if value is None else "'" + str(value).replace("'", "''") + "'"


class Sketch:
    """What the sketch does: files under its own names, and its own SQL."""

    def __init__(self, server, clip):
        self.server, self.clip = server, clip
        postgres.make(server.data)
        self.sql(UUIDS + TABLES)

    def sql(self, text):
        return postgres.ask(text, postgres.name_of(self.server.data))

    def json(self, query):
        return json.loads(self.sql(f"SELECT coalesce(json_agg(row), '[]') FROM ({query}) AS row"))

    def put_file(self, key):
        file = self.server.data / "objects" / key
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.copyfile(self.clip, file)
        return file

    def upload(self, title, description="", tags=(), key=None):
        video = str(uuid.uuid4())
        key = key or f"videos/{video}.mp4"
        self.put_file(key)
        row = (video, title, description, f"https://bucket.s3.us-east-1.amazonaws.com/{key}", key, json.dumps(list(tags)),
               "video/mp4")  # fmt: skip
        self.sql(INSERT % ", ".join(map(literal, row)))
        return video

    def row(self, video):
        return next(iter(self.json(f"SELECT * FROM videos WHERE id = '{video}'")), None)


@pytest.fixture
def sketch(make_vitrina, clip):
    return Sketch(make_vitrina(start=False, environment=QUICK), clip)


def ready(client, video):
    return client.get(f"/v1/videos/{video}").json().get("status") == "ready"


def titles(client, **query):
    return [video["title"] for video in client.list(**query)]


def test_what_is_there_is_listed_found_and_played(sketch, clip):
    first = sketch.upload("Canción de cuna", "para dormir", ["niños", "música"])
    second = sketch.upload("Playa", tags=["verano"])
    sketch.sql(f"UPDATE videos SET upload_date = '2024-05-01 10:00:00.123456' WHERE id = '{first}'")
    sketch.sql(f"UPDATE videos SET upload_date = '2023-05-01 10:00:00', is_published = TRUE,"
               f" published_platforms = '[\"youtube\"]' WHERE id = '{second}'")  # fmt: skip
    sketch.sql(f"INSERT INTO publications (video_id, platform, platform_post_id, status) VALUES ('{second}', 'youtube',"
               f" 'abc', 'published')")  # fmt: skip
    assert "\\u00f1" in sketch.sql(f"SELECT tags::text FROM videos WHERE id = '{first}'"), "escaped, as Python writes it"
    columns, rows = sketch.sql(COLUMNS), sketch.json("SELECT * FROM videos ORDER BY id")
    publications = sketch.json("SELECT * FROM publications")

    client = sketch.server.start().client()
    listed = client.list()
    assert [video["id"] for video in listed] == [first, second], "newest first"
    assert [video["upload_date"] for video in listed] == ["2024-05-01T10:00:00.123456", "2023-05-01T10:00:00.000000"]
    assert [video["tags"] for video in listed] == [["niños", "música"], ["verano"]]
    assert (listed[1]["is_published"], listed[1]["published_platforms"]) == (True, ["youtube"])
    until(lambda: ready(client, first) and ready(client, second), "their facts are read", 60)
    assert titles(client, search="ninos") == ["Canción de cuna"] == titles(client, search="CANCION")
    assert titles(client, tag="música") == ["Canción de cuna"]

    video = client.find(first)
    assert video["duration"] == 2
    played = client.get(video["s3_url"])
    assert played.status_code == 200 and played.content == clip.read_bytes()
    details = client.get(f"/v1/videos/{first}").json()
    assert details["size"] == clip.stat().st_size
    assert details["sha256"] == hashlib.sha256(clip.read_bytes()).hexdigest()
    assert client.get(video["thumbnail_path"]).status_code == 200

    assert sketch.sql(COLUMNS) == columns, "no column was added, taken away or changed"
    learned = ("duration", "file_size", "thumbnail_path", "thumbnail_s3_key", "updated_at")
    for before, after in zip(rows, sketch.json("SELECT * FROM videos ORDER BY id")):
        assert {k: v for k, v in after.items() if k not in learned} == {k: v for k, v in before.items() if k not in learned}
        assert (after["duration"], after["file_size"]) == (2, clip.stat().st_size), "what the sketch left at 0 is known now"
    assert sketch.json("SELECT * FROM publications") == publications
    sketch.server.run("fsck", "--read")


def test_the_sketch_goes_on_writing(sketch):
    client = sketch.server.start().client()
    video = sketch.upload("Río", "", ["agua"])
    assert titles(client) == ["Río"], "at once"
    until(lambda: ready(client, video), "its facts are read", 60)
    assert titles(client, search="rio") == ["Río"]
    sketch.server.run("fsck", "--read")

    sketch.sql(f"UPDATE videos SET title = 'Montaña', tags = '[\"nieve\"]', updated_at = CURRENT_TIMESTAMP"
               f" WHERE id = '{video}'")  # fmt: skip
    assert (client.find(video)["title"], client.find(video)["tags"]) == ("Montaña", ["nieve"])
    until(lambda: titles(client, search="montana") == ["Montaña"] and titles(client, search="rio") == [], "found anew", 10)

    sketch.sql(f"UPDATE videos SET is_published = TRUE, published_platforms = '[\"facebook\"]' WHERE id = '{video}'")
    assert client.find(video)["published_platforms"] == ["facebook"]
    sketch.sql(f"UPDATE videos SET is_published = FALSE, published_platforms = '[]' WHERE id = '{video}'")
    assert (client.find(video)["is_published"], client.find(video)["published_platforms"]) == (False, [])

    sketch.sql(f"DELETE FROM videos WHERE id = '{video}'")
    assert client.list() == [] and client.get(f"/v1/videos/{video}").status_code == 404
    until(lambda: sketch.server.files() == [], "its files are removed", 60)
    until(lambda: sketch.sql("SELECT count(*) FROM vitrina_library.videos") == "0", "and its row", 60)


def test_what_we_write_the_sketch_reads(sketch, clip):
    client = sketch.server.start().client()
    video = client.upload(clip, "Ñandú", description="corre", tags=["ave", "pampa"])
    row = sketch.row(video["id"])
    assert (row["title"], row["description"], row["tags"]) == ("Ñandú", "corre", ["ave", "pampa"])
    assert row["upload_date"].rstrip("0") == video["upload_date"].rstrip("0")
    assert (row["is_published"], row["published_platforms"], row["s3_url"]) == (False, [], row["s3_key"])
    until(lambda: (sketch.row(video["id"])["duration"], sketch.row(video["id"])["file_size"]) == (2, clip.stat().st_size),
          "its facts", 30)  # fmt: skip
    assert sketch.row(video["id"])["thumbnail_s3_key"]

    changed = client.patch(f"/v1/videos/{video['id']}", json={"title": "x" * 300, "tags": ["otra"]})
    if changed.status_code == 200:  # longer than the sketch's column
        assert sketch.row(video["id"])["title"] == "x" * 255
    client.patch(f"/v1/videos/{video['id']}", json={"title": "Ñu", "tags": ["otra"]})
    assert (sketch.row(video["id"])["title"], sketch.row(video["id"])["tags"]) == ("Ñu", ["otra"])
    assert client.delete(f"/api/videos/{video['id']}").status_code == 200
    assert sketch.row(video["id"]) is None


def test_publications_of_both(sketch, clip, sandbox):
    sketch.server.environment |= sandbox.settings()
    client = sketch.server.start().client()
    sandbox.connect(client, "mastodon")
    video = sketch.upload("Both", tags=["a"])
    sketch.sql(f"UPDATE videos SET is_published = TRUE, published_platforms = '[\"instagram\"]' WHERE id = '{video}'")
    until(lambda: ready(client, video), "its facts are read", 60)
    assert client.publish(video, ["mastodon"]).status_code == 200
    wait_until_published(client, {"id": video}, ["mastodon"])
    assert client.find(video)["published_platforms"] == ["instagram", "mastodon"]
    assert sketch.row(video)["published_platforms"] == ["instagram", "mastodon"]
    ours = sketch.json(f"SELECT platform, status, platform_post_id, published_at FROM publications WHERE video_id = '{video}'")
    assert [(row["platform"], row["status"]) for row in ours] == [("mastodon", "published")]
    assert ours[0]["platform_post_id"] and ours[0]["published_at"]
    assert client.delete(f"/api/videos/{video}").status_code == 200
    assert sketch.json("SELECT * FROM publications") == [] == sketch.json("SELECT * FROM videos")


def test_names_and_rows_that_we_would_not_make(sketch):
    lost = sketch.upload("No file")
    (sketch.server.data / "objects" / "videos" / f"{lost}.mp4").unlink()
    strange = sketch.upload("Strange key")
    sketch.sql(f"UPDATE videos SET s3_key = 'videos/a b?.mp4', tags = '{{\"not\": \"a list\"}}', upload_date = NULL,"
               f" created_at = NULL, duration = NULL, published_platforms = NULL WHERE id = '{strange}'")  # fmt: skip
    twin = sketch.upload("Twin", key="videos/twin.mp4")
    other = sketch.upload("Other twin", key="videos/twin.mp4")
    sketch.sql("UPDATE videos SET upload_date = '2024-01-01', tags = '[\"\\u0000\", 5, null]' WHERE title LIKE '%win'")

    doubled = sketch.upload("Doubled", tags=["a", "a"])
    rows = sketch.json("SELECT id, tags FROM videos ORDER BY id")

    client = sketch.server.start().client()
    assert len(client.list()) == 5
    until(lambda: ready(client, doubled), "the tag that is there twice holds nobody up", 60)
    assert titles(client, tag="a") == ["Doubled"]
    assert client.find(twin)["upload_date"].startswith("2024-01-01"), "a row without a date leaves the others theirs"
    assert sketch.json("SELECT id, tags FROM videos ORDER BY id") == rows, "what is no list of texts is left as it is"
    until(lambda: ready(client, twin) and ready(client, other), "two entries of one file", 60)
    for video, code in ((lost, "VT-MED-091"), (strange, "VT-MED-092")):
        until(lambda: client.get(f"/v1/videos/{video}").json()["status"] == "failed", "it is said", 60)
        assert client.get(f"/v1/videos/{video}").json()["reasons"][0]["code"] == code
        assert client.get(client.find(video)["s3_url"]).status_code == 404
        assert client.delete(f"/api/videos/{video}").status_code == 200
    sketch.sql(f"DELETE FROM videos WHERE id = '{twin}'")
    until(lambda: sketch.sql(f"SELECT count(*) FROM vitrina_library.videos WHERE id = '{twin}'") == "0", "it is gone", 60)
    assert client.get(client.find(other)["s3_url"]).status_code == 200, "the file goes with the last that names it"
    with pytest.raises(AssertionError, match="truncated"):
        sketch.sql("TRUNCATE videos CASCADE")


@pytest.mark.parametrize("point", ["functions_made", "rows_taken", "before_commit", "bridged"])
def test_killed_on_the_way_and_started_again(sketch, point):
    videos = [sketch.upload(f"Video {n}") for n in range(3)]
    rows = sketch.json("SELECT * FROM videos ORDER BY id")
    sketch.server.start_or_die(VITRINA_FAIL_POINTS=f"postgres.sketch.{point}=abort")
    assert not sketch.server.running, "it was killed on its way"
    assert sketch.json("SELECT * FROM videos ORDER BY id") == rows
    late = sketch.upload("Late")
    client = sketch.server.start().client()
    assert {video["id"] for video in client.list()} == {*videos, late}
    until(lambda: all(ready(client, video) for video in (*videos, late)), "all of them are read", 60)
    sketch.server.run("fsck", "--read")


def test_two_servers_adopt_at_once_and_start_again(sketch, make_vitrina):
    video = sketch.upload("One")
    other = make_vitrina(start=False, roles="video", environment=QUICK)
    other.data = sketch.server.data
    for server in (sketch.server, other):
        server.launch()
    for server in (sketch.server, other):
        until(server._ready, "both become ready", 60)
        assert [found["id"] for found in server.client().list()] == [video]
    sketch.server.stop()
    sketch.server.start()
    assert titles(sketch.server.client()) == ["One"], "taken over once"


def test_triggers_that_vanished_are_put_back(sketch):
    first = sketch.upload("First")
    sketch.server.start()
    sketch.server.stop()
    for trigger in ("vitrina_take", "vitrina_turn", "vitrina_no_truncate"):
        sketch.sql(f"DROP TRIGGER {trigger} ON videos")
    second = sketch.upload("While nobody looked")
    client = sketch.server.start().client()
    assert {video["id"] for video in client.list()} == {first, second}
    third = sketch.upload("Seen again")
    assert {video["id"] for video in client.list()} == {first, second, third}


@pytest.mark.parametrize("change", ["DROP COLUMN s3_key", "ALTER COLUMN tags TYPE jsonb"])
def test_another_table_of_that_name_is_refused(sketch, change):
    sketch.sql(f"ALTER TABLE videos {change}")
    sketch.server.launch()
    assert sketch.server.wait_for_end() != 0
    assert "DB_NAME" in sketch.server.log and "table videos" in sketch.server.log
    assert sketch.sql("SELECT count(*) FROM pg_namespace WHERE nspname = 'vitrina_library'") == "0"
