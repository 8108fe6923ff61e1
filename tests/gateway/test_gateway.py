"""The shipped gateway: TLS, routes, uploads and downloads through it, its own refusals, and services that go away."""
import hashlib
import json
import os
import subprocess
import threading
import time

import pytest

from harness.children import children
from harness.events import EventStream
from harness.waiting import until


def test_the_app_s_way_through_https(town, clip):
    """What an existing client's documentation tells it to do, line by line."""
    status, body = town.curl("-F", "title=Mi video", "-F", "description=Una prueba", "-F", 'tags=["a","b"]',
                             "-F", f"video=@{clip}", path="/api/videos/upload")  # fmt: skip
    assert status == 201, body
    video = json.loads(body)
    assert video["duration"] == 2 and video["s3_url"].startswith("https://video.example:")
    status, body = town.curl(path="/api/videos")
    assert status == 200 and [found["id"] for found in json.loads(body)] == [video["id"]]
    status, body = town.curl(path="/api/videos?search=prueba&sort_by=title")
    assert status == 200 and len(json.loads(body)) == 1
    status, body = town.curl("-X", "POST", "-H", "Content-Type: application/json", "-d", '{"platforms":["youtube"]}',
                             path=f"/api/videos/{video['id']}/publish")  # fmt: skip
    assert status == 409 and "account" in json.loads(body)["error"], "it reaches the publish service"
    status, body = town.curl(path="/health")
    assert status == 200 and json.loads(body)["status"] == "healthy"
    status, body = town.curl("-X", "DELETE", path=f"/api/videos/{video['id']}")
    assert status == 200 and json.loads(body)["message"] == "Video deleted successfully"


