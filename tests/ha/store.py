"""An S3 store on a machine of its own: Ceph's gateway, a monitor and an object daemon. Its data are on disk
(bluestore), so it comes back with them after kill -9."""
import json
import uuid

from harness.process import clean_environment
from harness.waiting import until

from part import Part, kill

BUCKET = "vitrina-ha"
KEY, SECRET = "HAACCESSKEY000000001", "ha-secret-key-of-this-lab-0000000000001"
NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"  # SHA-256 of no bytes
SIZE = 6 << 30  # a sparse file

# One copy of everything, one placement group a pool, no cephx (and so no secure mode, which the gateway would wait
# for).
CONFIGURATION = """
[global]
fsid = {fsid}
mon_host = [v2:{address}:7481/0]
public_addr = {address}
cluster_addr = {address}
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
ms_mon_client_mode = crc
ms_bind_msgr1 = false
run_dir = {place}
admin_socket =
log_file = {place}/log-$name
crash_dir = {place}
keyring = {place}/keyring
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pgp_num = 1
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 1000
mon_data_avail_crit = 0
mon_data_avail_warn = 0
paxos_propose_interval = 0.05
paxos_min_wait = 0.01
[mon]
mon_data = {place}/mon
mon_cluster_log_file = {place}/log-cluster
[osd]
osd_data = {place}/osd
osd_objectstore = bluestore
bluestore_block_size = {size}
bluestore_block_create = true
bluestore_block_db_size = 0
bluestore_block_wal_size = 0
bluestore_fsck_on_mount = false
osd_memory_target = 1073741824
osd_op_num_shards = 2
osd_op_num_threads_per_shard = 2
[client.rgw]
rgw_data = {place}/rgw
rgw_frontends = beast endpoint={address}:7480
rgw_thread_pool_size = 64
rgw_rados_pool_pg_num_min = 1
rgw_override_bucket_index_max_shards = 1
rgw_enable_usage_log = false
rgw_relaxed_region_enforcement = true
rgw_enable_apis = s3, admin
"""


class Store(Part):
    def __init__(self, network, machine, directory):
        super().__init__(network, machine, directory)
        self.daemons = {}
        self.configuration = self.directory / "ceph.conf"

    def daemon(self, name, *command):
        running = self.daemons.get(name)
        if running is None or running.poll() is not None:
            self.daemons[name] = self.network.start(
                self.machine,
                [command[0], "-c", self.configuration, *command[1:], "-f"],
                self.directory / f"out-{name}",
                env=clean_environment(self.directory),
            )

    def ask(self, *command, **options):
        return self.network.run(self.machine, [command[0], "-c", self.configuration, *command[1:]], **options).stdout

    def make_monitor(self):
        """What a monitor starts from; gives the cluster's id."""
        fsid = str(uuid.uuid4())
        for name in ("mon", "osd", "rgw"):
            (self.directory / name).mkdir()
        (self.directory / "keyring").touch()
        self.configuration.write_text(
            CONFIGURATION.format(fsid=fsid, address=self.address, place=self.directory, size=SIZE)
        )
        monmap = self.directory / "monmap"
        command = ["monmaptool", "--create", "--clobber", "--addv", "a", f"[v2:{self.address}:7481/0]",
                   "--fsid", fsid, "--set-min-mon-release", "16", monmap]  # fmt: skip
        self.network.run(self.machine, command)
        self.ask("ceph-mon", "-i", "a", "--mkfs", "--monmap", monmap)
        return fsid

    def start(self):
        fsid = None if self.configuration.exists() else self.make_monitor()
        self.daemon("mon", "ceph-mon", "-i", "a")
        if fsid:
            self.ask("ceph", "--connect-timeout", "30", "osd", "new", fsid, "0")
            self.ask("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", fsid)
        self.daemon("osd", "ceph-osd", "-i", "0")
        self.daemon("rgw", "radosgw", "-n", "client.rgw")
        if fsid:
            until(self.is_well, "the store answers", 120)
            self.ask("radosgw-admin", "-n", "client.rgw", "user", "create", "--uid", "ha", "--display-name", "ha",
                     "--access-key", KEY, "--secret-key", SECRET)  # fmt: skip
            assert self.curl("PUT", f"/{BUCKET}") == 200, "the bucket is made"
        return self

    def curl(self, method, path):
        # curl signs, but does not say what it signed.
        said = self.network.run(
            self.machine,
            ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--max-time", "10", "--user", f"{KEY}:{SECRET}",
             "--aws-sigv4", "aws:amz:us-east-1:s3", "-H", f"x-amz-content-sha256: {NOTHING}", "-X", method,
             f"http://{self.address}:7480{path}"], check=False,
        ).stdout  # fmt: skip
        return int(said or 0)

    def revive(self):
        self.start()

    def is_well(self):
        return self.answers(7480)

    def settings(self):
        return {
            "VITRINA_S3_ENDPOINT": f"http://{self.address}:7480",
            "VITRINA_S3_PATH_STYLE": "yes",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "S3_BUCKET_NAME": BUCKET,
        }

    def status(self):
        """What Ceph says of itself, for a log."""
        return json.loads(self.ask("ceph", "-s", "-f", "json", timeout=30))["health"]["status"]

    def kill(self):
        for process in self.daemons.values():
            kill(process.pid)
        for process in self.daemons.values():
            process.wait(30)

    def stop(self):
        self.kill()
