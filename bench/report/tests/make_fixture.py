#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes INVENTED studies, to test the report page with: make_fixture.py <complete|partial|hostile|empty> <file>.

Nothing in them was measured. Each says so in "fixture", in the processor's name and on the rendered page. The shapes
are plausible (a mutex with a long tail, a spin lock that collapses) so that the page is judged with what it will carry.
"""
import functools
import json
import math
import random
import sys

CORES = 2
QUANTILES = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p99.9": 0.999, "p99.99": 0.9999}

# family -> (title, unit, throughput scenarios, [(structure, library, kind, speed, scaling, wildness)], operations)
PAIRS = [(1, 1), (2, 2), (4, 4), (8, 8)]
UNEVEN = [(1, 2), (1, 4), (1, 8), (2, 1), (4, 1), (8, 1), (4, 8), (8, 4)]
SUBJECTS = {
    "queue": [
        ("spsc_ring", "lockfree", "lockfree", 190, 0.9, 0.2),
        ("mpmc_ring", "lockfree", "lockfree", 24, 0.93, 0.3),
        ("mutex_queue", "lockfree", "mutex", 11, 0.72, 3.0),
        ("mutex_ring", "lockfree", "mutex", 15, 0.75, 2.8),
        ("spin_ring", "lockfree", "mutex", 21, 0.35, 4.2),
        ("vyukov_mpmc", "libcds", "rival", 22, 0.9, 0.4),
        ("ms_queue", "libcds", "rival", 7.5, 0.85, 0.8),
        ("queue", "boost", "rival", 5.1, 0.8, 0.9),
        ("concurrent_queue", "moodycamel", "rival", 19, 1.0, 0.7),
    ],
    "stack": [
        ("treiber_stack", "lockfree", "lockfree", 13, 0.8, 0.7),
        ("mutex_stack", "lockfree", "mutex", 17, 0.7, 2.6),
        ("treiber_stack", "libcds", "rival", 9, 0.75, 0.9),
    ],
    "deque": [
        ("chase_lev_deque", "lockfree", "lockfree", 88, 0.95, 0.3),
        ("mutex_deque", "lockfree", "mutex", 23, 0.6, 3.1),
    ],
    "counter": [
        ("cas_counter", "lockfree", "lockfree", 61, 0.42, 0.5),
        ("atomic_counter", "lockfree", "lockfree", 118, 0.62, 0.2),
        ("striped_counter", "lockfree", "lockfree", 104, 1.25, 0.2),
        ("mutex_counter", "lockfree", "mutex", 37, 0.5, 2.9),
    ],
}
TITLES = {"queue": "Queues", "stack": "Stacks", "deque": "Work-stealing deques", "counter": "Counters"}


def measure_throughput(rng, family):
    rows = []
    roles = family != "counter" and family != "deque"
    scenarios = (
        [(f"{p}x{c}", p + c, p, c) for p, c in PAIRS + UNEVEN]
        if roles
        else [(f"{n} thread" + "s" * (n > 1), n, 0, 0) for n in (1, 2, 4, 8, 16)]
    )
    for payload in (8, 64) if family == "queue" else (8,):
        for scenario, threads, producers, consumers in scenarios:
            for structure, library, kind, speed, scaling, wild in SUBJECTS[family]:
                if structure == "spsc_ring" and threads != 2:
                    continue
                centre = speed * scaling ** math.log2(threads / 2 + 0.5) * (0.7 if payload > 8 else 1)
                centre *= 1 if producers == consumers else 0.85
                samples = sorted(
                    centre * rng.lognormvariate(0, 0.03 + 0.04 * wild * (threads > CORES)) for _ in range(9)
                )
                rows.append(
                    {
                        "family": family,
                        "structure": structure,
                        "library": library,
                        "kind": kind,
                        "scenario": scenario,
                        "threads": threads,
                        "producers": producers,
                        "consumers": consumers,
                        "payload_bytes": payload,
                        "unit": "M items/s" if family != "counter" else "M adds/s",
                        "samples": samples,
                        "median": samples[4],
                        "min": samples[0],
                        "max": samples[8],
                        "iqr": samples[6] - samples[2],
                    }
                )
    return rows


def measure_latency(rng, family):
    rows = []
    for scenario, threads in (
        (("1x1 on 1 CPU", 2), ("4x4 on 2 CPUs", 8)) if family in ("queue", "stack") else (("8 threads on 2 CPUs", 8),)
    ):
        for operation in {"queue": ("push", "pop"), "stack": ("push", "pop"), "deque": ("steal",), "counter": ("add",)}[
            family
        ]:
            for structure, library, kind, speed, scaling, wild in SUBJECTS[family]:
                if structure == "spsc_ring" and threads != 2:
                    continue
                typical, counts, total = 700 / speed + 18, {}, 20000
                for _ in range(total):
                    value = typical * rng.lognormvariate(0, 0.22)
                    if rng.random() < 0.004 * wild * (threads / 4):
                        value += rng.paretovariate(0.75) * 400 * wild
                    value = min(value, 2.2e7 * wild / 4 + 4e4)
                    upper = math.ceil(2 ** (math.ceil(math.log2(value) * 8) / 8))
                    counts[upper] = counts.get(upper, 0) + 1
                histogram = sorted(counts.items())
                percentiles, below = {}, 0
                for upper, count in histogram:
                    below += count
                    for name, share in QUANTILES.items():
                        if name not in percentiles and below >= share * total:
                            percentiles[name] = upper
                percentiles["max"] = histogram[-1][0]
                rows.append(
                    {
                        "family": family,
                        "structure": structure,
                        "library": library,
                        "kind": kind,
                        "scenario": scenario,
                        "threads": threads,
                        "operation": operation,
                        "count": total,
                        "percentiles": percentiles,
                        "histogram": [list(bucket) for bucket in histogram],
                    }
                )
    return rows


def judge(study):
    """Ratios of the invented numbers, as lfstudy's verdicts would have them: above 1 is better for lock-free."""

    def winner(low, high):
        return "lockfree" if low > 1.05 else "mutex" if high < 0.95 else "neither"

    def say(a, b, scenario, ratio, low, high, who, what):
        if who == "neither":
            return f"{a} and {b} are too close to call at {scenario} ({what}: {low:.2f} to {high:.2f} times)."
        first, second, factor = (a, b, ratio) if who == "lockfree" else (b, a, 1 / ratio)
        ends = (low, high) if who == "lockfree" else (1 / high, 1 / low)
        return f"{first} beats {second} at {scenario} by {factor:.2f} times ({ends[0]:.2f} to {ends[1]:.2f}) in {what}."

    def judge_pair(a, b, metric, ratio, low, high, what):
        who = winner(low, high)
        rival = b["kind"] == "rival"
        study["rival_verdicts" if rival else "verdicts"].append(
            {
                "library": b["library"],
                "family": a["family"],
                "structure": a["structure"],
                "baseline": b["structure"],
                "scenario": a["scenario"],
                "metric": metric,
                "ratio": ratio,
                "low": low,
                "high": high,
                "winner": "rival" if rival and who == "mutex" else who,
                "sentence": say(a["structure"], b["structure"], a["scenario"], ratio, low, high, who, what),
            }
        )

    for a in study["throughput"]:
        for b in study["throughput"]:
            same = all(a[k] == b[k] for k in ("family", "scenario", "payload_bytes"))
            if same and a["payload_bytes"] == 8 and a["kind"] == "lockfree" and b["kind"] != "lockfree":
                judge_pair(
                    a,
                    b,
                    "throughput",
                    a["median"] / b["median"],
                    a["min"] / b["max"],
                    a["max"] / b["min"],
                    "throughput",
                )
    for a in study["latency"]:
        for b in study["latency"]:
            same = all(a[k] == b[k] for k in ("family", "scenario", "operation"))
            if same and a["kind"] == "lockfree" and b["kind"] != "lockfree" and a["operation"] != "pop":
                ratio = b["percentiles"]["p99.99"] / a["percentiles"]["p99.99"]
                judge_pair(a, b, "p99.99", ratio, ratio / 1.4, ratio * 1.4, f"p99.99 of one {a['operation']}")


