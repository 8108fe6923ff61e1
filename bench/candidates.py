"""The programs that are measured: Vitrina, the Flask sketch, nginx. Each is started once per row or group."""
import hashlib
import json
import os
import shutil
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import processes

ROOT = Path(__file__).resolve().parents[1]
WORK = ROOT / "build" / "bench"
PEERS = Path(__file__).resolve().parent / "peers"
CORES = os.cpu_count()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def get(url, timeout=60):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=timeout) as answer:
        return answer.read()


def wait_for(condition, what, seconds=120):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(f"waited {seconds} s in vain: {what}")
        time.sleep(0.005)


class Candidate:
    """A program on a port. `roots` are the processes whose trees its costs are summed over."""

    name = ""

    def __init__(self, directory):
        self.directory = WORK / directory
        self.port = free_port()
        self.started = []

    def run(self, command, **options):
        log = open(self.directory / "log", "ab")
        process = subprocess.Popen(
            list(map(str, command)), stdin=subprocess.DEVNULL, stdout=log, stderr=log, **options
        )
        self.started.append(process)
        return process

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def roots(self):
        return [process.pid for process in self.started]

    def cpu(self):
        return processes.cpu_seconds(self.roots)

    def answers(self, path):
        try:
            get(self.url + path, timeout=5)
            return True
        except OSError:
            return False

    def stop(self):
        for process in reversed(self.started):
            process.terminate()
        for process in self.started:
            try:
                process.wait(40)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.started.clear()

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()  # nobody else would: the block is never entered
            raise
        return self

    def __exit__(self, *_):
        self.stop()


class Vitrina(Candidate):
    name = "Vitrina"

    def __init__(self, directory="vitrina", keep=False, settings=None):
        super().__init__(directory)
        self.settings = settings or {}
        if not keep:
            shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.publish_port = free_port()

    def launch(self):
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        self.run(
            [ROOT / "build" / "release" / "vitrina", "serve"],
            cwd=self.directory,
            env={
                **kept,
                "HOME": str(self.directory),
                "VITRINA_DATA": str(self.directory / "data"),
                "VITRINA_LISTEN": f"127.0.0.1:{self.port}",
                "VITRINA_PUBLISH_LISTEN": f"127.0.0.1:{self.publish_port}",
                "VITRINA_LOG": "warn",
                **self.settings,
            },
        )

    def start(self):
        self.launch()
        wait_for(lambda: self.ended() or self.answers("/readyz"), "vitrina is ready")
        if self.ended():
            raise RuntimeError("vitrina did not start: " + (self.directory / "log").read_text(errors="replace")[-500:])

    @property
    def publish_url(self):
        return f"http://127.0.0.1:{self.publish_port}"

    def ended(self):
        return self.started[-1].poll() is not None


class Sandbox(Candidate):
    """The networks' stand-in; its page is on `port`."""

    name = "the sandbox"

    def __init__(self, directory="sandbox"):
        super().__init__(directory)
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(parents=True)
        self.tls_port = free_port()
        self.page = self.url

    def start(self):
        self.run(
            [ROOT / "build" / "release" / "vitrina", "sandbox", "--listen", f"127.0.0.1:{self.tls_port}",
             "--page", f"127.0.0.1:{self.port}", "--data", self.directory / "data"], cwd=self.directory,
        )  # fmt: skip
        wait_for(lambda: self.answers("/ledger") and self._said(), "the sandbox is ready")
        self.connect_to = self._said()[0]
        self.ca = self.directory / "data" / "ca.pem"

    def _said(self):
        lines = (self.directory / "log").read_text().splitlines()
        return [line.split()[1] for line in lines if line.split()[:1] == ["VITRINA_CONNECT_TO"]]

    def settings(self):
        """For a Vitrina that publishes here."""
        return {"VITRINA_CONNECT_TO": self.connect_to, "VITRINA_CA_FILE": str(self.ca)}


class Nginx(Candidate):
    name = "nginx"

    def __init__(self, directory="nginx"):
        super().__init__(directory)
        shutil.rmtree(self.directory, ignore_errors=True)
        (self.directory / "files" / "put").mkdir(parents=True)
        self.files = self.directory / "files"

    def start(self):
        configuration = (PEERS / "nginx.conf").read_text()
        for name, value in {"WORKERS": CORES, "DIRECTORY": self.directory, "PORT": self.port}.items():
            configuration = configuration.replace(f"@{name}@", str(value))
        if os.geteuid() == 0:  # else its workers would be nobody, who may not read our files
            configuration = "user root;\n" + configuration
        path = self.directory / "nginx.conf"
        path.write_text(configuration)
        (self.files / "alive").write_text("yes")
        self.run(["/usr/sbin/nginx", "-c", path, "-p", self.directory])
        wait_for(lambda: self.answers("/alive"), "nginx is ready")


