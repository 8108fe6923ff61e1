"""S: stored objects and their deletion."""
import threading

import requests

from harness import s3
from harness.crashes import enumerate_crashes, lost
from harness.recovery import QUICK
from harness.waiting import until


def test_S1_a_listed_video_always_has_its_object(make_vitrina, clip, oracle):
    """A reader polls list and bytes while others upload and delete and the server is killed again and again."""
    server = make_vitrina(environment=QUICK)
    stop, wrong, seen = threading.Event(), [], [0]

    def read():
        while not stop.is_set():
            try:
                client = server.client()
                for video in client.list():
                    head = client.head(video["s3_url"])
                    seen[0] += 1
                    if head.status_code != 200 and any(v["id"] == video["id"] for v in client.list()):
                        wrong.append((head.status_code, video["id"]))
            except (requests.RequestException, OSError):
                continue  # the server is being restarted
            except AssertionError as error:
                wrong.append(error)

    def write():
        while not stop.is_set():
            try:
                client = server.client()
                video = client.try_upload(clip, "Chaos").json()
                if len(client.list()) > 3:
                    client.delete(f"/api/videos/{video['id']}")
            except (requests.RequestException, OSError):
                continue
            except AssertionError as error:
                wrong.append(error)

    threads = [threading.Thread(target=work) for work in (read, read, write, write)]
    for thread in threads:
        thread.start()
    for _ in range(5):
        count = seen[0]
        until(lambda: seen[0] > count + 10 or wrong, "the reader reads", 60)
        server.kill()
        server.start()
    stop.set()
    for thread in threads:
        thread.join(60)
    assert not wrong, wrong[:5]
    oracle.holds(server)


def test_S4_kill_9_at_each_step_of_a_delete(make_vitrina, clip, oracle):
    before = make_vitrina(environment=QUICK)
    before.client().upload(clip, "To be deleted")
    before.stop()

    def scenario(server):
        client = server.client()
        videos = lost(client.list) or []
        deleted = []
        for video in videos:
            answer = lost(lambda: client.delete(f"/api/videos/{video['id']}"))
            if answer is not None:
                assert answer.status_code == 200
                deleted.append(video["id"])
        lost(lambda: until(lambda: not server.files() or not server.running, "the bytes go"))
        return deleted

    def check(server, deleted):
        client = server.client()
        for video in oracle.holds(server, absent=deleted):
            assert client.delete(f"/api/videos/{video['id']}").status_code == 200, "retried"
        for video_id in deleted:
            assert client.delete(f"/api/videos/{video_id}").status_code == 404
        oracle.holds(server, absent=deleted)
        until(lambda: server.files() == [], "every byte is gone", 60)

    enumerate_crashes(lambda: make_vitrina(start=False, environment=QUICK).copy_of(before), scenario, check)


def test_S4_many_deletes_of_one_video_at_once(vitrina, clip):
    video = vitrina.client().upload(clip, "Wanted gone")
    answers, barrier = [], threading.Barrier(8)

    def delete():
        client = vitrina.client()
        barrier.wait()
        answers.append(client.delete(f"/api/videos/{video['id']}").status_code)

    threads = [threading.Thread(target=delete) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200] + [404] * 7
    until(lambda: vitrina.files() == [], "every byte is gone")


def test_S4_a_delete_while_somebody_watches(vitrina, studio):
    big = studio.clip(seconds=20, size="640x360")
    client = vitrina.client()
    video = client.upload(big, "Being watched")
    watching = client.get(video["s3_url"], stream=True)
    first = next(watching.iter_content(1000))
    assert client.delete(f"/api/videos/{video['id']}").status_code == 200
    try:
        rest = b"".join(watching.iter_content(65536))
    except requests.exceptions.ChunkedEncodingError:
        assert s3.WANTED, "it broke off"
    if not s3.WANTED:  # there is nothing to hold on to in a bucket: docs/s3.md
        assert (first + rest) == big.read_bytes(), "who had begun to watch may finish"
    assert client.get(video["s3_url"]).status_code in (404, 410)
