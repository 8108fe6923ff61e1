"""Streams of events and what becomes of clients that are slow, gone or in the way."""
import os
import signal
import socket
import time

from harness import postgres
from harness.events import EventStream
from harness.waiting import until


def clients_of(server):
    line = next(line for line in server.client().get("/metrics").text.splitlines() if line.startswith("vitrina_sse_clients "))
    return int(float(line.split()[1]))


def resident_mib(server):
    with open(f"/proc/{server.process.pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024


def write_many(server, count):
    """Events as other processes would write them, much quicker than anybody could change videos."""
    insert = (
        "INSERT INTO events (position, id, type, subject, video_id, at, data) "
        "SELECT {next} + n, {id}, 'video.updated', '00000000-0000-4000-8000-000000000000', NULL, 1772366400000000, "
        "'{{\"changed\":[\"' || {padding} || '\"]}}' FROM {numbers}"
    )
    newest = "(SELECT COALESCE(MAX(position), 0) FROM events)"
    if postgres.WANTED:
        sql = insert.format(next=newest, id="md5(random()::text)::uuid::text", padding="repeat('x', 1000)",
                            numbers=f"generate_series(1, {count}) AS s(n)")  # fmt: skip
        postgres.ask(sql, postgres.name_of(server.data))
        return
    import sqlite3

    with sqlite3.connect(server.data / "vitrina.db", timeout=30) as database:
        (last,) = database.execute(f"SELECT {newest}").fetchone()
        database.executemany(
            "INSERT INTO events (position, id, type, subject, video_id, at, data) VALUES (?, ?, 'video.updated', "
            "'00000000-0000-4000-8000-000000000000', NULL, 1772366400000000, ?)",
            [(last + n, f"0190{os.urandom(2).hex()}-{n >> 16:04x}-7000-8000-{n & 0xFFFF:04x}{os.urandom(4).hex()}",
              '{"changed":["' + "x" * 1000 + '"]}') for n in range(1, count + 1)],
        )  # fmt: skip


def test_E3_a_reader_that_stops_is_dropped_and_the_others_are_not(make_vitrina):
    server = make_vitrina(environment={"VITRINA_BODY_TIMEOUT": "3s", "ASAN_OPTIONS": "exitcode=99:quarantine_size_mb=1"})
    with socket.socket() as slow, EventStream(server.url, check=False) as good:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.connect(("127.0.0.1", server.port))
        slow.sendall(b"GET /v1/events HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n")
        until(lambda: clients_of(server) == 2, "both listen")
        before = resident_mib(server)
        write_many(server, 5000)
        until(lambda: len(good.events) == 5000, "the good one has them all", 60)
        until(lambda: clients_of(server) == 1, "the slow one is dropped", 30)
        assert resident_mib(server) - before < 60, "nobody's backlog is held in memory"
        assert not good.ended
    assert len(set(good.ids)) == 5000


def test_a_client_that_is_gone_leaves_its_place_at_once(make_vitrina):
    server = make_vitrina()
    streams = [EventStream(server.url) for _ in range(5)]
    until(lambda: clients_of(server) == 5, "all listen")
    for stream in streams:
        stream.close()
    until(lambda: clients_of(server) == 0, "all are gone", 5)


def test_a_stream_outlives_the_idle_limits_and_has_a_heart(make_vitrina, clip):
    server = make_vitrina(environment={"VITRINA_IDLE_TIMEOUT": "1s", "VITRINA_BODY_TIMEOUT": "1s"})
    with EventStream(server.url) as stream:
        until(lambda: stream.beats > 0, "a heartbeat comes", 30)
        server.client().upload(clip)
        stream.wait_for("video.uploaded")


def test_an_event_is_there_quickly(make_vitrina, clip):
    """Within one process by its own word; the bound is generous, for machines that do ten things at once."""
    server = make_vitrina()
    client = server.client()
    video = client.upload(clip)
    until(lambda: client.get(f"/v1/videos/{video['id']}").json()["status"] == "ready", "the facts")
    with EventStream(server.url) as stream:
        delays = []
        for n in range(20):
            seen = len(stream.events)
            client.patch(f"/v1/videos/{video['id']}", json={"title": f"Title {n}"})
            answered = time.monotonic()
            while len(stream.events) == seen:
                time.sleep(0.001)
                assert time.monotonic() - answered < 5
            delays.append(time.monotonic() - answered)
        assert sorted(delays)[10] < 0.2, delays


def test_streams_do_not_hold_a_server_that_stops(make_vitrina):
    server = make_vitrina(environment={"VITRINA_DRAIN": "30s"})
    streams = [EventStream(server.url) for _ in range(20)]
    until(lambda: clients_of(server) == 20, "all listen")
    began = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(60) == 0
    assert time.monotonic() - began < 10, "the drain did not wait for them"
    for stream in streams:
        stream.thread.join(10)
        assert stream.ended, "each was ended in order"
        stream.close()
