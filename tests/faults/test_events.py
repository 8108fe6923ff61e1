"""E: events. The ids are those of the fault catalogue in docs/faults.md."""
import random
import threading

from harness.crashes import enumerate_crashes, lost
from harness.events import EventStream, all_events
from harness.recovery import QUICK
from harness.waiting import until

ORDER = ["video.uploaded", "video.ready", "video.updated", "video.deleted"]


def test_E1_killed_between_commit_and_delivery(make_vitrina, clip):
    server = make_vitrina(environment=QUICK)
    with EventStream(server.url) as stream:
        known = stream.last_id
    server.stop()
    for point, told in (("library.receive.before_commit", []), ("library.receive.committed", ["video.uploaded"])):
        server.start(VITRINA_FAIL_POINTS=f"{point}=abort")
        assert lost(lambda: server.client().try_upload(clip)) is None
        server.kill()
        server.start()
        with EventStream(server.url, known=known) as stream:
            for type_ in told:
                stream.wait_for(type_)
            if not told:
                assert all_events(server.client()) == [], "what was not committed did not happen"
        server.stop()


def test_E1_an_event_is_there_exactly_when_its_change_is(make_vitrina, clip, oracle):
    """Killed anywhere in a video's life: the history tells what is true, in order, each once."""

    def scenario(server):
        answer = lost(lambda: server.client().try_upload(clip, "Before"))
        if answer is None or answer.status_code != 201:
            return []
        path = f"/v1/videos/{answer.json()['id']}"
        lost(lambda: server.client().patch(path, json={"title": "After"}))
        return [answer.json()["id"]]

    def check(server, acknowledged):
        videos = oracle.holds(server, acknowledged)
        events = all_events(server.client())
        assert len({event["id"] for event in events}) == len(events)
        for video in videos:
            told = [event["type"] for event in events if event["subject"] == video["id"]]
            assert told == ORDER[: 3 if video["title"] == "After" else 2], told
        assert {event["subject"] for event in events} == {video["id"] for video in videos}, "of nothing else"

    enumerate_crashes(lambda: make_vitrina(start=False, environment=QUICK), scenario, check)


def test_E3_streams_are_cut_again_and_again(make_vitrina, clip):
    """Two processes write, clients of both are cut off and come back: no gap, no repetition, one order for all."""
    first = make_vitrina(environment=QUICK)
    second = make_vitrina(start=False, environment=QUICK)
    second.data = first.data
    second.start()
    client = first.client()
    video = client.upload(clip)
    until(lambda: client.get(f"/v1/videos/{video['id']}").json()["status"] == "ready", "the facts")
    known = all_events(client)[-1]["id"]

    over = threading.Event()
    seen = {}
    chance = random.Random(4711)

    def listen(name, server):
        events, last = [], known
        while not events or events[-1]["type"] != "video.deleted":
            with EventStream(server.url, known=last) as stream:
                if over.is_set():
                    stream.wait_for("video.deleted", 60)
                else:
                    over.wait(chance.random() / 3)
            events += stream.events
            last = stream.last_id
            assert stream.resets == 0
        seen[name] = [event["id"] for event in events]

    def write(server, name):
        writer = server.client()
        for n in range(60):
            answer = writer.patch(f"/v1/videos/{video['id']}", json={"title": f"{name} {n}"})
            assert answer.status_code == 200, answer.text

    listeners = [threading.Thread(target=listen, args=(n, (first, second)[n % 2])) for n in range(6)]
    writers = [threading.Thread(target=write, args=(server, f"{server.port} {n}"))
               for n in range(2) for server in (first, second)]  # fmt: skip
    for thread in listeners + writers:
        thread.start()
    for thread in writers:
        thread.join()
    client.delete(f"/v1/videos/{video['id']}")
    over.set()
    for thread in listeners:
        thread.join()
    truth = [event["id"] for event in all_events(client, after=known)]
    assert len(truth) == 241, "four writers, sixty changes each, and the delete"
    assert [seen.get(n) == truth for n in range(6)] == [True] * 6
