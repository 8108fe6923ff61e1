"""The real binary as a child process: started on free loopback ports with a data directory of its own."""
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
from pathlib import Path

import requests

from . import postgres, s3
from .client import Client
from .waiting import until

ROOT = Path(__file__).resolve().parents[2]
SANITIZER = re.compile(r"(Address|Thread|Leak|UndefinedBehavior|Memory)Sanitizer|runtime error:")


def binary():
    return Path(os.environ.get("VITRINA_BIN", ROOT / "build" / "asan" / "vitrina")).absolute()


_given_ports = set()


def free_port():
    """One that nobody listens on, and that no other server of this run was given."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        if port not in _given_ports:
            _given_ports.add(port)
            return port


def clean_environment(home):
    """Nothing of the machine's own settings may decide a test."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TZ") if name in os.environ}
    return kept | {
        "HOME": str(home),
        "ASAN_OPTIONS": "exitcode=99:detect_leaks=1",
        "UBSAN_OPTIONS": "print_stacktrace=1",
        "TSAN_OPTIONS": "exitcode=99:second_deadlock_stack=1",
        "ASAN_SYMBOLIZER_PATH": "/usr/bin/llvm-symbolizer-19",
        "TSAN_SYMBOLIZER_PATH": "/usr/bin/llvm-symbolizer-19",
    }


