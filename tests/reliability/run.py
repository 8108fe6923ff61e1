#!/usr/bin/env python3
"""Publishes many thousand times while things go wrong, and writes down how it went: ./dev reliability --help."""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import report

TESTS = Path(__file__).resolve().parent.parent
KILLED = ["faults/test_publishing.py", "faults/test_events.py", "faults/test_uploads.py", "faults/test_objects.py"]
SEEDS_OF_ONE_PROCESS = 1_000_000


def arguments():
    parser = argparse.ArgumentParser(prog="./dev reliability")
    parser.add_argument("--publications", type=int, default=100_000, help="simulated ones, of all networks together")
    parser.add_argument("--kills", type=int, default=2_000, help="of real processes, at least; 0 leaves them out")
    parser.add_argument("--seed", type=int, default=1, help="the first one; the same seeds play the same faults")
    parser.add_argument("--report", type=Path, help="the page to write, docs/reliability-report.md")
    return parser.parse_args()


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def simulate(program, publications, seed, scratch):
    """(what each process saw of each network, seconds); one process for each core, each with seeds of its own."""
    count = os.cpu_count()
    networks = len(simulated(program, scratch, 0, seed, 1)[1])
    each = -(-publications // (networks * count))
    began = time.monotonic()
    running = [simulated(program, scratch, n, seed + n * SEEDS_OF_ONE_PROCESS, each, wait=False) for n in range(count)]
    well = all([process.wait() == 0 for process, _ in running])
    return [line for _, path in running for line in lines(path)], time.monotonic() - began, well


def simulated(program, scratch, number, seed, each, wait=True):
    path = scratch / f"simulation-{number}-{each}"
    environment = {**os.environ, "VITRINA_SIMULATIONS": str(each), "VITRINA_SIMULATION_SEED": str(seed),
                   "VITRINA_SIMULATION_REPORT": str(path)}  # fmt: skip
    with open(scratch / f"log-{number}", "w") as log:
        process = subprocess.Popen([program, "--test-case=whatever goes wrong*"], env=environment, stdout=log, stderr=log)
    if not wait:
        return process, path
    if process.wait() != 0:
        sys.exit((scratch / f"log-{number}").read_text()[-4000:])
    return process, lines(path)


def kill(wanted, scratch):
    """(what each enumeration of crashes saw, seconds): all of them again and again until enough processes died."""
    path, began, well = scratch / "crashes", time.monotonic(), True
    environment = {**os.environ, "VITRINA_EVERY_MOMENT": "1", "VITRINA_CRASH_REPORT": str(path)}
    pytest = [sys.executable, "-B", "-m", "pytest", "-q", "--rootdir", TESTS, "-c", TESTS / "pytest.ini", "-k", "kill_9 or killed or exactly_when"]
    while well and sum(line["killed"] for line in lines(path)) < wanted:
        before = len(lines(path))
        well = subprocess.run([*pytest, *(TESTS / file for file in KILLED)], env=environment).returncode == 0
        if len(lines(path)) == before:
            sys.exit("no crash was enumerated: is this a build with fail points?")
    return lines(path), time.monotonic() - began, well


def main():
    given = arguments()
    with tempfile.TemporaryDirectory(prefix="vitrina-reliability-") as place:
        scratch = Path(place)
        seen, simulating, well = simulate(os.environ["VITRINA_SIMULATION"], given.publications, given.seed, scratch)
        crashes, killing, survived = kill(given.kills, scratch)
    print(report.terminal(seen, simulating, crashes, killing))
    if given.report:
        command = f"./dev reliability --publications {given.publications} --kills {given.kills} --seed {given.seed}"
        report.write(given.report, report.markdown(seen, simulating, crashes, killing, command))
    sys.exit(0 if well and survived else 1)


if __name__ == "__main__":
    main()
