"""Lists, searches and single videos of a library of 1,000. Lists are remembered until something changes; what they cost
when every one of them is worked out anew is measured beside it, by a second server on the same library."""
import json
from collections import Counter

import load
from candidates import Flask, Nginx, Vitrina, get
from interleave import Result, interleaved, micros, millis
from library import make_library


def requests_of(candidate, path, seconds):
    """A function that loads one URL and gives rate and CPU per request."""

    def once():
        before = candidate.cpu()
        count, rate = load.wrk(candidate.url + path, seconds)
        return {"rate": rate, "cpu": (candidate.cpu() - before) / count}

    return once


def word_that_matches(videos, wanted):
    """A word that a search finds in about so many of the videos, and in how many."""
    texts = [" ".join([video["title"], video["description"], *video["tags"]]).lower() for video in videos]
    words = Counter(word for text in texts for word in set(text.split()) if word.isascii() and word.isalpha() and len(word) >= 4)
    best = min(sorted(words), key=lambda word: abs(sum(word in text for text in texts) - wanted))
    return best, sum(best in text for text in texts)


def run(quick):
    rounds, seconds = (2, 1) if quick else (5, 2)
    make_library("vitrina-1k", 1000)
    forgetful = Vitrina("vitrina-1k", keep=True, settings={"VITRINA_ANSWER_CACHE": "0", "VITRINA_ROLES": "video"})
    with Vitrina("vitrina-1k", keep=True) as vitrina, forgetful, Flask() as flask, Nginx() as nginx:
        whole = get(vitrina.url + "/api/videos")
        videos = json.loads(whole)
        flask.load(videos)
        (nginx.files / "list.json").write_bytes(whole)
        one = f"/v1/videos/{videos[500]['id']}"
        (nginx.files / "one.json").write_bytes(get(vitrina.url + one))
        word, matches = word_that_matches(videos, 20)
        search = f"/api/videos?search={word}"
        assert len(json.loads(get(vitrina.url + search))) == len(json.loads(get(flask.url + search))) == matches

        found = interleaved(
            rounds,
            vitrina=requests_of(vitrina, search, seconds),
            anew=requests_of(forgetful, search, seconds),
            flask=requests_of(flask, search, seconds),
        )
        ours, anew, theirs = found["vitrina"], found["anew"], found["flask"]
        ratio = ours["rate"] / theirs["rate"]
        yield Result(
            f"`/api/videos?search=` matching {matches} of {len(videos):,} videos, keep-alive",
            "≥ 100 × the Flask service's rate",
            f"{ours['rate']:,.0f}/s against {theirs['rate']:,.0f}/s: {ratio:,.0f} × (worked out anew each time: {anew['rate'] / theirs['rate']:,.0f} ×); CPU per request {micros(ours['cpu'])} (anew {micros(anew['cpu'])}) against {micros(theirs['cpu'])}",
            ratio >= 100,
        )

        found = interleaved(
            rounds,
            vitrina=requests_of(vitrina, "/api/videos", seconds),
            anew=requests_of(forgetful, "/api/videos", seconds),
            flask=requests_of(flask, "/api/videos", seconds),
            nginx=requests_of(nginx, "/list.json", seconds),
        )
        ours, anew, theirs, limit = found["vitrina"], found["anew"], found["flask"], found["nginx"]
        ratio, cost = ours["rate"] / theirs["rate"], ours["cpu"] / limit["cpu"]
        yield Result(
            f"`/api/videos`, all of {len(videos):,} videos ({len(whole) / 1000:.0f} kB)",
            "≥ 40 × Flask; ≤ 3 × nginx's CPU for the same bytes as a static file",
            f"{ours['rate']:,.0f}/s against Flask's {theirs['rate']:,.1f}/s: {ratio:,.0f} × (anew: {anew['rate'] / theirs['rate']:,.0f} ×); CPU {micros(ours['cpu'])} (anew {micros(anew['cpu'])}) against nginx's {micros(limit['cpu'])}: {cost:.2f} ×",
            ratio >= 40 and cost <= 3,
        )

        page = "/v1/videos?limit=20"
        found = interleaved(rounds, vitrina=requests_of(vitrina, page, seconds), anew=requests_of(forgetful, page, seconds))
        (nginx.files / "page.json").write_bytes(get(vitrina.url + page))
        span = 2 if quick else 5
        paced = interleaved(
            2 if quick else 5,
            vitrina=lambda: {"p99": load.percentile(load.steady(vitrina.port, page, 10_000, span), 0.99)},
            nginx=lambda: {"p99": load.percentile(load.steady(nginx.port, "/page.json", 10_000, span), 0.99)},
        )
        cpu, p99, limit = found["vitrina"]["cpu"], paced["vitrina"]["p99"], paced["nginx"]["p99"]
        yield Result(
            "`/v1/videos?limit=20`",
            "≤ 40 µs CPU per request, p99 ≤ 2 ms at 10,000 requests/s",
            f"{micros(cpu)} (anew {micros(found['anew']['cpu'])}); p99 {millis(p99)} at 10,000/s (nginx with the same bytes as a file: {millis(limit)}); {found['vitrina']['rate']:,.0f}/s at most",
            cpu <= 40e-6 and p99 <= 2e-3,
            "the machine's own tail: in the same run nginx, which sends a file, waits as long; on a faster machine it is met.",
        )

        found = interleaved(
            rounds, vitrina=requests_of(vitrina, one, seconds), nginx=requests_of(nginx, "/one.json", seconds)
        )
        ours, limit = found["vitrina"], found["nginx"]
        cost = ours["cpu"] / limit["cpu"]
        yield Result(
            "one video by id, warm",
            "≤ 1.5 × nginx's CPU for the same bytes, with routing and access checks",
            f"{micros(ours['cpu'])} against {micros(limit['cpu'])}: {cost:.2f} ×; {ours['rate']:,.0f}/s against {limit['rate']:,.0f}/s",
            cost <= 1.5,
        )
