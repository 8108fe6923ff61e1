"""SIGTERM: no accepted request is lost."""
import signal
import threading

import pytest

from harness.multipart import Form
from harness.raw import RawConnection
from harness.waiting import until


def begin_upload(server, title, clip):
    form = Form().field("title", title).file("video", "v.mp4", clip.read_bytes())
    body = form.body()
    connection = RawConnection(server.url, timeout=60)
    connection.send(
        f"POST /api/videos/upload HTTP/1.1\r\nHost: x\r\nContent-Type: {form.content_type}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n".encode() + body[: len(body) // 2]
    )
    return connection, body[len(body) // 2:]


def test_an_upload_in_flight_finishes(make_vitrina, clip):
    server = make_vitrina()
    before = server.files()
    connection, rest = begin_upload(server, "Last one", clip)
    until(lambda: server.files() != before, "the upload has begun to arrive")
    server.process.send_signal(signal.SIGTERM)
    until(lambda: not accepts(server), "the draining server takes no new clients")
    status, _, body = connection.send(rest).answer()
    assert status == 201, body
    assert server.process.wait(60) == 0
    server.start()
    assert [video["title"] for video in server.client().list()] == ["Last one"]


def accepts(server):
    try:
        with RawConnection(server.url, timeout=5) as connection:
            answer = connection.send("GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").answer()
            return answer is not None and answer[0] == 200
    except OSError:
        return False


def test_an_upload_that_never_ends_does_not_hold_the_server(make_vitrina, clip):
    server = make_vitrina(environment={"VITRINA_DRAIN": "1s", "VITRINA_UPLOAD_LEASE": "1s"})
    before = server.files()
    connection, _ = begin_upload(server, "Endless", clip)
    until(lambda: server.files() != before, "the upload has begun to arrive")
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(60) == 0
    connection.socket.close()
    server.start()
    assert server.client().list() == []
    until(lambda: server.files() == before, "nothing of it is left after the restart", 60)


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT])
def test_idle_and_busy_connections_do_not_matter(make_vitrina, signal_number):
    server = make_vitrina()
    answers = []
    idle = [RawConnection(server.url) for _ in range(20)]

    def ask():
        client = server.client()
        try:
            while True:
                answers.append(client.get("/api/videos").status_code)
        except Exception as error:  # the server has closed: every answer it began was whole
            answers.append(type(error).__name__)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    until(lambda: len(answers) > 50, "requests are flowing")
    server.process.send_signal(signal_number)
    assert server.process.wait(60) == 0
    for thread in threads:
        thread.join(60)
    for connection in idle:
        connection.socket.close()
    assert set(answers) <= {200, "ConnectionError"}, set(answers)
