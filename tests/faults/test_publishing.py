"""P: publishing, against the stand-in networks and their ledger. Whatever happens, no network has a post twice."""
import threading
import uuid

import pytest

from harness.crashes import enumerate_crashes, lost, points
from harness.publications import SETTLED, publications, states, wait_until_published
from harness.recovery import QUICK
from harness.sandbox import Sandbox
from harness.waiting import holds_for, until

NETWORKS = ["youtube", "mastodon"]
# The call that cannot be taken back.
COMMIT = {"youtube": "videos.upload", "mastodon": "statuses.create"}


@pytest.fixture
def publisher(make_vitrina, sandbox):
    """A server that sends everything to the sandbox."""
    return make_vitrina(environment={**QUICK, **sandbox.settings()})


def check_posted_once(sandbox, network):
    posts = sandbox.ledger(network)
    assert len(posts) == 1, f"{network} has {len(posts)} posts"
    return posts[0]


@pytest.mark.parametrize("network", NETWORKS)
def test_a_video_is_published_seen_and_withdrawn(publisher, sandbox, clip, network):
    client = publisher.client()
    sandbox.connect(client, network)
    video = client.upload(clip, "Published", description="with a text", tags=["one"])
    answer = client.publish(video["id"], [network])
    assert answer.status_code == 200 and answer.json()["message"]
    assert [publication["platform"] for publication in answer.json()["publications"]] == [network]
    assert client.find(video["id"])["is_published"] in (False, True), "true only by the network's word"
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


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("kind", LOST)
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
    video = client.upload(clip, "P2")
    sandbox.fault(network, COMMIT[network], "drop_before")
    client.publish(video["id"], [network])
    wait_until_published(client, video, [network])
    check_posted_once(sandbox, network)


@pytest.mark.parametrize("network", NETWORKS)
def test_P3_kill_9_at_every_fail_point_of_a_publication(make_vitrina, tmp_path, clip, network):
    networks = [Sandbox(tmp_path / "sandbox-0").start()]
    before = make_vitrina(environment={**QUICK, **networks[0].settings()})
    networks[0].connect(before.client(), network)
    before.client().upload(clip, "P3")
    before.stop()
    networks[0].stop()

    def make():
        sandbox = Sandbox(tmp_path / f"sandbox-{len(networks)}").copy_of(networks[0]).start()
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
            assert network != "youtube", "YouTube's session proves what became of it"
        server.sandbox.stop()

    try:
        enumerate_crashes(make, scenario, check)
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


def test_P4_two_workers(make_vitrina, sandbox, clip):
    settings = {**QUICK, **sandbox.settings()}
    service = make_vitrina(roles="video,publish", environment=settings)
    client = service.client()
    videos = [client.upload(clip, f"P4 {n}") for n in range(4)]
    sandbox.connect(client, "youtube")
    for _ in range(2):
        worker = make_vitrina(start=False, roles="work", environment=settings)
        worker.data = service.data
        worker.launch()
    for video in videos:
        client.publish(video["id"], ["youtube"])
    for video in videos:
        wait_until_published(client, video, ["youtube"])
    posts = sandbox.ledger("youtube")
    assert sorted(post["title"] for post in posts) == sorted(video["title"] for video in videos)


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
    wait_until_published(client, video, ["youtube"])
    until(lambda: states(client, video)["mastodon"] == "failed", "the refused one says so", 90)
    failed = next(p for p in publications(client, video) if p["platform"] == "mastodon")
    assert failed["reason"]
    assert sorted(client.find(video["id"])["published_platforms"]) == ["youtube"]
    sandbox.no_more_faults()
    assert client.post(f"/v1/publications/{failed['id']}/retry").status_code in (200, 202)
    wait_until_published(client, video, NETWORKS)
    for network in NETWORKS:
        check_posted_once(sandbox, network)
