"""Many clients doing everything at once; run against the ThreadSanitizer build, whose reports fail the test."""
import random
import threading

import pytest

from harness.publications import SETTLED, publications
from harness.raw import RawConnection
from harness.waiting import until

# More loops than the machine may have cores. What only a public server does, tokens, signed links and the rate limit,
# is state that all of them share.
BUSY = {"VITRINA_THREADS": "4", "VITRINA_RATE_LIMIT": "1000000"}
NETWORKS = ["youtube", "mastodon"]


@pytest.fixture
def busy(make_vitrina, sandbox):
    """A server with several loops that asks for tokens and publishes to the sandbox; .app() is a new client of it."""
    server = make_vitrina(start=False, environment={**BUSY, **sandbox.settings()})
    server.environment["VITRINA_LISTEN"] = f"0.0.0.0:{server.port}"
    server.environment["VITRINA_PUBLISH_LISTEN"] = f"0.0.0.0:{server.publish_port}"
    server.directory.mkdir(parents=True)
    tokens = {
        scope: server.run("token", "create", "--scope", scope, "--name", scope).stdout.strip()
        for scope in ("admin", "read,write,publish")
    }
    server.app = lambda: server.client(tokens["read,write,publish"])
    server.admin = lambda: server.client(tokens["admin"])
    server.start()
    for network in NETWORKS:
        sandbox.connect(server.admin(), network)
    return server


def at_once(count, work):
    """Runs work(number) in so many threads and waits for all of them; the first error is the test's."""
    errors = []

    def run(number):
        try:
            work(number)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not any(thread.is_alive() for thread in threads), "a client still waits for its answer"
    assert not errors, errors


def test_uploads_lists_ranges_edits_publications_and_deletes_at_once(busy, clip):
    known, lock = [], threading.Lock()

    def pick(chance):
        with lock:
            return chance.choice(known) if known else None

    def upload(client, chance):
        video = client.upload(clip, f"Video {chance.random()}", tags=["x"])
        with lock:
            known.append(video)

    def listing(client, chance):
        client.list(search=chance.choice(["video", "", "0.1", "x"]), sort_by=chance.choice(["title", "date"]))

    def watch(client, chance):
        if video := pick(chance):
            start = chance.randrange(1000)
            answer = client.get(video["s3_url"], headers={"Range": f"bytes={start}-"})
            assert answer.status_code in (206, 404, 410)

    def edit(client, chance):
        if video := pick(chance):
            answer = client.patch(f"/v1/videos/{video['id']}", json={"title": f"Edited {chance.random()}"})
            assert answer.status_code in (200, 404, 409, 412, 428), answer.text

    def publish(client, chance):
        if video := pick(chance):
            wait = {"Prefer": "wait=2"} if chance.random() < 0.5 else {}
            answer = client.publish(video["id"], [chance.choice(NETWORKS)], headers=wait)
            assert answer.status_code in (200, 404, 409), answer.text

    def cancel(client, chance):
        if (video := pick(chance)) and (begun := publications(client, video)):
            answer = client.post(f"/v1/publications/{chance.choice(begun)['id']}/cancel")
            assert answer.status_code in (200, 404, 409), answer.text

    def delete(client, chance):
        if (video := pick(chance)) and chance.random() < 0.3:
            assert client.delete(f"/api/videos/{video['id']}").status_code in (200, 404)

    def look(client, chance):
        assert busy.admin().get("/metrics").status_code == 200

    def work(seed):
        chance, client = random.Random(seed), busy.app()
        for _ in range(12):
            chance.choice([upload, upload, listing, watch, edit, publish, cancel, delete, look])(client, chance)

    at_once(8, work)
    assert known, "nothing was uploaded"
    client = busy.app()
    for video in client.list():
        client.publish(video["id"], NETWORKS)

    def every():
        return client.get("/v1/publications").json()["data"]

    assert every(), "nothing was published"
    until(lambda: all(one["status"] in SETTLED for one in every()), "every publication has ended", 120)
    busy.restart()
    until(lambda: busy.client().get("/livez").status_code == 200, "it is well after a restart")


def test_every_loop_answers_while_the_videos_change(busy, clip):
    """Requests in long rows without a pause between them, so that the loops really work at the same moment."""
    app = busy.app()
    videos = [app.upload(clip, f"Video {number}") for number in range(3)]
    connections, rows, each = 8, 5, 40
    authorization = app.session.headers["Authorization"]
    file = videos[0]["s3_url"].removeprefix(busy.url)
    targets = ["/api/videos", "/api/videos?search=video", "/api/videos?limit=2&sort_by=title", "/v1/videos", file,
               f"/v1/videos/{videos[1]['id']}", "/v1/publications", "/v1/accounts", "/health"]  # fmt: skip
    finished = threading.Barrier(connections + 1)

    def ask(number):
        wanted = [targets[(number + step) % len(targets)] for step in range(each)]
        row = "".join(
            f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{busy.port}\r\nAuthorization: {authorization}\r\n"
            "Range: bytes=-100\r\n\r\n"
            for target in wanted
        )
        with RawConnection(busy.url) as connection:
            for _ in range(rows):
                connection.send(row)
                for target in wanted:
                    answer = connection.answer()
                    assert answer and answer[0] in (200, 206), (target, answer)
        finished.wait(60)

    def change(_):
        client, number = busy.app(), 0
        while finished.n_waiting < connections:
            number += 1
            answer = client.patch(f"/v1/videos/{videos[2]['id']}", json={"title": f"Title {number}"})
            assert answer.status_code == 200, answer.text
        finished.wait(60)

    at_once(connections + 1, lambda number: change(number) if number == connections else ask(number))


@pytest.mark.parametrize("round_", range(3))
def test_stopping_while_everything_moves(busy, clip, round_):
    started = threading.Barrier(5)
    stopped = threading.Event()

    def upload_and_publish_for_ever(_):
        client = busy.app()
        started.wait(60)
        try:
            while True:
                video = client.upload(clip)
                client.publish(video["id"], NETWORKS)
        except Exception:
            # The server is gone: that is the end of this thread, and the log is checked below.
            assert stopped.is_set(), "it answered no longer before it was told to stop"

    def stop(_):
        started.wait(60)
        until(lambda: busy.app().list(), "the first upload is in")
        stopped.set()
        busy.stop()

    at_once(5, lambda number: stop(number) if number == 4 else upload_and_publish_for_ever(number))
