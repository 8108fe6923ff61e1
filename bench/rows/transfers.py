"""1 GiB in, 1 GiB out."""
import os
import threading
import time
from urllib.parse import urlsplit

import load
from candidates import Flask, Nginx, Vitrina
from films import big_film
from interleave import Result, interleaved, millis

PATH_OF = {}


def measured(candidate, work):
    """CPU of the candidate's tree and time, around work()."""

    def once():
        before, started = candidate.cpu(), time.perf_counter()
        work()
        taken = time.perf_counter() - started
        return {"cpu": candidate.cpu() - before, "time": taken}

    return once


def upload_and_forget(candidate, film):
    def work():
        _, _, video = load.upload(candidate.port, film, "One GiB")
        PATH_OF[candidate.name] = video["id"]

    timed = measured(candidate, work)

    def once():
        figures = timed()
        load.delete(candidate.port, f"/api/videos/{PATH_OF[candidate.name]}")
        return figures

    return once


def put_and_forget(nginx, film):
    timed = measured(nginx, lambda: load.put(nginx.port, film, "/put/film.mp4"))

    def once():
        figures = timed()
        load.delete(nginx.port, "/put/film.mp4")
        return figures

    return once


def uploads(quick):
    film = big_film()
    with Vitrina() as vitrina, Nginx() as nginx, Flask() as flask:
        found = interleaved(
            1 if quick else 4,
            vitrina=upload_and_forget(vitrina, film),
            nginx=put_and_forget(nginx, film),
            flask=upload_and_forget(flask, film),
        )
    ours, limit, theirs = found["vitrina"], found["nginx"], found["flask"]
    cost, speed = ours["cpu"] / limit["cpu"], ours["time"] / theirs["time"]
    yield Result(
        "upload of 1 GiB as multipart to disk, with SHA-256 and fsync",
        "≤ 1.5 CPU-s; ≤ 1.5 × nginx storing the same body by PUT without either; ≤ 0.35 × Flask's time",
        f"{ours['cpu']:.2f} CPU-s; nginx {limit['cpu']:.2f}: {cost:.2f} ×; {ours['time']:.2f} s against Flask's {theirs['time']:.2f} s: {speed:.2f} × (nginx {limit['time']:.2f} s, Flask {theirs['cpu']:.2f} CPU-s)",
        ours["cpu"] <= 1.5 and cost <= 1.5 and speed <= 0.35,
        f"nginx, which neither sums up nor syncs, needs {limit['cpu']:.2f} CPU-s for the same bytes on this machine: what is above its cost is SHA-256, what is below is the kernel's copying into the page cache.",
    )


def downloads(quick):
    film = big_film()
    rounds = 2 if quick else 7
    with Vitrina() as vitrina, Nginx() as nginx:
        _, _, video = load.upload(vitrina.port, film, "One GiB")
        path = urlsplit(video["s3_url"]).path
        os.link(film, nginx.files / "film.mp4")
        for pieces, work in ((1, "download of 1 GiB, whole"), (64, "download of 1 GiB, by 64 ranges")):
            load.download(vitrina.port, path, pieces)
            load.download(nginx.port, "/film.mp4", pieces)
            found = interleaved(
                rounds,
                vitrina=measured(vitrina, lambda: load.download(vitrina.port, path, pieces)),
                nginx=measured(nginx, lambda: load.download(nginx.port, "/film.mp4", pieces)),
            )
            ours, limit = found["vitrina"], found["nginx"]
            cost, rate = ours["cpu"] / limit["cpu"], limit["time"] / ours["time"]
            yield Result(
                work,
                "≤ 1.1 × nginx's CPU, ≥ 0.95 × its rate",
                f"{ours['cpu']:.3f} CPU-s against {limit['cpu']:.3f}: {cost:.2f} ×; {1 / ours['time']:.2f} GiB/s against {1 / limit['time']:.2f}: {rate:.2f} ×",
                cost <= 1.1 and rate >= 0.95,
                "Both send with the same system call; the kernel's share differs from machine to machine more than the two do.",
            )
        yield cold(vitrina, path)


def cold(vitrina, path):
    """The slowest answer to others while files that are not in memory are read from the disk."""
    stored = max((vitrina.directory / "data").rglob("*"), key=lambda p: p.stat().st_size if p.is_file() else 0)
    stop, latencies = threading.Event(), {"quiet": [], "cold": []}
    phase = "quiet"

    def ask():
        connection = load.KeepAlive(vitrina.port)
        while not stop.is_set():
            latencies[phase].append(connection.timed("/livez")[0])
            time.sleep(0.0005)
        connection.close()

    askers = [threading.Thread(target=ask) for _ in range(4)]
    for asker in askers:
        asker.start()
    time.sleep(1)
    phase, started, total = "cold", time.perf_counter(), 0
    for _ in range(2):
        descriptor = os.open(stored, os.O_RDONLY)
        os.fsync(descriptor)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(descriptor)
        total += load.download(vitrina.port, path)[1]
    taken = time.perf_counter() - started
    stop.set()
    for asker in askers:
        asker.join()
    p999, quiet = load.percentile(latencies["cold"], 0.999), load.percentile(latencies["quiet"], 0.999)
    return Result(
        "others while a cold file of 1 GiB is downloaded",
        "never stalled (their p99.9 stays under 20 ms)",
        f"p99.9 {millis(p999)}, slowest {millis(max(latencies['cold']))} of {len(latencies['cold']):,}; quiet p99.9 {millis(quiet)}; the cold file at {total / 2**30 / taken:.2f} GiB/s",
        p999 < 0.020,
    )


def run(quick):
    yield from uploads(quick)
    yield from downloads(quick)
