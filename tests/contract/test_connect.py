"""/v1/accounts/connect: to the stand-ins' consent pages and back."""
import re
import uuid
from urllib.parse import parse_qs, urlsplit

import pytest

from harness.consent import decide
from harness.waiting import until

CONSENT_PAGES = ["youtube", "mastodon", "tiktok", "x", "vimeo", "linkedin"]
SERVERS = {"mastodon": "https://mastodon.sandbox.test", "peertube": "https://peertube.sandbox.test"}


@pytest.fixture
def publisher(make_vitrina, sandbox):
    return make_vitrina(environment=sandbox.settings())


def begin(client, network):
    """As the page does it."""
    query = {"base_url": SERVERS[network]} if network in SERVERS else {}
    answer = client.get(f"/v1/accounts/connect/{network}", params=query, headers={"Accept": "application/json"})
    assert answer.status_code == 200, answer.text
    return answer.json()


def connect(client, network, **how):
    back = decide(begin(client, network)["url"], **{"new_account": "carol", **how})
    return client.get(back)


@pytest.mark.parametrize("network", CONSENT_PAGES)
def test_a_browser_connects_an_account_and_publishes_with_it(publisher, sandbox, studio, network):
    client = publisher.client()
    clip = studio.clip(seconds=4, size="640x480")
    page = connect(client, network)
    assert page.status_code == 200, page.text
    assert "Connected to" in page.text and "no-store" in page.headers["Cache-Control"]
    assert page.headers["Referrer-Policy"] == "no-referrer"
    account = client.get("/v1/accounts").json()["data"][0]
    assert (account["platform"], account["status"], account["sandbox"]) == (network, "connected", True)
    assert connect(client, network, new_account="", account="carol").status_code == 200
    assert len(client.get("/v1/accounts").json()["data"]) == 1, "the same identity is the same account"
    video = client.upload(clip, "After the consent")
    wanted = {"video_id": video["id"], "account_id": account["id"]}
    if network == "tiktok":
        wanted["options"] = {"privacy": "private"}
    made = client.post("/v1/publications", json=wanted)
    assert made.status_code == 201, made.text
    url = f"/v1/publications/{made.json()['id']}"
    until(lambda: client.get(url).json()["status"] == "published", "it is published", 90)
    assert len(sandbox.ledger(network)) == 1


def test_the_redirect_for_a_browser_that_comes_by_itself(publisher):
    client = publisher.client()
    answer = client.get("/v1/accounts/connect/youtube")
    assert answer.status_code == 302
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert query["redirect_uri"] == [publisher.url + "/v1/accounts/connect/youtube/callback"]
    assert query["code_challenge_method"] == ["S256"] and len(query["state"][0]) == 64
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Secure" not in cookie
    assert "Path=/v1/accounts/connect/youtube/callback" in cookie
    assert client.get(decide(answer.headers["Location"], new_account="dora")).status_code == 200
    assert client.head("/v1/accounts/connect/youtube/callback?state=x&code=y").status_code == 200


def test_another_browser_does_not_end_a_visit_and_nobody_ends_it_twice(publisher):
    client, stranger = publisher.client(), publisher.client()
    back = decide(begin(client, "youtube")["url"], new_account="carol")
    assert stranger.get(back).status_code == 403
    assert client.get(back.replace("state=", "state=0")).status_code == 404
    assert client.get(back.replace("/youtube/", "/vimeo/")).status_code == 404
    assert client.get("/v1/accounts").json()["data"] == []
    assert client.get(back).status_code == 200
    assert client.get(back).status_code == 200, "loaded again it shows the same"
    assert len(client.get("/v1/accounts").json()["data"]) == 1


def test_who_says_no_or_leaves_a_permission_out_is_told(publisher):
    client = publisher.client()
    page = connect(client, "youtube", decision="deny")
    assert page.status_code == 422 and "refused over there" in page.text
    page = connect(client, "youtube", without=["https://www.googleapis.com/auth/youtube.force-ssl"])
    assert page.status_code == 422 and "youtube.force-ssl was left out" in page.text
    page = client.get(decide(begin(client, "x")["url"], decision="deny"), headers={"Accept-Language": "es"})
    assert page.status_code == 422 and '<html lang="es">' in page.text and "No conectado con X" in page.text
    assert client.get("/v1/accounts").json()["data"] == []


