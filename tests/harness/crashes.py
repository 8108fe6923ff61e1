"""The crash enumerator: a scenario is run once to count the fail points it passes, then once for each of them, killed
exactly there (kill -9), restarted, and looked at."""
import requests


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


def enumerate_crashes(make, scenario, check):
    """`make()` gives a server that was not started yet, on data as it is before the scenario. `scenario(server)` gives
    what was acknowledged; after the crash and a clean restart `check(server, given)` says whether that holds."""
    before, names = count_points(make(), scenario)
    failures, crashes = [], 0
    for k in range(len(before) + 1, len(names) + 1):
        server = make()
        try:
            server.start(VITRINA_FAIL_ABORT_AT=str(k))
            given = scenario(server)
            crashes += not server.running
            server.kill()
            server.start()
            check(server, given)
        except AssertionError as error:
            failures.append(f"killed at point {k} ({names[k - 1]}): {error}")
        finally:
            server.kill()
    assert not failures, f"{len(failures)} of {len(names) - len(before)} crashes:\n" + "\n".join(failures)
    assert crashes > 0, "no round was killed where it should have been"
