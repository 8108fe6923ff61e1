"""What is done to the installation: each part in turn is killed with -9, and cut off from everybody."""
import collections
import time
from dataclasses import dataclass, field

from harness.waiting import until

QUIET = 4  # seconds of ordinary work before each fault
TOO_LONG = 2.0  # a request that takes longer is one that somebody noticed


@dataclass
class Fault:
    name: str
    how: str  # "killed" or "cut off"
    part: object  # of a Town, the part it befalls
    seconds: float  # until it is started again, or plugged in
    quick: bool = False  # in the short run too

    @property
    def title(self):
        return f"{self.name}: {self.how}"


class Postmaster:
    """The primary's server process alone; Patroni starts it again."""

    restarts_itself = True

    def __init__(self, database):
        self.database, self.machine = database, database.machine

    def kill(self):
        self.database.kill_postmaster()

    def start(self):
        pass


def named(machine):
    return lambda town: town.parts[machine]


FAULTS = [
    Fault("a video service", "killed", named("video1"), 10, quick=True),
    Fault("a video service", "cut off", named("video1"), 20),
    Fault("a publish service", "killed", named("publish1"), 10),
    Fault("a publish service", "cut off", named("publish1"), 20),
    Fault("a worker", "killed", named("worker1"), 25),
    Fault("a worker", "cut off", named("worker1"), 25, quick=True),
    Fault("a gateway", "killed", named("gateway1"), 10),
    Fault("a gateway", "cut off", named("gateway1"), 15),
    Fault("PostgreSQL's process on the primary", "killed", lambda town: Postmaster(town.leader()), 15),
    Fault("the primary, with Patroni", "killed", lambda town: town.leader(), 35),
    Fault("the primary", "cut off", lambda town: town.leader(), 35, quick=True),
    Fault("the replica", "killed", lambda town: town.replica(), 20),
    Fault("the replica", "cut off", lambda town: town.replica(), 20),
    Fault("etcd, the only one", "killed", named("etcd"), 25),
    Fault("etcd, the only one", "cut off", named("etcd"), 25),
    Fault("the store, the only one", "killed", named("store"), 10, quick=True),
    Fault("the store, the only one", "cut off", named("store"), 20),
]


@dataclass
class Outcome:
    """What the clients saw of it, from the fault until all was whole again."""

    fault: Fault
    away: float  # nothing where it was not ours to start it again
    healed_to_whole: float
    requests: int = 0
    errors: collections.Counter = field(default_factory=collections.Counter)
    last_error: float = None  # seconds after the fault, at the end of the last request that failed
    slowest: dict = field(default_factory=dict)  # by kind, the longest time between two successes

    @property
    def failed(self):
        return sum(self.errors.values())

    @property
    def rate(self):
        return self.failed / self.requests if self.requests else 0.0


def longest_silence(requests, began, ended):
    """The longest time in which no request of the kind succeeded."""
    successes = sorted(request.ended for request in requests if request.outcome == "ok")
    moments = [began, *successes, ended]
    return max(later - sooner for sooner, later in zip(moments, moments[1:]))


def measure(fault, away, requests, began, healed, whole):
    outcome = Outcome(fault, away, whole - healed)
    during = [request for request in requests if request.ended >= began and request.began <= whole]
    outcome.requests = len(during)
    for request in during:
        if request.outcome != "ok":
            outcome.errors[f"{request.kind}: {request.outcome}"] += 1
            outcome.last_error = max(outcome.last_error or 0, request.ended - began)
    for kind in ("list", "read", "upload", "publish"):
        of_kind = [request for request in during if request.kind == kind]
        if of_kind:
            outcome.slowest[kind] = longest_silence(of_kind, began, max(whole, of_kind[-1].ended))
    return outcome


def befall(town, load, fault, say):
    until(town.is_whole, "all is whole before the fault", 180)
    time.sleep(QUIET)
    part = fault.part(town)
    say(f"{fault.title} ({part.machine})")
    began = time.monotonic()
    if fault.how == "killed":
        part.kill()
    else:
        town.network.unplug(part.machine)
    try:
        load.ended.wait(fault.seconds)
    finally:
        if fault.how == "killed":
            part.start()
        else:
            town.network.plug_in(part.machine)
    healed = time.monotonic()
    until(town.is_whole, f"all is whole again after {fault.title}", 240)
    whole = time.monotonic()
    time.sleep(QUIET)
    fell = town.gone()
    if fell:
        load.wrong.append(f"{fault.title}: {', '.join(fell)} ended although nobody killed it")
    with load.lock:
        away = None if hasattr(part, "restarts_itself") else healed - began
        return measure(fault, away, list(load.requests), began, healed, whole)