@functools.lru_cache(maxsize=None)
def complete():
    rng = random.Random(20)
    study = {
        "schema": 1,
        "fixture": True,
        "tool": "lfstudy",
        "version": "0.0.0-fixture",
        "status": "complete",
        "mode": "default",
        "started": "2000-01-01T00:00:00Z",
        "seconds": 552.4,
        "cells_planned": 0,
        "cells_measured": 0,
        "machine": {
            "cpu": "FIXTURE processor, nothing was measured",
            "cores": CORES,
            "caches": [
                {"level": "L1d", "bytes": 32768, "instances": 2},
                {"level": "L2", "bytes": 1048576, "instances": 2},
                {"level": "L3", "bytes": 34603008, "instances": 1},
            ],
            "memory_bytes": 8 * 2**30,
            "kernel": "Linux 6.1.0-fixture",
            "compiler": "g++ 12.2.0",
            "flags": "-std=c++20 -O3 -DNDEBUG",
            "commit": "0000000000000000000000000000000000000000",
            "governor": "performance",
            "pinning": "each thread to one CPU, round robin",
            "hiccup_ns": {"p50": 32, "p99": 61, "p99.9": 2100, "max": 412000},
        },
        "families": [
            {"id": f, "title": TITLES[f], "unit": "M items/s" if f != "counter" else "M adds/s"} for f in SUBJECTS
        ],
        "throughput": [],
        "latency": [],
        "verdicts": [],
        "rival_verdicts": [],
        "advice": [
            {
                "when": "One thread hands work to one other thread",
                "use": "spsc_ring",
                "because": "The fastest of all here: 8 times mpmc_ring at 1x1, and wait-free.",
            },
            {
                "when": "Several threads push and pop, and a bound is welcome",
                "use": "mpmc_ring",
                "because": "Ahead at every crowd, and its slowest operations are 40 times shorter than a mutex's.",
            },
            {
                "when": "A stack is touched by one or two threads",
                "use": "mutex_stack",
                "because": "The mutex is faster here, and simpler; its tail only shows when threads outnumber cores.",
            },
            {
                "when": "Threads count events far more often than anybody reads the sum",
                "use": "striped_counter",
                "because": "Each thread writes its own cache line.",
            },
        ],
    }
    for family in SUBJECTS:
        study["throughput"] += measure_throughput(rng, family)
        study["latency"] += measure_latency(rng, family)
    study["cells_planned"] = study["cells_measured"] = len(study["throughput"]) + len(study["latency"])
    judge(study)
    return study


