"""The entries in PostgreSQL: beside the sketch on the same server, over 1,000,000 videos, with one service and two."""
import json
import threading

import load
from candidates import CORES, Flask, Postgres, Vitrina, get
from interleave import Result, interleaved, micros
from library import copy_to_postgres, make_library
from rows.million import searches
from rows.small_answers import word_that_matches


FORGETFUL = {"VITRINA_ANSWER_CACHE": "0"}  # every list is worked out anew


def on_postgres(postgres, database, directory, settings):
    """A Vitrina that keeps its entries there, and the tables made."""
    postgres.sql(f'CREATE DATABASE "{database}"')
    postgres.sql("CREATE EXTENSION pg_trgm", database=database)
    with Vitrina(directory, settings=postgres.settings(database)):
        pass
    return another(postgres, database, directory, settings)


def another(postgres, database, directory, settings):
    return Vitrina(directory, keep=True, settings={**postgres.settings(database), "VITRINA_ROLES": "video", **settings})


def requests_of(candidate, postgres, path, seconds):
    """Rate and CPU per request, of the service and of its database apart."""

    def once():
        before, before_there = candidate.cpu(), postgres.cpu()
        count, rate = load.wrk(candidate.url + path, seconds)
        return {"rate": rate, "cpu": (candidate.cpu() - before) / count, "there": (postgres.cpu() - before_there) / count}

    return once


def thousand(postgres, quick):
    make_library("vitrina-1k", 1000)
    vitrina = on_postgres(postgres, "thousand", "vitrina-pg-1k", {})
    forgetful = another(postgres, "thousand", "vitrina-pg-1k-anew", FORGETFUL)
    copy_to_postgres("vitrina-1k", postgres, "thousand")
    with vitrina, forgetful, Flask(database=postgres) as flask:
        videos = json.loads(get(vitrina.url + "/api/videos"))
        flask.load(videos)
        word, matches = word_that_matches(videos, 20)
        search = f"/api/videos?search={word}"
        assert len(json.loads(get(vitrina.url + search))) == len(json.loads(get(flask.url + search))) == matches
        rounds, seconds = (2, 1) if quick else (5, 2)
        found = interleaved(
            rounds,
            vitrina=requests_of(vitrina, postgres, search, seconds),
            anew=requests_of(forgetful, postgres, search, seconds),
            flask=requests_of(flask, postgres, search, seconds),
        )
        ours, anew, theirs = found["vitrina"], found["anew"], found["flask"]
        ratio, more = ours["rate"] / theirs["rate"], ours["cpu"] - ours["there"]
        yield Result(
            f"on PostgreSQL: `/api/videos?search=` matching {matches} of {len(videos):,} videos",
            "≥ 60 × the Flask service's rate on the same server; our CPU ≤ the server's own + 25 µs",
            f"{ours['rate']:,.0f}/s against {theirs['rate']:,.0f}/s: {ratio:,.0f} × (worked out anew each time: {anew['rate'] / theirs['rate']:,.0f} ×); CPU per request {micros(ours['cpu'])} of ours and {micros(ours['there'])} of PostgreSQL's (anew {micros(anew['cpu'])} and {micros(anew['there'])}, Flask {micros(theirs['cpu'])} and {micros(theirs['there'])})",
            ratio >= 60 and more <= 25e-6,
        )
        yield from two_services(postgres, vitrina, "/v1/videos?limit=20", rounds, seconds)


def two_services(postgres, first, path, rounds, seconds):
    with another(postgres, "thousand", "vitrina-pg-second", {}) as second:

        def both():
            rates = []
            threads = [threading.Thread(target=lambda one=one: rates.append(load.wrk(one.url + path, seconds, 32)[1])) for one in (first, second)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            return {"rate": sum(rates)}

        found = interleaved(rounds, one=lambda: {"rate": load.wrk(first.url + path, seconds)[1]}, two=both)
        one, two = found["one"]["rate"], found["two"]["rate"]
        yield Result(
            f"two video services against one, on PostgreSQL (`{path}`)",
            f"the ratio, on the {CORES} cores there are",
            f"{two:,.0f}/s against {one:,.0f}/s: {two / one:.2f} × (one already uses every core, and shares them with PostgreSQL and the load)",
            True,
        )


def million(postgres, quick):
    count = 50_000 if quick else 1_000_000
    make_library("vitrina-1m", count)
    vitrina = on_postgres(postgres, "million", "vitrina-pg-1m", FORGETFUL)
    copy_to_postgres("vitrina-1m", postgres, "million")
    with vitrina:
        yield from searches(vitrina, count, "on PostgreSQL: ", 0.008, quick)


def run(quick):
    with Postgres() as postgres:
        yield from thousand(postgres, quick)
        yield from million(postgres, quick)
