"""The installation: two of each service behind two gateways, PostgreSQL that fails over by itself, a store, and the
outside world."""
import json
import re
import secrets

from database import PASSWORD, Etcd, Patroni
from gateway import NAME, Gateway, make_certificate
from harness.process import ROOT, clean_environment
from harness.waiting import until
from services import Service, World
from store import Store

GATEWAYS = ("gateway1", "gateway2")
DATABASES = ("db1", "db2")
SERVICES = {
    "video1": "video",
    "video2": "video",
    "publish1": "publish",
    "publish2": "publish",
    "worker1": "work",
    "worker2": "work",
}  # and their roles
MACHINES = ("client", *GATEWAYS, *SERVICES, *DATABASES, "etcd", "store", "world")
# Of the gateways' machines: what nobody acknowledges is given up in seconds (deploy/nginx/sysctl.conf).
GATEWAY_SYSCTLS = dict(
    re.findall(r"^net\.ipv4\.(\w+) = (\d+)", (ROOT / "deploy" / "nginx" / "sysctl.conf").read_text(), re.M)
)


class Town:
    def __init__(self, network, directory, binary, say):
        self.network, self.directory, self.binary, self.say = network, directory, binary, say
        for machine in MACHINES:
            network.add(machine, **(GATEWAY_SYSCTLS if machine.startswith("gateway") else {}))
        self.parts = {}

    def add(self, part):
        self.parts[part.machine] = part
        return part

    def start(self):
        self.say("etcd, PostgreSQL, the store, the outside")
        etcd = self.add(Etcd(self.network, "etcd", self.directory).start())
        store = self.add(Store(self.network, "store", self.directory))
        self.world = self.add(World(self.network, "world", self.directory, self.binary).start())
        etcd.wait()
        self.databases = [
            self.add(Patroni(self.network, machine, self.directory, etcd.address)) for machine in DATABASES
        ]
        self.databases[0].start()
        until(self.leader, "PostgreSQL has a primary", 120)
        self.databases[1].start()
        store.start()
        self.world.wait()
        until(self.replica_is_in_step, "the replica follows in step", 120)
        self.make_database()
        self.settings = self.service_settings(store)
        self.say("the services and the gateways")
        said = run_in(self.network, "client", self.directory, self.binary, self.settings, "--json", "token", "create",
                      "--scope", "admin")  # fmt: skip
        self.token = json.loads(said)["token"]
        for machine, role in SERVICES.items():
            self.add(Service(self.network, machine, self.directory, self.binary, role, self.settings).start())
        certificate = make_certificate(self.directory / "certificate")
        of = self.parts
        for machine in GATEWAYS:
            gateway = Gateway(self.network, machine, self.directory, certificate, [of["video1"], of["video2"]],
                              [of["publish1"], of["publish2"]])  # fmt: skip
            self.add(gateway.start())
        for part in self.parts.values():
            part.wait()
        self.certificate = certificate
        return self

    def make_database(self):
        leader = self.leader()
        leader.psql(f"CREATE USER vitrina PASSWORD '{PASSWORD}'")
        leader.psql("CREATE DATABASE vitrina OWNER vitrina")
        leader.psql("CREATE EXTENSION pg_trgm", "vitrina")

    def service_settings(self, store):
        return {
            "DB_HOST": ",".join(database.address for database in self.databases),
            "DB_NAME": "vitrina",
            "DB_USER": "vitrina",
            "DB_PASSWORD": PASSWORD,
            "VITRINA_PUBLIC_URL": f"https://{NAME}",
            "VITRINA_TRUSTED_PROXIES": self.network.address("gateway1").rpartition(".")[0] + ".0/24",
            "VITRINA_SECRET_KEY": secrets.token_hex(16),
            "VITRINA_JOB_LEASE": "20s",
            "VITRINA_UPLOAD_LEASE": "60s",
            **store.settings(),
            **self.world.settings(),
        }

    # ---- PostgreSQL

    def leader(self):
        leading = (database for database in self.databases if database.state().get("role") in ("master", "primary"))
        return next(leading, None)

    def replica(self):
        leader = self.leader()
        return next(database for database in self.databases if database is not leader)

    def replica_is_in_step(self):
        """Only then nothing is lost and somebody takes over when the primary goes."""
        leader = self.leader()
        roles = leader.members() if leader else {}
        return ("sync_standby" in {role for role, _ in roles.values()}) and len(roles) == 2

    # ---- all of it

    def gone(self):
        """Who ended although nobody killed it."""
        return [part.machine for part in self.parts.values() if part.fell()]

    def is_whole(self):
        return all(part.is_up() for part in self.parts.values()) and self.replica_is_in_step()

    def stop(self):
        """The services in order, so that one that cannot end is seen; the rest ends with its machine."""
        for machine in (*GATEWAYS, *SERVICES, "world"):
            self.parts[machine].stop()


def run_in(network, machine, directory, binary, settings, *arguments):
    """What a command of the program prints, run on that machine."""
    environment = {**clean_environment(directory), **settings, "VITRINA_DATA": str(directory / "data")}
    return network.run(machine, [binary, *arguments], env=environment, cwd=directory).stdout
