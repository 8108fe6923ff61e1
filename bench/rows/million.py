"""A library of 1,000,000 videos: search at any depth, start to ready. Nothing is remembered: every search is made."""
import json
import time
from urllib.parse import quote

import load
from candidates import Vitrina, get, wait_for
from interleave import Result, millis
from library import COMMON, EVERYWHERE, RARE, make_library


def cursor_of_page(connection, query, page, size):
    """The query of that page, reached by the cursors of larger ones; fewer pages when the matches end before."""
    step, passed, cursor = 1000, 0, ""
    while passed + step <= (page - 1) * size:
        _, body = connection.timed(f"/v1/videos?{query}&limit={step}{cursor}")
        following = json.loads(body)["next_cursor"]
        if following is None:
            break
        passed += step
        cursor = f"&cursor={quote(following)}"
    return cursor, passed // size + 1


def latency(connection, path, count):
    times = [connection.timed(path)[0] for _ in range(count)]
    return load.percentile(times, 0.99), load.middle(times)


def searches(vitrina, count, where, limit, quick):
    """Several searches of a library of so many videos, each with its p99 against the limit in seconds."""
    connection = load.KeepAlive(vitrina.port)
    for name, query, page in (
        ("a rare word, first page", f"search={RARE}", 1),
        ("a common word, first page", f"search={COMMON}", 1),
        ("a common word by title, first page", f"search={COMMON}&sort=title", 1),
        ("three letters, first page", f"search={EVERYWHERE}", 1),
        ("three letters, page 10,000", f"search={EVERYWHERE}", 10_000),
        ("no search, page 10,000", "sort=date", 10_000),
    ):
        cursor, reached = cursor_of_page(connection, query, page, 20)
        path = f"/v1/videos?{query}&limit=20{cursor}"
        matches = len(json.loads(get(vitrina.url + path))["data"])
        p99, median = latency(connection, path, 50 if quick else 500)
        yield Result(
            f"{where}search over {count:,} videos: {name}" + (f" (its last: {reached:,})" if reached < page else ""),
            f"p99 ≤ {limit * 1000:.0f} ms, the same at any depth",
            f"p99 {millis(p99)}, median {millis(median)}, {matches} videos",
            p99 <= limit and matches > 0,
        )
    connection.close()


def run(quick):
    count = 50_000 if quick else 1_000_000
    make_library("vitrina-1m", count)
    with Vitrina("vitrina-1m", keep=True, settings={"VITRINA_ANSWER_CACHE": "0"}) as vitrina:
        yield from searches(vitrina, count, "", 0.005, quick)

    times = []
    for _ in range(2 if quick else 5):
        vitrina = Vitrina("vitrina-1m", keep=True)
        started = time.perf_counter()
        vitrina.launch()
        wait_for(lambda: vitrina.answers("/readyz"), "vitrina is ready")
        times.append(time.perf_counter() - started)
        vitrina.stop()
    ready = load.middle(times)
    yield Result(f"start to ready with {count:,} videos", "≤ 1 s", f"{ready * 1000:.0f} ms", ready <= 1)
