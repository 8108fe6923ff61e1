"""/v1/accounts and /v1/publications, against the stand-in networks."""
import uuid

import pytest

from harness.waiting import until


@pytest.fixture
def publisher(make_vitrina, sandbox):
    return make_vitrina(environment=sandbox.settings())


def test_accounts_come_and_go(publisher, sandbox):
    client = publisher.client()
    assert client.get("/v1/accounts").json()["data"] == []
    account = sandbox.connect(client, "mastodon", "bob")
    assert account["sandbox"] is True, "what goes to a stand-in says so"
    assert client.get(f"/v1/accounts/{account['id']}").json() == account
    assert [a["id"] for a in client.get("/v1/accounts").json()["data"]] == [account["id"]]
    again = sandbox.connect(client, "mastodon", "bob")
    assert again["id"] == account["id"], "the same identity is the same account"
    assert client.delete(f"/v1/accounts/{account['id']}").status_code == 204
    assert client.get(f"/v1/accounts/{account['id']}").status_code == 404


@pytest.mark.parametrize("body", [{}, {"platform": "carrier-pigeon"}, {"platform": 7}, {"platform": "youtube", "colour": 1}])
def test_an_account_that_cannot_be(publisher, body):
    assert publisher.client().post("/v1/accounts", json=body).status_code in (400, 422)


def test_the_networks_that_can_be_published_to(publisher):
    platforms = publisher.client().get("/v1/platforms").json()["data"]
    assert {"youtube", "mastodon"} <= {platform["name"] for platform in platforms}
    assert all(platform["how_to_connect"] for platform in platforms)
    youtube = next(platform for platform in platforms if platform["name"] == "youtube")
    assert youtube["texts"]["title"] == {"min": 1, "max": 100, "unit": "characters", "without": "<>"}
    assert youtube["texts"]["text"] is None and youtube["media"]["max_duration"] == 12 * 3600
    privacy = next(option for option in youtube["options"] if option["name"] == "privacy")
    assert privacy["choices"] == ["public", "unlisted", "private"] and privacy["default"] == "public"


def test_every_target_is_validated_at_once_and_nothing_is_published(publisher, sandbox, clip):
    client = publisher.client()
    account = sandbox.connect(client, "youtube")
    video = client.upload(clip, "A title")
    targets = [
        {"account_id": account["id"], "options": {"title": "<b>", "privacy": "nobody"}},
        {"platform": "youtube"},
        {"platform": "mastodon"},
        {"platform": "pigeon"},
    ]
    address = f"/v1/videos/{video['id']}/publications:validate"
    answer = client.post(address, json={"targets": targets, "options": {"privacy": "private"}})
    assert answer.status_code == 200, answer.text
    verdicts = answer.json()
    assert verdicts["valid"] is False
    assert [verdict["valid"] for verdict in verdicts["targets"]] == [False, True, False, False]
    assert {error["pointer"] for error in verdicts["targets"][0]["errors"]} == {"/options/title", "/options/privacy"}
    assert verdicts["targets"][1]["account_id"] == account["id"]
    assert "No Mastodon account is connected" in verdicts["targets"][2]["errors"][0]["detail"]
    assert client.get("/v1/publications").json()["data"] == []
    missing = client.post(f"/v1/videos/{uuid.uuid4()}/publications:validate", json={"targets": targets})
    assert missing.status_code == 404
    for wrong in ({}, {"targets": []}, {"targets": [{}]}, {"targets": [7]}, {"targets": [{"platform": "youtube", "colour": 1}]}):
        assert client.post(address, json=wrong).status_code == 400, wrong


def test_one_video_to_several_networks_at_once_each_with_words_of_its_own(publisher, sandbox, clip):
    client = publisher.client()
    for network in ("youtube", "mastodon"):
        sandbox.connect(client, network)
    video = client.upload(clip, "The video's title")
    address = f"/v1/videos/{video['id']}/publications"
    targets = [{"platform": "youtube", "options": {"title": "For YouTube"}}, {"platform": "mastodon", "options": {"privacy": "everyone"}}]
    refused = client.post(address, json={"targets": targets})
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/targets/1/options/privacy"]
    assert client.get("/v1/publications").json()["data"] == [], "all of them or none"
    targets[1]["options"] = {"text": "For Mastodon"}
    answer = client.post(address, json={"targets": targets, "options": {"privacy": "unlisted"}})
    assert answer.status_code == 201, answer.text
    made = answer.json()["data"]
    assert [publication["platform"] for publication in made] == ["youtube", "mastodon"]
    assert client.post(address, json={"targets": targets}).status_code == 200, "asked again: the same ones"
    for publication in made:
        url = f"/v1/publications/{publication['id']}"
        until(lambda: client.get(url).json()["status"] == "published", "it is published", 90)
    assert {post["title"] or post["text"] for post in sandbox.ledger()} == {"For YouTube", "For Mastodon"}
    assert {post["privacy"] for post in sandbox.ledger()} == {"unlisted"}


