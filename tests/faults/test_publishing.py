"""P: publishing, against the stand-in networks and their ledger. Whatever happens, no network has a post twice."""
import itertools
import os
import threading
import uuid
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import requests

from harness.crashes import enumerate_crashes, lost, points
from harness.publications import SETTLED, publications, states, wait_until_published
from harness.recovery import QUICK
from harness.sandbox import Sandbox
from harness.waiting import holds_for, until

# Every fault is played at these in real processes. The others are put through all of them in tests/simulation, and meet
# one of each kind here.
THOROUGHLY = ["youtube", "mastodon"]
NETWORKS = THOROUGHLY + ["peertube", "vimeo", "facebook"]
# These cannot always say what became of a post: then a person is asked.
UNSURE = ["x"]
EVERYWHERE = NETWORKS + UNSURE
# The call that cannot be taken back.
COMMIT = {"youtube": "videos.upload", "mastodon": "statuses.create", "peertube": "upload.put", "vimeo": "upload.patch", "facebook": "videos", "x": "tweets.create"}


@pytest.fixture
def publisher(make_vitrina, sandbox, oracle):
    """A server that sends everything to the sandbox; what happened to it must have left the library whole."""
    server = make_vitrina(environment={**QUICK, **sandbox.settings()})
    yield server
    oracle.holds(server)


def beside(make_vitrina, service, roles, settings):
    """A process of other roles on the same data."""
    process = make_vitrina(start=False, roles=roles, environment=settings)
    process.data = service.data
    return process


def listening_sockets(pid):
    own = {os.readlink(file) for file in Path(f"/proc/{pid}/fd").iterdir() if file.is_symlink()}
    rows = [row.split() for kind in ("tcp", "tcp6") for row in Path(f"/proc/{pid}/net/{kind}").read_text().splitlines()[1:]]
    return [row for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in own]


def check_posted_once(sandbox, network):
    posts = sandbox.ledger(network)
    assert len(posts) == 1, f"{network} has {len(posts)} posts"
    return posts[0]


@pytest.mark.parametrize("network", NETWORKS)
def test_a_video_is_published_seen_and_withdrawn(publisher, sandbox, clip, network):
    client = publisher.client()
    sandbox.connect(client, network)
    video = client.upload(clip, "Published", description="with a text", tags=["one"])
    sandbox.fault(network, COMMIT[network], "status:503", times=1_000_000)
    answer = client.publish(video["id"], [network])
    assert answer.status_code == 200 and answer.json()["message"]
    assert [publication["platform"] for publication in answer.json()["publications"]] == [network]
    until(lambda: sandbox.count(network, COMMIT[network]), "it is under way")
    assert client.find(video["id"])["is_published"] is False, "true only by the network's word"
    assert client.find(video["id"])["published_platforms"] == []
    sandbox.no_more_faults()
    wait_until_published(client, video, [network])
    post = check_posted_once(sandbox, network)
    assert post["size"] == clip.stat().st_size
    publication = publications(client, video)[0]
    assert publication["url"] == post["url"]
    listed = client.find(video["id"])
    assert (listed["is_published"], listed["published_platforms"]) == (True, [network])
    again = client.publish(video["id"], [network])
    assert again.status_code == 200
    assert again.json()["publications"][0]["url"] == post["url"]
    check_posted_once(sandbox, network)


def test_prefer_wait_holds_the_answer_until_it_is_published(publisher, sandbox, clip):
    client = publisher.client()
    sandbox.connect(client, "mastodon")
    video = client.upload(clip, "Waited for")
    answer = client.publish(video["id"], ["mastodon"], headers={"Prefer": "wait=60"})
    assert answer.json()["publications"][0]["status"] == "published"
    assert answer.json()["publications"][0]["url"] == check_posted_once(sandbox, "mastodon")["url"]


LOST = {
    "drop": {"fault": "drop_after_accept"},
    "500": {"fault": "status:500", "when": "after"},
    "503": {"fault": "status:503", "when": "after"},
    "429": {"fault": "status:429;reset=1", "when": "after"},
    "html": {"fault": "html_502", "when": "after"},
}


