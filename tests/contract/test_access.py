"""Who may come in where: open on loopback, tokens elsewhere, signed media links."""
import pytest


NOBODY = "0.0.0.0"


@pytest.fixture(scope="module")
def closed(tmp_path_factory, spec):
    """A server on every address, with tokens; asked over loopback."""
    from harness.process import Vitrina

    server = Vitrina(tmp_path_factory.mktemp("closed"), spec)
    server.environment["VITRINA_LISTEN"] = f"{NOBODY}:{server.port}"
    server.environment["VITRINA_PUBLISH_LISTEN"] = f"{NOBODY}:{server.publish_port}"
    server.directory.mkdir(parents=True, exist_ok=True)
    server.tokens = {
        scope: server.run("token", "create", "--scope", scope, "--name", scope).stdout.strip()
        for scope in ("read", "write", "publish", "admin", "read,write,publish")
    }
    server.start()
    yield server
    server.stop()


def test_it_does_not_start_open_on_a_public_address(make_vitrina):
    server = make_vitrina(start=False)
    server.environment["VITRINA_LISTEN"] = f"{NOBODY}:{server.port}"
    server.launch()
    assert server.wait_for_end() not in (0, None)
    assert "VITRINA_OPEN" in server.log and "token" in server.log, "it says what to do"


def test_it_does_when_told_so_in_so_many_words(make_vitrina):
    server = make_vitrina(start=False)
    server.environment.update({"VITRINA_LISTEN": f"{NOBODY}:{server.port}", "VITRINA_OPEN": "yes"})
    server.start()
    assert server.client().get("/api/videos").status_code == 200


def test_without_a_token_only_what_is_for_everybody(closed):
    client = closed.client()
    for path in ("/health", "/livez", "/readyz", "/"):
        assert client.get(path).status_code == 200, path
    for method, path in (("GET", "/api/videos"), ("GET", "/v1/videos"), ("GET", "/v1/publications"), ("GET", "/v1/accounts")):
        answer = client.request(method, path)
        assert answer.status_code == 401, path
        assert "Bearer" in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize("token", ["nonsense", "vt_nonsense", "", "vt_" + "a" * 500])
def test_a_wrong_token_is_no_token(closed, token):
    answer = closed.client().get("/api/videos", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401


def test_scopes(closed, clip):
    reader, writer = closed.client(closed.tokens["read"]), closed.client(closed.tokens["write"])
    assert reader.get("/api/videos").status_code == 200
    assert reader.try_upload(clip).status_code == 403
    assert reader.delete("/api/videos/00000000-0000-4000-8000-000000000000").status_code == 403
    assert writer.try_upload(clip).status_code == 201
    assert closed.client(closed.tokens["publish"]).get("/v1/accounts").status_code == 200
    assert reader.post("/v1/accounts", json={"platform": "youtube"}).status_code == 403


def test_a_refused_upload_is_refused_before_its_body(closed):
    from harness.raw import RawConnection

    with RawConnection(closed.url) as connection:
        connection.send(
            "POST /api/videos/upload HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
            "Content-Length: 9999999999\r\n\r\n"
        )
        assert connection.answer()[0] == 401


def test_media_links_carry_their_own_signature(closed, clip):
    app = closed.client(closed.tokens["read,write,publish"])
    video = app.upload(clip, "Signed")
    stranger = closed.client()
    for url in (video["s3_url"], video["file_path"], video["thumbnail_path"]):
        assert stranger.get(url).status_code == 200, "a player cannot send a token"
        bare = url.split("?")[0]
        if bare != url:
            assert stranger.get(bare).status_code in (401, 403, 404)
            assert stranger.get(url[:-1] + ("A" if url[-1] != "A" else "B")).status_code in (401, 403, 404)


def test_links_that_were_given_out_can_be_revoked(closed, clip):
    app = closed.client(closed.tokens["read,write,publish"])
    video = app.upload(clip, "Leaked")
    stranger = closed.client()
    assert stranger.get(video["s3_url"]).status_code == 200
    path = f"/v1/videos/{video['id']}/revoke-links"
    assert closed.client(closed.tokens["read"]).post(path, json={}).status_code == 403
    answer = app.post(path, json={})
    assert answer.status_code == 200
    assert stranger.get(video["s3_url"]).status_code == 401
    assert stranger.get(answer.json()["source_url"]).status_code == 200
    assert app.get(f"/api/videos?search=Leaked").json()[0]["s3_url"] == answer.json()["source_url"]


def test_where_links_are_not_signed_there_is_nothing_to_revoke(vitrina, clip):
    client = vitrina.client()
    video = client.upload(clip, "Open")
    answer = client.post(f"/v1/videos/{video['id']}/revoke-links", json={})
    assert answer.status_code == 409 and answer.json()["code"] == "VT-VID-003"
    assert client.post("/v1/videos/00000000-0000-4000-8000-000000000000/revoke-links", json={}).status_code == 404


def test_loopback_behind_a_gateway_asks_for_tokens(make_vitrina):
    server = make_vitrina(start=False)
    server.environment["VITRINA_PUBLIC_URL"] = "https://video.example.org"
    server.launch()
    assert server.wait_for_end() not in (0, None), "others reach it, and there is no token"
    token = server.run("token", "create", "--scope", "read", "--name", "one").stdout.strip()
    server.start()
    assert server.client().get("/api/videos").status_code == 401
    assert server.client().get("/metrics").status_code == 401
    assert server.client(token).get("/api/videos").status_code == 200
    assert server.client(token).get("/metrics").status_code == 200


def test_a_gateway_nobody_announced_lets_nobody_in(vitrina):
    for named in ({"X-Real-IP": "203.0.113.9"}, {"Via": "1.1 gateway"}, {"Forwarded": "for=203.0.113.9"}):
        assert vitrina.client().get("/api/videos", headers=named).status_code == 403, named
    from_elsewhere = {"X-Forwarded-For": "203.0.113.9"}
    answer = vitrina.client().get("/api/videos", headers=from_elsewhere)
    assert answer.status_code == 403 and "VITRINA_PUBLIC_URL" in vitrina.client().get("/v1/videos", headers=from_elsewhere).json()["hint"]


def test_pages_of_other_sites_connect_no_accounts(vitrina):
    client = vitrina.publish_client()
    body = {"platform": "mastodon", "base_url": "https://mastodon.example", "access_token": "stolen"}
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Host": "evil.example"}):
        answer = client.post("/v1/accounts", json=body, headers=headers)
        assert answer.status_code == 403 and answer.json()["code"] == "VT-AUT-005", headers
    assert vitrina.client().get("/api/videos", headers={"Origin": "https://app.example"}).status_code == 200


def test_a_revoked_token_is_out_at_once(closed):
    made = closed.run("token", "create", "--scope", "read", "--name", "short-lived").stdout.strip()
    client = closed.client(made)
    assert client.get("/api/videos").status_code == 200
    listed = next(line for line in closed.run("token", "list").stdout.splitlines() if "short-lived" in line)
    closed.run("token", "revoke", listed.split()[0])
    from harness.waiting import until

    until(lambda: client.get("/api/videos").status_code == 401, "the revoked token is refused", 30)


def test_no_token_is_ever_logged(closed):
    closed.client(closed.tokens["read"]).get("/api/videos")
    for token in closed.tokens.values():
        assert token not in closed.log