def test_http_is_sent_to_https(town):
    result = subprocess.run(
        ["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code} %{redirect_url}", "-H", "Host: video.example",
         f"http://127.0.0.1:{town.http_port}/api/videos?search=a%20b"],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert result.stdout == "308 https://video.example/api/videos?search=a%20b"


def test_http_2_hsts_and_old_tls(town):
    status, head = town.curl("-I", "--http2", path="/livez")
    assert status == 200 and head.startswith("HTTP/2 200") and "strict-transport-security: max-age=63072000" in head.lower()
    refused = subprocess.run(
        ["curl", "-sS", "--cacert", town.directory / "fullchain.pem", "--tls-max", "1.1", "--resolve",
         f"video.example:{town.https_port}:127.0.0.1", f"https://video.example:{town.https_port}/livez"],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert refused.returncode != 0


UNKNOWN = "00000000-0000-4000-8000-000000000000"

# Where a request ends up shows in what answers it: only the publish service knows what is published, only the video
# service has videos.
ROUTES = {
    f"/api/videos/{UNKNOWN}/publish": "publish",
    f"/api/videos/{UNKNOWN}/%70ublish": "publish",
    f"//api//videos/{UNKNOWN}/publish": "publish",
    f"/api/./videos/{UNKNOWN}/publish": "publish",
    f"/x/../api/videos/{UNKNOWN}/publish": "publish",
    f"/api/videos/{UNKNOWN}/publishXYZ": "video",
    f"/api/videos/{UNKNOWN}": "video",
    "/api/videos/publish": "video",
    "/api/videosfoo": "video",
    "/v1/accounts": "publish",
    f"/v1/accounts/{UNKNOWN}": "publish",
    "/v1/webhooks": "publish",
    f"/v1/webhooks/{UNKNOWN}/deliveries": "publish",
    f"/v1/webhook-deliveries/{UNKNOWN}": "publish",
    "/v1/platforms": "publish",
    "/v1/publishing": "publish",
    "/v1/publications": "publish",
    f"/v1/publications/{UNKNOWN}/retry": "publish",
    f"/v1/videos/{UNKNOWN}/publications": "publish",
    "/v1/publicationsfoo": "video",
    f"/v1/videos/{UNKNOWN}": "video",
    "/v1/videos": "video",
    "/v1/events": "video",
    "/": "video",
}


@pytest.mark.parametrize("path", ROUTES)
def test_every_spelling_of_a_path_goes_to_the_right_service(town, path):
    before = {name: requests_of(services) for name, services in services_of(town).items()}
    town.curl("--path-as-is", "-X", "GET", path=path)

    def reached():
        return {name for name, services in services_of(town).items() if requests_of(services) > before[name]}

    until(reached, "a service has it in its log")
    assert reached() == {ROUTES[path]}


def services_of(town):
    return {"video": town.videos, "publish": [town.publisher]}


def requests_of(services):
    """How many requests are in their logs; but for this test's own look at the processes there are none."""
    return sum(service.log.count('"message":"request"') for service in services)


def test_metrics_are_not_for_the_world(town):
    assert town.curl(path="/metrics")[0] == 404


def test_the_client_s_address_is_the_gateway_s_word(town):
    town.curl("-H", "X-Forwarded-For: 6.6.6.6", "-H", "X-Request-Id: mine", path="/v1/videos?limit=1")
    lines = [json.loads(line) for service in town.videos for line in service.log.splitlines() if '"path":"/v1/videos"' in line]
    assert lines and not any(line["address"] == "6.6.6.6" or line["request_id"] == "mine" for line in lines)


# A sanitizer's server takes its time: a gigabyte with ./dev test --all.
MEBIBYTES = 1024 if os.environ.get("VITRINA_EVERY_MOMENT") else 128


def test_a_large_file_goes_through_and_nothing_is_spooled(town, clip, tmp_path):
    """An MP4 with much padding, which a reader skips; back in whole and in parts, with the same bytes."""
    film = tmp_path / "film.mp4"
    with open(film, "wb") as out:
        out.write(clip.read_bytes())
        size = MEBIBYTES << 20
        out.write((size & 0xFFFFFFFF).to_bytes(4, "big") + b"free")
        block = os.urandom(1 << 20)
        for _ in range(MEBIBYTES - 1):
            out.write(block)
        out.write(block[: (1 << 20) - 8])
    spooled = []
    stop = threading.Event()

    def watch():
        while not stop.is_set():
            spooled.append(sum(f.stat().st_size for f in town.directory.rglob("*") if f.is_file() and f.parent.name.isdigit()))
            time.sleep(0.05)

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        status, body = town.curl("-F", "title=Long", "-F", f"video=@{film}", path="/api/videos/upload")
        assert status == 201, body
        video = json.loads(body)
        path = video["s3_url"].split(str(town.https_port), 1)[1]
        got = tmp_path / "got"
        assert town.curl("-o", got, path=path)[0] == 200
    finally:
        stop.set()
        watching.join()
    assert max(spooled) == 0, "neither body touched the gateway's disk"
    with open(film, "rb") as sent, open(got, "rb") as came:
        assert hashlib.file_digest(sent, "sha256").digest() == hashlib.file_digest(came, "sha256").digest()
    part = tmp_path / "part"
    assert town.curl("-r", "1000-1999", "-o", part, path=path)[0] == 206
    with open(film, "rb") as sent:
        sent.seek(1000)
        assert part.read_bytes() == sent.read(1000)
    assert town.curl("-r", f"{film.stat().st_size}-", path=path)[0] == 416
    assert town.curl("-X", "DELETE", path=f"/api/videos/{video['id']}")[0] == 200


def raw(town, text):
    """(status, head in lower case, body). A refusal may come, and the connection be reset, before all was sent; one that
    was lost that way is asked for again."""

    def answer():
        received = b""
        try:
            with town.connect() as connection:
                connection.sendall(text.encode())
                while chunk := connection.recv(65536):
                    received += chunk
        except OSError:
            pass
        return received if b"\r\n\r\n" in received else None

    head, _, body = until(answer, "an answer").partition(b"\r\n\r\n")
    return int(head.split(b" ")[1]), head.decode().lower(), body


@pytest.mark.parametrize("surface", ["/api/videos", "/v1/videos"])
@pytest.mark.parametrize("what", ["header", "target"])
def test_the_gateway_s_own_refusals_have_the_surface_s_shape(town, surface, what):
    long = "x" * 20_000  # more than one of the gateway's buffers
    text = {
        "header": f"GET {surface} HTTP/1.1\r\nHost: video.example\r\nX-Long: {long}\r\nConnection: close\r\n\r\n",
        "target": f"GET {surface}?search={long} HTTP/1.1\r\nHost: video.example\r\nConnection: close\r\n\r\n",
    }[what]
    status, head, body = raw(town, text)
    assert status == {"header": 431, "target": 414}[what]
    check_refusal(surface if what == "header" else "/", status, head, body)


def test_a_request_line_that_cannot_be_read_is_refused_with_a_sentence(town):
    status, head, body = raw(town, "GET \x01 HTTP/1.1\r\nHost: video.example\r\n\r\n")
    assert status == 400
    check_refusal("/", status, head, body)


def check_refusal(surface, status, head, body):
    answer = json.loads(body)
    if surface.startswith("/v1"):
        assert "content-type: application/problem+json" in head and head.count("content-type") == 1
        assert answer["status"] == status and answer["code"] == f"VT-GW-{status}" and answer["title"] and answer["detail"]
    else:
        assert "content-type: application/json" in head and head.count("content-type") == 1
        assert set(answer) == {"error"} and answer["error"]


def test_a_service_that_is_away_is_a_502_in_the_surface_s_shape(town):
    town.publisher.kill()
    try:
        for surface in (f"/api/videos/{UNKNOWN}/publish", "/v1/publications"):
            status, head, body = raw(town, f"GET {surface} HTTP/1.1\r\nHost: video.example\r\nConnection: close\r\n\r\n")
            assert status == 502
            check_refusal(surface, status, head, body)
            assert "strict-transport-security" in head
    finally:
        town.publisher.start()
    until(lambda: town.curl(path="/v1/publications")[0] == 200, "it is found again")


def test_one_of_two_services_is_killed_under_load(town, clip):
    """What only reads is answered by the other one; nobody sees an error."""
    town.curl("-F", "title=Load", "-F", f"video=@{clip}", path="/api/videos/upload")
    outcomes, stop = [], threading.Event()

    def read():
        while not stop.is_set():
            outcomes.append(town.curl(path="/api/videos", check=False)[0])

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        until(lambda: len(outcomes) > 20, "the load is on")
        town.videos[1].kill()
        seen = len(outcomes)
        until(lambda: len(outcomes) > seen + 60, "it goes on without it")
        town.videos[1].start()
        seen = len(outcomes)
        until(lambda: len(outcomes) > seen + 60, "and with it again")
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert set(outcomes) == {200}


def ask_for_events(town):
    """(status, body) of a stream that is left at once; another one finds room again."""
    answer = town.curl("-H", "Accept: text/event-stream", "--max-time", "1", path="/v1/events", check=False)
    until(lambda: sum(listening(service) for service in town.videos) == len(town.streams), "the stream is over")
    return answer


@pytest.fixture
def full(town):
    """A function that leaves a service no room for another stream of events: of all that is asked of it, it refuses this."""
    before = [requests_of([service]) for service in town.videos]

    def all_are_asked():
        town.curl(path="/api/videos")
        return all(requests_of([service]) > seen for service, seen in zip(town.videos, before, strict=True))

    until(all_are_asked, "none of them is left alone for what was before")
    town.streams = []

    def full(service):
        town.streams.append(EventStream(service.url))

    yield full
    for stream in town.streams:
        stream.close()


def test_what_one_service_cannot_do_just_now_another_one_is_asked_for(town, full):
    full(town.videos[0])
    assert [ask_for_events(town)[0] for _ in range(6)] == [200] * 6
    assert [town.curl(path="/api/videos")[0] for _ in range(6)] == [200] * 6


def test_when_none_of_them_can_their_own_words_come_through_and_nothing_else_suffers(town, full):
    for service in town.videos:
        full(service)
    for _ in range(6):
        status, body = ask_for_events(town)
        assert status == 503 and json.loads(body)["code"] == "VT-EVT-002"
        assert town.curl(path="/api/videos")[0] == 200
        assert town.curl("-X", "POST", path="/api/videos/upload")[0] == 415, "nor is what is written refused by the gateway"
    status, head, _ = raw(town, "GET /v1/events HTTP/1.1\r\nHost: video.example\r\nAccept: text/event-stream\r\nConnection: close\r\n\r\n")
    assert status == 503 and "retry-after: " in head
    for stream in town.streams:
        stream.close()
    town.streams.clear()
    assert ask_for_events(town)[0] == 200, "as soon as there is room"


def test_a_reload_in_the_middle_of_an_upload(town, clip):
    content = clip.read_bytes()
    form = (
        b'--b\r\nContent-Disposition: form-data; name="title"\r\n\r\nReloaded\r\n'
        b'--b\r\nContent-Disposition: form-data; name="video"; filename="v.mp4"\r\n\r\n' + content + b"\r\n--b--\r\n"
    )
    with town.connect() as connection:
        connection.sendall(
            f"POST /api/videos/upload HTTP/1.1\r\nHost: video.example\r\nContent-Type: multipart/form-data; boundary=b\r\n"
            f"Content-Length: {len(form)}\r\nConnection: close\r\n\r\n".encode() + form[: len(form) // 2]
        )
        until(lambda: any(service.files() for service in town.videos[:1]), "it has begun to arrive")
        workers = worker_pids(town)
        town.reload()
        until(lambda: worker_pids(town) - workers, "new workers serve")
        connection.sendall(form[len(form) // 2:])
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    assert answer.startswith(b"HTTP/1.1 201 "), answer[:500]


def worker_pids(town):
    return set(children(town.process.pid, b"worker process"))


def test_a_stream_of_events_goes_through_as_it_happens(town, clip):
    """Through TLS and HTTP/1.1; each event comes at once, and the gateway keeps the line open while nothing happens."""
    request = "GET /v1/events HTTP/1.1\r\nHost: video.example\r\nAccept: text/event-stream\r\n\r\n"
    with town.connect() as connection:
        connection.sendall(request.encode())
        received = b""

        def read_until(words, seconds=30):
            nonlocal received
            connection.settimeout(seconds)
            while words not in received:
                chunk = connection.recv(65536)
                assert chunk, received
                received += chunk

        read_until(b"retry: 2000")
        head = received.split(b"\r\n\r\n")[0].lower()
        assert b"content-type: text/event-stream" in head and b"x-accel-buffering" not in head
        status, body = town.curl("-F", "title=Told", "-F", f"video=@{clip}", path="/api/videos/upload")
        assert status == 201
        video = json.loads(body)["id"].encode()
        read_until(b"event: video.uploaded", seconds=5)
        read_until(b"event: video.ready", seconds=10)
        assert video in received
        read_until(b"\n:\n", seconds=25)  # a heartbeat
    assert sum(listening(service) for service in town.videos) <= 1
    until(lambda: sum(listening(service) for service in town.videos) == 0, "the gateway hangs up when its client does", 5)


def listening(service):
    metrics = service.client().get("/metrics").text
    return int(float(next(line.split()[1] for line in metrics.splitlines() if line.startswith("vitrina_sse_clients "))))