def two_channels(sandbox):
    channels = '{"items":[{"id":"UC1","snippet":{"title":"One <b>"}},{"id":"UC2","snippet":{"title":"Two"}}]}'
    sandbox.fault("youtube", "channels.list", "answer:200", body=channels, content_type="application/json")


def test_of_several_identities_one_is_chosen_in_the_browser(publisher, sandbox):
    client, stranger = publisher.client(), publisher.client()
    two_channels(sandbox)
    page = connect(client, "youtube")
    assert page.status_code == 200 and "One &lt;b&gt;" in page.text
    action = re.search(r'action="([^"]+)"', page.text).group(1)
    state = re.search(r'name="state" value="([^"]+)"', page.text).group(1)
    assert stranger.post(action, data={"state": state, "remote_id": "UC2"}).status_code == 403
    assert client.post(action, data={"state": state, "remote_id": "UC3"}).status_code == 422
    assert client.post(action, data={"remote_id": "UC2"}).status_code == 404
    assert client.post(action, data={"state": state, "remote_id": "UC2"}).status_code == 200
    assert [account["remote_id"] for account in client.get("/v1/accounts").json()["data"]] == ["UC2"]


def test_a_terminal_s_visit_ends_in_any_browser_or_with_what_was_pasted(publisher, sandbox):
    client, browser = publisher.client(), publisher.client()

    def begin_elsewhere():
        answer = client.post("/v1/accounts/connect/youtube", json={})
        assert answer.status_code == 201, answer.text
        assert "Set-Cookie" not in answer.headers
        return answer.json(), answer.headers["Location"]

    visit, address = begin_elsewhere()
    assert client.get(address).json() == {**visit, "url": None}
    assert browser.get(decide(visit["url"], new_account="carol")).status_code == 200
    ended = client.get(address).json()
    assert ended["status"] == "connected"
    assert client.get(f"/v1/accounts/{ended['account_id']}").json()["platform"] == "youtube"

    two_channels(sandbox)
    visit, address = begin_elsewhere()
    back = decide(visit["url"], account="carol")
    assert client.post(address + "/code", json={"code": "  "}).status_code == 400
    other, _ = begin_elsewhere()
    assert client.post(address + "/code", json={"code": decide(other["url"], account="carol")}).status_code == 400
    pasted = client.post(address + "/code", json={"code": back})
    assert pasted.status_code == 200 and pasted.json()["status"] == "choosing", pasted.text
    assert pasted.json()["choices"] == [{"remote_id": "UC1", "name": "One <b>"}, {"remote_id": "UC2", "name": "Two"}]
    assert client.post(address + "/code", json={"code": back}).status_code == 409
    assert client.post(address + "/choice", json={"remote_id": "UC9"}).status_code == 422
    assert client.post(address + "/choice", json={"remote_id": "UC1"}).json()["status"] == "connected"


def test_a_name_and_a_password_where_there_is_no_consent_page(publisher, sandbox):
    client = publisher.client()
    made = sandbox.make_account("peertube", "alice")
    address = "/v1/accounts/connect/peertube/sign-in"
    wanted = {"base_url": SERVERS["peertube"], "name": "alice", "password": made["password"]}
    wrong = client.post(address, json={**wanted, "password": "not-this-one"})
    assert wrong.status_code == 422 and "not-this-one" not in wrong.text
    assert client.post(address, json={"name": "alice"}).status_code == 400
    assert client.post("/v1/accounts/connect/youtube/sign-in", json=wanted).status_code == 422
    visit = client.post(address, json=wanted)
    assert visit.status_code == 200, visit.text
    visit = visit.json()
    if visit["status"] == "choosing":
        choice = f"/v1/accounts/connect/peertube/visits/{visit['id']}/choice"
        visit = client.post(choice, json={"remote_id": visit["choices"][0]["remote_id"]}).json()
    account = client.get(f"/v1/accounts/{visit['account_id']}").json()
    assert (account["platform"], account["status"]) == ("peertube", "connected")
    assert account["access_expires_at"] < account["reconnect_before"]


