#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The museum's table: what the comments in the sources say, beside what lfcheck finds.

    table.py build/bin/lfcheck            measures and rewrites the table in README.md
    table.py --check build/bin/lfcheck    fails unless sources, lfcheck and README.md name the same pieces
"""

import argparse
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml

HERE = pathlib.Path(__file__).resolve().parent
README = HERE / "README.md"
BEGIN = "<!-- begin of what table.py writes -->\n"
END = "<!-- end of what table.py writes -->\n"
KEYS = ("Piece", "Kind", "Source", "Wrong", "Fix")
KINDS = ("weak memory", "interleaving", "control")
SEEDS = range(1, 11)
FIND_WITHIN = 20_000
HOLD_FOR = 300_000


def pieces_in_sources():
    """Every comment block that begins with 'Piece:', as a dictionary of its keys."""
    found = {}
    for path in sorted(HERE.glob("*.cpp")):
        piece, key = None, None
        for line in path.read_text().splitlines():
            if not line.startswith("/// "):
                piece = None
                continue
            text = line[4:].strip()
            name, colon, rest = text.partition(":")
            if colon and name in KEYS:
                if name == "Piece":
                    piece = {"file": path.name}
                    if found.setdefault(rest.strip(), piece) is not piece:
                        sys.exit(f"table.py: two pieces are called {rest.strip()}")
                if piece is not None:
                    key = name
                    piece[key] = rest.strip()
            elif piece is not None:
                piece[key] += " " + text
    for name, piece in found.items():
        missing = [key for key in KEYS if not piece.get(key)]
        if missing or piece["Kind"] not in KINDS:
            sys.exit(f"table.py: {piece['file']}: {name}: " +
                     (f"no {', '.join(missing)}" if missing else f"unknown kind '{piece['Kind']}'"))
    return found


def registered(lfcheck):
    listing = subprocess.run([lfcheck, "list", "museum/*"], check=True, capture_output=True, text=True).stdout
    return {line.split()[0] for line in listing.splitlines()}


def expected_items(pieces):
    items = set()
    for name, piece in pieces.items():
        items.add(f"museum/{name}")
        if piece["Kind"] != "control":
            items.add(f"museum/{name}!broken")
    return items


def pieces_in_readme():
    return set(re.findall(r"^\| `([a-z0-9_]+)`", README.read_text(), re.MULTILINE))


def compare(what, left, right, names):
    """Says what is in one place and not in the other; true if they agree."""
    for item in sorted(left - right):
        print(f"table.py: {item} is in {names[0]} but not in {names[1]} ({what})", file=sys.stderr)
    for item in sorted(right - left):
        print(f"table.py: {item} is in {names[1]} but not in {names[0]} ({what})", file=sys.stderr)
    return left == right


def run(lfcheck, items, seed, executions):
    """Name -> properties of each item, as lfcheck reports them in its JUnit file."""
    with tempfile.NamedTemporaryFile(suffix=".xml") as file:
        done = subprocess.run([lfcheck, "--no-canaries", "--seed", str(seed), "--executions", str(executions), "--junit",
                               file.name, *items], capture_output=True, text=True)
        if done.returncode not in (0, 1, 3):
            sys.exit(done.stdout + done.stderr)
        results = {}
        for case in xml.parse(file.name).iter("testcase"):
            result = {p.get("name"): p.get("value") for p in case.iter("property")}
            result["seconds"] = float(case.get("time"))
            result["good"] = case.find("failure") is None and case.find("error") is None
            results[f"{case.get('classname')}/{case.get('name')}"] = result
        return results


def number(value):
    return f"{value:,.0f}"


def measure(lfcheck, pieces):
    broken = sorted(f"museum/{name}!broken" for name, piece in pieces.items() if piece["Kind"] != "control")
    fixed = sorted(f"museum/{name}" for name in pieces)
    runs = [run(lfcheck, broken, seed, FIND_WITHIN) for seed in SEEDS]
    held = run(lfcheck, fixed, 1, HOLD_FOR)
    bad = {item for one in runs + [held] for item, result in one.items() if not result["good"]}
    if bad:
        sys.exit("table.py: not as it should be: " + ", ".join(sorted(bad)))

    lines = [f"Executions and seconds until the broken version is found: seeds {SEEDS[0]} to {SEEDS[-1]}, uniform and PCT "
             "in turn; seconds are of processor time, shrinking not counted.",
             f"The last column says how far {number(HOLD_FOR)} executions of the fixed twin got, all of which held.", "",
             "| piece | source | kind | found as | executions: median | most | seconds: most | fixed twin |",
             "| --- | --- | --- | --- | --: | --: | --: | --- |"]
    for name, piece in sorted(pieces.items(), key=lambda p: (KINDS.index(p[1]["Kind"]), p[0])):
        if piece["Kind"] == "control":
            continue
        found = [one[f"museum/{name}!broken"] for one in runs]
        executions = [int(result["executions"]) for result in found]
        verdicts = sorted({result["verdict"] for result in found})
        lines.append(f"| `{name}` | {piece['Source']} | {piece['Kind']} | {', '.join(verdicts)} | "
                     f"{number(statistics.median(executions))} | {number(max(executions))} | "
                     f"{max(result['seconds'] for result in found):.3f} | {held[f'museum/{name}']['completeness']} |")
    lines += ["", "Correct code that a naive checker would accuse; each held.", "",
              "| piece | source | what looks wrong | executions |", "| --- | --- | --- | --- |"]
    for name, piece in sorted(pieces.items()):
        if piece["Kind"] != "control":
            continue
        result = held[f"museum/{name}"]
        lines.append(f"| `{name}` | {piece['Source']} | {piece['Wrong'].removeprefix('Nothing: ')} | "
                     f"{number(int(result['executions']))}, {result['completeness']} |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lfcheck", help="the program")
    parser.add_argument("--check", action="store_true", help="compare the lists of pieces, measure nothing")
    options = parser.parse_args()
    pieces = pieces_in_sources()
    agree = compare("registered", expected_items(pieces), registered(options.lfcheck), ("the sources", "lfcheck"))
    if options.check:
        agree &= compare("table", set(pieces), pieces_in_readme(), ("the sources", "README.md"))
        if agree:
            print(f"{len(pieces)} pieces in sources, lfcheck and README.md")
        return 0 if agree else 1
    if not agree:
        return 1
    text = README.read_text()
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        sys.exit("table.py: README.md has lost its marks")
    README.write_text(head + BEGIN + measure(options.lfcheck, pieces) + END + tail)
    return 0


if __name__ == "__main__":
    sys.exit(main())
