"""What is S3's alone: doctor's look at the store, players that are sent on to it, memory, refusals at the start."""
import json
import re
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from harness import s3
from harness.process import run_command
from harness.waiting import until

pytestmark = pytest.mark.skipif(not s3.WANTED, reason="about the S3 store")


def fetch(url, method="GET", **headers):
    """As a player would: no token, no session."""
    return requests.request(method, url, headers=headers, allow_redirects=False, timeout=60, proxies={"http": ""})


# ---- doctor


def report_of(server, **settings):
    result = server.run("--json", "doctor", "--storage", check=False, **settings)
    return result.returncode, [json.loads(line) for line in result.stdout.splitlines()]


def test_doctor_tries_the_store_out_and_leaves_nothing(vitrina):
    before = vitrina.files()
    status, report = report_of(vitrina)
    assert status == 0, report
    states = {finding["ability"]: (finding["state"], finding["supported"]) for finding in report}
    assert [ability for ability, (state, _) in states.items() if state != "ok"] == []
    assert states["conditional_put"] == ("ok", True)
    assert states["conditional_complete"] == ("ok", False), "this engine ignores the condition; see docs/s3.md"
    assert all(states[ability][1] for ability in ("damage_refused", "multipart", "presigned", "abort_upload"))
    assert vitrina.files() == before == []
    table = vitrina.run("doctor", "--storage").stdout
    assert re.search(r"^ok  Multipart uploads +yes$", table, re.M), table
    spanish = vitrina.run("doctor", "--storage", LANG="es_ES.UTF-8", LC_ALL="es_ES.UTF-8").stdout
    assert re.search(r"^ok  Subidas por partes +sí$", spanish, re.M), spanish


def test_doctor_sees_versions_and_removes_its_own(vitrina):
    bucket = s3.name_of(vitrina.data)
    enabled = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
    s3.ask("PUT", bucket, query={"versioning": ""}, body=enabled)
    status, report = report_of(vitrina)
    assert status == 0
    assert [finding["ability"] for finding in report if finding["state"] != "ok"] == ["versions"]
    kept = s3.ask("GET", bucket, query={"versions": ""}).text
    assert "<Version>" not in kept and "<DeleteMarker>" not in kept


@pytest.fixture(scope="module")
def nobody_listens():
    from harness.process import free_port

    return f"http://127.0.0.1:{free_port()}"


