#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every atomic access, fence and re-read in the library's headers has a tag, and the tags fit together.

    check_tags.py [--except PATH]... FOLDER_OR_FILE...
                                        checks all *.hpp and *.cpp below that are not below an exception, prints
                                        file:line: problem; exit code 0 if there is none, 1 if there is, 2 for misuse
    check_tags.py --self-test FIXTURES  each fixture must have exactly the problems that it announces

The rules (CONTRIBUTING.md, "Tags"):
  - an atomic access, a fence and a `revalidated(...)` have a tag such as [P2] at the end of their line or in the comment
    block directly above their statement;
  - a tag is used once in a file, and for one access;
  - each tag that a comment names ("pairs with [C1]") exists in the file, or in one that the comment names as well
    ("pairs with hazard_pointer.hpp [P3]");
  - each access writes out its memory orders, a compare-exchange both, as `std::memory_order::...`.
"""
import pathlib
import re
import sys

MEMBERS = (r"load|store|exchange|compare_exchange_weak|compare_exchange_strong|fetch_(?:add|sub|and|or|xor)|"
           r"test_and_set|test|clear|wait")
ACCESS = re.compile(rf"(?:\.|->)\s*({MEMBERS})\s*\(")
FENCE = re.compile(r"\b(fence_seq_cst|fence_light|fence_heavy|atomic_thread_fence|atomic_signal_fence|revalidated)\s*\(")
ORDER = re.compile(r"\bstd::memory_order::(?:relaxed|acquire|release|acq_rel|seq_cst)\b")
ORDER_ARGUMENT = re.compile(r"\bmemory_order\b|\border\b|\bsuccess\b|\bfailure\b")
TAG = re.compile(r"\[([A-Z]+[0-9]+)\]")
# A tag is set by a comment that begins with it, and only named by a line that goes on with one: "// [O5]: the cell ...".
OWN_TAG = re.compile(r"(?<!/)//(?!/)\s*\[([A-Z]+[0-9]+)\](?=\s+\w)")
FILE_NAME = re.compile(r"\b\w+\.[hc]pp\b")
ORDERS_NEEDED = {"compare_exchange_weak": 2, "compare_exchange_strong": 2, "revalidated": 0, "fence_seq_cst": 0,
                 "fence_light": 0, "fence_heavy": 0}


def split_comments(text):
    """The code with comments and strings blanked out, and the comment of each line; both by line."""
    code, comments, line_comment = [], [], ""
    i, out = 0, []
    while i < len(text):
        two = text[i:i + 2]
        if two == "//":
            end = text.find("\n", i)
            end = len(text) if end < 0 else end
            line_comment += text[i:end]
            i = end
        elif two == "/*":
            end = text.find("*/", i + 2)
            end = len(text) if end < 0 else end + 2
            out.append("\n" * text.count("\n", i, end))
            i = end
        elif text[i] == '"':
            end = i + 1
            while end < len(text) and text[end] != '"':
                end += 2 if text[end] == "\\" else 1
            out.append('""')
            i = end + 1
        elif text[i] == "\n":
            code.append("".join(out))
            comments.append(line_comment)
            out, line_comment = [], ""
            i += 1
        else:
            out.append(text[i])
            i += 1
    code.append("".join(out))
    comments.append(line_comment)
    # a blanked block comment may have left line breaks inside one entry
    flat_code, flat_comments = [], []
    for one, comment in zip(code, comments):
        parts = one.split("\n")
        flat_code += parts
        flat_comments += [""] * (len(parts) - 1) + [comment]
    return flat_code, flat_comments


def arguments(code, line, column):
    """The text between the parenthesis at (line, column) and its partner, which may be lines below."""
    depth, text = 0, ""
    while line < len(code):
        for character in code[line][column:]:
            if character == "(":
                depth += 1
                if depth == 1:
                    continue
            elif character == ")":
                depth -= 1
                if depth == 0:
                    return text
            text += character
        text += " "
        line, column = line + 1, 0
    return text


def statement_start(code, line):
    """The first line of the statement that `line` belongs to."""
    while line > 0:
        above = code[line - 1].strip()
        if above == "" or above.endswith((";", "{", "}", ":")) or above.startswith(("#", "template")):
            return line
        line -= 1
    return line


def tag_of(code, comments, line):
    """The line and tag in charge of an access: on its line, or in the comment block above its statement or line."""
    here = OWN_TAG.search(comments[line])
    if here:
        return line, here.group(1)
    for start in {line, statement_start(code, line)}:
        above = start - 1
        found = None
        while above >= 0 and code[above].strip() == "" and comments[above] != "":
            match = OWN_TAG.search(comments[above])
            if match:
                found = above, match.group(1)
                break
            above -= 1
        if found:
            return found
    return None


def comment_block(code, comments, line):
    """The text of the comment that `line` is part of, with the lines above and below that only go on with it."""
    first = last = line
    while first > 0 and code[first].strip() == "" and code[first - 1].strip() == "" and comments[first - 1] != "":
        first -= 1
    while last + 1 < len(code) and code[last + 1].strip() == "" and comments[last + 1] != "":
        last += 1
    return " ".join(comments[first:last + 1])


def tags_of(path):
    return set(OWN_TAG.findall(path.read_text(encoding="utf-8")))


def check(path, everything=()):
    """The problems of one file as (line, message); `everything` are the files in which partners may be."""
    code, comments = split_comments(path.read_text(encoding="utf-8"))
    problems = []

    defined = {}
    for number, comment in enumerate(comments):
        match = OWN_TAG.search(comment)
        if match:
            if match.group(1) in defined:
                problems.append((number, f"tag [{match.group(1)}] is used again; first in line "
                                         f"{defined[match.group(1)] + 1}"))
            else:
                defined[match.group(1)] = number
    for number, comment in enumerate(comments):
        for name in TAG.findall(comment):
            if name in defined:
                continue
            named = FILE_NAME.findall(comment_block(code, comments, number))
            if not any(other.name in named and name in tags_of(other) for other in everything):
                problems.append((number, f"there is no [{name}] in this file" + "".join(f", nor in {n}" for n in named)))

    used = {}
    for number, line in enumerate(code):
        for match in list(ACCESS.finditer(line)) + list(FENCE.finditer(line)):
            operation = match.group(1)
            text_of_arguments = arguments(code, number, match.end() - 1)
            orders = len(ORDER.findall(text_of_arguments))
            if operation in ("test", "wait", "clear") and orders == 0:
                continue  # members of these names belong to much else
            needed = ORDERS_NEEDED.get(operation, 1)
            if orders < needed and not ORDER_ARGUMENT.search(ORDER.sub("", text_of_arguments)):
                problems.append((number, f"{operation} does not write out its memory order"))
            tag = tag_of(code, comments, number)
            if tag is None:
                problems.append((number, f"{operation} has no tag"))
            elif tag in used and used[tag] != (number, match.start()):
                problems.append((number, f"{operation} shares the tag [{tag[1]}] with line {used[tag][0] + 1}"))
            else:
                used[tag] = (number, match.start())
    for name, number in sorted(defined.items()):
        if (number, name) not in used:
            problems.append((number, f"tag [{name}] belongs to no access"))
    return sorted(set((number + 1, text) for number, text in problems))


def files(names):
    for name in names:
        path = pathlib.Path(name)
        if path.is_dir():
            yield from sorted(path.rglob("*.[hc]pp"))
        else:
            yield path


def self_test(folder):
    """A fixture announces its problems at the lines that have them: `// expect: part of the message`."""
    failures, announced = 0, 0
    everything = list(files([folder]))
    for path in everything:
        expected = []
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            match = re.search(r"expect(\+(\d+))?: (.*)", line)
            if match:
                expected.append((number + int(match.group(2) or 0), match.group(3).strip()))
        announced += len(expected)
        found = check(path, everything)
        for number, message in found:
            hit = next((e for e in expected if e[0] == number and e[1] in message), None)
            if hit is None:
                print(f"{path}:{number}: not announced: {message}")
                failures += 1
            else:
                expected.remove(hit)
        for number, message in expected:
            print(f"{path}:{number}: announced, but not found: {message}")
            failures += 1
    if announced == 0:
        print(f"{folder}: no fixture announces a problem")
        failures += 1
    print(f"self-test: {announced} announced problems, {failures} failures")
    return failures


def main(arguments_given):
    if not arguments_given or arguments_given[0] in ("-h", "--help"):
        print(__doc__)
        return 0 if arguments_given else 2
    if arguments_given[0] == "--self-test":
        if len(arguments_given) != 2:
            print("check_tags.py: --self-test needs the folder of the fixtures", file=sys.stderr)
            return 2
        return 1 if self_test(arguments_given[1]) else 0
    names, exceptions = [], []
    rest = iter(arguments_given)
    for argument in rest:
        (exceptions.append(next(rest, "")) if argument == "--except" else names.append(argument))
    missing = [name for name in names + exceptions if not pathlib.Path(name).exists()]
    if missing:
        print(f"check_tags.py: there is no {missing[0]!r}", file=sys.stderr)
        return 2
    left_out = [pathlib.Path(name) for name in exceptions]
    everything = [path for path in files(names)
                  if not any(path == out or out in path.parents for out in left_out)]
    count, bad = len(everything), 0
    for path in everything:
        for number, message in check(path, everything):
            print(f"{path}:{number}: {message}")
            bad += 1
    if count == 0:
        print("check_tags.py: no file to check", file=sys.stderr)
        return 2
    print(f"{count} files, {bad} problems")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
