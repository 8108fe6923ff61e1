"""nginx in front of the services, as it is shipped."""
import re
import shutil
import subprocess

from harness.process import ROOT
from harness.waiting import until
from part import Part, is_running, kill

NAME = "video.example"


class Gateway(Part):
    """nginx with the shipped configuration; only addresses and places are this lab's."""

    def __init__(self, network, machine, directory, certificate, videos, publishers):
        super().__init__(network, machine, directory)
        shipped = ROOT / "deploy" / "nginx"
        for file in ("proxy.conf", "refusal.conf"):
            shutil.copy(shipped / file, self.directory)
        site = re.sub(r"^ *listen \[::\].*\n", "", (shipped / "site.conf").read_text(), flags=re.M)
        (self.directory / "site.conf").write_text(site.replace("/etc/vitrina/tls", str(certificate)))
        upstreams = (shipped / "upstreams.conf").read_text()
        for line, port, services in (("127.0.0.1:5000", 5000, videos), ("127.0.0.1:5001", 5001, publishers)):
            shipped_line = next(one for one in upstreams.splitlines() if line in one)
            first = [shipped_line.replace(line, f"{service.address}:{port}") for service in services]
            again = [f"    server {service.address}:{port} backup max_fails=0;" for service in services]
            ours = "\n".join(first + again)
            upstreams = upstreams.replace(shipped_line, ours)
        (self.directory / "upstreams.conf").write_text(upstreams)
        here = self.directory
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        spools = "".join(f"    {kind}_temp_path {here}/{kind};\n" for kind in kinds)
        (here / "nginx.conf").write_text(
            f"worker_processes 2;\ndaemon off;\nuser root;\npid {here}/nginx.pid;\nerror_log {here}/error.log info;\n"
            f"events {{ worker_connections 1024; }}\nhttp {{\n    access_log {here}/access.log;\n{spools}"
            "    include upstreams.conf;\n    include site.conf;\n}\n"
        )

    def command(self):
        here = self.directory
        return ["/usr/sbin/nginx", "-p", here, "-c", here / "nginx.conf", "-e", here / "error.log"]

    def is_well(self):
        return self.answers(443)

    def kill(self):
        """All of it: a master that is killed alone leaves workers that go on."""
        workers = self.network.pids(self.machine)
        super().kill()
        for pid in workers:
            kill(pid)
        until(lambda: not any(map(is_running, workers)), "nginx is dead")


def make_certificate(directory):
    directory.mkdir(parents=True)
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}",
         "-keyout", directory / "privkey.pem", "-out", directory / "fullchain.pem"],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    return directory