@pytest.mark.parametrize("wrong", ["refresh_token", "client_id", "client_secret"])
def test_tokens_are_tried_before_they_are_kept(publisher, sandbox, wrong):
    client = publisher.client()
    made = sandbox.make_account("youtube")
    credentials = {name: made[name] for name in ("client_id", "client_secret", "refresh_token")}
    answer = client.post("/v1/accounts", json={"platform": "youtube", **credentials, wrong: "not-this-one"})
    assert answer.status_code == 422, answer.text
    assert not any(secret in answer.text for secret in credentials.values()) and "not-this-one" not in answer.text
    assert client.get("/v1/accounts").json()["data"] == []


def test_a_publication_from_request_to_removal(publisher, sandbox, clip):
    client = publisher.client()
    account = sandbox.connect(client, "youtube")
    video = client.upload(clip, "On /v1")
    wanted = {"video_id": video["id"], "account_id": account["id"], "options": {"privacy": "unlisted"}}
    answer = client.post("/v1/publications", json=wanted)
    assert answer.status_code == 201
    publication = answer.json()
    assert (publication["video_id"], publication["account_id"], publication["sandbox"]) == (video["id"], account["id"], True)
    assert client.post("/v1/publications", json=wanted).status_code == 200, "asked again: the same one"
    url = f"/v1/publications/{publication['id']}"
    until(lambda: client.get(url).json()["status"] == "published", "it is published", 90)
    post = sandbox.ledger("youtube")[0]
    assert post["privacy"] == "unlisted"
    shown = client.get(f"/v1/videos/{video['id']}").json()
    assert shown["published_platforms"] == ["youtube"]
    assert [p["id"] for p in shown["publications"]] == [publication["id"]]
    assert client.post(url + "/cancel").status_code == 409, "too late"
    assert client.delete(url).status_code == 202
    until(lambda: client.get(url).json()["status"] == "deleted", "it is taken back", 90)
    assert sandbox.live("youtube") == []
    assert client.find(video["id"])["published_platforms"] == []


def test_a_publication_is_cancelled_before_it_is_posted(publisher, sandbox, clip):
    client = publisher.client()
    account = sandbox.connect(client, "youtube")
    sandbox.fault("youtube", "videos.insert", "status:503", times=1000)
    video = client.upload(clip, "Cancelled")
    publication = client.post("/v1/publications", json={"video_id": video["id"], "account_id": account["id"]}).json()
    url = f"/v1/publications/{publication['id']}"
    until(lambda: sandbox.count("youtube", "videos.insert") > 0, "it is tried")
    assert until(lambda: client.post(url + "/cancel"), "cancel").status_code == 200
    until(lambda: client.get(url).json()["status"] == "cancelled", "it is cancelled")
    sandbox.no_more_faults()
    assert sandbox.ledger() == []
    assert client.post(url + "/retry").status_code == 409, "who still wants it asks anew"


@pytest.mark.parametrize("member", ["video_id", "account_id"])
def test_unknown_video_or_account_is_404(publisher, sandbox, clip, member):
    client = publisher.client()
    account = sandbox.connect(client, "mastodon")
    video = client.upload(clip, "x")
    wanted = {"video_id": video["id"], "account_id": account["id"], member: str(uuid.uuid4())}
    assert client.post("/v1/publications", json=wanted).status_code == 404


def test_unknown_publications(publisher):
    client = publisher.client()
    for path in (f"/v1/publications/{uuid.uuid4()}", "/v1/publications/nonsense"):
        assert client.get(path).status_code == 404
        assert client.delete(path).status_code == 404
        for verb in ("cancel", "retry"):
            assert client.post(f"{path}/{verb}").status_code == 404


