"""D: the database goes away and comes back."""
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
import requests

from harness import postgres
from harness.process import free_port
from harness.recovery import QUICK
from harness.waiting import until

ENGINE = Path(__file__).resolve().parents[1] / "engines" / "postgres"


@pytest.fixture
def own_server():
    """A PostgreSQL server of this test's own, which it may kill."""
    directory = tempfile.mkdtemp(prefix="vitrina-d-", dir="/tmp")
    subprocess.run([ENGINE, "start", directory], check=True, timeout=120)
    yield directory
    subprocess.run([ENGINE, "stop", directory], check=True, timeout=120)


def start_is_refused(make_vitrina, environment, said):
    server = make_vitrina(start=False)
    server.launch(**environment)
    assert server.wait_for_end() != 0
    assert said in server.log and ".. " not in server.log, server.log


def test_D1_the_server_is_killed_and_comes_back(make_vitrina, own_server, clip, oracle):
    address = {"DB_HOST": own_server, "DB_NAME": "vitrina", "DB_USER": "vitrina"}
    server = make_vitrina(environment={**QUICK, **address})
    client = server.client()
    before = client.upload(clip, "Before")

    def health():
        return requests.get(server.url + "/health", timeout=30, proxies={"http": ""})

    assert health().status_code == 200
    for _ in range(2):
        subprocess.run([ENGINE, "crash", own_server], check=True, timeout=60)
        sick = health()
        assert sick.status_code == 503 and sick.json()["status"] == "unhealthy" and sick.json()["reason"]
        refused = client.get("/api/videos")
        assert refused.status_code == 503 and refused.headers["Retry-After"]
        assert client.try_upload(clip, "In the dark").status_code == 503
        assert client.get("/livez").status_code == 200 and server.running

        subprocess.run([ENGINE, "again", own_server], check=True, timeout=60)
        until(lambda: health().status_code == 200, "it is well again as soon as the database is", 2)
        assert client.get("/api/videos").status_code == 200
    after = client.upload(clip, "After")
    oracle.holds(server, [before["id"], after["id"]])


def test_D3_the_standby_takes_over(make_vitrina, own_server, clip, oracle):
    """DB_HOST names both, in whatever order: only the one that can be written to is used."""
    standby = tempfile.mkdtemp(prefix="vitrina-d-", dir="/tmp")
    subprocess.run([ENGINE, "follow", standby, own_server], check=True, timeout=120)
    try:
        both = {"DB_HOST": f"{standby},{own_server}", "DB_NAME": "vitrina", "DB_USER": "vitrina"}
        server = make_vitrina(environment={**QUICK, **both})
        client = server.client()
        before = client.upload(clip, "Before")
        written = postgres.ask("SELECT pg_current_wal_lsn()", server=own_server)
        has_it = f"SELECT pg_last_wal_replay_lsn() >= '{written}'"
        until(lambda: postgres.ask(has_it, server=standby) == "t", "the standby has what was written")
        start_is_refused(make_vitrina, {**both, "DB_HOST": standby}, "it names no primary, only what follows one")

        subprocess.run([ENGINE, "crash", own_server], check=True, timeout=60)
        assert client.get("/api/videos").status_code == 503, "a standby is not asked, not even for a list: it may be behind"
        assert client.try_upload(clip, "In between").status_code == 503
        subprocess.run([ENGINE, "promote", standby], check=True, timeout=60)
        until(lambda: client.get("/api/videos").status_code == 200, "it found the new primary", 3)
        after = client.upload(clip, "After")
        oracle.holds(server, [before["id"], after["id"]])
    finally:
        subprocess.run([ENGINE, "stop", standby], check=True, timeout=120)


