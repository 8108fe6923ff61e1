"""Candidates in turn: A B C, B C A, C A B, …, so that whatever else the machine does falls on all of them."""
from dataclasses import dataclass, field
from statistics import median


@dataclass
class Result:
    """One line of the table."""

    work: str
    target: str
    measured: str
    met: bool
    note: str = ""  # what holds it back, should it be missed


@dataclass
class Samples:
    rounds: list = field(default_factory=list)

    def add(self, **values):
        self.rounds.append(values)

    def __getitem__(self, name):
        return median(values[name] for values in self.rounds)


def interleaved(rounds, **candidates):
    """Each candidate is a function that does the work once and gives its figures by name."""
    samples = {name: Samples() for name in candidates}
    order = list(candidates)
    for turn in range(rounds):
        shift = turn % len(order)
        for name in order[shift:] + order[:shift]:
            samples[name].add(**candidates[name]())
    return samples


def micros(seconds):
    return f"{seconds * 1e6:.1f} µs"


def millis(seconds):
    return f"{seconds * 1e3:.2f} ms"


def mebibytes(count):
    return f"{count / 2**20:.1f} MiB"