def test_what_cannot_be_connected_so(publisher):
    client = publisher.client()
    for path, status, code in [
        ("carrier-pigeon", 400, "VT-REQ-004"),
        ("mastodon", 400, "VT-REQ-004"),
        ("mastodon?base_url=https://a/b", 400, "VT-REQ-004"),
        ("youtube?base_url=https://mastodon.sandbox.test", 400, "VT-REQ-004"),
        ("peertube?base_url=https://peertube.sandbox.test", 422, "VT-ACC-005"),
        (f"youtube/visits/{uuid.uuid4()}", 404, "VT-ACC-007"),
        ("youtube/visits/nonsense", 404, "VT-ACC-007"),
    ]:
        answer = client.get("/v1/accounts/connect/" + path)
        assert (answer.status_code, answer.json()["code"]) == (status, code), path
    for path in ("code", "choice"):
        address = f"/v1/accounts/connect/youtube/visits/{uuid.uuid4()}/{path}"
        member = {"code": "code", "choice": "remote_id"}[path]
        assert client.post(address, json={member: "x"}).status_code == 404
        assert client.post(address, json={}).status_code == 400


def test_without_an_app_it_is_said_how_to_get_one(vitrina):
    client = vitrina.client()
    answer = client.get("/v1/accounts/connect/youtube")
    assert (answer.status_code, answer.json()["code"]) == (409, "VT-ACC-006")
    hint = answer.json()["hint"]
    assert vitrina.url + "/v1/accounts/connect/youtube/callback" in hint and "VITRINA_YOUTUBE_CLIENT_ID" in hint
    platforms = {platform["name"]: platform for platform in client.get("/v1/platforms").json()["data"]}
    assert platforms["youtube"]["connect"]["app_missing"] and not platforms["mastodon"]["connect"]["app_missing"]
    assert "audited" in platforms["youtube"]["connect"]["demands"][0]["en"]


def test_with_an_app_of_one_s_own(make_vitrina):
    secret = "GOCSPX-never-shown"
    settings = {"VITRINA_YOUTUBE_CLIENT_ID": "mine.apps.googleusercontent.com", "VITRINA_YOUTUBE_CLIENT_SECRET": secret}
    client = make_vitrina(environment=settings).client()
    answer = client.get("/v1/accounts/connect/youtube")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("https://accounts.google.com/o/oauth2/v2/auth?client_id=mine.apps.")
    assert secret not in answer.headers["Location"]


def test_pages_of_other_sites_do_not_begin_a_visit(publisher):
    client = publisher.client()
    led = client.get("/v1/accounts/connect/youtube", headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"})
    assert (led.status_code, led.json()["code"]) == (403, "VT-AUT-005")
    own = client.get("/v1/accounts/connect/youtube", headers={"Sec-Fetch-Site": "same-origin"})
    assert own.status_code == 302


def test_where_tokens_are_asked_for_only_the_return_needs_none(make_vitrina, sandbox):
    public = "https://videos.example"
    server = make_vitrina(environment={**sandbox.settings(), "VITRINA_PUBLIC_URL": public}, start=False)
    admin = server.run("token", "create", "--scope", "admin").stdout.split()[-1]
    reader = server.run("token", "create", "--scope", "read,write,publish").stdout.split()[-1]
    server.start()
    address = "/v1/accounts/connect/youtube"
    assert server.client().get(address).status_code == 401
    assert server.client(token=reader).get(address).status_code == 403
    answer = server.client(token=admin).get(address)
    assert answer.status_code == 302 and "; Secure" in answer.headers["Set-Cookie"]
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert query["redirect_uri"] == [public + address + "/callback"]
    assert server.client().get(address + "/callback?state=nobodys").status_code == 404
