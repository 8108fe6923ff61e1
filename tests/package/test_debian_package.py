"""The Debian package: built, installed into a fresh Debian 12, started as its units start it, used, removed."""
import os
import re
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
import requests

from harness.process import ROOT, free_port
from harness.waiting import until

seccomp = pytest.importorskip("seccomp")

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="a fresh Debian is made by root only")
UNITS = ["vitrina", "vitrina-video", "vitrina-publish", "vitrina-work"]


@pytest.fixture(scope="session")
def package():
    made = subprocess.run([ROOT / "dev", "package"], capture_output=True, text=True, timeout=1800, cwd=ROOT)
    assert made.returncode == 0, made.stderr[-4000:]
    return Path(made.stdout.split()[-1])


class Debian:
    """A Debian 12 of this test's own, below a directory."""

    def __init__(self, root):
        self.root = root
        self.processes = []

    def run(self, *command, check=True):
        result = subprocess.run(["chroot", self.root, *map(str, command)], capture_output=True, text=True, timeout=600,
                                env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8",
                                     "DEBIAN_FRONTEND": "noninteractive"})  # fmt: skip
        assert not check or result.returncode == 0, f"{command}: {result.stdout[-2000:]}{result.stderr[-4000:]}"
        return result

    def path(self, name):
        return self.root / name.lstrip("/")

    def unit(self, name):
        """What a unit says: each key with its values, in order."""
        lines = self.path(f"/lib/systemd/system/{name}.service").read_text().splitlines()
        said = {}
        for key, value in (line.split("=", 1) for line in lines if re.match(r"[A-Z]\w+=", line)):
            said.setdefault(key, []).append(value)
        return said

    def start(self, name, **environment):
        """As systemd would: user, directories, environment, and the filter of system calls."""
        unit = self.unit(name)
        user, group = self.number("/etc/passwd", unit["User"][0]), self.number("/etc/group", unit["Group"][0])
        for line in [*unit["Environment"], *self.path("/etc/vitrina/vitrina.env").read_text().splitlines()]:
            if re.match(r"\w+=", line):
                environment.setdefault(*line.split("=", 1))
        allowed, refused = self.system_calls(unit["SystemCallFilter"])
        calls = seccomp.SyscallFilter(defaction=seccomp.ERRNO(1))
        for call in allowed - refused:
            try:
                calls.add_rule(seccomp.ALLOW, call)
            except (RuntimeError, ValueError, OSError):
                pass  # not on this machine

        def become_the_service():
            os.chroot(self.root)
            os.chdir(unit["WorkingDirectory"][0])
            os.setgroups([])
            os.setgid(group)
            os.setuid(user)
            os.umask(int(unit["UMask"][0], 8))
            calls.load()

        with open(self.root.parent / f"{name}.log", "wb") as log:
            process = subprocess.Popen(shlex.split(unit["ExecStart"][0]), preexec_fn=become_the_service,
                                       env={"PATH": "/usr/bin:/bin", **environment}, stdin=subprocess.DEVNULL,
                                       stdout=log, stderr=log)  # fmt: skip
        self.processes.append(process)
        return process

    def number(self, file, name):
        return next(int(line.split(":")[2]) for line in self.path(file).read_text().splitlines() if line.split(":")[0] == name)

    def system_calls(self, filters):
        allowed, refused = set(), set()
        for line in filters:
            into = refused if line.startswith("~") else allowed
            for name in line.lstrip("~").split():
                into |= self.members(name) if name.startswith("@") else {name}
        return allowed, refused

    def members(self, group):
        lines = self.run("systemd-analyze", "syscall-filter", group).stdout.splitlines()[1:]
        words = {line.strip() for line in lines if line.strip() and not line.strip().startswith("#")}
        return {word for word in words if not word.startswith("@")}.union(
            *(self.members(word) for word in words if word.startswith("@")))  # fmt: skip


@pytest.fixture(scope="session")
def debian():
    # Not below pytest's own directory, which it removes some day with everything that may be mounted there.
    place = Path(tempfile.mkdtemp(prefix="vitrina-debian-", dir="/tmp"))
    root = place / "root"
    made = Debian(root)
    try:
        make_debian(root)
        made.run("apt-get", "update", "-qq")
        yield made
    finally:
        for process in made.processes:
            process.kill()
            process.wait()
        subprocess.run(["umount", "--lazy", root / "proc"], capture_output=True)
        subprocess.run(["rm", "-rf", "--one-file-system", place], check=True)


