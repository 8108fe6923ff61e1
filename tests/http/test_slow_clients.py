"""Slow and absent clients cost a bounded time; the others do not notice."""
import socket
import time

import pytest

from harness.multipart import Form
from harness.raw import RawConnection, exchange
from harness.waiting import until


@pytest.fixture(scope="module")
def impatient(tmp_path_factory, spec):
    """A server with short limits, so that a test can reach them."""
    from harness.process import Vitrina

    server = Vitrina(
        tmp_path_factory.mktemp("impatient"),
        spec,
        environment={
            "VITRINA_HEADER_TIMEOUT": "1s",
            "VITRINA_IDLE_TIMEOUT": "2s",
            "VITRINA_BODY_TIMEOUT": "2s",
            "VITRINA_UPLOAD_LEASE": "2s",
        },
    ).start()
    yield server
    server.stop()


def closes_within(connection, seconds):
    connection.socket.settimeout(seconds)
    return connection.is_closed_by_server()


def test_a_header_that_never_ends_is_given_up(impatient):
    with RawConnection(impatient.url) as connection:
        connection.send("GET /livez HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        answer = connection.answer()
        assert answer is None or answer[0] == 408
        assert closes_within(connection, 20)


def test_a_header_dripped_byte_by_byte_is_given_up(impatient):
    with RawConnection(impatient.url) as connection:
        started = time.monotonic()

        def dripped():
            try:
                connection.send("a")
                connection.socket.setblocking(False)
                data = connection.socket.recv(1000)
                return True if data == b"" or b" 408 " in data else False
            except BlockingIOError:
                return False
            except OSError:
                return True
            finally:
                connection.socket.setblocking(True)

        connection.send("GET /livez HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        until(dripped, "the server gives up on a dripping header", 30)
        assert time.monotonic() - started < 20


def test_an_idle_connection_is_closed(impatient):
    with RawConnection(impatient.url) as connection:
        assert connection.send("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n").answer()[0] == 200
        assert closes_within(connection, 30)


def test_a_body_that_stands_still_is_given_up_and_leaves_nothing(impatient):
    before = impatient.files()
    form = Form().field("title", "Stalled").file("video", "v.mp4", bytes(500_000))
    body = form.body()
    with RawConnection(impatient.url) as connection:
        connection.send(
            f"POST /api/videos/upload HTTP/1.1\r\nHost: x\r\nContent-Type: {form.content_type}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n".encode() + body[:200_000]
        )
        answer = connection.answer()
        assert answer is None or answer[0] in (408, 400), answer
        assert closes_within(connection, 30)
    until(lambda: impatient.files() == before, "the stalled upload leaves no file", 60)


def test_hundreds_of_slow_clients_do_not_slow_the_others(server):
    slow = []
    try:
        for _ in range(300):
            connection = socket.create_connection(("127.0.0.1", server.port), timeout=10)
            connection.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\nX-Slow: ")
            slow.append(connection)
        started = time.monotonic()
        for _ in range(20):
            assert exchange(server.url, "GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")[0] == 200
        assert time.monotonic() - started < 10
    finally:
        for connection in slow:
            connection.close()


def test_a_reader_that_stops_reading_does_not_hold_the_others(server, clip):
    video = server.client().upload(clip, "Slow reader")
    path = video["s3_url"][len(server.url):]
    readers = []
    try:
        for _ in range(20):
            connection = socket.create_connection(("127.0.0.1", server.port), timeout=10)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode() * 3)
            readers.append(connection)
        assert server.client().get("/health").status_code == 200
    finally:
        for connection in readers:
            connection.close()