def partial():
    study = dict(complete())
    study["status"] = "partial"
    study["throughput"] = [r for r in study["throughput"] if r["family"] == "queue" and r["threads"] <= 8][:40]
    study["latency"], study["verdicts"], study["rival_verdicts"], study["advice"] = [], [], [], []
    study["cells_measured"] = len(study["throughput"])
    judge(study)
    return study


def hostile():
    """Every text of the study tries to leave its place in the page."""
    study, whole = partial(), complete()
    study["latency"] = [r for r in whole["latency"] if r["family"] == "stack"]
    study["advice"] = whole["advice"]
    judge(study)
    attacks = [
        "<script>window.hacked = 1</script>",
        '"><img src=x onerror="window.hacked = 2">',
        "</script><script>window.hacked = 3</script>",
        '</title></svg><svg onload="window.hacked = 4">',
        "<!--",
        "]]>",
        "' onmouseover='window.hacked = 5",
        "&lt;b&gt; & <b>",
        "https://example.invalid/<img src=https://example.invalid/x.png>",
        "\u2028\u2029\u0001\u202e",
        "x" * 300,
        "${window.hacked = 6}",
        "</style><style>*{display:none}",
    ]
    names = {}

    def poison(value, key=None):
        if isinstance(value, dict):
            return {k: poison(v, k) for k, v in value.items()}
        if isinstance(value, list):
            return [poison(v, key) for v in value]
        if isinstance(value, str) and key not in ("kind", "winner", "status", "metric"):
            # Equal names stay equal, so that the parts still belong together.
            return names.setdefault(value, attacks[len(names) % len(attacks)] + value)
        return value

    return poison(study)


def empty():
    return {"schema": 1, "fixture": True, "status": "partial"}


def write(study, path):
    with open(path, "w", encoding="utf-8") as out:
        json.dump(study, out)


def main():
    makers = {"complete": complete, "partial": partial, "hostile": hostile, "empty": empty}
    if len(sys.argv) != 3 or sys.argv[1] not in makers:
        sys.exit(f"usage: make_fixture.py <{'|'.join(makers)}> <file>")
    write(makers[sys.argv[1]](), sys.argv[2])


if __name__ == "__main__":
    main()
