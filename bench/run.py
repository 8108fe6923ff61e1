#!/usr/bin/python3
"""Measures Vitrina beside its peers and writes bench/RESULTS.md.

    ./dev bench                    everything, about a quarter of an hour
    ./dev bench --only transfers   one group: small_answers, transfers, memory, million, facts, moving, postgres, s3, publishing
    ./dev bench --quick            a rehearsal: few rounds, small library; RESULTS.md is left alone
"""
import argparse
import datetime
import importlib
import signal
import subprocess
import sys
import time
from pathlib import Path

import processes
from candidates import ROOT, WORK

GROUPS = ["small_answers", "transfers", "memory", "facts", "moving", "million", "postgres", "s3", "publishing"]
RESULTS = Path(__file__).resolve().parent / "RESULTS.md"

NO_NOTE = "missed for the first time; what holds it back is not known yet"

HEAD = """# Measurements

Written by `./dev bench` ({seconds:.0f} s) on {date}, commit {commit}.

Machine: {machine}.

Everything runs on one machine, load generators included, so rates are what is left beside the load; **CPU per
operation and ratios are the figures to trust.** Candidates of a row are measured in turn (A B C, B C A, …) and medians
compared. CPU is user and system time of the whole process tree, PostgreSQL counted with the Flask service. What the
peers are: [peers/README.md](peers/README.md). Vitrina remembers lists until something changes; "anew" is the same without
that (`VITRINA_ANSWER_CACHE=0`).

| work | target | measured | |
|---|---|---|---|
"""


def describe(result):
    return f"| {result.work} | {result.target} | {result.measured} | {'met' if result.met else '**missed**'} |"


def notes(results):
    """What holds back the figures that were missed, below the table."""
    return "".join(f"\n- {result.work}: {result.note or NO_NOTE}" for result in results if not result.met)


def git(*arguments):
    return subprocess.run(["git", "-C", ROOT, *arguments], capture_output=True, text=True).stdout.strip()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=GROUPS, action="append")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started is ended, as after Ctrl-C
    started, results, errors = time.monotonic(), [], []
    for group in options.only or GROUPS:
        try:
            for result in importlib.import_module(f"rows.{group}").run(options.quick):
                results.append(result)
                print(describe(result), flush=True)
        except Exception as error:
            errors.append(group)
            print(f"{group}: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
    missed = sum(not result.met for result in results)
    print(f"{len(results)} figures, {missed} missed, {len(errors)} groups failed, {time.monotonic() - started:.0f} s")
    if not options.quick and not options.only and not errors:
        head = HEAD.format(
            seconds=time.monotonic() - started,
            date=datetime.date.today().isoformat(),
            commit=git("rev-parse", "--short=12", "HEAD") + (" with changes" if git("status", "--porcelain") else ""),
            machine=processes.machine(),
        )
        RESULTS.write_text(head + "\n".join(map(describe, results)) + "\n" + notes(results) + "\n")
        print(f"written to {RESULTS.relative_to(ROOT)}")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
