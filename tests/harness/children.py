"""The children of a process, as /proc shows them: a bare Debian has no ps."""
from pathlib import Path


def children(pid, named=b"media"):
    """Those of a process that have this in their command line; a server's media children unless told otherwise."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            stat = (entry / "stat").read_text()
            if int(stat.rpartition(")")[2].split()[1]) == pid and named in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
        except (OSError, ValueError):
            continue
    return found
