"""Publishing: a large film from an S3 store to the sandbox beside curl, what eight at once weigh, what a cut costs."""
import datetime
import json
import os
import random
import re
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import load
import processes
from candidates import CORES, ROOT, WORK, Postgres, Sandbox, Store, Vitrina, get
from films import big_film, tiny_film
from interleave import Result, interleaved, mebibytes, millis

MIB = 2**20
AT_ONCE = 32
SESSIONS = "https://www.googleapis.com/upload/youtube/v3/videos?uploadType=resumable&part=snippet,status"


def ask(method, url, body=None, **headers):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", **headers}, method=method)
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
            text = answer.read()
    except urllib.error.HTTPError as refused:
        raise RuntimeError(f"{method} {url}: {refused.code} {refused.read()[:500]}") from refused
    return json.loads(text) if text else None


def connect(vitrina, sandbox, network, name):
    made = ask("POST", sandbox.page + "/accounts", {"network": network, "name": name})
    known = ("client_id", "client_secret", "access_token", "refresh_token", "base_url", "remote_id")
    account = {"platform": network, **{key: made[key] for key in known if key in made}}
    return ask("POST", vitrina.publish_url + "/v1/accounts", account)["id"]


def publish(vitrina, video, account, **more):
    return ask("POST", vitrina.publish_url + "/v1/publications", {"video_id": video, "account_id": account, **more})["id"]


def look(vitrina, publication):
    return ask("GET", f"{vitrina.publish_url}/v1/publications/{publication}")


def wait_until(vitrina, publications, condition, seconds=600):
    """Asks twenty times a second; a publication that ended otherwise is an error."""
    deadline, left = time.monotonic() + seconds, set(publications)
    while left:
        for one in list(left):
            shown = look(vitrina, one)
            if condition(shown):
                left.discard(one)
            elif shown["status"] in ("failed", "cancelled", "outcome_unknown", "needs_reauth") or time.monotonic() > deadline:
                raise RuntimeError(f"{shown['status']}: {shown['reason']}")
        time.sleep(0.05)


def all_sent(shown):
    return shown["bytes_total"] > 0 and shown["bytes_sent"] == shown["bytes_total"] or shown["status"] == "published"


class Curl:
    """The same film to the same network, by hand: a session, then one PUT."""

    def __init__(self, sandbox):
        self.sandbox = sandbox
        made = ask("POST", sandbox.page + "/accounts", {"network": "youtube", "name": "by-hand"})
        answer = self._run("-d", f"client_id={made['client_id']}&client_secret={made['client_secret']}&refresh_token="
                           f"{made['refresh_token']}&grant_type=refresh_token", "https://oauth2.googleapis.com/token")  # fmt: skip
        self.bearer = "Authorization: Bearer " + json.loads(answer)["access_token"]

    def _run(self, *arguments):
        redirected = [word for pair in self.sandbox.connect_to.split(",") for word in ("--connect-to", pair)]
        return subprocess.run(["curl", "-sSf", "--noproxy", "*", "--cacert", self.sandbox.ca, *redirected, *map(str, arguments)],
                              check=True, capture_output=True, text=True).stdout  # fmt: skip

    def send(self, film):
        body = json.dumps({"snippet": {"title": "By hand", "categoryId": "22"},
                           "status": {"privacyStatus": "private", "selfDeclaredMadeForKids": False}})  # fmt: skip
        head = self._run("-D", "-", "-o", "/dev/null", "-H", self.bearer, "-H", "Content-Type: application/json; charset=UTF-8",
                         "-H", f"X-Upload-Content-Length: {film.stat().st_size}", "-H", "X-Upload-Content-Type: video/mp4",
                         "-d", body, SESSIONS)  # fmt: skip
        session = re.search(r"(?im)^location: *(\S+)", head).group(1)
        before, started = os.times(), time.perf_counter()
        self._run("-o", "/dev/null", "-H", self.bearer, "-H", "Content-Type: video/mp4", "-T", film, session)
        taken, after = time.perf_counter() - started, os.times()
        return {"time": taken, "cpu": after.children_user + after.children_system - before.children_user - before.children_system}


