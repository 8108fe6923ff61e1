"""Many clients doing everything at once; run against the ThreadSanitizer build, whose reports fail the test."""
import random
import threading

import pytest

from harness.waiting import until


def test_uploads_lists_ranges_edits_and_deletes_at_once(make_vitrina, clip):
    server = make_vitrina(environment={"VITRINA_THREADS": "4"})
    known, errors, lock = [], [], threading.Lock()

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

    def delete(client, chance):
        if (video := pick(chance)) and chance.random() < 0.3:
            assert client.delete(f"/api/videos/{video['id']}").status_code in (200, 404)

    def look(client, chance):
        assert client.get("/metrics").status_code == 200

    def work(seed):
        chance, client = random.Random(seed), server.client()
        try:
            for _ in range(12):
                chance.choice([upload, listing, watch, edit, delete, look])(client, chance)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors, errors
    server.restart()
    until(lambda: server.client().get("/health").status_code == 200, "it is well after a restart")


@pytest.mark.parametrize("round_", range(3))
def test_stopping_while_everything_moves(make_vitrina, clip, round_):
    server = make_vitrina(environment={"VITRINA_THREADS": "4"})
    started = threading.Barrier(5)

    def upload_for_ever():
        client = server.client()
        started.wait()
        try:
            while True:
                client.try_upload(clip)
        except Exception:
            pass  # the server is gone: that is the end of this thread, and its log is checked below

    threads = [threading.Thread(target=upload_for_ever) for _ in range(4)]
    for thread in threads:
        thread.start()
    started.wait()
    until(lambda: server.client().list(), "the first upload is in")
    server.stop()
    for thread in threads:
        thread.join(60)
