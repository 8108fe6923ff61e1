"""The shipped Dockerfile and docker-compose.yml, with a real Docker engine (tests/engines/docker). Images that only a
registry has are replaced by stand-ins from Debian's packages (stand-ins/), through the variables the file has for them."""
import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from harness.process import ROOT, free_port
from harness.waiting import until

HERE = Path(__file__).parent
NAME = "video.example"
ENGINE = ROOT / "tests" / "engines" / "docker"
STAND_INS = ("nginx", "postgres", "s3")


class Engine:
    """Runs programs against the tests' own engine."""

    def __init__(self, place):
        # Debian's own client: another one on the path may know this engine only half.
        self.environment = {
            "PATH": "/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/nonexistent", "LANG": "C.UTF-8",
            "DOCKER_HOST": f"unix://{place}/sock", "COMPOSE_HTTP_TIMEOUT": "300",
        }  # fmt: skip

    def run(self, *command, check=True, cwd=None, timeout=1800, **environment):
        result = subprocess.run(
            [*map(str, command)], env=self.environment | environment, cwd=cwd, capture_output=True, text=True,
            stdin=subprocess.DEVNULL, timeout=timeout,
        )  # fmt: skip
        if check:
            assert result.returncode == 0, f"{command}: {result.returncode}\n{result.stdout[-3000:]}\n{result.stderr[-5000:]}"
        return result

    def docker(self, *arguments, **options):
        return self.run("/usr/bin/docker", *arguments, **options)

    def inspect(self, *names):
        return json.loads(self.docker("inspect", *names).stdout)


class Deployment:
    """A copy of what an operator has cloned, with docs/containers.md followed in it."""

    def __init__(self, engine, directory):
        self.engine, self.directory = engine, Path(directory)
        self.http_port, self.https_port = free_port(), free_port()
        self.url = f"https://{NAME}:{self.https_port}"

    def clone(self):
        listed = self.engine.run("git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others",
                                 "--exclude-standard", "--", ".", ":!testdata", ":!fuzz", cwd=ROOT).stdout  # fmt: skip
        for name in filter(None, listed.split("\0")):
            if (ROOT / name).exists():  # not one that is about to be removed
                (self.directory / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, self.directory / name)
        return self

    def borrow_binary(self):
        """Everything is done as the Dockerfile says, in the context that it is sent, but for the compiler's minutes: what
        it would make is what ./dev package makes of the same sources on this same Debian, and that was made already."""
        made = subprocess.run([ROOT / "dev", "build", "release"], capture_output=True, text=True, timeout=2400, cwd=ROOT)
        assert made.returncode == 0, made.stderr[-4000:]
        subprocess.run(["strip", "-o", self.directory / "src" / "prebuilt", ROOT / "build" / "release" / "vitrina"], check=True)
        file = self.directory / "Dockerfile"
        compiling, copying = "cmake --build build/release --target vitrina", "install -D src/prebuilt build/release/vitrina"
        text = file.read_text()
        assert text.count(compiling) == 1, "the Dockerfile compiles in another way now"
        file.write_text(text.replace(compiling, copying))
        return self

    def write_settings(self):
        text = (self.directory / ".env.example").read_text()
        for name, value in {
            "PUBLIC_URL": self.url,
            "HTTP_PORT": f"127.0.0.1:{self.http_port}",
            "HTTPS_PORT": f"127.0.0.1:{self.https_port}",
        }.items():
            text = "\n".join(f"{name}={value}" if line.startswith(f"{name}=") else line for line in text.split("\n"))
        for name in STAND_INS:
            text += f"{name.upper()}_IMAGE=vitrina-tests/{name}\n"
        (self.directory / ".env").write_text(text)
        self.engine.run("deploy/containers/make-secrets", cwd=self.directory)
        return self

    def compose(self, *arguments, files=("docker-compose.yml",), **options):
        files = [word for file in files for word in ("-f", file)]
        # The machine's network for builds: the tests' engine makes no rules that would let them out.
        return self.engine.run("docker-compose", "-p", "vitrina", *files, *arguments, cwd=self.directory,
                               BUILD_NETWORK="host", **options)  # fmt: skip

    def secret(self, name):
        return (self.directory / "deploy" / "containers" / "secrets" / name).read_text()