def beside_curl(vitrina, sandbox, quick):
    film = big_film(256 * MIB if quick else 2**30)
    size = film.stat().st_size
    video = load.upload(vitrina.port, film)[2]["id"]
    curl, numbers = Curl(sandbox), iter(range(1000))

    def ours():
        account = connect(vitrina, sandbox, "youtube", f"large-{next(numbers)}")
        before, started = vitrina.cpu(), time.perf_counter()
        publication = publish(vitrina, video, account)
        wait_until(vitrina, [publication], all_sent)
        taken = time.perf_counter() - started
        return {"time": taken, "cpu": vitrina.cpu() - before}

    found = interleaved(2 if quick else 5, vitrina=ours, curl=lambda: curl.send(film))
    mine, theirs = found["vitrina"], found["curl"]
    rate = theirs["time"] / mine["time"]
    yield Result(
        f"publishing {size // MIB} MiB from an S3 store to the sandbox (TLS), from asking until all of it is there",
        "≥ 0.9 × curl sending the same file from the disk",
        f"{size / MIB / mine['time']:.0f} MiB/s against {size / MIB / theirs['time']:.0f}: {rate:.2f} ×; {mine['cpu']:.2f} CPU-s against {theirs['cpu']:.2f}",
        rate >= 0.9,
        f"the store, the sandbox and the sender share {CORES} cores; curl reads from the page cache.",
    )


