"""PostgreSQL that fails over by itself: Patroni beside each server, and etcd, which knows who is the primary."""
import json
import shutil
from pathlib import Path

from part import Part, kill

PASSWORD = "of-this-lab-and-no-other"  # nothing of it is reachable, and nothing outlives it


class Etcd(Part):
    def command(self):
        url = f"http://{self.address}"
        return ["etcd", "--name", "etcd", "--data-dir", self.directory / "data", "--listen-client-urls", f"{url}:2379",
                "--advertise-client-urls", f"{url}:2379", "--listen-peer-urls", f"{url}:2380",
                "--initial-advertise-peer-urls", f"{url}:2380", "--initial-cluster", f"etcd={url}:2380"]  # fmt: skip

    def is_well(self):
        return (self.get(f"http://{self.address}:2379/health") or {}).get("health") == "true"


class Patroni(Part):
    """PostgreSQL under Patroni. The settings that matter are the ones docs/high-availability.md gives."""

    def __init__(self, network, machine, directory, etcd):
        super().__init__(network, machine, directory)
        shutil.chown(self.directory, "postgres", "postgres")
        self.data = self.directory / "data"
        self.etcd = etcd
        self.binaries = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
        (self.directory / "patroni.yml").write_text(json.dumps(self.settings()))  # JSON is YAML

    def settings(self):
        subnet = self.address.rpartition(".")[0] + ".0/24"
        return {
            "scope": "vitrina",
            "name": self.machine,
            "restapi": {"listen": f"{self.address}:8008", "connect_address": f"{self.address}:8008"},
            "etcd3": {"hosts": [f"{self.etcd}:2379"]},
            "bootstrap": {
                "dcs": {
                    "ttl": 20,
                    "loop_wait": 5,
                    "retry_timeout": 5,
                    "synchronous_mode": True,
                    "failsafe_mode": True,
                    "postgresql": {
                        "use_pg_rewind": True,
                        "parameters": {
                            "max_connections": 200,
                            "shared_buffers": "64MB",
                            "wal_sender_timeout": "5s",
                            "wal_receiver_timeout": "5s",
                        },
                    },
                },
                "initdb": [{"encoding": "UTF8"}, {"locale": "C"}],
                "pg_hba": [
                    "local all all trust",
                    f"host all all {subnet} scram-sha-256",
                    f"host replication all {subnet} scram-sha-256",
                ],
            },
            "postgresql": {
                "listen": f"{self.address}:5432",
                "connect_address": f"{self.address}:5432",
                "data_dir": str(self.data),
                "bin_dir": str(self.binaries),
                "pgpass": str(self.directory / "pgpass"),
                "authentication": {
                    who: {"username": name, "password": PASSWORD}
                    for who, name in (("superuser", "postgres"), ("replication", "replicator"), ("rewind", "rewinder"))
                },
                "parameters": {"unix_socket_directories": str(self.directory)},
            },
        }

    def command(self):
        as_postgres = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
        return [*as_postgres, "patroni", self.directory / "patroni.yml"]

    def state(self):
        """What Patroni says of itself: role, state."""
        return self.get(f"http://{self.address}:8008/patroni") or {}

    def members(self):
        """What Patroni says of everybody: name → (role, state)."""
        listed = self.get(f"http://{self.address}:8008/cluster") or {"members": []}
        return {member["name"]: (member["role"], member["state"]) for member in listed["members"]}

    def is_well(self):
        return self.state().get("state") == "running"

    def postmaster(self):
        try:
            return int((self.data / "postmaster.pid").read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return None

    def kill_postmaster(self):
        pid = self.postmaster()
        if pid:
            kill(pid)

    def kill(self):
        super().kill()
        self.kill_postmaster()

    def psql(self, sql, database="postgres"):
        command = [self.binaries / "psql", "-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", "-h", self.directory,
                   "-U", "postgres", "-c", sql, database]  # fmt: skip
        return self.network.run(self.machine, command, timeout=60).stdout.strip()
