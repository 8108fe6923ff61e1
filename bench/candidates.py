"""The programs that are measured: Vitrina, the guide's Flask services, nginx. Each is started once per row or group."""
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
        self.start()
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
        wait_for(lambda: self.answers("/readyz"), "vitrina is ready")


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


class Flask(Candidate):
    """With a PostgreSQL of its own, whose cost belongs to it."""

    name = "Flask (the guide)"
    postgres = Path("/usr/lib/postgresql/15/bin")

    def __init__(self, directory="flask"):
        super().__init__(directory)
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(parents=True)
        self.database = Path("/tmp") / f"vitrina-bench-{os.getpid()}"  # socket paths must be short, and postgres's own

    def as_postgres(self, command):
        """PostgreSQL refuses to run as root."""
        return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else command

    def start(self):
        shutil.rmtree(self.database, ignore_errors=True)
        self.database.mkdir(mode=0o700)
        if os.geteuid() == 0:
            shutil.chown(self.database, "postgres")
        data = self.database / "data"
        subprocess.run(
            self.as_postgres([self.postgres / "initdb", "-D", data, "-A", "trust", "-U", "bench", "-E", "UTF8", "--locale=C.UTF-8"]),
            check=True, stdout=subprocess.DEVNULL, cwd="/",
        )  # fmt: skip
        server = self.as_postgres(
            [self.postgres / "postgres", "-D", data, "-k", self.database, "-c", "listen_addresses=", "-c", "max_connections=200"]
        )
        self.run(server, cwd="/")
        wait_for(lambda: self.sql("SELECT 1", check=False).returncode == 0, "PostgreSQL is ready")
        self.sql("CREATE DATABASE video_app")
        self.sql((PEERS / "flask" / "schema.sql").read_text(), database="video_app")
        self.run(
            ["/usr/bin/gunicorn", "--bind", f"127.0.0.1:{self.port}", "--workers", CORES, "--threads", 8,
             "--timeout", 600, "--log-level", "error", "video_service:app"],
            cwd=PEERS / "flask",
            env={**os.environ, "DB_HOST": str(self.database), "DB_PORT": "5432", "DB_NAME": "video_app",
                 "DB_USER": "bench", "STORE": str(self.directory / "store"), "TMPDIR": str(self.directory),
                 "PYTHONDONTWRITEBYTECODE": "1"},
        )  # fmt: skip
        wait_for(lambda: self.answers("/health"), "gunicorn is ready")

    def sql(self, text, database="postgres", check=True):
        return subprocess.run(
            [self.postgres / "psql", "-qAt", "-v", "ON_ERROR_STOP=1", "-h", self.database, "-U", "bench", "-d", database],
            input=text, text=True, check=check, capture_output=True,
        )  # fmt: skip

    def load(self, videos):
        """The same videos that Vitrina has, as its own /api/videos lists them."""
        rows = []
        for video in videos:
            values = [video["id"], video["title"], video["description"], video["s3_url"], "k", video["thumbnail_path"],
                      json.dumps(video["tags"], ensure_ascii=False), video["upload_date"], str(video["duration"])]  # fmt: skip
            rows.append("(" + ",".join("'" + value.replace("'", "''") + "'" for value in values) + ")")
        columns = "id, title, description, s3_url, s3_key, thumbnail_path, tags, upload_date, duration"
        for at in range(0, len(rows), 500):
            self.sql(f"INSERT INTO videos ({columns}) VALUES {','.join(rows[at:at + 500])}", database="video_app")
        self.sql("ANALYZE videos", database="video_app")

    def stop(self):
        super().stop()
        shutil.rmtree(self.database, ignore_errors=True)
