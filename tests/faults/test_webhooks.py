"""E: webhooks. The ids are those of the fault catalogue in docs/faults.md."""
import threading
import time
from collections import defaultdict

from harness.crashes import enumerate_crashes, lost
from harness.events import all_events
from harness.receiver import Receiver, add_webhook, secret_of
from harness.recovery import QUICK
from harness.waiting import until

SETTINGS = {**QUICK, **Receiver.settings}


def idle(client):
    """Everything that was to be sent is settled."""
    return all(one["pending"] == 0 for one in client.get("/v1/webhooks").json()["data"])


def by_video(messages):
    """First arrivals, in order, of each video; a repetition has to be one of what came already."""
    seen, order = set(), defaultdict(list)
    for message in list(messages):
        if message.id not in seen:
            order[message.json["video_id"]].append(message.json["sequence"])
        seen.add(message.id)
    return order


def holds(client, receiver, webhook):
    """At least once, never lost, in order of each video, and signed."""
    happened = lambda: {e["id"]: e for e in all_events(client) if e["type"] != "webhook.paused"}  # noqa: E731
    # What a restart brings about is told as well: the events are looked up anew each time. A receiver that refused twice
    # rests for up to a minute.
    until(lambda: idle(client) and happened().keys() <= {m.id for m in list(receiver.messages)}, "every event arrives", 200)
    messages = list(receiver.messages)
    told = happened()
    secret = secret_of(client, webhook)
    assert all(message.is_signed_with(secret) for message in messages)
    assert {m.id for m in messages} <= told.keys(), "nothing is told that did not happen"
    assert all(message.json == told[message.id] for message in messages)
    for video, order in by_video(messages).items():
        assert order == sorted(order), f"{video}: {order}"
    return list(told.values())


def test_E1_killed_at_every_step_between_a_change_and_its_webhook(make_vitrina, clip):
    """The server is killed at each of its moments in turn, those of webhooks among them."""
    receivers = {}

    def make():
        server = make_vitrina(start=False, environment=SETTINGS)
        server.start()
        receiver = receivers[server] = Receiver()
        receiver.webhook = add_webhook(server.client(), receiver.url)
        server.stop()
        return server

    def scenario(server):
        answer = lost(lambda: server.client().try_upload(clip, "Before"))
        if answer is None or answer.status_code != 201:
            return
        path = f"/v1/videos/{answer.json()['id']}"
        lost(lambda: server.client().patch(path, json={"title": "After"}))
        told = lambda: "video.updated" in receivers[server].types() and idle(server.client())  # noqa: E731
        lost(lambda: until(lambda: not server.running or told(), "it is told", 60))

    def check(server, _):
        receiver = receivers[server]
        holds(server.client(), receiver, receiver.webhook)
        # Once more in the worst case: it was sent, and the process died before it could note that.
        assert len(receiver.messages) <= len({m.id for m in receiver.messages}) + 1
        receiver.close()

    enumerate_crashes(make, scenario, check, always="webhooks.")


def test_E1_killed_while_receivers_think(make_vitrina, clip):
    """kill -9 again and again while deliveries are under way, of several videos, to a receiver that takes its time and
    says no now and then."""
    server = make_vitrina(environment=SETTINGS)
    refused, refused_last = set(), [False]

    def answer(message):
        time.sleep(0.15)
        # Never two of them in a row: then it would rest for longer than a test can wait.
        refuses = message.json["sequence"] % 7 == 3 and message.id not in refused and not refused_last[0]
        refused_last[0] = refuses
        if refuses:
            refused.add(message.id)
        return 503 if refuses else 200

    with Receiver(answer) as receiver:
        webhook = add_webhook(server.client(), receiver.url)
        videos = [server.client().upload(clip, f"Video {n}") for n in range(4)]
        for round_ in range(4):
            for video in videos:
                for n in range(3):
                    changed = server.client().patch(f"/v1/videos/{video['id']}", json={"title": f"{round_}.{n}"})
                    assert changed.status_code == 200
            sent = len(receiver.messages)
            until(lambda sent=sent: len(receiver.messages) > sent + 2, "some are on their way", 60)
            server.kill()
            server.start()
        events = holds(server.client(), receiver, webhook)
        assert len([e for e in events if e["type"] == "video.updated"]) == 4 * 4 * 3
        assert server.run("fsck", check=False).returncode == 0


def test_E1_two_processes_send_nothing_twice(make_vitrina, clip):
    settings = {**SETTINGS, "VITRINA_JOB_LEASE": "60s"}  # nobody dies, however slow the machine
    first = make_vitrina(environment=settings)
    second = make_vitrina(start=False, environment=settings)
    second.data = first.data
    second.start()
    with Receiver() as receiver:
        webhook = add_webhook(first.client(), receiver.url)
        videos = [first.client().upload(clip, f"Video {n}") for n in range(3)]

        def write(server, name):
            for n in range(20):
                for video in videos:
                    answer = server.client().patch(f"/v1/videos/{video['id']}", json={"title": f"{name} {n}"})
                    assert answer.status_code == 200, answer.text

        writers = [threading.Thread(target=write, args=(server, server.port)) for server in (first, second)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        events = holds(first.client(), receiver, webhook)
        assert len(receiver.messages) == len(events) >= 120


def test_E2_a_receiver_is_away_and_comes_back(make_vitrina, clip):
    server = make_vitrina(environment=SETTINGS)
    client = server.client()
    receiver = Receiver()
    port = receiver.port
    webhook = add_webhook(client, receiver.url)
    receiver.close()
    video = client.upload(clip)
    for n in range(5):
        client.patch(f"/v1/videos/{video['id']}", json={"title": f"{n}"})
    until(lambda: client.get(f"/v1/webhooks/{webhook['id']}").json()["failing_since"], "it is noticed")
    with Receiver(port=port) as back:
        holds(client, back, webhook)


def test_E2_a_receiver_that_never_answers_holds_up_no_other(make_vitrina, clip):
    server = make_vitrina(environment={**SETTINGS, "VITRINA_WEBHOOK_TIMEOUT": "2s"})
    client = server.client()
    over = threading.Event()

    def never(message):
        over.wait(60)
        return 200

    with Receiver(never) as stuck, Receiver() as well:
        add_webhook(client, stuck.url)
        add_webhook(client, well.url)
        videos = [client.upload(clip, f"Video {n}") for n in range(3)]
        for n in range(10):
            for video in videos:
                client.patch(f"/v1/videos/{video['id']}", json={"title": f"{n}"})
        until(lambda: well.types().count("video.updated") == 30, "the other is told of everything", 30)
        trouble = until(lambda: client.get("/v1/webhooks").json()["data"][0]["trouble"], "the stuck one shows", 30)
        assert "did not answer within 2 s" in trouble
        over.set()


def test_E2_a_redirect_into_the_network_is_not_followed(make_vitrina, clip):
    server = make_vitrina(environment=SETTINGS)
    with Receiver() as inside:
        with Receiver(lambda message: (307, {"Location": inside.url})) as receiver:
            webhook = add_webhook(server.client(), receiver.url)
            server.client().upload(clip)
            shown = until(lambda: server.client().get(f"/v1/webhooks/{webhook['id']}").json()["trouble"], "it is refused")
            assert "307" in shown
            assert inside.messages == []
