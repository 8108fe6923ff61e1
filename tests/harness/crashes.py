"""The crash enumerator: a scenario is run once to count the fail points it passes, then once for each of them, killed
exactly there (kill -9), restarted, and looked at."""
import json
import os
from concurrent.futures import ThreadPoolExecutor

import requests

from . import s3


def lost(action):
    """What action() gave, or None when the server died under it."""
    try:
        return action()
    except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError):
        return None


def points(path):
    return path.read_text().split() if path.exists() else []


def count_points(server, scenario):
    """(points passed until the server was ready, all points passed), by name."""
    path = server.directory / "points"
    server.start(VITRINA_FAIL_COUNT=str(path))
    before = points(path)
    scenario(server)
    server.stop()
    after = points(path)
    assert len(after) > len(before), "this build has no fail points, or the scenario passes none"
    return before, after


AT_ONCE = 4  # rounds; most of a round is waiting for leases to run out and for networks to be asked again


def enumerate_crashes(make, scenario, check, always=""):
    """`make()` gives a server that was not started yet, on data as it is before the scenario. `scenario(server)` gives
    what was acknowledged; after the crash and a clean restart `check(server, given)` says whether that holds. Several
    rounds run at once, each with a server of its own.

    With `always`, the beginning of a fail point's name, a scenario of very many moments is killed at each of those, and
    at every twelfth of the others; with VITRINA_EVERY_MOMENT in the environment (./dev test --all) at all of them. On an
    S3 store every scenario is so: what is not the store's is killed everywhere on the disk. And such a scenario is
    killed there at the first and the last hit of each of its points, and at every 48th of the others."""
    before, names = count_points(make(), scenario)
    moments = range(len(before) + 1, len(names) + 1)
    if not os.environ.get("VITRINA_EVERY_MOMENT"):
        if always and s3.WANTED:
            ends = first_and_last(names)
            moments = [k for k in moments if k % 48 == 0 or (names[k - 1].startswith(always) and k in ends)]
        elif always or s3.WANTED:
            moments = [k for k in moments if names[k - 1].startswith(always or "s3_store.") or k % 12 == 0]

    def round_at(k):
        server = make()
        try:
            server.start_or_die(VITRINA_FAIL_ABORT_AT=str(k))
            given = scenario(server)
            died = not server.running
            server.kill()
            server.start()
            check(server, given)
            return died, None
        except AssertionError as error:
            return True, f"killed at point {k} ({names[k - 1]}): {error}"
        finally:
            server.kill()

    with ThreadPoolExecutor(AT_ONCE) as rounds:
        outcomes = list(rounds.map(round_at, moments))
    failures = [failure for _, failure in outcomes if failure]
    note_down(names, outcomes, failures)
    assert not failures, f"{len(failures)} of {len(outcomes)} crashes:\n" + "\n".join(failures)
    assert any(died for died, _ in outcomes), "no round was killed where it should have been"


def note_down(names, outcomes, failures):
    """A line for the report of ./dev reliability, where it asks for one."""
    path = os.environ.get("VITRINA_CRASH_REPORT")
    if path:
        test = os.environ["PYTEST_CURRENT_TEST"].split(" ")[0]
        killed = sum(died for died, _ in outcomes)
        line = {"test": test, "moments": len(names), "killed": killed, "wrong": len(failures)}
        with open(path, "a") as report:
            report.write(json.dumps(line) + "\n")


def first_and_last(names):
    """The numbers, from 1, of the first and the last hit of each fail point: for scenarios whose hits in between are
    more of the same."""
    first, last = {}, {}
    for k, name in enumerate(names, 1):
        first.setdefault(name, k)
        last[name] = k
    return sorted({*first.values(), *last.values()})
