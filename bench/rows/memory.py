"""What it weighs: idle, with 10,000 idle connections, with 1,000 streams of events, with 100 uploads at once."""
import resource
import select
import socket
import threading
import time

import load
import processes
from candidates import Vitrina
from films import big_film, minute_of_1080p
from interleave import Result, mebibytes


class Peak:
    """The highest memory of a tree while the block runs."""

    def __init__(self, candidate):
        self.candidate = candidate
        self.highest = 0
        self.done = threading.Event()
        self.thread = threading.Thread(target=self._watch)

    def _watch(self):
        while not self.done.is_set():
            self.highest = max(self.highest, processes.memory(self.candidate.roots))
            self.done.wait(0.05)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.thread.join()


def send_part(vitrina, film, limit, pace=None):
    """Announces the film, sends its first `limit` bytes (at `pace` bytes a second), and goes away."""
    before, after = load.form_around("One of many")
    size = film.stat().st_size
    with socket.create_connection(("127.0.0.1", vitrina.port), timeout=120) as connection, open(film, "rb") as file:
        connection.sendall(
            f"POST /api/videos/upload HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(before) + size + len(after)}\r\n"
            f"Content-Type: multipart/form-data; boundary={load.BOUNDARY}\r\n\r\n".encode() + before
        )
        if pace is None:
            connection.sendfile(file, 0, limit)
            return
        started, sent = time.monotonic(), 0
        while sent < limit:
            piece = file.read(16384)
            connection.sendall(piece)
            sent += len(piece)
            ahead = sent / pace - (time.monotonic() - started)
            if ahead > 0:
                time.sleep(ahead)


def open_stream(port):
    connection = socket.create_connection(("127.0.0.1", port), timeout=60)
    connection.sendall(b"GET /v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n")
    head = connection.recv(4096)
    assert head.startswith(b"HTTP/1.1 200 "), head
    return connection


def wait_for_event(connections, name, seconds):
    """How many of the streams had the event within that time."""
    waiting, poll = {connection.fileno(): connection for connection in connections}, select.poll()
    for number in waiting:
        poll.register(number, select.POLLIN)
    deadline = time.monotonic() + seconds
    while waiting and time.monotonic() < deadline:
        for number, _ in poll.poll(1000):
            if name in waiting[number].recv(65536):
                poll.unregister(number)
                del waiting[number]
    return len(connections) - len(waiting)


def event_streams(count):
    film = minute_of_1080p()
    with Vitrina() as vitrina:
        load.upload(vitrina.port, film)
        base = processes.memory(vitrina.roots)
        streams = [open_stream(vitrina.port) for _ in range(count)]
        more = processes.memory(vitrina.roots) - base
        load.upload(vitrina.port, film)
        answered = time.perf_counter()
        reached = wait_for_event(streams, b"video.uploaded", 20)
        took = time.perf_counter() - answered
        for stream in streams:
            stream.close()
    yield Result(
        f"{count:,} streams of events",
        "≤ 16 MiB more; a video's event is in all of them within 1 s of the upload's answer",
        f"{mebibytes(more)} more: {more / count:,.0f} bytes each; in {reached:,} of them after {took * 1000:.0f} ms",
        more <= 16 * 2**20 and reached == count and took <= 1,
    )


def run(quick):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65536), hard))
    film = big_film()
    with Vitrina(settings={"VITRINA_MAX_CONNECTIONS": "20000", "VITRINA_IDLE_TIMEOUT": "10m"}) as vitrina:
        load.KeepAlive(vitrina.port).timed("/health")
        time.sleep(1)
        pid = vitrina.roots[0]
        idle = processes.memory(vitrina.roots)
        yield Result(
            "idle memory", "≤ 30 MiB", f"{mebibytes(idle)} (VmRSS {mebibytes(processes.resident(pid))})", idle <= 30 * 2**20
        )

        count = min(10_000, (resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 200))
        connections = []
        for _ in range(count):
            connection = load.KeepAlive(vitrina.port)
            connections.append(connection)
        for connection in connections:
            connection.timed("/livez")
        more = processes.memory(vitrina.roots) - idle
        for connection in connections:
            connection.close()
        yield Result(
            f"{count:,} idle connections, each after a request",
            "≤ 40 MiB more",
            f"{mebibytes(more)} more: {more / count:,.0f} bytes each",
            more <= 40 * 2**20 and count == 10_000,
        )

    yield from event_streams(1000)

    with Vitrina() as vitrina:
        load.KeepAlive(vitrina.port).timed("/health")
        load.upload(vitrina.port, film)  # what the first upload of all allocates for good is not the uploads' weight
        base = processes.memory(vitrina.roots)
        pace, seconds = 100_000, 3 if quick else 8
        with Peak(vitrina) as peak:
            load.at_once(100, lambda n: send_part(vitrina, film, pace * seconds, pace))
        rise = peak.highest - base
        yield Result(
            "100 slow uploads at once (100 kB/s each)", "memory rises by ≤ 10 MiB", mebibytes(rise), rise <= 10 * 2**20
        )
        base = processes.memory(vitrina.roots)
        each = (16 if quick else 80) * 2**20
        started = time.perf_counter()
        with Peak(vitrina) as peak:
            load.at_once(100, lambda n: send_part(vitrina, film, each))
        rate = 100 * each / 2**30 / (time.perf_counter() - started)
        rise = peak.highest - base
        yield Result(
            f"100 fast uploads of 1 GiB at once (each cut after {each // 2**20} MiB, to spare the disk)",
            "memory rises by ≤ 64 MiB",
            f"{mebibytes(rise)} at {rate:.2f} GiB/s",
            rise <= 64 * 2**20,
        )
