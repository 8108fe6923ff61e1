"""docker-compose.yml as it is shipped, up and running behind https."""
import hashlib
import json
import subprocess
import threading
from functools import partial

import pytest
import yaml

from harness.process import ROOT
from harness.waiting import holds_for, until

OURS = ("video-service", "publish-service", "worker")


def test_the_file_is_valid_with_and_without_what_runs_beside(deployment):
    everything = yaml.safe_load(deployment.compose("config").stdout)["services"]
    assert {"nginx", "video-service", "publish-service", "worker", "postgres", "s3"} <= set(everything)
    at_amazon = deployment.compose("config", COMPOSE_PROFILES="", AWS_ENDPOINT_URL_S3="", DB_HOST="db.example")
    services = yaml.safe_load(at_amazon.stdout)["services"]
    assert services["video-service"]["environment"]["DB_HOST"] == "db.example"
    assert services["video-service"]["environment"]["VITRINA_S3_ENDPOINT"] == ""


def test_it_says_what_is_missing_when_nothing_was_set(deployment, tmp_path):
    (tmp_path / "docker-compose.yml").write_text((ROOT / "docker-compose.yml").read_text())
    refused = deployment.engine.run("docker-compose", "config", cwd=tmp_path, check=False)
    assert refused.returncode != 0
    assert ".env.example" in refused.stderr


def test_the_examples_names_are_the_guides(deployment):
    names = {line.partition("=")[0].lstrip("#") for line in (ROOT / ".env.example").read_text().splitlines() if "=" in line}
    guide = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "S3_BUCKET_NAME"}
    guide |= {"DB_HOST", "DB_NAME", "DB_USER", "DB_PASSWORD", "DB_PORT"}
    assert guide <= names


def test_secrets_given_in_the_env_file_are_moved_into_files(deployment, tmp_path):
    scripts = tmp_path / "deploy" / "containers"
    scripts.mkdir(parents=True)
    for name in ("make-secrets", "setup"):
        (scripts / name).write_text((ROOT / "deploy" / "containers" / name).read_text())
    example = (ROOT / ".env.example").read_text()
    (tmp_path / ".env").write_text(example.replace("DB_PASSWORD=", "DB_PASSWORD=p&ss/w\\rd"))

    deployment.engine.run("bash", scripts / "make-secrets")
    made = {file.name: file.read_text() for file in (scripts / "secrets").iterdir()}
    assert made["db_password"] == "p&ss/w\\rd"
    assert "DB_PASSWORD=\n" in (tmp_path / ".env").read_text()
    assert (scripts / "secrets").stat().st_mode & 0o777 == 0o700

    deployment.engine.run("bash", scripts / "make-secrets")
    assert made == {file.name: file.read_text() for file in (scripts / "secrets").iterdir()}, "what is there stays"


def test_everything_is_healthy(town):
    assert town.health("video-service") == ["healthy"] * 2
    for service in ("publish-service", "worker", "nginx", "postgres"):
        assert town.health(service) == ["healthy"], service


def test_ours_can_do_nothing_that_they_need_not(town):
    for service in OURS:
        for container in town.containers(service):
            host = container["HostConfig"]
            assert host["ReadonlyRootfs"] and host["CapDrop"] == ["ALL"], service
            assert host["Memory"] > 0 and host["NanoCpus"] > 0 and host["PidsLimit"] > 0, service
            assert host["RestartPolicy"]["Name"] == "unless-stopped", service
            assert not container["NetworkSettings"]["Ports"].get("5000/tcp"), "only nginx is reached from outside"
        assert town.inside(service, "id", "-u").stdout.strip() == "10001"
        assert town.inside(service, "touch", "/usr/x", check=False).returncode != 0
        status = town.inside(service, "cat", "/proc/1/status").stdout
        facts = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        assert int(facts["CapEff"], 16) == 0 and facts["NoNewPrivs"].strip() == "1" and facts["Seccomp"].strip() == "2"


def test_the_database_and_the_store_have_no_way_out_and_no_port(town):
    for service in ("postgres", "s3"):
        (container,) = town.containers(service)
        assert list(container["NetworkSettings"]["Networks"]) == ["vitrina_inside"]
        assert not any(container["NetworkSettings"]["Ports"].values())


