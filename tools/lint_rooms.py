#!/usr/bin/env python3
"""Checks who may know whom: the #include lines of every room against the map in src/CMakeLists.txt, and the libraries
that have one home.

    tools/lint_rooms.py [ROOT]
"""
import re
import sys
from pathlib import Path

# What to say to a network, never how to open a socket.
PLATFORMS = "publishing/platforms"
PLATFORMS_MAY_KNOW = {"core"}

# Library headers with one home each.
HOMES = [
    (re.compile(r"boost/beast"), {"http"}, "Beast"),
    (re.compile(r"curl/"), {"http"}, "libcurl"),
    (re.compile(r"libav\w+/|libsw\w+/"), {"media"}, "FFmpeg"),
    (re.compile(r"seccomp\.h"), {"media"}, "libseccomp"),
    (re.compile(r"sqlite3\.h"), {"db", "sandbox"}, "SQLite"),
    (re.compile(r"libpq-fe\.h"), {"db"}, "libpq"),
    (re.compile(r"CLI/"), {"cli", "app", ""}, "CLI11"),
]
# Who opens connections: the outbound client (http/) and nobody else.
CONNECT = re.compile(r"(?<![\w.>])::connect\s*\(|\basync_connect\b|\bgetaddrinfo\s*\(|\bcurl_easy_init\b")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^">]+)[">]', re.M)


def read_map(text):
    """vitrina_room(NAME vitrina_OTHER …) lines → room: every room it may know, directly or through another."""
    direct = {
        name: set(re.findall(r"\bvitrina_(\w+)", rest))
        for name, rest in re.findall(r"^vitrina_room\((\w+)([^)]*)\)", text, re.M)
    }

    def below(room):
        return direct[room].union(*map(below, direct[room])) if room in direct else set()

    return {room: below(room) for room in direct}


def room_of(relative):
    return relative.parts[0] if len(relative.parts) > 1 else ""


def included_rooms(text):
    for match in INCLUDE.finditer(text):
        yield text.count("\n", 0, match.start()) + 1, match.group(1), match.group(2)


def check_file(relative, text, rooms, room_map):
    room = room_of(relative)
    may_know = room_map.get(room)  # None for main.cpp: it knows all
    is_test = relative.stem.endswith("_test")
    in_platforms = relative.as_posix().startswith(PLATFORMS + "/")
    for line, quote, header in included_rooms(text):
        other = header.split("/")[0]
        if quote == '"' and other in rooms and "/" in header and other != room:
            if may_know is not None and other not in may_know:
                yield line, f"{room} may not know {other} (#include \"{header}\")"
        if in_platforms and quote == '"' and not is_test and other in rooms:
            own = header.startswith((PLATFORMS + "/", "publishing/"))
            if not own and other not in PLATFORMS_MAY_KNOW:
                yield line, f"a platform may not know {other} (#include \"{header}\")"
        for pattern, homes, name in HOMES:
            if pattern.match(header) and room not in homes and not is_test:
                yield line, f"{name} is used in {' and '.join(sorted(homes))} only"
    if room != "http" and not is_test:
        for match in CONNECT.finditer(text):
            yield text.count("\n", 0, match.start()) + 1, "only http/ opens connections"


def check(root):
    source = Path(root) / "src"
    rooms = {path.name for path in source.iterdir() if path.is_dir()}
    room_map = read_map((source / "CMakeLists.txt").read_text())
    for room in sorted(rooms - set(room_map)):
        yield source / room, 1, "this room is not on the map (src/CMakeLists.txt)"
    for file in sorted(source.rglob("*.[ch]pp")):
        for line, message in check_file(file.relative_to(source), file.read_text(), rooms, room_map):
            yield file, line, message


def main(arguments):
    root = Path(arguments[0]) if arguments else Path(__file__).resolve().parents[1]
    findings = list(check(root))
    for file, line, message in findings:
        print(f"{file.relative_to(root)}:{line}: {message}")
    print(f"{len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