WRONG = {
    "the key": ({"AWS_ACCESS_KEY_ID": "NOBODYSKEY"}, "AWS_ACCESS_KEY_ID"),
    "the secret": ({"AWS_SECRET_ACCESS_KEY": "guessed"}, "AWS_SECRET_ACCESS_KEY"),
    "the bucket": ({"S3_BUCKET_NAME": "there-is-no-such"}, "S3_BUCKET_NAME"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_the_store_refuses_ends_the_start_and_is_said_by_doctor(make_vitrina, what):
    settings, named = WRONG[what]
    server = make_vitrina(start=False)
    started = server.run("serve", check=False, **settings)
    assert started.returncode == 1
    assert named in started.stderr and "guessed" not in started.stderr
    status, report = report_of(server, **settings)
    assert status == 1
    (bad,) = [finding for finding in report if finding["state"] == "error"]
    assert bad["ability"] == "access" and named in bad["what"]


def test_what_is_no_store_or_not_to_be_trusted(vitrina, make_vitrina, nobody_listens):
    other = make_vitrina(start=False)
    no_store = other.run("serve", check=False, VITRINA_S3_ENDPOINT=vitrina.url)
    assert no_store.returncode == 1 and "no S3 store" in no_store.stderr
    for endpoint, setting in (
        (nobody_listens, "VITRINA_S3_ENDPOINT"),
        (s3.told("https"), "VITRINA_CA_FILE"),
        (s3.told("http").replace("http:", "https:"), "http://"),
    ):
        status, report = report_of(other, VITRINA_S3_ENDPOINT=endpoint)
        assert status == 1 and [finding["ability"] for finding in report] == ["reachable"]
        assert setting in report[0]["what"], report


def test_a_certificate_that_is_named_is_trusted(make_vitrina, clip):
    settings = {"VITRINA_S3_ENDPOINT": s3.told("https"), "VITRINA_CA_FILE": str(s3.PLACE / "ca.pem")}
    server = make_vitrina(environment=settings)
    video = server.client().upload(clip, "Over TLS")
    assert fetch(video["s3_url"]).content == clip.read_bytes()
    status, report = report_of(server)
    assert status == 0 and "TLS" in report[0]["what"]


# ---- players are sent on


@pytest.fixture(scope="module")
def redirecting(tmp_path_factory, spec):
    from harness.process import Vitrina

    settings = {"VITRINA_S3_DELIVERY": "redirect", "VITRINA_S3_LINK_LIFETIME": "60s"}
    server = Vitrina(tmp_path_factory.mktemp("redirecting"), spec, environment=settings).start()
    yield server
    server.stop()
    s3.drop(server.data)


def test_a_player_is_sent_on_to_the_store(redirecting, clip):
    client = redirecting.client()
    video = client.upload(clip, "Vacación: 50%")
    assert video["s3_url"].startswith(redirecting.url), "addresses in answers lead here, where access is checked"
    sent_on = client.get(video["s3_url"])
    assert sent_on.status_code == 307
    assert sent_on.headers["Cache-Control"] == "private, max-age=30", "shorter than the address works"
    place = sent_on.headers["Location"]
    assert place.startswith(s3.told("http"))
    assert s3.told("secret-key") not in place
    whole = fetch(place)
    assert whole.status_code == 200 and whole.content == clip.read_bytes()
    assert whole.headers["Content-Type"] == "video/mp4"
    assert whole.headers["Content-Disposition"].startswith("inline")
    assert "filename*=UTF-8''Vacaci%C3%B3n" in whole.headers["Content-Disposition"]
    piece = fetch(place, Range="bytes=10-19")
    assert (piece.status_code, piece.content) == (206, clip.read_bytes()[10:20])
    assert fetch(place[:-1] + ("0" if place[-1] != "0" else "1")).status_code == 403

    head = client.head(video["s3_url"])
    assert head.status_code == 307
    seen = fetch(head.headers["Location"], "HEAD")
    assert seen.status_code == 200 and int(seen.headers["Content-Length"]) == clip.stat().st_size

    saved = client.get(video["s3_url"] + "?download=1")
    assert fetch(saved.headers["Location"]).headers["Content-Disposition"].startswith("attachment")
    picture = until(lambda: client.find(video["id"])["thumbnail_path"], "the picture is made")
    shown = fetch(client.get(picture).headers["Location"])
    assert shown.headers["Content-Type"] == "image/jpeg" and shown.content[:2] == b"\xff\xd8"


def test_the_page_may_show_what_comes_from_there(redirecting, make_vitrina):
    policy = redirecting.client().get("/").headers["Content-Security-Policy"]
    assert f"media-src 'self' {s3.told('http')};" in policy and f"img-src 'self' data: {s3.told('http')};" in policy
    cached = make_vitrina(environment={"VITRINA_MEDIA_URL": "https://cdn.example.org/v"})
    assert "media-src 'self' https://cdn.example.org;" in cached.client().get("/").headers["Content-Security-Policy"]


def test_who_may_not_see_it_is_not_sent_on(make_vitrina, clip):
    server = make_vitrina(start=False, environment={"VITRINA_S3_DELIVERY": "redirect"})
    token = json.loads(server.run("--json", "token", "create", "--name", "test", "--scope", "read,write").stdout)
    server.start(VITRINA_PUBLIC_URL="https://videos.example.org")
    client = server.client(token["token"])
    video = client.upload(clip, "For some")
    path = video["s3_url"].removeprefix("https://videos.example.org")
    assert fetch(server.url + path).status_code == 307, "the address carries its signature"
    assert fetch(server.url + path.split("?")[0]).status_code == 401
    assert client.delete(f"/api/videos/{video['id']}").status_code == 200
    assert fetch(server.url + path).status_code == 404


def test_players_may_find_the_store_under_another_name(make_vitrina, clip):
    port = s3.told("http").rsplit(":", 1)[1]
    public = f"http://s3.localhost:{port}"  # what the store calls itself, so it takes the signature
    server = make_vitrina(environment={"VITRINA_S3_DELIVERY": "redirect", "VITRINA_MEDIA_URL": public})
    video = server.client().upload(clip, "Elsewhere")
    assert video["s3_url"].startswith(server.url)
    place = server.client().get(video["s3_url"]).headers["Location"]
    assert place.startswith(public)
    got = fetch(place.replace("s3.localhost", "127.0.0.1"), Host=f"s3.localhost:{port}")
    assert got.status_code == 200 and got.content == clip.read_bytes()


def test_addresses_may_lead_to_a_cache_in_front_of_this_server(make_vitrina, clip):
    server = make_vitrina(environment={"VITRINA_MEDIA_URL": "https://cdn.example.org/v/"})
    client = server.client()
    video = client.upload(clip, "Cached")
    assert video["s3_url"].startswith("https://cdn.example.org/v/files/")
    path = video["s3_url"].removeprefix("https://cdn.example.org/v")
    answer = client.get(path)
    assert answer.content == clip.read_bytes()
    assert answer.headers["Cache-Control"] == "max-age=300"


# ---- memory


def resident(pid):
    with open(f"/proc/{pid}/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+) kB", status.read())[1]) << 10


@pytest.mark.parametrize("uploads", [16])
def test_many_uploads_at_once_hold_no_more_memory_than_is_theirs(make_vitrina, studio, uploads):
    """Each would hold up to four parts; all of them together have room for three."""
    part, memory = 5 << 20, 15 << 20
    settings = {"VITRINA_S3_PART": str(part), "VITRINA_S3_MEMORY": str(memory), "VITRINA_UPLOAD_WAIT": "0s",
                "VITRINA_ROLES": "video,publish",
                # AddressSanitizer keeps what was freed for a while: by itself more than all of this.
                "ASAN_OPTIONS": "exitcode=99:detect_leaks=1:quarantine_size_mb=1"}  # fmt: skip
    server = make_vitrina(environment=settings)
    clip = studio.clip(seconds=2).read_bytes()
    body = clip + bytes(4 * part)  # what follows a video's last box is nobody's business
    server.client().try_upload(body, "The first")
    base, peak, stop = resident(server.process.pid), [0], threading.Event()

    def watch():
        while not stop.wait(0.01):
            peak[0] = max(peak[0], resident(server.process.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    with ThreadPoolExecutor(uploads) as many:
        answers = list(many.map(lambda k: server.client().try_upload(body, f"Upload {k}").status_code, range(uploads)))
    stop.set()
    watcher.join()
    assert answers == [201] * uploads
    assert s3.unfinished(s3.name_of(server.data)) == []
    # Beside the parts: a buffer of 256 KiB for each upload, what curl and the sanitizer keep.
    assert peak[0] - base < memory + uploads * (1 << 20) + (64 << 20), (base >> 20, peak[0] >> 20)