class Town:
    """The deployment while it runs, as the operator and as the world see it."""

    FILES = ("docker-compose.yml", "docker-compose.sandbox.yml")

    def __init__(self, deployment):
        self.deployment, self.engine, self.url = deployment, deployment.engine, deployment.url
        self.token = self.certificate = None

    def compose(self, *arguments, **options):
        return self.deployment.compose(*arguments, files=self.FILES, **options)

    def up(self):
        self.compose("up", "-d", timeout=900)
        until(lambda: self.health("nginx") == ["healthy"], "the gateway is healthy", 120)
        shown = self.compose("run", "--rm", "-T", "--no-deps", "--entrypoint", "cat", "setup", "/var/lib/vitrina/first-token")
        self.token = shown.stdout.strip()
        self.certificate = self.deployment.directory / "certificate.pem"
        self.certificate.write_text(self.compose("exec", "-T", "nginx", "cat", "/etc/vitrina/tls/fullchain.pem").stdout)
        return self

    def containers(self, service):
        """What docker says of each, the oldest number first."""
        ids = self.compose("ps", "-q", service).stdout.split()
        described = self.engine.inspect(*ids) if ids else []
        return sorted(described, key=lambda one: int(one["Config"]["Labels"]["com.docker.compose.container-number"]))

    def health(self, service):
        return [one["State"].get("Health", {}).get("Status", "none") for one in self.containers(service)]

    def inside(self, service, *command, index=1, **options):
        return self.compose("exec", "-T", "--index", index, service, *command, **options)

    def with_token(self, service, *command, **options):
        """The same, as somebody who may do everything."""
        return self.compose("exec", "-T", "-e", f"VITRINA_TOKEN={self.token}", service, *command, **options)

    def curl(self, *arguments, path="", token=None, timeout=300):
        """(status, body), as the world would ask; 0 when there was no answer."""
        result = subprocess.run(
            ["curl", "-sS", "--noproxy", "*", "--cacert", self.certificate,
             "--resolve", f"{NAME}:{self.deployment.https_port}:127.0.0.1", "-w", "\n%{http_code}",
             "-H", f"Authorization: Bearer {self.token if token is None else token}",
             *map(str, arguments), self.url + path],
            capture_output=True, timeout=timeout,
        )  # fmt: skip
        body, _, status = result.stdout.rpartition(b"\n")
        return (int(status or 0) if result.returncode == 0 else 0), body

    def upload(self, clip, title):
        """The guide's own call; the video, or None when nothing was promised."""
        status, body = self.curl("-F", f"title={title}", "-F", f"video=@{clip}", path="/api/videos/upload")
        return json.loads(body) if status == 201 else None

    def download(self, video):
        status, body = self.curl(path=video["s3_url"].removeprefix(self.url))
        return body if status == 200 else None


@pytest.fixture(scope="session")
def engine():
    short = hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]
    place, cache = Path(f"/tmp/vitrina-docker-{short}"), ROOT / "build" / "docker-engine"
    started = subprocess.run([ENGINE, "start", place, cache], capture_output=True, text=True, timeout=600)
    if started.returncode == 77:
        pytest.skip(started.stderr.strip().splitlines()[-1])
    assert started.returncode == 0, started.stderr
    yield Engine(place)
    subprocess.run([ENGINE, "stop", place, cache], check=True, capture_output=True, timeout=300)


@pytest.fixture(scope="session")
def deployment(engine, tmp_path_factory):
    made = Deployment(engine, tmp_path_factory.mktemp("clone")).clone().write_settings()
    return made if os.environ.get("VITRINA_EVERY_MOMENT") else made.borrow_binary()


@pytest.fixture(scope="session")
def image(deployment):
    """Builds it as the operator does, and keeps the parts that take long for the next run."""
    engine = deployment.engine
    for stage in ("packages",):
        engine.docker("build", "--network", "host", "--target", stage, "-t", f"vitrina-tests/{stage}", ".", cwd=deployment.directory)
    deployment.compose("build", "video-service")
    return engine.inspect("vitrina:latest")[0]


@pytest.fixture(scope="session")
def stand_ins(engine):
    for name in STAND_INS:
        engine.docker("build", "--network", "host", "--target", name, "-t", f"vitrina-tests/{name}", HERE / "stand-ins")


@pytest.fixture(scope="session")
def town(deployment, image, stand_ins):
    shutil.copy(HERE / "docker-compose.sandbox.yml", deployment.directory)
    running = Town(deployment)
    try:
        yield running.up()
    except AssertionError:
        print(running.compose("ps", check=False).stdout)
        print(running.compose("logs", "--no-color", "--tail", "30", check=False).stdout[-8000:])
        raise
    finally:
        running.compose("down", "-v", "--remove-orphans", check=False)


@pytest.fixture(scope="session")
def kill():
    """kill -9 from outside, as the kernel would when memory runs out: to the engine it is no wish of the operator's."""

    def kill(container):
        os.kill(container["State"]["Pid"], 9)

    return kill
