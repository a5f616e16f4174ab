#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The production platform costs nothing: ring_X and twin_X of twins.cpp are the same instructions.

    check_zero_cost.py --compiler CXX --include DIR [--objdump PROGRAM] [--self-test] twins.cpp

Compiles twins.cpp with -O2, disassembles it, leaves of a register only its width and of a jump only how far it goes, and
compares each pair. Prints the difference and exits with 1 where there is one. With --self-test the twins get one
instruction more, and it is an error if any pair is then still the same.
"""
import argparse
import difflib
import pathlib
import re
import subprocess
import sys
import tempfile

LEGACY = {"a": "ax", "b": "bx", "c": "cx", "d": "dx"}


def register_families():
    """Every name of each general register of x86-64, with its family and width."""
    names = {}
    for letter, low in LEGACY.items():
        names.update({"r" + low: (low, 64), "e" + low: (low, 32), low: (low, 16), letter + "l": (low, 8),
                      letter + "h": (low, 8)})
    for low in ("si", "di", "bp", "sp"):
        names.update({"r" + low: (low, 64), "e" + low: (low, 32), low: (low, 16), low + "l": (low, 8)})
    for number in range(8, 16):
        for suffix, width in (("", 64), ("d", 32), ("w", 16), ("b", 8)):
            names[f"r{number}{suffix}"] = (f"r{number}", width)
    return names


REGISTERS = register_families()


def run(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"check_zero_cost.py: {' '.join(map(str, command))}\n{done.stderr}")
    return done.stdout


def functions(disassembly):
    """name -> list of (address, instruction) of each function in the output of objdump."""
    found, current = {}, None
    for line in disassembly.splitlines():
        head = re.match(r"[0-9a-f]+ <(.+)>:$", line)
        if head:
            current = found.setdefault(head.group(1), [])
            continue
        body = re.match(r"\s+([0-9a-f]+):\s+(\S.*)$", line)
        if body and current is not None:
            if body.group(2).startswith("R_X86_64"):  # a relocation belongs to the instruction before
                target = body.group(2).split()[1]
                address, text = current[-1]
                current[-1] = address, re.sub(r"[0-9a-f]+ <.*>$", "", text) + " " + target
            else:
                current.append((body.group(1), body.group(2).split("#")[0].strip()))
    return found


def is_filler(text):
    return bool(re.match(r"(data16 |cs )*(nop[wl]?\b|xchg\s+%ax,%ax)", text))


def normalised(body):
    """Instructions without the choice of registers, of addresses and of callees' names; fillers left out."""
    body = [(address, text) for address, text in body if not is_filler(text)]
    position = {address: number for number, (address, _) in enumerate(body)}

    def register(match):
        if match.group(1) not in REGISTERS:
            return match.group(0)
        family, width = REGISTERS[match.group(1)]
        return f"%{'sp' if family == 'sp' else 'r'}{width}"

    result = []
    for _, text in body:
        jump = re.match(r"(\S+)\s+([0-9a-f]+) <[^>]*>$", text)
        if jump:
            target = position.get(jump.group(2))
            text = f"{jump.group(1)} " + (f"@{target}" if target is not None else "outside")
        elif re.match(r"(call|jmp)\s+.*\S\s+\S+$", text) or text.startswith("call"):
            text = text.split()[0] + " callee"
        result.append(re.sub(r"%(\w+)", register, " ".join(text.split())))
    return result


def compare(compiler, include, objdump, source, self_test):
    with tempfile.TemporaryDirectory() as folder:
        object_file = pathlib.Path(folder) / "twins.o"
        extra = ["-DEXTRA_INSTRUCTION=asm volatile(\"sfence\")"] if self_test else []
        run([compiler, "-std=c++20", "-O2", "-DNDEBUG", "-I", include, *extra, "-c", source, "-o", object_file])
        found = functions(run([objdump, "--disassemble", "--reloc", "--no-show-raw-insn", object_file]))
    pairs = sorted(name[len("ring_"):] for name in found if name.startswith("ring_"))
    if not pairs:
        sys.exit("check_zero_cost.py: there is no function ring_... in the object file")
    different = 0
    for pair in pairs:
        if "twin_" + pair not in found:
            sys.exit(f"check_zero_cost.py: ring_{pair} has no twin")
        ring, twin = normalised(found["ring_" + pair]), normalised(found["twin_" + pair])
        if len(ring) < 5:
            sys.exit(f"check_zero_cost.py: ring_{pair} has only {len(ring)} instructions; is it inlined away?")
        if ring == twin:
            print(f"{pair}: the same {len(ring)} instructions")
            continue
        different += 1
        print(f"{pair}: {len(ring)} instructions, by hand {len(twin)}")
        print("\n".join(difflib.unified_diff(twin, ring, "by hand", "with the platform", lineterm="", n=3)))
    if self_test:
        print(f"self-test: {different} of {len(pairs)} pairs differ with one instruction more in each twin")
        return 0 if different == len(pairs) else 1
    return 1 if different else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--include", required=True)
    parser.add_argument("--objdump", default="objdump")
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("source")
    given = parser.parse_args()
    return compare(given.compiler, given.include, given.objdump, given.source, given.self_test)


if __name__ == "__main__":
    sys.exit(main())