def fill(directory):
    """Gives the file that took the rest of the file system."""
    ballast = directory / "ballast"
    with open(ballast, "wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                pass
    return ballast


def test_D4_the_disk_of_the_server_is_full(make_vitrina, small_disk, own_server, clip, oracle):
    space = small_disk / "space"
    space.mkdir()
    shutil.chown(space, "postgres")
    postgres.ask(f"CREATE TABLESPACE small LOCATION '{space}'", server=own_server)
    postgres.ask("CREATE DATABASE small TABLESPACE small", server=own_server)
    postgres.ask("CREATE EXTENSION pg_trgm", "small", server=own_server)
    address = {"DB_HOST": own_server, "DB_NAME": "small", "DB_USER": "vitrina"}

    ballast = fill(small_disk)
    server = make_vitrina(start=False, environment={**QUICK, **address})
    server.launch()
    assert server.wait_for_end() != 0
    assert "has no room left" in server.log and "DB_HOST" in server.log, server.log
    ballast.unlink()
    server.start()
    client = server.client()
    kept = [client.upload(clip, "Kept")["id"]]

    ballast = fill(small_disk)
    for number in range(200):
        answer = client.try_upload(clip, f"Number {number}", description=os.urandom(2000).hex())
        if answer.status_code != 201:
            break
        kept.append(answer.json()["id"])
    assert answer.status_code == 507, answer.text
    assert answer.headers["Retry-After"]
    assert {video["id"] for video in client.list()} == set(kept), "reading goes on, and nothing else is there"
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
    assert "The database server has no room left." in ready.json()["reasons"]
    ballast.unlink()
    kept.append(client.upload(clip, "There is room again")["id"])
    assert "The database server has no room left." not in client.get("/readyz").json()["reasons"]
    oracle.holds(server, kept)


@pytest.mark.parametrize("wrong, said", [
    ({"DB_NAME": "nowhere"}, "See DB_NAME"),
    ({"DB_USER": "nobody"}, "See DB_USER"),
    ({"DB_HOST": "/tmp/nowhere"}, "See DB_HOST"),
    ({"DB_HOST": "127.0.0.1", "DB_PORT": "1"}, "See DB_HOST and DB_PORT"),
])  # fmt: skip
def test_a_wrong_setting_ends_the_start_with_its_name(make_vitrina, wrong, said):
    start_is_refused(make_vitrina, wrong, said)


@pytest.mark.parametrize("limit, said", [
    ("ALTER SYSTEM SET superuser_reserved_connections = 299", "See VITRINA_DB_CONNECTIONS, and the server's max_connections"),
    ("ALTER ROLE guest CONNECTION LIMIT 0", "See VITRINA_DB_CONNECTIONS, and the limit of the server's role"),
    ("REVOKE CONNECT ON DATABASE vitrina FROM PUBLIC", "See DB_NAME and DB_USER: this user may not connect"),
])  # fmt: skip
def test_a_server_that_lets_nobody_in_ends_the_start_with_the_setting(make_vitrina, own_server, limit, said):
    """What it says in its own words, which are others from one version of PostgreSQL to the next."""
    postgres.ask("CREATE ROLE guest LOGIN", server=own_server)
    postgres.ask(limit, server=own_server)
    subprocess.run([ENGINE, "crash", own_server], check=True, timeout=60)
    subprocess.run([ENGINE, "again", own_server], check=True, timeout=60)
    with postgres.session(own_server):  # of the administrator: it leaves one place less
        start_is_refused(make_vitrina, {"DB_HOST": own_server, "DB_NAME": "vitrina", "DB_USER": "guest"}, said)


def test_the_database_of_an_ordinary_owner(make_vitrina, own_server, clip):
    """Who is no superuser may create the extension that searches use since PostgreSQL 13; without it they walk."""
    postgres.ask("CREATE ROLE owner LOGIN", server=own_server)
    postgres.ask("CREATE DATABASE plain OWNER owner", server=own_server)
    client = make_vitrina(environment={"DB_HOST": own_server, "DB_NAME": "plain", "DB_USER": "owner"}).client()
    video = client.upload(clip, "Vergißmeinnicht im Garten")
    assert [found["id"] for found in client.list(search="VERGISSMEINNICHT")] == [video["id"]]
    indexed = postgres.ask("SELECT to_regclass('video_search') IS NOT NULL", "plain", own_server)
    may_index = postgres.ask("SELECT current_setting('server_version_num')::integer >= 130000", server=own_server)
    assert indexed == may_index


class TlsServer:
    """A PostgreSQL server on loopback that shows a certificate."""

    CA = """[ca]
default_ca = ours
[ours]
database = index
serial = serial
new_certs_dir = .
default_md = sha256
policy = anybody
x509_extensions = itself
[anybody]
commonName = supplied
[itself]
subjectAltName = IP:127.0.0.1
basicConstraints = critical,CA:true
"""

    def __init__(self, directory, certificates):
        self.directory, self.certificates = Path(directory), certificates
        self.port = free_port()
        self.environment = {**os.environ, "PGPORT": str(self.port), "VITRINA_TEST_POSTGRES_LISTEN": "127.0.0.1"}
        subprocess.run([ENGINE, "start", directory], check=True, timeout=120, env=self.environment)

    def ask(self, sql):
        command = ["psql", "-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", "-h", self.directory, "-U", "vitrina", "-c", sql]
        return subprocess.run(command, env=self.environment, check=True, capture_output=True, text=True, timeout=60).stdout.strip()

    def certificate(self, name, first, last):
        """Signed by itself, good between the two times (YYYYMMDDHHMMSSZ). The file, to be shown or trusted."""
        place = self.certificates / name
        place.mkdir()
        (place / "ca.cnf").write_text(self.CA)
        (place / "index").touch()
        (place / "serial").write_text("01\n")
        for command in (
            ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=127.0.0.1",
             "-keyout", "key.pem", "-out", "request.pem"],
            ["ca", "-batch", "-selfsign", "-config", "ca.cnf", "-keyfile", "key.pem", "-in", "request.pem",
             "-startdate", first, "-enddate", last, "-notext", "-out", "certificate.pem"],
        ):  # fmt: skip
            subprocess.run(["openssl", *command], cwd=place, check=True, capture_output=True)
        return place / "certificate.pem"

    def show(self, certificate):
        for setting, file in (("ssl_cert_file", certificate), ("ssl_key_file", certificate.with_name("key.pem"))):
            kept = self.directory / "data" / f"{certificate.parent.name}-{file.name}"
            shutil.copyfile(file, kept)
            kept.chmod(0o600)
            if os.geteuid() == 0:
                shutil.chown(kept, "postgres")
            self.ask(f"ALTER SYSTEM SET {setting} = '{kept}'")
        self.ask("ALTER SYSTEM SET ssl = on")
        self.ask("SELECT pg_reload_conf()")
        until(lambda: self.ask("SHOW ssl_cert_file").endswith(f"{certificate.parent.name}-certificate.pem"), "it shows that one")

    def settings(self, trusted):
        return {"DB_HOST": "127.0.0.1", "DB_PORT": str(self.port), "DB_NAME": "vitrina", "DB_USER": "vitrina",
                "VITRINA_DB_TLS": "verify-full", "VITRINA_DB_CA_FILE": str(trusted)}  # fmt: skip


