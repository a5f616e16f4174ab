#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
r"""Does what docs/check-your-own-code.md tells its reader to do, and checks that what comes is what the page shows.

A comment in front of a fenced block says what to do with it:

    <!-- file NAME -->          write the block to that file
    <!-- patch -->              apply the block
    <!-- run -->                run the block in a shell; it must succeed
    <!-- run, exit code N -->   or end with that code
    <!-- output -->             what the last run must have printed, apart from times
    <!-- output, any order -->  the same, with its lines in any order

and one without a block, <!-- same NAME FILE -->, that the file is now byte for byte that one of the repository.

    run_guide.py PAGE WORK          in the empty or new folder WORK
    run_guide.py PAGE WORK --mend   writes the output blocks of the page anew

CMAKE_PREFIX_PATH in the environment says where the library is installed. After a change of what lfcheck prints:

    ctest --test-dir build/release -R 'consumer: the library installs'
    CMAKE_PREFIX_PATH=$PWD/build/release/tests/consumer/work/install/moved CMAKE_GENERATOR=Ninja CXX=g++ \\
        docs/run_guide.py docs/check-your-own-code.md /tmp/guide --mend
"""
import argparse
import pathlib
import re
import shutil
import subprocess
import sys

STEP = re.compile(r"<!-- (?P<what>file|patch|run|output|same)(?P<rest>[^>]*) -->\n(?:(?P<fence>```[^\n]*\n)(?P<block>.*?)^```$)?",
                  re.MULTILINE | re.DOTALL)


def comparable(text, any_order):
    """Without times and spaces at the ends of lines."""
    lines = [re.sub(r"\b\d+\.\d\d\b", "0.00", line).rstrip() for line in text.strip("\n").split("\n")]
    return sorted(lines) if any_order else lines


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("page", type=pathlib.Path)
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("--mend", action="store_true")
    options = parser.parse_args()
    page = options.page.read_text()
    repository = options.page.resolve().parent.parent
    shutil.rmtree(options.work, ignore_errors=True)
    options.work.mkdir(parents=True)
    count = {"file": 0, "patch": 0, "run": 0, "output": 0, "same": 0}
    printed = None
    mended = []
    end = 0

    def fail(step, message):
        line = page.count("\n", 0, step.start()) + 1
        sys.exit(f"{options.page}:{line}: {message}")

    if len(STEP.findall(page)) != page.count("<!-- "):
        sys.exit(f"{options.page}: there is a comment that is no step: see {sys.argv[0]}")
    for step in STEP.finditer(page):
        what, rest, block = step["what"], step["rest"].strip(" ,"), step["block"]
        count[what] += 1
        if (block is None) != (what == "same"):
            fail(step, f"'{what}' {'without' if block is None else 'with'} a block")
        if what == "file":
            (options.work / rest).write_text(block)
        elif what == "patch":
            done = subprocess.run(["git", "apply", "--whitespace=error", "-"], cwd=options.work, input=block, text=True,
                                  capture_output=True, env={"PATH": "/usr/bin:/bin", "GIT_CEILING_DIRECTORIES": "/"})
            if done.returncode != 0:
                fail(step, f"the patch does not apply: {done.stderr}")
        elif what == "same":
            name, other = rest.split()
            if (options.work / name).read_bytes() != (repository / other).read_bytes():
                fail(step, f"{name} is not {other}")
        elif what == "run":
            wanted = int(rest.rpartition(" ")[2]) if rest else 0
            done = subprocess.run(["sh", "-e", "-c", block], cwd=options.work, text=True, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, timeout=300)
            printed = done.stdout
            if done.returncode != wanted:
                fail(step, f"exit code {done.returncode} instead of {wanted}:\n{printed}")
        else:
            if printed is None:
                fail(step, "output of nothing")
            any_order = rest == "any order"
            if options.mend:
                fresh = re.sub(r"[ \t]+$", "", printed.strip("\n"), flags=re.MULTILINE) + "\n"
                mended += [page[end:step.start("block")], fresh]
                end = step.end("block")
            elif comparable(printed, any_order) != comparable(block, any_order):
                fail(step, f"the page shows\n{block}\nand there comes\n{printed}\n(--mend puts that in)")
    if 0 in count.values():
        sys.exit(f"{options.page}: steps of each kind are expected, not {count}")
    if options.mend:
        options.page.write_text("".join(mended) + page[end:])
    print(f"{options.page}: {count}")


main()
