#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What must not compile does not, and the compiler says why.

    check_must_not_compile.py --compiler CXX --include DIR [--self-test] cases.cpp

A case is a block `#if defined(NAME)  // what the compiler must say, a regular expression`. The file must compile with no
case, and with each alone it must not, with such an error. Exit code 1 where that is not so. With --self-test the cases
SELF_TEST_..., which are left out otherwise, are the only ones, and it is an error if one of them passes.
"""
import argparse
import concurrent.futures
import os
import re
import subprocess
import sys

CASE = re.compile(r"^#if defined\((\w+)\)  // (.+)$", re.MULTILINE)


def errors(given, *options):
    """Of a compilation: empty if it succeeded."""
    done = subprocess.run([given.compiler, "-std=c++20", "-fsyntax-only", "-fno-color-diagnostics"
                           if "clang" in given.compiler else "-fdiagnostics-color=never", "-I", given.include, *options,
                           given.source], capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stderr or "failed without a word"


def verdict(given, name, wanted):
    """What is wrong with this case: empty if nothing is."""
    found = errors(given, "-D" + name)
    if not found:
        return f"{name}: compiles"
    if not re.search(r"(error|note): .*(" + wanted + ")", found):
        return f"{name}: refused, but not for {wanted!r}:\n{found}"
    return ""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--include", required=True)
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("source")
    given = parser.parse_args()
    with open(given.source, encoding="utf-8") as file:
        cases = [case for case in CASE.findall(file.read()) if case[0].startswith("SELF_TEST_") == given.self_test]
    if not cases:
        sys.exit(f"check_must_not_compile.py: no case in {given.source}")
    without = errors(given)
    if without:
        sys.exit(f"check_must_not_compile.py: does not compile without a case:\n{without}")
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        wrong = [text for text in pool.map(lambda case: verdict(given, *case), cases) if text]
    print("\n".join(wrong + [f"{len(cases)} cases, {len(wrong)} wrong"]))
    if given.self_test:
        return 0 if len(wrong) == len(cases) else 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