@pytest.mark.parametrize(
    "network, kind", [(network, kind) for network in EVERYWHERE for kind in LOST if network in THOROUGHLY or kind == "drop"]
)
def test_P1_accepted_and_the_answer_is_lost(publisher, sandbox, clip, network, kind):
    client = publisher.client()
    sandbox.connect(client, network)
    video = client.upload(clip, f"P1 {kind}")
    script = LOST[kind]
    sandbox.post("/faults", {"network": network, "match": "accepted", **script})
    client.publish(video["id"], [network])
    wait_until_published(client, video, [network])
    check_posted_once(sandbox, network)


@pytest.mark.parametrize("network", NETWORKS)
def test_P2_not_accepted_and_the_connection_dropped(publisher, sandbox, clip, network):
    client = publisher.client()
    sandbox.connect(client, network)
    video = client.upload(clip, "P2: dropped")
    sandbox.fault(network, COMMIT[network], "drop_before")
    client.publish(video["id"], [network])
    wait_until_published(client, video, [network])
    check_posted_once(sandbox, network)


@pytest.mark.parametrize("network", UNSURE)
def test_P2_where_the_network_cannot_say_a_person_is_asked(publisher, sandbox, clip, network):
    client = publisher.client()
    sandbox.connect(client, network)
    video = client.upload(clip, "P2: dropped")
    sandbox.fault(network, COMMIT[network], "drop_before")
    client.publish(video["id"], [network])
    until(lambda: states(client, video)[network] == "outcome_unknown", "it says that it does not know", 120)
    client.publish(video["id"], [network])
    publisher.kill()
    publisher.start()
    assert states(client, video)[network] == "outcome_unknown"
    assert sandbox.count(network, COMMIT[network]) == 1, "never sent again by itself"
    assert sandbox.ledger(network) == []
    assert client.find(video["id"])["published_platforms"] == []


@pytest.mark.parametrize("network", EVERYWHERE if os.environ.get("VITRINA_EVERY_MOMENT") else THOROUGHLY)
def test_P3_kill_9_at_every_fail_point_of_a_publication(make_vitrina, tmp_path, clip, network, oracle):
    numbers = itertools.count(1)
    networks = [Sandbox(tmp_path / "sandbox-0").start()]
    before = make_vitrina(environment={**QUICK, **networks[0].settings()})
    networks[0].connect(before.client(), network)
    before.client().upload(clip, "P3: killed")
    before.stop()
    networks[0].stop()

    def make():
        sandbox = Sandbox(tmp_path / f"sandbox-{next(numbers)}").copy_of(networks[0]).start()
        networks.append(sandbox)
        server = make_vitrina(start=False, environment={**QUICK, **sandbox.settings()}).copy_of(before)
        server.sandbox = sandbox
        return server

    def scenario(server):
        client = server.client()
        videos = lost(client.list)
        if videos:
            lost(lambda: client.publish(videos[0]["id"], [network]))
            lost(lambda: until(lambda: not server.running or states(client, videos[0]).get(network) in SETTLED, "it ends", 60))
        return videos

    def check(server, _):
        client = server.client()
        video = client.list()[0]
        client.publish(video["id"], [network])
        until(lambda: states(client, video).get(network) in ("published", "outcome_unknown"), "it settles after the restart", 90)
        posts = server.sandbox.ledger(network)
        assert len(posts) <= 1, f"posted {len(posts)} times"
        if states(client, video)[network] == "published":
            assert len(posts) == 1
        else:
            assert network in UNSURE + ["mastodon"], "it can always be asked what became of it"
        oracle.holds(server)
        server.sandbox.stop()

    try:
        enumerate_crashes(make, scenario, check, always="publish.")
    finally:
        for sandbox in networks:
            sandbox.stop()


def test_P3_killed_twice_in_a_row(publisher, sandbox, clip):
    client = publisher.client()
    sandbox.connect(client, "youtube")
    video = client.upload(clip, "Twice")
    publisher.stop()
    count = publisher.directory / "points"
    publisher.start(VITRINA_FAIL_COUNT=str(count))
    idle = len(points(count))
    publisher.stop()
    for k in (idle + 3, idle + 6, idle + 9, idle + 12):
        publisher.launch(VITRINA_FAIL_ABORT_AT=str(k))
        lost(lambda: until(lambda: not publisher.running or publisher._ready(), "it starts", 60))
        lost(lambda: client.publish(video["id"], ["youtube"]))
        lost(lambda: until(lambda: not publisher.running or states(client, video).get("youtube") == "published", "it ends", 60))
        publisher.kill()
    publisher.start()
    client.publish(video["id"], ["youtube"])
    wait_until_published(client, video, ["youtube"])
    check_posted_once(sandbox, "youtube")


