#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The figures of the README are those of the run that docs/performance.md has in full.

check_readme.py --lfstudy <program> --source <repository> --work <directory> [--mend]

Everything between the two markers in the README is written by this script: medians from the run's samples, ratios and
their intervals from what lfstudy says of it. Words are in ROWS; numbers are nowhere.
"""
import argparse
import json
import pathlib
import re
import statistics
import subprocess
import sys

BEGIN = re.compile(r"<!-- made by: bench/cmake/check_readme\.py from (\S+) -->\n")
END = "<!-- end of what check_readme.py made -->\n"

# what the reader sees, family, scenario, metric, the structure and what it is compared with
ROWS = [
    ("queue, 8 producers and 8 consumers", "queue", "8x8", "throughput", "mpmc_ring", ["spin_ring", "mutex_ring"]),
    (
        "the slowest call in 10,000, 8 threads on 2 CPUs",
        "queue",
        "8 threads on 2 CPUs, push then pop",
        "p99.99",
        "mpmc_ring",
        ["spin_ring"],
    ),
    (
        "work-stealing deque, the owner alone, 64 by 64",
        "deque",
        "owner",
        "throughput",
        "chase_lev_deque",
        ["mutex_deque"],
    ),
    ("counter, 8 threads", "counter", "8 threads", "throughput", "striped_counter", ["mutex_counter"]),
    ("protected read, 2 readers", "reclamation", "2 readers", "throughput", "hazard_pointer", ["std::mutex"]),
    ("stack, one thread alone", "stack", "1 thread", "throughput", "treiber_stack", ["mutex_stack"]),
    ("data replaced by 2 writers", "reclamation", "2 writers", "throughput", "hazard_pointer", ["std::mutex"]),
]


def short(value):
    """Three digits at most, and none behind the point that say nothing."""
    return f"{value:.0f}" if value >= 99.95 else f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def amount(value, unit, say_unit=True):
    if unit != "ns":
        return f"{short(value)} {unit}" if say_unit else short(value)
    for size, name in ((1e9, "s"), (1e6, "ms"), (1e3, "µs")):
        if value >= size:
            return f"{short(value / size)} {name}"
    return f"{value:.0f} ns"


def only(found, what):
    if len(found) != 1:
        sys.exit(f"check_readme: {len(found)} of {what} in the run")
    return found[0]


def row(study, judged, what):
    label, family, scenario, metric, ours, baselines = what
    cells = study["throughput"] if metric == "throughput" else study["latency_rounds"]

    def median(structure, say_unit):
        place = (family, scenario, structure)
        here = [c for c in cells if (c["family"], c["scenario"], c["structure"]) == place and c["kind"] != "rival"]
        cell = only(here, f"{structure} at {scenario}")
        return amount(statistics.median(cell["samples"]), cell["unit"], say_unit)

    def verdict(baseline):
        wanted = (family, scenario, metric, ours, baseline)
        names = ("family", "scenario", "metric", "structure", "baseline")
        return only([v for v in judged["verdicts"] if tuple(v[n] for n in names) == wanted], f"{ours} / {baseline}")

    verdicts = [verdict(each) for each in baselines]
    locks = [f"`{name}` {median(name, False)}" for name in baselines]
    locks = [f"**{text}**" if v["winner"] == "mutex" else text for text, v in zip(locks, verdicts)]
    ratios = [f"{short(v['ratio'])} ({short(v['low'])} to {short(v['high'])})" for v in verdicts]
    return f"| {label} | `{ours}` {median(ours, True)} | {', '.join(locks)} | {', '.join(ratios)} |\n"


def figures(study, judged):
    winners = [v["winner"] for v in judged["verdicts"]]
    machine = study["machine"]
    return (
        f"That run: {study['cells_measured']} cells, {study['rounds_measured']} interleaved rounds, a "
        f"{'virtual ' if machine.get('hypervisor') == 'yes' else ''}machine with {machine['cpus']} processors "
        f"({machine['cpu']}), commit {machine['commit'][:7]}.\nLock-free was ahead in {winners.count('lockfree')} of {len(winners)} comparisons with "
        f"the mutex twins, behind in {winners.count('mutex')}; in {winners.count('neither')} neither was.\n\n"
        "| | lock-free | with a lock | times better |\n| --- | --- | --- | --- |\n"
        + "".join(row(study, judged, each) for each in ROWS)
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lfstudy", required=True)
    parser.add_argument("--source", required=True, type=pathlib.Path)
    parser.add_argument("--work", required=True)
    parser.add_argument("--mend", action="store_true")
    options = parser.parse_args()

    readme = options.source / "README.md"
    text = readme.read_text(encoding="utf-8")
    begin = BEGIN.search(text)
    end = text.find(END)
    if begin is None or end < begin.end():
        sys.exit(f"check_readme: {readme} lacks the two markers")
    run = options.source / begin.group(1)
    command = [options.lfstudy, "--from", str(run), "--out", options.work, "--json"]
    judged = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, timeout=50).stdout)
    wanted = figures(json.loads(run.read_text(encoding="utf-8")), judged)
    if text[begin.end() : end] == wanted:
        print(f"{readme} says what {run} says")
    elif options.mend:
        readme.write_text(text[: begin.end()] + wanted + text[end:], encoding="utf-8")
    else:
        sys.exit(f"check_readme: {readme} is not what {run} says; mend it with --mend. It should say:\n{wanted}")


if __name__ == "__main__":
    main()
