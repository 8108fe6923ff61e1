"""What was seen, as a table for a terminal and for docs/high-availability.md."""
import datetime
import os
import platform
from pathlib import Path

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
BUSY = os.getloadavg()[0]  # with other work, before the lab's own begins
HEAD = (
    "fault",
    "away",
    "requests",
    "failed",
    "last error after",
    "longest wait for a list",
    "an upload",
    "a publication",
    "whole after",
)


def seconds(value):
    return "–" if value is None else f"{value:.1f} s"


def row(outcome):
    slowest = outcome.slowest
    return (
        outcome.fault.title, seconds(outcome.away), str(outcome.requests), f"{outcome.failed} ({outcome.rate:.1%})",
        seconds(outcome.last_error), *(seconds(slowest.get(kind)) for kind in ("list", "upload", "publish")),
        seconds(outcome.healed_to_whole),
    )  # fmt: skip


def aligned(outcomes):
    rows = [HEAD, *map(row, outcomes)]
    widths = [max(len(line[column]) for line in rows) for column in range(len(HEAD))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in rows)


def errors(outcomes):
    lines = []
    for outcome in outcomes:
        if outcome.errors:
            kinds = ", ".join(f"{count} × {what}" for what, count in sorted(outcome.errors.items()))
            lines.append(f"- {outcome.fault.title}: {kinds}")
    return "\n".join(lines) or "- none"


def machine():
    model = next((line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())  # fmt: skip
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores of {model}, {memory:.0f} GiB, Linux {platform.release()}, load before it {BUSY:.0f}"


def markdown(outcomes, usual, verdict, version, command):
    table = "\n".join("| " + " | ".join(line) + " |" for line in [HEAD, ("---",) * len(HEAD), *map(row, outcomes)])
    numbers = "\n".join(f"| {what} | {count} |" for what, count in verdict.numbers.items())
    wrong = "\n".join(f"- {one}" for one in verdict.wrong) or "Nothing went wrong that must not."
    day = datetime.date.today().isoformat()
    return (
        f"{BEGIN}\n`{command}`, {day}, {version}, {machine()}; everything on this one machine.\n\n{table}\n\n"
        f"Without a fault, {usual}\n\n"
        f"What the errors were (kind of request: status, or how it broke):\n\n{errors(outcomes)}\n\n"
        f"In the end:\n\n| what | how many |\n| --- | --- |\n{numbers}\n\n{wrong}\n{END}"
    )


def write(path, text):
    """Puts it where the page keeps its measurements."""
    page = path.read_text()
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    path.write_text(before + text + after)
