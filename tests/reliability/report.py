"""What happened in a run of ./dev reliability, for a terminal and for docs/reliability-report.md."""
import collections
import datetime
import os
import platform
from pathlib import Path

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
COUNTED = ("publications", "published", "left_to_a_person", "exchanges", "killed", "twice", "lost", "wrongly_published")
SIMULATED_HEAD = ("network", "publications", "published", "left to a person", "exchanges", "disturbed", "killed",
                  "**posted twice**", "**lost**", "**wrongly called published**", "seeds")  # fmt: skip


def by_network(seen):
    """The lines of all processes, added up: {network: Counter}, and its seeds."""
    totals, seeds = collections.defaultdict(collections.Counter), collections.defaultdict(list)
    for line in seen:
        total = totals[line["network"]]
        total.update({what: line[what] for what in COUNTED})
        total["disturbed"] += sum(line["mishaps"].values())
        seeds[line["network"]].append(f"{line['first_seed']}–{line['last_seed']}")
    return totals, seeds


def simulated_rows(seen):
    totals, seeds = by_network(seen)
    columns = ("publications", "published", "left_to_a_person", "exchanges", "disturbed", "killed", "twice", "lost",
               "wrongly_published")  # fmt: skip
    rows = [(network, *(f"{total[column]:,}" for column in columns), ", ".join(seeds[network])) for network, total in totals.items()]
    everything = sum(totals.values(), collections.Counter())
    rows.append(("all", *(f"{everything[column]:,}" for column in columns), ""))
    return rows


def mishap_rows(seen):
    kinds = collections.Counter()
    for line in seen:
        kinds.update(line["mishaps"])
    return [(kind, f"{times:,}") for kind, times in sorted(kinds.items())]


def crash_rows(crashes):
    totals = collections.defaultdict(collections.Counter)
    for line in crashes:
        totals[line["test"].removeprefix("tests/")].update({"killed": line["killed"], "wrong": line["wrong"]})
        totals[line["test"].removeprefix("tests/")]["rounds"] += 1
    rows = [(test, str(total["rounds"]), f"{total['killed']:,}", str(total["wrong"])) for test, total in sorted(totals.items())]
    return [*rows, ("all", "", f"{sum(line['killed'] for line in crashes):,}", str(sum(line["wrong"] for line in crashes)))]


def table(head, rows):
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ("---",) * len(head), *rows])


def machine():
    model = next((line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())  # fmt: skip
    return f"{os.cpu_count()} cores of {model}, Linux {platform.release()}"


def minutes(seconds):
    return f"{seconds / 60:.0f} min" if seconds >= 120 else f"{seconds:.0f} s"


def sections(seen, simulating, crashes, killing):
    yield f"## Simulated\n\nIn {minutes(simulating)}:\n\n{table(SIMULATED_HEAD, simulated_rows(seen))}"
    yield f"What went wrong on the way:\n\n{table(('what', 'times'), mishap_rows(seen))}"
    if crashes:
        head = ("test", "rounds", "processes killed", "**promises broken**")
        yield f"## Real processes\n\nIn {minutes(killing)}:\n\n{table(head, crash_rows(crashes))}"


def terminal(*measured):
    return "\n\n".join(sections(*measured))


def markdown(*measured_and_command):
    *measured, command = measured_and_command
    head = f"`{command}`, {datetime.date.today().isoformat()}, {machine()}."
    return "\n\n".join((BEGIN, head, *sections(*measured), END))


def write(page, text):
    """Puts it where the page keeps its measurements."""
    before, _, rest = page.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(before + text + after)