def test_an_idempotency_key_on_a_publication(publisher, sandbox, clip):
    client = publisher.client()
    account = sandbox.connect(client, "mastodon")
    video = client.upload(clip, "Keyed")
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    wanted = {"video_id": video["id"], "account_id": account["id"]}
    first = client.post("/v1/publications", json=wanted, headers=headers)
    again = client.post("/v1/publications", json=wanted, headers=headers)
    assert again.json()["id"] == first.json()["id"]
    assert again.headers["Idempotency-Replayed"] == "true"
    other = client.post("/v1/publications", json={**wanted, "options": {"visibility": "unlisted"}}, headers=headers)
    assert other.status_code == 422


def test_a_video_that_is_deleted_withdraws_what_is_not_posted(publisher, sandbox, clip):
    client = publisher.client()
    account = sandbox.connect(client, "youtube")
    sandbox.fault("youtube", "videos.insert", "status:503", times=1000)
    video = client.upload(clip, "Deleted under way")
    client.post("/v1/publications", json={"video_id": video["id"], "account_id": account["id"]})
    until(lambda: sandbox.count("youtube", "videos.insert") > 0, "it is tried")
    assert client.delete(f"/v1/videos/{video['id']}").status_code == 204
    sandbox.no_more_faults()
    until(lambda: publisher.files() == [], "the bytes go once nobody needs them", 90)
    assert sandbox.ledger() == []


def test_a_video_s_own_publications(publisher, sandbox, clip):
    client = publisher.client()
    account = sandbox.connect(client, "mastodon")
    video = client.upload(clip, "Its own")
    url = f"/v1/videos/{video['id']}/publications"
    first = client.post(url, json={"platform": "mastodon"}, headers={"Prefer": "wait=60"})
    assert first.status_code == 201 and first.json()["account_id"] == account["id"]
    assert client.post(url, json={"account_id": account["id"]}).status_code == 200
    assert [p["id"] for p in client.get(url).json()["data"]] == [first.json()["id"]]


def test_a_failed_publication_is_retried(publisher, sandbox, clip):
    client = publisher.client()
    account = sandbox.connect(client, "mastodon")
    sandbox.fault("mastodon", "media.create", "status:422", times=1000)
    video = client.upload(clip, "Retried")
    publication = client.post("/v1/publications", json={"video_id": video["id"], "account_id": account["id"]}).json()
    url = f"/v1/publications/{publication['id']}"
    until(lambda: client.get(url).json()["status"] == "failed", "it fails", 90)
    assert client.get(url).json()["reason"]["message"]
    sandbox.no_more_faults()
    assert client.post(url + "/retry").status_code == 200
    until(lambda: client.get(url).json()["status"] == "published", "it is published after all", 90)
    assert len(sandbox.ledger()) == 1


def test_the_app_s_way_to_publish(publisher, sandbox, clip):
    client = publisher.client()
    sandbox.connect(client, "mastodon")
    video = client.upload(clip, "By the app")
    answer = client.publish(video["id"], ["mastodon"], headers={"Prefer": "wait=60"})
    assert answer.status_code == 200
    assert [(p["platform"], p["status"]) for p in answer.json()["publications"]] == [("mastodon", "published")]
    assert client.find(video["id"])["is_published"] is True


def test_each_target_has_a_time_of_its_own(publisher, sandbox, clip):
    client = publisher.client()
    for network in ("youtube", "mastodon", "peertube"):
        sandbox.connect(client, network)
    video = client.upload(clip, "One after the other")
    address = f"/v1/videos/{video['id']}/publications"
    wanted = {
        "publish_at": "2027-07-01T18:00:00+02:00",
        "targets": [
            {"platform": "youtube"},
            {"platform": "mastodon", "publish_at": "2027-07-02T09:00:00", "time_zone": "America/Bogota"},
            {"platform": "peertube", "publish_at": None},
        ],
    }
    assert client.post(address + ":validate", json=wanted).json()["valid"] is True
    answer = client.post(address, json=wanted)
    assert answer.status_code == 201, answer.text
    assert [(post["status"], post["publish_at"], post["time_zone"]) for post in answer.json()["data"]] == [
        ("scheduled", "2027-07-01T16:00:00.000000Z", None),
        ("scheduled", "2027-07-02T14:00:00.000000Z", "America/Bogota"),
        ("queued", None, None),
    ]
    for wrong in ({"publish_at": "2020-01-01T00:00:00Z"}, {"publish_at": "2027-07-02T09:00:00"}, {"time_zone": "America/Bogota"},
                  {"publish_at": "2027-07-02T09:00:00", "time_zone": 5}):  # fmt: skip
        refused = client.post(address, json={"targets": [{"platform": "youtube", **wrong}]})
        assert refused.status_code == 400, wrong
        assert refused.json()["errors"][0]["pointer"].startswith("/targets/0/"), refused.text


