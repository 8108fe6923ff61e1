"""The files in an S3 store, a real one on the same machine: uploads beside AWS's own command line, and what they weigh."""
import os
import time

import load
from candidates import CORES, Flask, Postgres, Store, Vitrina
from films import big_film
from interleave import Result, interleaved, mebibytes
from rows.memory import Peak, send_part
from rows.transfers import measured, upload_and_forget

PART = 8 * 2**20


def uploads(store, postgres, quick):
    film = big_film()
    flask_settings = {"S3_ENDPOINT": store.said("http"), "S3_BUCKET_NAME": store.bucket, **store.environment()}
    with Vitrina("vitrina-s3", settings=store.settings()) as vitrina, Flask(database=postgres, settings=flask_settings) as flask:
        upload_and_forget(vitrina, film)()
        copied = f"s3://{store.bucket}/copied.mp4"

        def copy():
            before, started = os.times(), time.perf_counter()
            store.aws("s3", "cp", "--no-progress", film, copied)
            taken, after = time.perf_counter() - started, os.times()
            store.aws("s3", "rm", copied)
            return {"time": taken, "cpu": after.children_user + after.children_system - before.children_user - before.children_system}

        with Peak(vitrina) as peak:
            found = interleaved(
                1 if quick else 4,
                vitrina=upload_and_forget(vitrina, film),
                aws=copy,
                flask=upload_and_forget(flask, film),
            )
        ours, theirs, sketch = found["vitrina"], found["aws"], found["flask"]
        rate, cost = theirs["time"] / ours["time"], ours["cpu"] / sketch["cpu"]
        yield Result(
            "upload of 1 GiB, multipart, into an S3 store",
            "≥ 0.9 × `aws s3 cp` of the file from disk; ≤ 96 MiB of memory; ≤ 0.5 × Flask's CPU",
            f"{1024 / ours['time']:.0f} MiB/s against {1024 / theirs['time']:.0f}: {rate:.2f} ×; {mebibytes(peak.highest)} at most; {ours['cpu']:.2f} CPU-s against Flask's {sketch['cpu']:.2f}: {cost:.2f} × (`aws` {theirs['cpu']:.2f})",
            rate >= 0.9 and peak.highest <= 96 * 2**20 and cost <= 0.5,
            f"the store, its clients and the load share {CORES} cores.",
        )


def many(store, quick):
    film = big_film()
    with Vitrina("vitrina-s3", settings=store.settings()) as vitrina:
        before = set(_files_below(vitrina.directory))
        with Peak(vitrina) as peak:
            load.at_once(50, lambda n: send_part(vitrina, film, (24 if quick else 48) * 2**20))
        window = 4 * PART
        allowed = 40 * 2**20 + 50 * window
        left = [path for path in _files_below(vitrina.directory) if path not in before and not path.name.startswith("vitrina.db")]
        yield Result(
            "50 uploads at once into an S3 store",
            "memory ≤ 40 MiB + 50 × the part window; nothing on the local disk",
            f"{mebibytes(peak.highest)} at most of {mebibytes(allowed)} ({mebibytes(peak.highest / 50)} an upload); {len(left)} files",
            peak.highest <= allowed and not left,
        )


def _files_below(directory):
    return [path for path in directory.rglob("*") if path.is_file()]


def run(quick):
    with Store() as store, Postgres("s3-postgres") as postgres:
        yield from uploads(store, postgres, quick)
        yield from many(store, quick)
