"""What is Vitrina's own: the services, the workers, and the outside world they publish to."""
import requests

from harness.process import clean_environment
from part import Part


class World(Part):
    """The outside: the stand-in networks, and their ledger."""

    def __init__(self, network, machine, directory, binary):
        super().__init__(network, machine, directory)
        self.binary = binary
        self.page = f"http://{self.address}:5080"

    def command(self):
        return [self.binary, "sandbox", "--listen", f"{self.address}:443", "--page", f"{self.address}:5080",
                "--data", self.directory / "data"]  # fmt: skip

    def is_well(self):
        return self.get(self.page + "/ledger") is not None and "VITRINA_CONNECT_TO" in self.log

    def settings(self):
        line = next(line.split()[1] for line in self.log.splitlines() if line.split()[:1] == ["VITRINA_CONNECT_TO"])
        return {"VITRINA_CONNECT_TO": line, "VITRINA_CA_FILE": str(self.directory / "data" / "ca.pem")}

    def posts(self):
        return self.get(self.page + "/ledger")["posts"]

    def make_account(self, network):
        answer = requests.post(self.page + "/accounts", json={"network": network, "name": "alice"}, timeout=30)
        answer.raise_for_status()
        return answer.json()


class Service(Part):
    """One `vitrina serve` with one role."""

    PORTS = {"video": 5000, "publish": 5001}

    def __init__(self, network, machine, directory, binary, role, settings):
        super().__init__(network, machine, directory)
        self.binary, self.role, self.settings = binary, role, settings

    def command(self):
        return [self.binary, "serve", "--roles", self.role]

    def environment(self):
        return {
            **clean_environment(self.directory),
            **self.settings,
            "VITRINA_DATA": str(self.directory / "data"),
            "VITRINA_LISTEN": f"{self.address}:5000",
            "VITRINA_PUBLISH_LISTEN": f"{self.address}:5001",
            "VITRINA_LOG_FORMAT": "json",
        }

    def start(self):
        self.said_before = self.log.count('"ready"') if self.log_path.exists() else 0
        return super().start()

    def is_well(self):
        if self.role == "work":  # it has no port
            return self.process.poll() is None and self.log.count('"ready"') > self.said_before
        return self.get(f"http://{self.address}:{self.PORTS[self.role]}/readyz") is not None
