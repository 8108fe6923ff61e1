"""The stand-in networks: started beside the server, scripted, and asked for their ledger."""
import shutil
import subprocess
from pathlib import Path

import requests

from .process import SANITIZER, binary, clean_environment, free_port
from .waiting import until

# What an account of each network is connected with, of what the sandbox says when it makes one.
CREDENTIALS = ("client_id", "client_secret", "access_token", "refresh_token", "base_url", "remote_id")


class Sandbox:
    def __init__(self, directory):
        self.directory = Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.tls_port, self.page_port = free_port(), free_port()
        self.process = None
        self.session = requests.Session()
        self.session.trust_env = False

    @property
    def url(self):
        return f"http://127.0.0.1:{self.page_port}"

    def copy_of(self, other):
        """Takes over the ledger of another one, which is not running."""
        shutil.copytree(other.directory / "data", self.directory / "data")
        return self

    def start(self):
        with open(self.directory / "log", "ab") as log:
            self.process = subprocess.Popen(
                [binary(), "sandbox", "--listen", f"127.0.0.1:{self.tls_port}", "--page", f"127.0.0.1:{self.page_port}",
                 "--data", self.directory / "data"],
                env=clean_environment(self.directory), cwd=self.directory,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        until(self._ready, "the sandbox is ready", 60)
        return self

    def _ready(self):
        assert self.process.poll() is None, f"the sandbox ended:\n{(self.directory / 'log').read_text()[-3000:]}"
        # The pages answer a moment before the settings are printed: both are waited for.
        if not self.lines("VITRINA_CONNECT_TO"):
            return False
        try:
            return self.session.get(self.url + "/ledger", timeout=5).status_code == 200
        except requests.RequestException:
            return False

    def log(self):
        return (self.directory / "log").read_text()

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            assert self.process.wait(60) == 0
        text = self.log()
        assert not SANITIZER.search(text), text[-6000:]

    def settings(self):
        """For the server: send everything here."""
        return {
            "VITRINA_CONNECT_TO": self.line("VITRINA_CONNECT_TO"),
            "VITRINA_CA_FILE": str(self.directory / "data" / "ca.pem"),
            "VITRINA_SANDBOX_PAGE": self.url,
        }

    def line(self, name):
        return self.lines(name)[0]

    def lines(self, name):
        return [line.split()[1] for line in self.log().splitlines() if line.split()[:1] == [name] and line.split()[1:]]

    def get(self, path):
        answer = self.session.get(self.url + path, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path, body):
        answer = self.session.post(self.url + path, json=body, timeout=30)
        assert answer.ok, answer.text
        return answer.json()

    def ledger(self, network=None):
        posts = self.get("/ledger")["posts"]
        return [post for post in posts if network in (None, post["network"])]

    def live(self, network=None):
        return [post for post in self.ledger(network) if not post["deleted_at"]]

    def remove(self, post):
        """Somebody takes the post away over there."""
        assert self.session.delete(f"{self.url}/ledger/{post['network']}/{post['id']}", timeout=30).status_code == 204

    def count(self, network, operation):
        """How often the network was asked for this so far."""
        return self.get("/requests")["counts"].get(f"{network} {operation}", 0)

    def fault(self, network, match, fault, **more):
        return self.post("/faults", {"network": network, "match": match, "fault": fault, **more})

    def no_more_faults(self):
        assert self.session.delete(self.url + "/faults", timeout=30).ok

    def make_account(self, network, name="alice", **more):
        return self.post("/accounts", {"network": network, "name": name, **more})

    def connect(self, client, network, name="alice", **more):
        """Makes an account on the stand-in and connects it to the server; gives the server's account."""
        made = self.make_account(network, name, **more)
        wanted = {key: made[key] for key in CREDENTIALS if key in made}
        answer = client.post("/v1/accounts", json={"platform": network, **wanted})
        assert answer.status_code == 201, answer.text
        return answer.json()