def make_debian(root):
    # systemd for its own judgement of the units; it is never started.
    made = subprocess.run(
        ["mmdebstrap", "--quiet", "--variant=apt", "--include=systemd,man-db", *ways(), "bookworm", root, *sources()],
        capture_output=True, text=True, timeout=900,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr[-4000:]
    root.parent.chmod(0o755)  # the service runs as somebody else
    subprocess.run(["mount", "-t", "proc", "proc", root / "proc"], check=True)
    # Services are not started behind our back, as in any image that is being made.
    root.joinpath("usr/sbin/policy-rc.d").write_text("#!/bin/sh\nexit 101\n")
    root.joinpath("usr/sbin/policy-rc.d").chmod(0o755)
    shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")


def ways():
    """How this machine reaches them: a proxy, say, or an archive of another day. They are kept in what is made."""
    files = sorted(Path("/etc/apt/apt.conf.d").glob("*"))
    return [f"--aptopt={file}" for file in files if re.search(r"^\s*Acquire::(http|https|ftp|Check|Retries)", file.read_text(), re.M)]


def sources():
    """Where this machine has its Debian packages from."""
    for file in ("/etc/apt/sources.list", "/etc/apt/sources.list.d/debian.sources"):
        if os.path.exists(file) and "deb" in Path(file).read_text():
            return [file]
    return []


@pytest.fixture(scope="session")
def installed(debian, package):
    shutil.copy(package, debian.path("/root/vitrina.deb"))
    debian.run("apt-get", "install", "-y", "-qq", "--no-install-recommends", "/root/vitrina.deb")
    return debian


def owner_of(debian, path):
    return debian.run("stat", "-c", "%U:%G %a", path).stdout.strip()


def test_what_is_installed(installed):
    assert installed.run("vitrina", "version").stdout.strip()
    assert owner_of(installed, "/var/lib/vitrina") == "vitrina:vitrina 700"
    assert owner_of(installed, "/etc/vitrina/vitrina.env") == "root:vitrina 640"
    assert installed.run("getent", "passwd", "vitrina").stdout.split(":")[6].strip() == "/usr/sbin/nologin"
    assert installed.run("systemctl", "is-enabled", "vitrina.service").stdout.strip() == "enabled"
    assert installed.run("systemctl", "is-enabled", "vitrina-video.service", check=False).stdout.strip() == "disabled"
    for name in ("nginx/site.conf", "nginx/upstreams.conf"):
        assert installed.path(f"/usr/share/doc/vitrina/examples/{name}").exists()
    assert "complete" in installed.path("/usr/share/bash-completion/completions/vitrina").read_text()
    assert installed.path("/usr/share/zsh/vendor-completions/_vitrina").exists()
    assert installed.path("/usr/share/fish/vendor_completions.d/vitrina.fish").exists()
    assert installed.path("/usr/share/doc/vitrina/copyright").exists()


def test_the_manual_knows_every_command(installed):
    page = installed.run("man", "-P", "cat", "vitrina").stdout
    assert "self-hosted video backend" in page
    complaints = installed.run("man", "--warnings", "-l", "/usr/share/man/man1/vitrina.1.gz").stderr
    assert complaints == ""
    commands = re.search(r"Subcommands:\n(.*)", installed.run("vitrina", "--help").stdout, re.S).group(1)
    for command in re.findall(r"^  (\w+)", commands, re.M):
        assert re.search(rf"^ {{7}}(\w+, )*{command}\b", page, re.M), f"{command} is not in the manual"


def test_the_units_are_hardened(installed):
    for unit in UNITS:
        path = f"/lib/systemd/system/{unit}.service"
        verified = installed.run("systemd-analyze", "verify", path, check=False)
        assert unit not in verified.stderr, verified.stderr
        judged = installed.run("systemd-analyze", "security", "--offline=true", path, check=False).stdout
        exposure = float(re.search(r"Overall exposure level for \S+: ([\d.]+)", judged).group(1))
        assert exposure < 2.0, judged


def test_started_as_its_unit_says_it_takes_a_video(installed, clip):
    port, publish_port = free_port(), free_port()
    process = installed.start("vitrina", VITRINA_LISTEN=f"127.0.0.1:{port}", VITRINA_PUBLISH_LISTEN=f"127.0.0.1:{publish_port}")
    url = f"http://127.0.0.1:{port}"

    def ready():
        assert process.poll() is None, (installed.root.parent / "vitrina.log").read_text()[-3000:]
        try:
            return requests.get(url + "/readyz", timeout=5, proxies={"http": ""}).status_code == 200
        except requests.RequestException:
            return False

    until(ready, "it is ready", 60)
    with open(clip, "rb") as file:
        answer = requests.post(url + "/api/videos/upload", data={"title": "From a package"}, files={"video": file},
                               timeout=60, proxies={"http": ""})  # fmt: skip
    assert answer.status_code == 201, answer.text
    assert answer.json()["duration"] == 2, "the media reader works under the unit's filter of system calls"
    picture = requests.get(answer.json()["thumbnail_path"], timeout=30, proxies={"http": ""})
    assert picture.status_code == 200 and picture.content.startswith(b"\xff\xd8")
    process.terminate()
    assert process.wait(60) == 0
    assert owner_of(installed, "/var/lib/vitrina/vitrina.db") == "vitrina:vitrina 600"


def test_removed_it_leaves_the_videos(installed):
    installed.path("/etc/vitrina/vitrina.env").write_text("VITRINA_LISTEN=127.0.0.1:5000\n")
    installed.run("apt-get", "remove", "-y", "-qq", "vitrina")
    assert not installed.path("/usr/bin/vitrina").exists()
    assert installed.path("/etc/vitrina/vitrina.env").exists(), "settings stay until it is purged"
    said = installed.run("apt-get", "purge", "-y", "-qq", "vitrina")
    assert "videos stay" in said.stdout + said.stderr
    assert not installed.path("/etc/vitrina/vitrina.env").exists()
    assert installed.path("/var/lib/vitrina/vitrina.db").exists(), "videos are never removed with the program"
    assert list(installed.path("/var/lib/vitrina/objects/videos").rglob("*.mp4"))
