"""Machines of our own: a network namespace each, joined by a bridge that lives in one more. Nothing outside of them is
touched, and `destroy` leaves nothing of them."""
import ctypes
import os
import signal
import subprocess
import time

CLONE_NEWNET = 0x40000000
SUBNET = "10.77.0"


def ip(*arguments, check=True):
    return subprocess.run(["ip", *arguments], check=check, capture_output=True, text=True, timeout=60)


class Network:
    def __init__(self):
        self.prefix = f"vha{os.getpid()}"
        self.numbers = {}
        self.processes = []
        self.lan = f"{self.prefix}-lan"
        ip("netns", "add", self.lan)
        ip("-n", self.lan, "link", "add", "br0", "type", "bridge", "forward_delay", "0")
        ip("-n", self.lan, "link", "set", "br0", "up")

    def namespace(self, machine):
        return f"{self.prefix}-{machine}"

    def address(self, machine):
        return f"{SUBNET}.{self.numbers[machine]}"

    def add(self, machine, **sysctls):
        """A machine with one network card, whose cable goes into the bridge."""
        self.numbers[machine] = 10 + len(self.numbers)
        namespace = self.namespace(machine)
        ip("netns", "add", namespace)
        ip("-n", namespace, "link", "add", "e0", "type", "veth", "peer", "name", machine, "netns", self.lan)
        ip("-n", namespace, "addr", "add", f"{self.address(machine)}/24", "dev", "e0")
        for card in ("lo", "e0"):
            ip("-n", namespace, "link", "set", card, "up")
        ip("-n", self.lan, "link", "set", machine, "master", "br0", "up")
        for name, value in sysctls.items():
            self.run(machine, ["sysctl", "-qw", f"net.ipv4.{name}={value}"])

    def unplug(self, machine):
        """The cable is pulled at the switch: what either side sends vanishes, and nobody is told."""
        ip("-n", self.lan, "link", "set", machine, "down")

    def plug_in(self, machine):
        ip("-n", self.lan, "link", "set", machine, "up")

    def command(self, machine, command):
        # Not `ip netns exec`, which mounts a /sys of its own.
        return ["nsenter", f"--net=/run/netns/{self.namespace(machine)}", "--", *map(str, command)]

    def run(self, machine, command, check=True, timeout=300, **options):
        result = subprocess.run(self.command(machine, command), capture_output=True, text=True, timeout=timeout,
                                stdin=subprocess.DEVNULL, **options)  # fmt: skip
        if check and result.returncode != 0:
            said = result.stdout + result.stderr
            raise RuntimeError(f"on {machine}: {command[0]} ended with {result.returncode}\n{said}")
        return result

    def start(self, machine, command, log, **options):
        """A process that goes on. It is in a session of its own, so that Ctrl-C is ours to deal with."""
        with open(log, "ab") as output:
            process = subprocess.Popen(self.command(machine, command), stdin=subprocess.DEVNULL, stdout=output,
                                       stderr=output, start_new_session=True, **options)  # fmt: skip
        self.processes.append(process)
        return process

    def enter(self, machine):
        """This thread, and those it starts from now on, are on that machine."""
        libc = ctypes.CDLL(None, use_errno=True)
        with open(f"/run/netns/{self.namespace(machine)}") as namespace:
            if libc.setns(namespace.fileno(), CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")

    def pids(self, machine):
        return [int(pid) for pid in ip("netns", "pids", self.namespace(machine), check=False).stdout.split()]

    def destroy(self):
        """Whatever runs on the machines is ours; then they themselves."""
        for machine in self.numbers:
            for _ in range(50):
                pids = [pid for pid in self.pids(machine) if pid != os.getpid()]
                if not pids:
                    break
                for pid in pids:
                    try:
                        os.kill(pid, signal.SIGKILL)
                    except ProcessLookupError:
                        pass
                for process in self.processes:
                    process.poll()
                time.sleep(0.1)
        for namespace in [*map(self.namespace, self.numbers), self.lan]:
            ip("netns", "del", namespace, check=False)
