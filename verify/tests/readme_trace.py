#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The README's trace is what lfcheck really prints: readme_trace.py --program <lfcheck> (--check | --update) <README>.

Between its two markers the README has a command line and what comes of it, from the verdict to the replay command. The
program of the command is replaced by the one given; --update writes the block anew.
"""
import argparse
import os
import pathlib
import re
import shlex
import subprocess
import sys

BEGIN, END = "<!-- trace: begin -->\n", "<!-- trace: end -->\n"
LONGEST, WIDEST = 26, 110


def block(text, program):
    """The README's block as it is and as it ought to be."""
    begin, end = text.find(BEGIN), text.find(END)
    if begin < 0 or end < begin:
        sys.exit(f"readme_trace: the file lacks the lines {BEGIN}and {END}")
    old = text[begin + len(BEGIN) : end]
    command = re.search(r"^\$ (.*)$", old, re.MULTILINE)
    if command is None:
        sys.exit("readme_trace: there is no line that begins with '$ ' between the markers")
    words = shlex.split(command[1])
    clean = {k: v for k, v in os.environ.items() if k != "COLUMNS"}
    run = [program, "--no-canaries", *words[1:]]
    out = subprocess.run(run, capture_output=True, text=True, timeout=60, env=clean)
    lines = out.stdout.replace(str(program), words[0]).splitlines()
    last = next((n for n, line in enumerate(lines) if line.startswith("  replay: ")), None)
    if out.returncode != 0 or last is None:
        sys.exit(f"readme_trace: {shlex.join(words)} prints no trace:\n{out.stdout}{out.stderr}")
    shown = lines[1 : last + 1]  # the line before has the time that it took
    if len(shown) > LONGEST or max(map(len, shown)) > WIDEST:
        sys.exit(f"readme_trace: {len(shown)} lines, {max(map(len, shown))} wide: too large for the README")
    return old, "```console\n$ " + command[1] + "\n" + "\n".join(shown) + "\n```\n"


parser = argparse.ArgumentParser()
parser.add_argument("--program", required=True, type=pathlib.Path)
how = parser.add_mutually_exclusive_group(required=True)
how.add_argument("--check", type=pathlib.Path)
how.add_argument("--update", type=pathlib.Path)
options = parser.parse_args()
readme = options.check or options.update
text = readme.read_text(encoding="utf-8")
old, new = block(text, options.program.resolve())
if options.update:
    readme.write_text(text.replace(BEGIN + old + END, BEGIN + new + END), encoding="utf-8")
elif old != new:
    sys.exit(
        f"readme_trace: {readme} shows\n{old}but lfcheck prints\n{new}"
        f"mend it with: verify/tests/readme_trace.py --program {options.program} --update {readme}"
    )