def test_P4_a_double_click_two_tabs_and_the_other_service(publisher, sandbox, clip):
    client = publisher.client()
    account = sandbox.connect(client, "youtube")
    video = client.upload(clip, "P4")
    answers, barrier = [], threading.Barrier(9)

    def click(n):
        caller = publisher.client() if n % 2 else publisher.publish_client()
        barrier.wait()
        if n % 3 == 0:
            answer = caller.post(
                "/v1/publications",
                json={"video_id": video["id"], "account_id": account["id"]},
                headers={"Idempotency-Key": str(uuid.uuid4())},
            )
            assert answer.status_code in (200, 201, 202), answer.text
        else:
            answer = caller.publish(video["id"], ["youtube"])
            assert answer.status_code == 200, answer.text
            answers.append(answer.json()["publications"][0]["id"])

    threads = [threading.Thread(target=click, args=(n,)) for n in range(9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(answers)) == 1, "all see the same publication"
    wait_until_published(client, video, ["youtube"])
    check_posted_once(sandbox, "youtube")
    assert len(publications(client, video)) == 1


def test_P4_two_publishers(make_vitrina, sandbox, clip, oracle):
    settings = {**QUICK, **sandbox.settings()}
    service = make_vitrina(roles="video", environment=settings)
    client = service.client()
    videos = [client.upload(clip, f"P4 {n}") for n in range(4)]
    worker = beside(make_vitrina, service, "work", settings)
    worker.launch()
    publishers = [beside(make_vitrina, service, "publish", settings).start() for _ in range(2)]
    sandbox.connect(publishers[0].publish_client(), "youtube")
    barrier = threading.Barrier(2)

    def publish_all(publisher):
        caller = publisher.publish_client()
        for video in videos:
            barrier.wait()
            assert caller.publish(video["id"], ["youtube"]).status_code == 200

    threads = [threading.Thread(target=publish_all, args=(publisher,)) for publisher in publishers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for video in videos:
        wait_until_published(publishers[1].publish_client(), video, ["youtube"])
    posts = sandbox.ledger("youtube")
    assert sorted(post["title"] for post in posts) == sorted(video["title"] for video in videos)
    oracle.holds(service, [video["id"] for video in videos])


def test_the_roles_run_apart(make_vitrina, sandbox, clip):
    settings = {**QUICK, **sandbox.settings()}
    service = make_vitrina(roles="video", environment=settings)
    publisher = beside(make_vitrina, service, "publish", settings).start()
    client = service.client()
    video = client.upload(clip, "Apart")
    described = lambda: client.get(f"/v1/videos/{video['id']}").json()["status"]
    holds_for(lambda: described() == "processing", "nobody reads its facts", 2)
    worker = beside(make_vitrina, service, "work", settings)
    worker.launch()
    until(lambda: described() in ("playable", "ready"), "its facts come from the worker")

    nothing = requests.get(service.url + "/v1/accounts", timeout=30, proxies={"http": ""})
    assert nothing.status_code == 404, "accounts are the publisher's"
    sandbox.connect(publisher.publish_client(), "youtube")
    assert publisher.publish_client().publish(video["id"], ["youtube"]).status_code == 200
    wait_until_published(publisher.publish_client(), video, ["youtube"])
    check_posted_once(sandbox, "youtube")
    assert client.find(video["id"])["published_platforms"] == ["youtube"]
    assert not listening_sockets(worker.process.pid)
    assert listening_sockets(service.process.pid), "this is how one would be seen"


def test_what_was_connected_through_the_sandbox_is_not_used_without_it(make_vitrina, sandbox, clip):
    server = make_vitrina(environment={**QUICK, **sandbox.settings()})
    client = server.client()
    account = sandbox.connect(client, "youtube")
    video, later = client.upload(clip, "The walk"), client.upload(clip, "Interrupted")
    client.publish(video["id"], ["youtube"])
    wait_until_published(client, video, ["youtube"])
    sandbox.fault("youtube", "videos.upload", "status:503", times=1_000_000)
    client.publish(later["id"], ["youtube"])
    until(lambda: states(client, later)["youtube"] not in ("queued", "validating"), "it is under way")
    server.stop()
    asked = sandbox.get("/requests")["counts"]

    del server.environment["VITRINA_CONNECT_TO"]
    server.start()
    for again in (video, later):
        refused = client.publish(again["id"], ["youtube"])
        assert refused.status_code == 409, refused.text
        assert "account" in refused.json()["error"]
    named = client.post("/v1/publications", json={"video_id": video["id"], "account_id": account["id"]})
    assert named.status_code == 409 and "sandbox" in named.text
    assert publications(client, video)[0]["sandbox"] is True
    reason = lambda: publications(client, later)[0]["reason"] or {"code": None}
    until(lambda: reason()["code"] == "of_other_networks", "what is under way says why it waits", 60)
    assert "sandbox" in reason()["message"]
    assert client.get(f"/v1/accounts/{account['id']}").json()["status"] == "connected"
    assert sandbox.get("/requests")["counts"] == asked

    sandbox.no_more_faults()
    server.environment.update(sandbox.settings())
    server.restart()
    wait_until_published(client, later, ["youtube"], 150)
    assert len(sandbox.ledger("youtube")) == 2


def test_P5_a_step_after_publishing_that_fails_for_ever(publisher, sandbox, clip):
    client = publisher.client()
    sandbox.connect(client, "youtube")
    video = client.upload(clip, "P5")
    sandbox.fault("youtube", "thumbnails.set", "status:500", times=1_000_000)
    client.publish(video["id"], ["youtube"])
    wait_until_published(client, video, ["youtube"])
    until(lambda: sandbox.count("youtube", "thumbnails.set") > 1, "the picture is tried, and tried again", 90)
    holds_for(lambda: states(client, video)["youtube"] == "published", "it stays published", 2)
    check_posted_once(sandbox, "youtube")


def test_P10_an_upload_cut_again_and_again_is_resumed(make_vitrina, sandbox, studio):
    film = studio.clip(seconds=20, size="1280x720")
    publisher = make_vitrina(environment={**QUICK, **sandbox.settings(), "VITRINA_CHUNK": "256 KiB"})
    client = publisher.client()
    sandbox.connect(client, "youtube")
    video = client.upload(film, "P10")
    sandbox.fault("youtube", "videos.upload", "cut_at:100000", times=5, skip=1)
    client.publish(video["id"], ["youtube"])
    wait_until_published(client, video, ["youtube"], 180)
    assert check_posted_once(sandbox, "youtube")["size"] == film.stat().st_size


def test_P11_one_network_refuses_and_the_others_go_on(publisher, sandbox, clip):
    client = publisher.client()
    for network in NETWORKS:
        sandbox.connect(client, network)
    video = client.upload(clip, "P11")
    sandbox.fault("mastodon", "media.create", "status:422", times=1_000_000)
    client.publish(video["id"], NETWORKS)
    others = [network for network in NETWORKS if network != "mastodon"]
    wait_until_published(client, video, others)
    until(lambda: states(client, video)["mastodon"] == "failed", "the refused one says so", 90)
    failed = next(p for p in publications(client, video) if p["platform"] == "mastodon")
    assert failed["reason"]
    assert sorted(client.find(video["id"])["published_platforms"]) == sorted(others)
    sandbox.no_more_faults()
    assert client.post(f"/v1/publications/{failed['id']}/retry").status_code in (200, 202)
    wait_until_published(client, video, NETWORKS)
    for network in NETWORKS:
        check_posted_once(sandbox, network)


def in_seconds(seconds):
    return (datetime.now(timezone.utc) + timedelta(seconds=seconds)).isoformat()


def schedule(client, video, network, seconds, **more):
    answer = client.post(f"/v1/videos/{video['id']}/publications", json={"platform": network, "publish_at": in_seconds(seconds), **more})
    assert answer.status_code == 201, answer.text
    assert answer.json()["status"] == "scheduled"
    return answer.json()


def test_P6_what_is_scheduled_survives_kill_9_and_is_posted_once_at_its_time(publisher, sandbox, clip):
    client = publisher.client()
    sandbox.connect(client, "mastodon")
    video = client.upload(clip, "For later")
    schedule(client, video, "mastodon", 6, time_zone="Europe/Madrid")
    publisher.kill()
    publisher.start()
    assert states(client, video) == {"mastodon": "scheduled"}
    assert sandbox.count("mastodon", "media.create") == 0, "nothing is sent before its time"
    until(lambda: sandbox.count("mastodon", "media.create"), "it is time", 30)
    publisher.kill()
    publisher.start()
    wait_until_published(client, video, ["mastodon"])
    check_posted_once(sandbox, "mastodon")


def test_P6_who_is_too_late_to_change_it_is_told(publisher, sandbox, clip):
    client = publisher.client()
    sandbox.connect(client, "mastodon")
    kept, moved, withdrawn = (client.upload(clip, title) for title in ("Kept", "Moved", "Withdrawn"))
    sandbox.fault("mastodon", "media.create", "status:503", times=1_000_000)
    posts = [schedule(client, video, "mastodon", 4) for video in (kept, moved, withdrawn)]
    change = [f"/v1/publications/{post['id']}" for post in posts]
    answer = client.patch(change[1], json={"publish_at": in_seconds(3600)})
    assert (answer.status_code, answer.json()["status"]) == (200, "scheduled")
    assert client.post(change[2] + "/cancel").status_code == 200
    until(lambda: sandbox.count("mastodon", "media.create"), "the kept one is under way", 30)
    assert client.patch(change[0], json={"publish_at": in_seconds(3600)}).status_code == 409
    sandbox.no_more_faults()
    wait_until_published(client, kept, ["mastodon"])
    assert [states(client, video)["mastodon"] for video in (moved, withdrawn)] == ["scheduled", "cancelled"]
    assert "Kept" in check_posted_once(sandbox, "mastodon")["text"]


def test_a_post_that_is_removed_over_there_is_noticed_and_a_dead_token_is_no_removal(make_vitrina, sandbox, clip, oracle):
    server = make_vitrina(environment={**QUICK, **sandbox.settings(), "VITRINA_LOOK_AFTER": "2s"})
    client = server.client()
    videos = {}
    for network in ("mastodon", "youtube"):
        sandbox.connect(client, network)
        videos[network] = client.upload(clip, f"Looked at on {network}")
        client.publish(videos[network]["id"], [network])
    for network, video in videos.items():
        wait_until_published(client, video, [network])
    # One network tells nothing at all any more, the other one says that it has the post no more.
    sandbox.fault("youtube", "videos.list", "status:500", times=1_000_000)
    for network in videos:
        sandbox.remove(sandbox.live(network)[0])
    shown = lambda network: publications(client, videos[network])[0]
    until(lambda: shown("mastodon")["missing_since"], "it is missed", 30)
    server.kill()
    server.start()
    until(lambda: shown("mastodon")["status"] == "deleted", "it is over", 30)
    assert shown("mastodon")["reason"]["code"] == "gone"
    assert client.find(videos["mastodon"]["id"])["published_platforms"] == []
    told = [event for event in client.get("/v1/events?limit=1000").json()["data"] if event["type"] == "publication.gone"]
    assert len(told) == 1
    assert (shown("youtube")["status"], shown("youtube")["missing_since"]) == ("published", None)
    oracle.holds(server)
    anew = client.post(f"/v1/videos/{videos['mastodon']['id']}/publications", json={"platform": "mastodon"})
    assert anew.status_code == 201, "it may be published there again"


def test_new_words_reach_every_network_through_a_kill(publisher, sandbox, clip):
    client = publisher.client()
    edits = {"youtube": "videos.update", "mastodon": "statuses.edit", "facebook": "node.update", "vimeo": "videos.edit", "peertube": "videos.edit"}
    video = client.upload(clip, "Cats", description="Two of them", tags=["cats"])
    for network in edits:
        sandbox.connect(client, network)
    client.publish(video["id"], list(edits))
    wait_until_published(client, video, list(edits))
    # Each network takes the words, and its answer is lost; then nothing is left of the process that asked.
    for network, operation in edits.items():
        sandbox.fault(network, operation, "status:500", when="after", times=2)
    for publication in publications(client, video):
        asked = client.patch(f"/v1/publications/{publication['id']}", json={"options": {"title": "Dogs"}})
        assert asked.status_code == 202, asked.text
    until(lambda: any(sandbox.count(network, operation) for network, operation in edits.items()), "they are on their way")
    publisher.kill()
    publisher.start()
    until(lambda: {p["edit"]["status"] for p in publications(client, video)} == {"done"}, "all of them are there", 60)
    for network in edits:
        post = check_posted_once(sandbox, network)
        words = post["title"] + post["text"]
        assert "Dogs" in words and "Cats" not in words and "Two of them" in words, post
