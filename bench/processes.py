"""CPU and memory of a process and everything below it."""
import os
import subprocess
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def _stat(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def tree(roots):
    """The processes named and all their descendants."""
    parents = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit() and (stat := _stat(entry)):
            parents.setdefault(int(stat[1]), []).append(int(entry))
    found, waiting = [], list(roots)
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting += parents.get(pid, [])
    return found


def cpu_seconds(roots):
    """User and system time of the tree, children that have ended and been waited for included."""
    total = 0
    for pid in tree(roots):
        if stat := _stat(pid):
            total += sum(map(int, stat[11:15]))
    return total / TICK


def memory(roots):
    """Resident bytes of the tree that are its own: files mapped and shared libraries count as well."""
    total = 0
    for pid in tree(roots):
        try:
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
    return total


def resident(pid):
    """VmRSS, as ps and top show it."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


def machine():
    def first(path, name):
        lines = Path(path).read_text().splitlines()
        return next((line.split(":", 1)[1].strip() for line in lines if line.startswith(name)), "unknown")

    memory_kib = int(first("/proc/meminfo", "MemTotal").split()[0])
    release = Path("/etc/debian_version").read_text().strip()
    root = subprocess.run(["findmnt", "-nro", "FSTYPE", "-T", "."], capture_output=True, text=True).stdout.strip()
    return (
        f"{os.cpu_count()} × {first('/proc/cpuinfo', 'model name')}, {memory_kib / 2**20:.0f} GiB of memory, "
        f"{root or 'unknown file system'}, Debian {release}, kernel {os.uname().release}; loopback only"
    )
