"""A real nginx with the shipped configuration, in front of real services: two of videos, one that publishes, a worker."""
import re
import shutil
import socket
import ssl
import subprocess

import pytest

from harness.process import ROOT, free_port
from harness.recovery import QUICK
from harness.waiting import until

SHIPPED = ROOT / "deploy" / "nginx"
NAME = "video.example"


class Gateway:
    def __init__(self, directory, videos, publisher):
        self.directory = directory
        self.http_port, self.https_port = free_port(), free_port()
        self.videos, self.publisher = videos, publisher
        self.process = None

    def write_configuration(self):
        """The shipped files; only addresses, the certificate and the place of logs are this test's."""
        self.directory.mkdir(parents=True, exist_ok=True)
        for file in ("proxy.conf", "refusal.conf"):
            shutil.copy(SHIPPED / file, self.directory)
        site = (SHIPPED / "site.conf").read_text()
        site = re.sub(r"^ *listen \[::\].*\n", "", site, flags=re.M)
        site = site.replace("listen 80;", f"listen 127.0.0.1:{self.http_port};")
        site = site.replace("listen 443 ", f"listen 127.0.0.1:{self.https_port} ")
        site = site.replace("/etc/vitrina/tls", str(self.directory))
        (self.directory / "site.conf").write_text(site)
        upstreams = (SHIPPED / "upstreams.conf").read_text()
        kinds = ("max_fails=1 fail_timeout=5s", "backup max_fails=0")
        servers = "\n".join(f"    server 127.0.0.1:{video.port} {kind};" for kind in kinds for video in self.videos)
        upstreams = re.sub(r".*127\.0\.0\.1:5000 .*", servers, upstreams)
        upstreams = upstreams.replace("127.0.0.1:5001", f"127.0.0.1:{self.publisher.publish_port}")
        (self.directory / "upstreams.conf").write_text(upstreams)
        (self.directory / "nginx.conf").write_text(
            f"worker_processes 2;\ndaemon off;\nuser root;\npid {self.directory}/nginx.pid;\n"
            f"error_log {self.directory}/error.log info;\nevents {{ worker_connections 1024; }}\n"
            f"http {{\n    access_log {self.directory}/access.log;\n"
            + "".join(f"    {kind}_temp_path {self.directory}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
            + "    include upstreams.conf;\n    include site.conf;\n}\n"
        )

    def make_certificate(self):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
             "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME},DNS:localhost",
             "-keyout", self.directory / "privkey.pem", "-out", self.directory / "fullchain.pem"],
            check=True, capture_output=True, timeout=60,
        )  # fmt: skip

    def start(self):
        self.write_configuration()
        self.make_certificate()
        command = ["/usr/sbin/nginx", "-p", str(self.directory), "-c", str(self.directory / "nginx.conf"), "-e", str(self.directory / "error.log")]
        tested = subprocess.run([*command, "-t"], capture_output=True, text=True, timeout=60)
        assert tested.returncode == 0, tested.stderr
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        until(self.answers, "nginx answers")
        return self

    def answers(self):
        assert self.process.poll() is None, self.log
        try:
            socket.create_connection(("127.0.0.1", self.https_port), timeout=5).close()
            return True
        except OSError:
            return False

    @property
    def log(self):
        return (self.directory / "error.log").read_text()

    def reload(self):
        self.process.send_signal(1)  # SIGHUP

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)

    def curl(self, *arguments, path="", check=True, timeout=300):
        """curl, as the address https://video.example would be; (status, body)."""
        result = subprocess.run(
            ["curl", "-sS", "--cacert", self.directory / "fullchain.pem", "--resolve", f"{NAME}:{self.https_port}:127.0.0.1",
             "-w", "\n%{http_code}", *map(str, arguments), f"https://{NAME}:{self.https_port}{path}"],
            capture_output=True, text=True, timeout=timeout,
        )  # fmt: skip
        if check:
            assert result.returncode == 0, result.stderr
        body, _, status = result.stdout.rpartition("\n")
        return int(status or 0), body

    def connect(self):
        """A TLS connection for hand-made requests."""
        context = ssl.create_default_context(cafile=self.directory / "fullchain.pem")
        plain = socket.create_connection(("127.0.0.1", self.https_port), timeout=60)
        return context.wrap_socket(plain, server_hostname=NAME)


@pytest.fixture(scope="module")
def town(tmp_path_factory, spec):
    """The gateway and what is behind it."""
    from conftest import _maker, _stop_all

    make, started = _maker(tmp_path_factory.mktemp("services"), spec)
    settings = {**QUICK, "VITRINA_OPEN": "yes", "VITRINA_UPLOAD_WAIT": "10s", "VITRINA_EVENT_STREAMS": "1"}
    first = make(roles="video", environment=settings)
    others = []
    for roles in ("video", "publish", "work"):
        process = make(start=False, roles=roles, environment=settings)
        process.data = first.data
        others.append(process.launch() if roles == "work" else process.start())
    gateway = Gateway(tmp_path_factory.mktemp("gateway"), [first, others[0]], others[1])
    url = f"https://{NAME}:{gateway.https_port}"
    for process in (first, others[0], others[1]):
        process.environment["VITRINA_PUBLIC_URL"] = url
        process.restart()
    yield gateway.start()
    gateway.stop()
    _stop_all(started)
