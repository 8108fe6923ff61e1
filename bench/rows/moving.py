"""A library to another directory, beside a plain copy of its files: both durable at the end, only one of them checked."""
import os
import shutil
import subprocess
import time

import load
from candidates import ROOT, Vitrina
from films import big_film
from interleave import Result, interleaved


def command(vitrina, *arguments):
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    subprocess.run(
        [ROOT / "build" / "release" / "vitrina", *map(str, arguments)],
        env={**kept, "VITRINA_DATA": str(vitrina.directory / "data"), "VITRINA_LOG": "warn"},
        cwd=vitrina.directory, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
    )  # fmt: skip


def timed(work):
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def run(quick):
    count, size = (4, 2**26) if quick else (8, 2**28)
    film = big_film(size)
    with Vitrina("moving") as vitrina:
        for number in range(count):
            load.upload(vitrina.port, film, f"Film {number}")
        data, target = vitrina.directory / "data", vitrina.directory / "there"
        settings = vitrina.directory / "there.env"
        settings.write_text(f"VITRINA_DATA={target}\n")

        def move():
            shutil.rmtree(target, ignore_errors=True)
            target.mkdir()
            shutil.copy(data / "secret.key", target)
            seconds = timed(lambda: command(vitrina, "move", "--to", settings))
            command(vitrina, "move", "--reopen", "--yes")
            return {"time": seconds}

        def copy():
            shutil.rmtree(target, ignore_errors=True)

            def work():
                subprocess.run(["cp", "-r", data / "objects", target], check=True)
                subprocess.run(["sync", "-f", target], check=True)

            return {"time": timed(work)}

        samples = interleaved(3 if quick else 5, move=move, copy=copy)
        shutil.rmtree(target, ignore_errors=True)
    moved, copied = (count * size / 1e6 / samples[name]["time"] for name in ("move", "copy"))
    yield Result(
        f"`vitrina move` of {count} films, {count * size / 2**30:.2g} GiB, to another directory, hashed and compared",
        "≥ 0.8 × the rate of cp -r and sync",
        f"{moved / copied:.2f} × ({moved:.0f} MB/s; cp {copied:.0f} MB/s)",
        moved >= 0.8 * copied,
    )