def highest(pid):
    """VmHWM: the most that has been resident since the process began, shared libraries included."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def weight(vitrina, sandbox, quick):
    """Each case in a process of its own, which has only ever published."""
    cases = [(1, 64), (8, 64)] if quick else [(1, 256), (1, 1024), (8, 64), (8, 256)]
    rises, told = {}, []
    for count, size in cases:
        film = big_film(size * MIB)
        video = load.upload(vitrina.port, film)[2]["id"]
        accounts = [connect(vitrina, sandbox, "youtube", f"{count}-{size}-{n}") for n in range(count)]
        vitrina.stop()
        vitrina.start()
        load.KeepAlive(vitrina.port).timed("/health")
        pid = vitrina.roots[0]
        idle = processes.resident(pid)
        wait_until(vitrina, [publish(vitrina, video, account) for account in accounts], all_sent)
        rises[count, size] = highest(pid) - idle
        told.append(f"{count} of {size} MiB: {mebibytes(rises[count, size])} more, {mebibytes(highest(pid))} in all")
    yield Result(
        "memory of a process that publishes from an S3 store (most ever resident)",
        "≤ 64 MiB more than idle with eight films at once, whatever their size",
        "; ".join(told),
        max(rises.values()) <= 64 * MIB,
    )


def after_cuts(vitrina, sandbox, quick):
    """The connection ends at a random byte of a random chunk. Each cut counts in full, whatever the network kept of it."""
    size, chunk = 256 * MIB, 16 * MIB  # VITRINA_CHUNK as it comes
    film = big_film(size)
    video = load.upload(vitrina.port, film)[2]["id"]
    dice, worst = random.Random(20261127), {}
    for network, operation in (("youtube", "videos.upload"), ("peertube", "upload.put"), ("vimeo", "upload.patch")):
        for turn in range(1 if quick else 4):
            account = connect(vitrina, sandbox, network, f"cut-{turn}")
            at = dice.randrange(1, chunk)
            before = len(uploads(sandbox, network, operation))
            ask("POST", sandbox.page + "/faults",
                {"network": network, "match": operation, "skip": dice.randrange(size // chunk), "fault": f"cut_at:{at}"})  # fmt: skip
            publication = publish(vitrina, video, account)
            wait_until(vitrina, [publication], all_sent)
            sent, cuts = 0, 0
            for one in uploads(sandbox, network, operation)[before:]:
                cuts += bool(one["fault"])
                sent += min(one["body"], at) if one["fault"] else one["body"]
            if cuts != 1:
                raise RuntimeError(f"{network}: {cuts} connections were cut instead of one")
            worst[network] = max(worst.get(network, 0), sent / size)
    told = ", ".join(f"{network} {share:.3f} ×" for network, share in worst.items())
    yield Result("bytes taken off the wire when the connection is cut at a random byte of 256 MiB, the worst of several cuts",
                 "≤ 1.1 × its size where a network can resume", told, max(worst.values()) <= 1.1)  # fmt: skip


def uploads(sandbox, network, operation):
    listed = ask("GET", sandbox.page + "/requests")["requests"]
    return [one for one in listed if (one["network"], one["operation"]) == (network, operation) and one["body"]]


def claims(quick):
    """Of a queue on each engine, from the program that is the queue and nothing else."""
    build = ROOT / "build" / "release"
    subprocess.run(["cmake", "--build", build, "--target", "claims"], check=True, stdout=subprocess.DEVNULL)
    finished, waiting, counted = (100_000, 20_000, 500) if quick else (1_000_000, 100_000, 3_000)

    def measured(*where):
        output = subprocess.run([build / "bench" / "claims", *where, str(finished), str(waiting), str(counted)],
                                check=True, capture_output=True, text=True).stdout  # fmt: skip
        return [int(line) / 1e6 for line in output.split()]

    def line(engine, times):
        p99 = load.percentile(times, 0.99)
        return Result(f"{engine}: claiming a job of {waiting:,} that wait, after {finished:,} that ended", "p99 ≤ 25 ms",
                      f"p99 {millis(p99)}, median {millis(load.middle(times))}", p99 <= 0.025)  # fmt: skip

    file = WORK / "claims.db"
    for old in WORK.glob("claims.db*"):
        old.unlink()
    yield line("SQLite", measured("sqlite", file))
    with Postgres("claims-postgres") as postgres:
        postgres.sql("CREATE DATABASE claims")
        postgres.sql("CREATE EXTENSION pg_trgm", database="claims")
        yield line("PostgreSQL", measured("postgres", postgres.socket, "claims"))


def due_together(sandbox, quick, engine, settings, query):
    """Of posts whose times are spread over one minute, how long after its time each has begun. `query` gives what rows
    the database has for a statement."""
    accounts, videos = (10, 50) if quick else (100, 100)
    with Vitrina("vitrina-due-" + engine, settings={**settings, **sandbox.settings(), "VITRINA_JOBS": str(AT_ONCE)}) as vitrina:
        film = tiny_film()
        known = [load.upload(vitrina.port, film, f"Due {number}")[2]["id"] for number in range(videos)]
        names = [connect(vitrina, sandbox, "mastodon", f"due-{engine}-{number}") for number in range(accounts)]
        total, begins, count = accounts * videos, time.time() + (15 if quick else 30), 0
        for video in known:
            for at in range(0, accounts, 50):
                targets = [{"account_id": account, "publish_at": moment(begins + 60 * (count + n) / total)}
                           for n, account in enumerate(names[at : at + 50])]  # fmt: skip
                ask("POST", f"{vitrina.publish_url}/v1/videos/{video}/publications", {"targets": targets})
                count += len(targets)
        if time.time() > begins:
            raise RuntimeError("they were due before all of them were asked for")
        time.sleep(max(0.0, begins + 60 - time.time()))
        deadline = time.time() + 600
        while still_scheduled(vitrina) and time.time() < deadline:
            time.sleep(0.25)
        late = sorted(float(row[0]) for row in query(
            "SELECT (MIN(e.at) - p.publish_at) / 1000000.0 FROM events e JOIN publications p ON p.id = e.subject"
            " WHERE e.type = 'publication.progressed' GROUP BY p.id, p.publish_at"))  # fmt: skip
    yield Result(
        f"{engine}: {count:,} posts due within one minute, to {accounts} accounts, VITRINA_JOBS={AT_ONCE}",
        "all started within 60 s of their time",
        f"after {load.percentile(late, 0.5):.2f} s (median), {load.percentile(late, 0.99):.1f} s (p99), {late[-1]:.1f} s (the last)"
        + (f"; {count - len(late)} never" if len(late) < count else ""),
        len(late) == count and late[-1] <= 60,
        f"the sandbox takes its share of the {CORES} cores.",
    )


def moment(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).isoformat()


def still_scheduled(vitrina):
    text = get(vitrina.publish_url + "/metrics").decode()
    return int(sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if re.match(r'vitrina_publications\{.*"scheduled"', line)))


def all_due(sandbox, quick):
    def from_file(statement):
        with sqlite3.connect(WORK / "vitrina-due-SQLite" / "data" / "vitrina.db") as file:
            return file.execute(statement).fetchall()

    yield from due_together(sandbox, quick, "SQLite", {}, from_file)
    with Postgres("due-postgres") as postgres:
        postgres.sql("CREATE DATABASE due")
        postgres.sql("CREATE EXTENSION pg_trgm", database="due")

        def from_server(statement):
            return [line.split("|") for line in postgres.sql(statement, database="due").stdout.split()]

        yield from due_together(sandbox, quick, "PostgreSQL", postgres.settings("due"), from_server)


def run(quick):
    with Store() as store, Sandbox() as sandbox:
        settings = {**store.settings(), **sandbox.settings(), "VITRINA_JOBS": "8"}
        with Vitrina("vitrina-publishing", settings=settings) as vitrina:
            yield from beside_curl(vitrina, sandbox, quick)
            yield from after_cuts(vitrina, sandbox, quick)
            yield from weight(vitrina, sandbox, quick)
    with Sandbox() as sandbox:
        yield from all_due(sandbox, quick)
    yield from claims(quick)