@pytest.fixture
def tls_server(tmp_path):
    directory = tempfile.mkdtemp(prefix="vitrina-d-", dir="/tmp")
    yield TlsServer(directory, tmp_path)
    subprocess.run([ENGINE, "stop", directory], check=True, timeout=120)


def test_the_server_s_certificate_is_checked(make_vitrina, tls_server, clip):
    good, other = (tls_server.certificate(name, "20200101000000Z", "20490101000000Z") for name in ("good", "other"))
    expired = tls_server.certificate("expired", "20200101000000Z", "20200201000000Z")
    for shown, trusted in ((good, other), (expired, expired)):
        tls_server.show(shown)
        said = "It has expired, or nobody who is trusted has signed it. See VITRINA_DB_CA_FILE."
        start_is_refused(make_vitrina, tls_server.settings(trusted), said)

    tls_server.show(good)
    server = make_vitrina(environment=tls_server.settings(good))
    server.client().upload(clip, "Over TLS")
    encrypted = "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'vitrina'"
    assert tls_server.ask(encrypted) == "t"


def test_D2_several_servers_start_at_once_on_an_empty_database(make_vitrina, clip):
    """The migrations are run once; whoever was not first finds them done."""
    first = make_vitrina(start=False)
    others = [make_vitrina(start=False, roles=roles) for roles in ("video", "video", "publish")]
    for other in others:
        other.data = first.data
    everybody = [first, *others]
    for server in everybody:
        server.launch()
    for server in everybody:
        until(server._ready, "each of them becomes ready", 60)
    assert postgres.ask("SELECT count(*), count(DISTINCT number) FROM schema_migrations", postgres.name_of(first.data)) in (
        f"{n}|{n}" for n in range(1, 100)
    )
    video = first.client().upload(clip, "Seen by all")
    assert [found["id"] for found in others[0].client().list()] == [video["id"]], "at once, through another one"


@pytest.mark.parametrize("point", ["postgres.migration.before_record", "postgres.migrated"])
@pytest.mark.parametrize("after", range(3))
def test_D2_killed_between_migrations_and_started_again(make_vitrina, clip, point, after):
    server = make_vitrina(start=False)
    server.start_or_die(VITRINA_FAIL_POINTS=f"{point}={after}*off->abort")
    assert not server.running, "it was killed on its way"
    server.check_log()
    server.start()
    server.client().upload(clip, "After all")