def test_a_publication_for_later_is_moved_changed_and_posted_at_once(publisher, sandbox, clip):
    client = publisher.client()
    for network in ("youtube", "mastodon"):
        sandbox.connect(client, network)
    video = client.upload(clip, "For later")
    address = f"/v1/videos/{video['id']}/publications"
    meant = {"publish_at": "2027-07-01T18:00:00", "time_zone": "Europe/Madrid"}
    answer = client.post(address, json={"targets": [{"platform": "youtube"}, {"platform": "mastodon"}], **meant})
    assert answer.status_code == 201, answer.text
    youtube, mastodon = answer.json()["data"]
    for post in (youtube, mastodon):
        assert post["status"] == "scheduled"
        assert (post["publish_at"], post["time_zone"]) == ("2027-07-01T16:00:00.000000Z", "Europe/Madrid")
    for wrong in ({"publish_at": "2027-07-01T18:00:00"}, {**meant, "time_zone": "Moon/Base"}, {"publish_at": "2020-01-01T00:00:00Z"}):
        assert client.post(address, json={"platform": "youtube", **wrong}).status_code == 400, wrong
    moved = client.patch(f"/v1/publications/{youtube['id']}", json={"publish_at": "2027-08-01T18:00:00+02:00", "options": {"title": "Other words"}})
    assert moved.status_code == 200, moved.text
    assert (moved.json()["publish_at"], moved.json()["time_zone"]) == ("2027-08-01T16:00:00.000000Z", None)
    assert client.post(f"/v1/publications/{mastodon['id']}/cancel").status_code == 200
    assert sandbox.ledger() == []
    assert client.patch(f"/v1/publications/{youtube['id']}", json={"publish_at": None}).json()["status"] == "queued"
    until(lambda: client.get(f"/v1/publications/{youtube['id']}").json()["status"] == "published", "it is published", 60)
    assert [post["title"] for post in sandbox.ledger()] == ["Other words"]
    too_late = client.patch(f"/v1/publications/{youtube['id']}", json={"publish_at": None})
    assert (too_late.status_code, too_late.json()["code"]) == (409, "VT-PUB-013")


def test_an_account_has_a_pace_and_everything_can_be_paused(publisher, sandbox, clip):
    client = publisher.client()
    account = sandbox.connect(client, "mastodon")
    pace = f"/v1/accounts/{account['id']}/pace"
    assert client.get(pace).json() == {"posts_per_day": None, "spacing_seconds": 0, "paused": False}
    changed = client.patch(pace, json={"posts_per_day": 1})
    assert changed.status_code == 200, changed.text
    assert client.patch(pace, json={"spacing_seconds": 60}).json() == {"posts_per_day": 1, "spacing_seconds": 60, "paused": False}
    for wrong in ({"posts_per_day": 0}, {"spacing_seconds": 90_000}, {"spacing_seconds": "1"}, {"paused": 1}, {"colour": 1}):
        assert client.patch(pace, json=wrong).status_code == 400, wrong
    missing = "/v1/accounts/01980000-0000-7000-8000-000000000000/pace"
    assert client.get(missing).status_code == client.patch(missing, json={}).status_code == 404
    assert client.get("/v1/publishing").json() == {"paused": False}
    assert client.patch("/v1/publishing", json={}).status_code == 400
    assert client.patch("/v1/publishing", json={"paused": True}).json() == {"paused": True}
    first, second = (client.upload(clip, title) for title in ("One", "Two"))
    publication = client.post(f"/v1/videos/{first['id']}/publications", json={"platform": "mastodon"}).json()
    until(lambda: (client.get(f"/v1/publications/{publication['id']}").json()["reason"] or {}).get("code") == "paused", "it says why it waits")
    assert sandbox.ledger() == []
    assert client.patch("/v1/publishing", json={"paused": False}).json() == {"paused": False}
    assert client.post(f"/v1/publications/{publication['id']}/cancel").status_code == 200
    for video in (first, second):
        client.post(f"/v1/videos/{video['id']}/publications", json={"platform": "mastodon"})
    until(lambda: len(sandbox.ledger()) == 1, "the first has its turn", 60)
    waiting = next(p for p in client.get("/v1/publications").json()["data"] if p["status"] == "queued")
    assert waiting["waiting_until"] and "turn" in waiting["reason"]["message"]


