#!/usr/bin/python3 -B
"""High availability, shown: an installation of two of everything in network namespaces of its own, steady work, and
each part killed with -9 and cut off in turn. Ends with 0 when no acknowledged upload was lost and nothing was posted
twice.

Needs root, for the namespaces; `./dev ha` installs what else it needs, builds, and runs it."""
import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import report  # noqa: E402
from faults import FAULTS, TOO_LONG, befall  # noqa: E402
from harness.media import Studio  # noqa: E402
from harness.process import binary as chosen_binary, clean_environment, run_command  # noqa: E402
from harness.sandbox import CREDENTIALS  # noqa: E402
from load import Front, Load  # noqa: E402
from network import Network  # noqa: E402
from town import Town  # noqa: E402
from verdict import Verdict  # noqa: E402

STARTED = time.monotonic()


def say(text):
    print(f"{time.monotonic() - STARTED:6.1f} s  {text}", file=sys.stderr, flush=True)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--quick", action="store_true", help="the most telling faults only, about three minutes")
    parser.add_argument("--part", action="append", help="only faults whose name has this in it; may be repeated")
    parser.add_argument("--seconds", type=float, default=20, help="of work without a fault, before the first (20)")
    parser.add_argument("--report", type=Path, help="the page whose measured part is written anew")
    parser.add_argument("--keep", action="store_true", help="the logs and data stay, and their place is said")
    return parser.parse_args()


def chosen(options):
    faults = [fault for fault in FAULTS if fault.quick or not options.quick]
    if options.part:
        faults = [fault for fault in faults if any(part in fault.title for part in options.part)]
    return faults


def connect_accounts(front, world):
    """An account on each network, as docs/publishing.md says; without it nothing can be published."""
    for platform in ("youtube", "mastodon"):
        made = world.make_account(platform)
        wanted = {key: made[key] for key in CREDENTIALS if key in made}
        answer = front.send("POST", "/v1/accounts", json.dumps({"platform": platform, **wanted}),
                            {"Content-Type": "application/json"})  # fmt: skip
        assert answer.status == 201, answer.data
    return ("youtube", "mastodon")


def usual(load, since):
    """How it is when nothing is wrong."""
    with load.lock:
        requests = [request for request in load.requests if request.began >= since]
    failed = sum(request.outcome != "ok" for request in requests)
    slow = sum(request.ended - request.began > TOO_LONG for request in requests)
    seconds = time.monotonic() - since
    return f"{len(requests)} requests in {seconds:.0f} s: {failed} failed, {slow} took longer than {TOO_LONG:.0f} s."


def lab(options, network, directory, binary):
    town = Town(network, directory, binary, say)
    network.enter("client")
    town.start()
    front = Front([town.parts["gateway1"], town.parts["gateway2"]], town.certificate, town.token)
    accounts = connect_accounts(front, town.world)
    clip = Studio(directory).clip(seconds=1).read_bytes()
    say("steady work")
    load = Load(front, clip, accounts).start()
    outcomes = []
    try:
        began = time.monotonic()
        time.sleep(options.seconds)
        without_fault = usual(load, began)
        say(without_fault)
        for fault in chosen(options):
            outcomes.append(befall(town, load, fault, say))
            say("    " + "  ".join(report.row(outcomes[-1])[2:]))
    finally:
        load.stop()
    say("looking for every acknowledged upload, byte by byte, and for every publication")
    verdict = Verdict(front, load, town.world).reach()
    town.stop()
    return outcomes, without_fault, verdict


def main():
    options = arguments()
    if os.geteuid() != 0:
        print("ha: network namespaces need root; ./dev ha asks sudo for it", file=sys.stderr)
        sys.exit(77)  # to ctest: skipped
    binary = chosen_binary()
    version = run_command("version", environment=clean_environment("/"), directory="/").stdout.strip()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    directory = Path(tempfile.mkdtemp(prefix="vitrina-ha-", dir="/tmp"))
    directory.chmod(0o711)  # PostgreSQL runs as a user of its own
    network = Network()
    try:
        outcomes, without_fault, verdict = lab(options, network, directory, binary)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        network.destroy()
        if options.keep:
            say(f"logs and data are in {directory}")
        else:
            shutil.rmtree(directory, ignore_errors=True)
    command = " ".join(["./dev ha", *sys.argv[1:]])
    print(report.aligned(outcomes), "", "Without a fault, " + without_fault, "", sep="\n")
    print("Errors:", report.errors(outcomes), "", sep="\n")
    print("\n".join(f"{count:6}  {what}" for what, count in verdict.numbers.items()))
    if options.report:
        report.write(options.report, report.markdown(outcomes, without_fault, verdict, version, command))
    if verdict.wrong:
        print("\nWRONG:", *verdict.wrong, sep="\n  ")
        sys.exit(1)


if __name__ == "__main__":
    main()
