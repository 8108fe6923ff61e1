"""SIGTERM: no accepted request is lost, and work that was begun is handed on."""
import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.children import children
from harness.multipart import Form
from harness.publications import SETTLED, wait_until_published
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
    connection, rest = begin_upload(server, "Last one", clip)
    until(server.begun, "the upload has begun to arrive")
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
    until(server.begun, "the upload has begun to arrive")
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


def test_who_waits_for_a_publication_is_answered(make_vitrina, sandbox, clip):
    server = make_vitrina(environment={**sandbox.settings(), "VITRINA_DRAIN": "4s"})
    client = server.client()
    sandbox.connect(client, "youtube")
    video = client.upload(clip, "Waited for")
    sandbox.fault("youtube", "videos.upload", "slow:8000")
    with ThreadPoolExecutor(1) as elsewhere:
        waiting = elsewhere.submit(client.publish, video["id"], ["youtube"], headers={"Prefer": "wait=60"})
        until(lambda: sandbox.count("youtube", "videos.insert"), "it is under way")
        server.process.send_signal(signal.SIGTERM)
        answer = waiting.result(60)
    assert answer.status_code == 200, answer.text
    assert answer.json()["publications"][0]["status"] not in SETTLED
    assert server.process.wait(60) == 0
    server.start()
    wait_until_published(server.client(), video, ["youtube"])
    assert len(sandbox.ledger("youtube")) == 1


def beside(make_vitrina, service, roles):
    """A process of other roles on the same data, whose leases outlast the test: what is taken up was handed back."""
    process = make_vitrina(start=False, roles=roles, environment=service.environment)
    process.data = service.data
    return process


PATIENT = {"VITRINA_JOB_LEASE": "10m", "VITRINA_DRAIN": "1s", "VITRINA_UPLOAD_WAIT": "0s"}


def test_a_publisher_that_stops_hands_its_publication_on(make_vitrina, sandbox, clip):
    service = make_vitrina(roles="video,work", environment={**PATIENT, **sandbox.settings()})
    first = beside(make_vitrina, service, "publish").start()
    sandbox.connect(first.publish_client(), "youtube")
    video = service.client().upload(clip, "Handed on")
    sandbox.fault("youtube", "videos.upload", "slow:8000")
    first.publish_client().publish(video["id"], ["youtube"])
    until(lambda: sandbox.count("youtube", "videos.insert"), "it is under way")
    first.process.send_signal(signal.SIGTERM)
    assert first.process.wait(60) == 0
    second = beside(make_vitrina, service, "publish").start()
    wait_until_published(second.publish_client(), video, ["youtube"])
    assert len(sandbox.ledger("youtube")) == 1


def test_a_worker_that_stops_hands_its_file_on(make_vitrina, clip):
    service = make_vitrina(roles="video,publish", environment=PATIENT)
    first = beside(make_vitrina, service, "work").launch()
    video = service.client().upload(clip, "Handed on")
    reader = until(lambda: children(first.process.pid), "the worker reads the file")[0]
    os.kill(reader, signal.SIGSTOP)  # it will not be done in time
    first.process.send_signal(signal.SIGTERM)
    assert first.process.wait(60) == 0
    until(lambda: not os.path.exists(f"/proc/{reader}"), "its child goes with it")
    beside(make_vitrina, service, "work").launch()
    status = lambda: service.client().get(f"/v1/videos/{video['id']}").json()["status"]
    until(lambda: status() in ("playable", "ready"), "another worker reads it")