def test_where_a_post_is_can_be_said_of_what_nobody_knows_only(publisher, sandbox, clip):
    client = publisher.client()
    sandbox.connect(client, "mastodon")
    video = client.upload(clip, "Linked")
    made = client.post(f"/v1/videos/{video['id']}/publications", json={"platform": "mastodon"}, headers={"Prefer": "wait=60"}).json()
    assert made["status"] == "published"
    address = f"/v1/publications/{made['id']}/link"
    same = client.post(address, json={"url": made["url"]})
    assert same.status_code == 200 and same.json() == made
    other = made["url"].rsplit("/", 1)[0] + "/115000000000000000"
    assert client.post(address, json={"url": other}).status_code == 409
    assert client.post(address, json={"url": "https://example.org/"}).status_code == 422
    assert client.post(address, json={"url": 7}).status_code == 400
    assert client.post(f"/v1/publications/{uuid.uuid4()}/link", json={"url": other}).status_code == 404


def test_a_published_post_is_given_new_words(publisher, sandbox, clip):
    client = publisher.client()
    sandbox.connect(client, "youtube")
    video = client.upload(clip, "Cats", description="Two of them", tags=["cats"])
    made = client.post(f"/v1/videos/{video['id']}/publications", json={"platform": "youtube"}, headers={"Prefer": "wait=60"}).json()
    assert (made["status"], made["edit"]) == ("published", None)
    url = f"/v1/publications/{made['id']}"
    asked = client.patch(url, json={"options": {"title": "Dogs"}})
    assert asked.status_code == 202, asked.text
    assert asked.json()["edit"]["options"]["title"] == "Dogs"
    until(lambda: client.get(url).json()["edit"]["status"] == "done", "the words are there", 60)
    post = sandbox.ledger("youtube")[0]
    assert (post["title"], post["text"]) == ("Dogs", "Two of them")
    assert client.get(url).json()["options"]["title"] == "Dogs"
    same = client.patch(url, json={"options": {"privacy": "public"}})
    assert same.status_code == 200 and same.json()["edit"]["status"] == "done", "as it is already"
    fixed = client.patch(url, json={"options": {"privacy": "private", "title": "Birds"}})
    assert (fixed.status_code, fixed.json()["code"]) == (422, "VT-PUB-015")
    assert [error["pointer"] for error in fixed.json()["errors"]] == ["/options/privacy"]
    broken = client.patch(url, json={"options": {"title": "<b>"}})
    assert (broken.status_code, broken.json()["code"]) == (422, "VT-PUB-008")
    assert [error["pointer"] for error in broken.json()["errors"]] == ["/options/title"]
    told = [event["type"] for event in client.get("/v1/events?limit=1000").json()["data"]]
    assert told.count("publication.updated") == 1
    editable = {platform["name"]: platform["post"] for platform in client.get("/v1/platforms").json()["data"]}
    assert editable["youtube"] == {"looked_at": True, "editable": ["title", "description", "tags"]}
    assert editable["x"] == {"looked_at": False, "editable": []}


def test_where_the_network_lets_nobody_change_a_post_that_is_said(publisher, sandbox, clip):
    client = publisher.client()
    sandbox.connect(client, "x")
    video = client.upload(clip, "Cats")
    made = client.post(f"/v1/videos/{video['id']}/publications", json={"platform": "x"}, headers={"Prefer": "wait=60"}).json()
    assert made["status"] == "published", made
    refused = client.patch(f"/v1/publications/{made['id']}", json={"options": {"text": "Dogs"}})
    assert (refused.status_code, refused.json()["code"]) == (409, "VT-PUB-014")
    assert refused.json()["hint"]