class Postgres(Candidate):
    """A PostgreSQL server on a Unix socket."""

    name = "PostgreSQL"
    binaries = Path("/usr/lib/postgresql/15/bin")

    def __init__(self, directory="postgres"):
        super().__init__(directory)
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(parents=True)
        # Socket paths must be short, and the place postgres's own.
        self.socket = Path("/tmp") / f"vitrina-bench-{os.getpid()}-{directory}"

    def as_postgres(self, command):
        """PostgreSQL refuses to run as root."""
        return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else command

    def start(self):
        shutil.rmtree(self.socket, ignore_errors=True)
        self.socket.mkdir(mode=0o700)
        if os.geteuid() == 0:
            shutil.chown(self.socket, "postgres")
        data = self.socket / "data"
        subprocess.run(
            self.as_postgres([self.binaries / "initdb", "-D", data, "-A", "trust", "-U", "bench", "-E", "UTF8", "--locale=C.UTF-8"]),
            check=True, stdout=subprocess.DEVNULL, cwd="/",
        )  # fmt: skip
        server = self.as_postgres(
            [self.binaries / "postgres", "-D", data, "-k", self.socket, "-c", "listen_addresses=", "-c", "max_connections=200"]
        )
        self.run(server, cwd="/")
        wait_for(lambda: self.sql("SELECT 1", check=False).returncode == 0, "PostgreSQL is ready")

    def sql(self, text, database="postgres", check=True):
        return subprocess.run(
            [self.binaries / "psql", "-qAt", "-v", "ON_ERROR_STOP=1", "-h", self.socket, "-U", "bench", "-d", database],
            input=text, text=True, check=check, capture_output=True,
        )  # fmt: skip

    def settings(self, database):
        """For a Vitrina that keeps its entries here."""
        return {"DB_HOST": str(self.socket), "DB_NAME": database, "DB_USER": "bench"}

    def stop(self):
        super().stop()
        shutil.rmtree(self.socket, ignore_errors=True)


class Flask(Candidate):
    """With a PostgreSQL of its own, whose cost belongs to it; or on one that is given, and costs itself."""

    name = "Flask (the sketch)"

    def __init__(self, directory="flask", database=None, settings=None):
        super().__init__(directory)
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(parents=True)
        self.own = None if database else Postgres("flask-postgres")
        self.database = database or self.own
        self.settings = settings or {}

    @property
    def roots(self):
        return super().roots + (self.own.roots if self.own else [])

    def start(self):
        if self.own:
            self.own.start()
        self.sql("CREATE DATABASE video_app", database="postgres")
        self.sql((PEERS / "flask" / "schema.sql").read_text())
        self.run(
            ["/usr/bin/gunicorn", "--bind", f"127.0.0.1:{self.port}", "--workers", CORES, "--threads", 8,
             "--timeout", 600, "--log-level", "error", "video_service:app"],
            cwd=PEERS / "flask",
            env={**os.environ, "DB_HOST": str(self.database.socket), "DB_PORT": "5432", "DB_NAME": "video_app",
                 "DB_USER": "bench", "STORE": str(self.directory / "store"), "TMPDIR": str(self.directory),
                 "PYTHONDONTWRITEBYTECODE": "1", **self.settings},
        )  # fmt: skip
        wait_for(lambda: self.answers("/health"), "gunicorn is ready")

    def sql(self, text, database="video_app"):
        return self.database.sql(text, database=database)

    def load(self, videos):
        """The same videos that Vitrina has, as its own /api/videos lists them."""
        rows = []
        for video in videos:
            values = [video["id"], video["title"], video["description"], video["s3_url"], "k", video["thumbnail_path"],
                      json.dumps(video["tags"], ensure_ascii=False), video["upload_date"], str(video["duration"])]  # fmt: skip
            rows.append("(" + ",".join("'" + value.replace("'", "''") + "'" for value in values) + ")")
        columns = "id, title, description, s3_url, s3_key, thumbnail_path, tags, upload_date, duration"
        for at in range(0, len(rows), 500):
            self.sql(f"INSERT INTO videos ({columns}) VALUES {','.join(rows[at:at + 500])}")
        self.sql("ANALYZE videos")

    def stop(self):
        super().stop()
        if self.own:
            self.own.stop()


class Store(Candidate):
    """A real S3 store, the one of the tests: Ceph's gateway, its data in memory."""

    name = "Ceph RGW"
    engine = ROOT / "tests" / "engines" / "s3"
    bucket = "bench"

    def __init__(self):
        super().__init__("s3")
        self.directory = Path("/tmp") / f"vitrina-bench-{os.getpid()}-s3"

    def start(self):
        subprocess.run([self.engine, "start", self.directory], check=True)
        self.pids = [int(file.read_text()) for file in self.directory.glob("*.pid")]
        self._make_bucket()

    def _make_bucket(self):
        """With curl: AWS's own command line is needed only where it is what is measured."""
        subprocess.run(
            ["curl", "-sSf", "--noproxy", "*", "-o", "/dev/null", "-X", "PUT", "--aws-sigv4", "aws:amz:us-east-1:s3",
             "-H", "x-amz-content-sha256: " + hashlib.sha256().hexdigest(), "-K", "-", f"{self.said('http')}/{self.bucket}"],
            input=f'user = "{self.said("access-key")}:{self.said("secret-key")}"', text=True, check=True,
        )  # fmt: skip

    @property
    def roots(self):
        return self.pids

    def said(self, name):
        return (self.directory / name).read_text().strip()

    def environment(self):
        return {"AWS_ACCESS_KEY_ID": self.said("access-key"), "AWS_SECRET_ACCESS_KEY": self.said("secret-key"),
                "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true",
                "HOME": str(self.directory)}  # fmt: skip

    def settings(self):
        """For a Vitrina that keeps its files here."""
        return {"S3_BUCKET_NAME": self.bucket, "VITRINA_S3_ENDPOINT": self.said("http"), **self.environment()}

    def aws(self, *command, check=True):
        return subprocess.run(
            ["/usr/bin/aws", "--endpoint-url", self.said("http"), "--no-cli-pager", *map(str, command)],
            env={**os.environ, **self.environment()}, check=check, capture_output=True, text=True,
        )  # fmt: skip

    def stop(self):
        subprocess.run([self.engine, "stop", self.directory], check=True)