def test_no_secret_stands_where_docker_inspect_shows_it(town):
    secrets = [town.deployment.secret(name) for name in ("db_password", "aws_secret_access_key", "vitrina_secret_key")]
    secrets.append(town.token)
    ids = town.compose("ps", "-a", "-q", check=False).stdout.split()
    shown = town.engine.docker("inspect", *ids).stdout + town.engine.docker("history", "--no-trunc", "vitrina:latest").stdout
    assert len(ids) >= 9
    assert not [secret for secret in secrets if secret in shown]


def test_without_a_token_nobody_sees_anything(town):
    assert town.curl(path="/api/videos", token="")[0] == 401
    assert town.curl(path="/metrics")[0] == 404


def test_plain_http_is_sent_to_https(town):
    port = town.deployment.http_port
    said = subprocess.run(["curl", "-sS", "--noproxy", "*", "-o", "/dev/null", "-w", "%{http_code} %{redirect_url}",
                           f"http://127.0.0.1:{port}/api/videos"], capture_output=True, text=True, timeout=60)  # fmt: skip
    assert said.stdout.split()[0] == "308" and "https://" in said.stdout


def test_a_video_goes_in_is_listed_and_comes_out_by_ranges(town, clip):
    video = town.upload(clip, "Through the gateway")
    assert video["duration"] == 2, "read in the worker, by the sandboxed child under Docker's own seccomp profile"
    assert video["s3_url"].startswith(town.url)
    status, listed = town.curl(path="/api/videos?search=gateway")
    assert status == 200 and [one["id"] for one in json.loads(listed)] == [video["id"]]

    whole = clip.read_bytes()
    assert town.download(video) == whole
    status, piece = town.curl("-H", "Range: bytes=1000-1999", path=video["s3_url"].removeprefix(town.url))
    assert status == 206 and piece == whole[1000:2000]
    status, picture = town.curl(path=video["thumbnail_path"].removeprefix(town.url))
    assert status == 200 and picture[:2] == b"\xff\xd8"

    assert town.curl("-X", "DELETE", path=f"/api/videos/{video['id']}")[0] == 200
    assert json.loads(town.curl(path="/api/videos?search=gateway")[1]) == []


def test_a_video_is_published(town, clip):
    added = town.with_token("publish-service", "vitrina", "account", "add", "youtube", "--sandbox", check=False)
    assert added.returncode == 0, added.stdout + added.stderr
    video = town.upload(clip, "For everybody")
    status, said = town.curl("-H", "Content-Type: application/json", "-d", '{"platforms": ["youtube"]}',
                             path=f"/api/videos/{video['id']}/publish")  # fmt: skip
    assert status == 200, said

    def published():
        listed = json.loads(town.curl(path="/api/videos?search=everybody")[1])
        return listed[0]["published_platforms"] == ["youtube"]

    until(published, "the network confirmed it", 60)
    ledger = json.loads(town.inside("nginx", "curl", "-sS", "http://sandbox:5080/ledger").stdout)
    assert [post["sha256"] for post in ledger["posts"]] == [hashlib.sha256(clip.read_bytes()).hexdigest()]


def test_doctor_finds_nothing_wrong(town):
    lines = town.with_token("publish-service", "vitrina", "--json", "doctor").stdout.splitlines()
    findings = [json.loads(line) for line in lines]
    # The sandbox is the one thing here that is not as it is elsewhere.
    assert [one["what"][:40] for one in findings if one["state"] != "ok"] == ["Outgoing connections are redirected: oau"], findings
    assert any("Media reader: reads" in one["what"] for one in findings), "under Docker's own seccomp profile"


def test_a_backup_is_made_beside_what_runs(town, tmp_path):
    place = tmp_path / "backup"
    place.mkdir()
    place.chmod(0o777)  # docs/containers.md gives it to the image's user
    run = ("run", "--rm", "-T", "-v", f"{place}:/backup", "worker")
    town.compose(*run, "backup", "--to", "/backup/vitrina")
    assert "is whole" in town.compose(*run, "verify", "/backup/vitrina").stdout
    dumped = town.inside("postgres", "sh", "-c", 'pg_dump -U "$POSTGRES_USER" -Fc "$POSTGRES_DB" | wc -c').stdout
    assert int(dumped) > 10_000


