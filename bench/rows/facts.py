"""From the last byte of an upload to the answer with facts and picture."""
import load
from candidates import Vitrina
from films import minute_of_1080p
from interleave import Result


def run(quick):
    film = minute_of_1080p()
    with Vitrina() as vitrina:
        waits = []
        for _ in range(3 if quick else 9):
            _, wait, video = load.upload(vitrina.port, film, "A minute")
            if video["duration"] != 60 or not video["thumbnail_path"]:
                raise RuntimeError(f"an answer without facts: {video}")
            waits.append(wait)
            load.delete(vitrina.port, f"/api/videos/{video['id']}")
    wait = load.middle(waits)
    yield Result(
        f"last upload byte to the 201 with facts and thumbnail, 60 s 1080p ({film.stat().st_size / 1e6:.0f} MB)",
        "≤ 150 ms",
        f"{wait * 1000:.0f} ms (slowest {max(waits) * 1000:.0f} ms)",
        wait <= 0.150,
    )