class Vitrina:
    """One `vitrina serve`. Stopping it checks that it ended well and that no sanitizer spoke."""

    def __init__(self, directory, spec, *, roles=None, environment=None, arguments=()):
        self.directory = Path(directory)
        self.data = self.directory / "data"
        self.spec = spec
        self.arguments = list(arguments)
        self.roles = roles
        self.environment = environment or {}
        self.process = None
        self.generation = 0
        self.port, self.publish_port = free_port(), free_port()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def publish_url(self):
        return f"http://127.0.0.1:{self.publish_port}"

    @property
    def log_path(self):
        return self.directory / f"log-{self.generation}"

    @property
    def log(self):
        return self.log_path.read_text(errors="replace")

    def settings(self):
        return {
            **clean_environment(self.directory),
            "AWS_EC2_METADATA_DISABLED": "yes",  # nor may the role of the machine
            "VITRINA_DATA": str(self.data),
            "VITRINA_LISTEN": f"127.0.0.1:{self.port}",
            "VITRINA_PUBLISH_LISTEN": f"127.0.0.1:{self.publish_port}",
            **postgres.settings(self.data),
            **s3.settings(self.data),
            **self.environment,
        }

    def copy_of(self, other):
        """Takes over the data of another server, which is not running."""
        shutil.copytree(other.data, self.data)
        postgres.copy(other.data, self.data)
        s3.copy(other.data, self.data)
        return self

    def _make_engines(self):
        postgres.make(self.data)
        s3.make(self.data)

    def launch(self, **more_environment):
        """Starts the process without waiting for it: for tests in which it is to die."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self._make_engines()
        self.generation += 1
        command = [binary(), "serve"]
        if self.roles:
            command += ["--roles", self.roles]
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                command + self.arguments,
                env=self.settings() | more_environment,
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        return self

    def start(self, **more_environment):
        self.launch(**more_environment)
        until(self._ready, "the server becomes ready", 60)
        return self

    def start_or_die(self, **more_environment):
        """Start of a server that is to be killed by a fail point, which may come before it is ready."""
        self.launch(**more_environment)
        until(lambda: self.process.poll() == -signal.SIGKILL or self._ready(), "the server becomes ready or dies", 60)
        return self

    def _ready(self):
        assert self.process.poll() is None, f"vitrina ended with {self.process.returncode} at start:\n{self.log[-3000:]}"
        url = self.publish_url if self.roles == "publish" else self.url
        try:
            return requests.get(url + "/readyz", timeout=5, proxies={"http": ""}).status_code == 200
        except requests.RequestException:
            return False

    @property
    def running(self):
        return self.process is not None and self.process.poll() is None

    def client(self, token=None):
        return Client(self.url, self.spec, token)

    def publish_client(self, token=None):
        return Client(self.publish_url, self.spec, token)

    def wait_for_end(self, seconds=60):
        return self.process.wait(seconds)

    def pause(self):
        """SIGSTOP, at a moment when the process holds no lock on the database: one that stops for ever inside a write
        holds up everybody who wants to write."""

        def stopped_outside_a_write():
            os.kill(self.process.pid, signal.SIGSTOP)
            if self._can_write():
                return True
            self.resume()
            return False

        until(stopped_outside_a_write, "it can be stopped between two writes")

    def _can_write(self):
        if postgres.WANTED:
            return postgres.can_write(self.data)
        try:
            with contextlib.closing(sqlite3.connect(self.data / "vitrina.db", timeout=0.2)) as database:
                database.execute("BEGIN IMMEDIATE")
            return True
        except sqlite3.OperationalError:
            return False

    def resume(self):
        os.kill(self.process.pid, signal.SIGCONT)

    def kill(self):
        """kill -9: what a power cut would leave of the process."""
        if self.running:
            self.process.kill()
        self.process.wait(10)
        self.check_log()

    def stop(self):
        if self.process is None:
            return
        if self.running:
            self.process.send_signal(signal.SIGTERM)
            code = self.process.wait(60)
            assert code == 0, f"vitrina ended with {code} after SIGTERM:\n{self.log[-3000:]}"
        self.check_log()

    def restart(self, **more_environment):
        self.stop()
        return self.start(**more_environment)

    def check_log(self):
        found = SANITIZER.search(self.log)
        assert not found, f"a sanitizer spoke:\n{self.log[max(0, found.start() - 200):][:6000]}"

    def run(self, *arguments, input=None, check=True, timeout=120, **more_environment):
        """Runs a command of the same binary with the same settings."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self._make_engines()
        return run_command(*arguments, environment=self.settings() | more_environment, directory=self.directory,
                           input=input, check=check, timeout=timeout)  # fmt: skip

    def begun(self):
        """How many objects it has begun to write since its start: one that is still small may be nowhere but in it."""
        lines = requests.get(self.url + "/metrics", timeout=10, proxies={"http": ""}).text.splitlines()
        name = 'vitrina_storage_request_duration_seconds_count{op="create"'
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(name))

    def stored(self, name):
        """The bytes of one of files()."""
        if s3.WANTED:
            return s3.ask("GET", s3.name_of(self.data), name).content
        return (self.data / name).read_bytes()

    def store(self, name, content):
        """Puts bytes among files(), or in place of one of them, past the server."""
        if s3.WANTED:
            s3.ask("PUT", s3.name_of(self.data), name, body=content)
            return
        file = self.data / name
        if file.exists():
            file.chmod(0o600)
        file.write_bytes(content)

    def files(self):
        """Every stored object, whole or in the making."""
        if s3.WANTED:
            return s3.files(self.data)
        kinds = {"videos", "thumbnails", "renditions"}
        names = []
        for directory, _, files in os.walk(self.data):  # passes over what vanishes meanwhile
            place = Path(directory).relative_to(self.data)
            if kinds & set(place.parts):
                names += [str(place / name) for name in files]
        return sorted(names)


def run_command(*arguments, environment, directory, input=None, check=True, timeout=120):
    result = subprocess.run(
        [binary(), *map(str, arguments)],
        env=environment,
        cwd=directory,
        input=input,
        stdin=subprocess.DEVNULL if input is None else None,
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    assert not SANITIZER.search(result.stderr), result.stderr[-6000:]
    if check:
        assert result.returncode == 0, f"{arguments} ended with {result.returncode}\n{result.stdout}\n{result.stderr}"
    return result


def json_output(result):
    return json.loads(result.stdout)