class Load:
    """Uploads, one after the other, from several callers at once; what was promised to each is kept."""

    def __init__(self, town, clip, callers=3):
        self.town, self.clip = town, clip
        self.promised, self.refused, self.ending = [], 0, threading.Event()
        self.threads = [threading.Thread(target=self.upload, args=(number,)) for number in range(callers)]

    def upload(self, caller):
        number = 0
        while not self.ending.is_set():
            number += 1
            video = self.town.upload(self.clip, f"Under load {caller}-{number}")
            if video:
                self.promised.append(video)
            else:
                self.refused += 1

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ending.set()
        for thread in self.threads:
            thread.join(120)


@pytest.mark.parametrize("service", ["video-service", "worker"])
def test_a_service_that_is_killed_comes_back_and_nothing_that_was_promised_is_lost(town, clip, kill, service):
    victim = town.containers(service)[0]
    restarts = victim["RestartCount"]
    with Load(town, clip) as load:
        until(lambda: len(load.promised) >= 3, "uploads go in", 60)
        kill(victim)
        before = len(load.promised)
        until(lambda: town.engine.inspect(victim["Id"])[0]["RestartCount"] > restarts, "the engine starts it again", 60)
        until(lambda: set(town.health(service)) == {"healthy"}, "it is healthy again", 60)
        until(lambda: len(load.promised) >= before + 3, "uploads still go in", 60)
    assert load.refused <= len(load.threads), "at most the requests that were in its hands"
    whole = clip.read_bytes()
    for video in load.promised:
        assert town.download(video) == whole, video


def reloads(town):
    return town.compose("logs", "--no-color", "nginx").stdout.count(" reconfiguring")


def test_more_services_are_found_by_the_gateway(town):
    before = reloads(town)
    town.compose("up", "-d", "--no-recreate", "--scale", "video-service=3")
    until(lambda: town.health("video-service") == ["healthy"] * 3, "the third is healthy", 60)
    until(lambda: reloads(town) > before, "nginx was told", 30)
    asked = [town.curl(path="/api/videos")[0] for _ in range(12)]
    assert asked == [200] * 12


def test_nothing_is_reloaded_while_nothing_changes(town):
    """A name of several services has its addresses in another order with each answer."""
    before = reloads(town)
    holds_for(lambda: reloads(town) == before, "the gateway runs with what it has", 15)


def is_well(town, service, index):
    return town.inside(service, "vitrina", "health", index=index, check=False).returncode == 0


def test_health_is_what_it_says_when_the_database_is_away(town):
    town.compose("stop", "postgres")
    try:
        until(lambda: town.inside("worker", "vitrina", "health", check=False).returncode in (3, 4), "the worker says so", 60)
        said = town.inside("video-service", "vitrina", "health", check=False)
        assert said.returncode in (3, 4), "it says no, or has no time to: a name that nobody has takes seconds to look up here"
        for _ in range(4):
            status, body = town.curl(path="/api/videos")
            assert status == 503 and "The server cannot" in json.loads(body)["error"], "their own answer, not the gateway's"
    finally:
        town.compose("start", "postgres")
    # Each process finds out by itself, as soon as a lookup that began before the server's return has ended: where the
    # name servers of the machine cannot be reached, as here, the resolver takes ten seconds for it.
    for service, index in [(service, index + 1) for service in OURS for index in range(len(town.containers(service)))]:
        until(partial(is_well, town, service, index), f"{service} {index} is well again", 30)
    assert [town.curl(path="/api/videos")[0] for _ in range(12)] == [200] * 12


def test_it_goes_down_without_a_kill_and_comes_up_with_what_it_had(town):
    titles = sorted(video["title"] for video in json.loads(town.curl(path="/api/videos")[1]))
    assert titles
    town.compose("stop", "-t", "60", *OURS)
    assert {one["State"]["ExitCode"] for service in OURS for one in town.containers(service)} == {0}
    town.compose("up", "-d")
    until(lambda: town.curl(path="/readyz")[0] == 200, "it is back", 60)
    assert sorted(video["title"] for video in json.loads(town.curl(path="/api/videos")[1])) == titles
