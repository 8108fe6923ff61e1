"""A part of the installation: a process on a machine of its own, that is started, killed with -9, and asked whether it
is well."""
import os
import signal
import socket
import subprocess
from pathlib import Path

import requests

from harness.process import clean_environment
from harness.waiting import until


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class Part:
    """One process on one machine."""

    def __init__(self, network, machine, directory):
        self.network, self.machine = network, machine
        self.directory = Path(directory) / machine
        self.directory.mkdir(parents=True, exist_ok=True)
        self.address = network.address(machine)
        self.process = None
        self.is_killed = False

    @property
    def log_path(self):
        return self.directory / "log"

    @property
    def log(self):
        return self.log_path.read_text(errors="replace")

    def command(self):
        raise NotImplementedError

    def environment(self):
        return clean_environment(self.directory)

    def is_well(self):
        raise NotImplementedError

    def start(self):
        self.process = self.network.start(self.machine, self.command(), self.log_path, cwd=self.directory,
                                          env=self.environment())  # fmt: skip
        self.is_killed = False
        return self

    def fell(self):
        """Whether it ended although nobody killed it."""
        return self.process is not None and self.process.poll() is not None and not self.is_killed

    def revive(self):
        """As a service manager does: what does not come up is started again."""
        if self.process.poll() is not None:
            self.start()

    def wait(self, seconds=90):
        try:
            until(self.is_up, f"{self.machine} is up", seconds)
        except AssertionError as error:
            log = self.log[-2000:] if self.log_path.exists() else ""
            raise AssertionError(f"{error}; its log ends with\n{log}") from None
        return self

    def is_up(self):
        self.revive()
        return self.is_well()

    def kill(self):
        self.is_killed = True
        self.process.kill()
        self.process.wait(30)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(40)
            except subprocess.TimeoutExpired:
                self.process.kill()

    def answers(self, port):
        try:
            socket.create_connection((self.address, port), timeout=2).close()
            return True
        except OSError:
            return False

    def get(self, url):
        """Its JSON; nothing when it does not answer."""
        try:
            answer = requests.get(url, timeout=5, proxies={"http": ""})
        except requests.RequestException:
            return None
        return answer.json() if answer.status_code == 200 else None
