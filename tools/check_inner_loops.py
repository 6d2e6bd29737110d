#!/usr/bin/env python3
"""Checks that the inner loops of the integer kernels keep their sums in registers.

    tools/check_inner_loops.py build/release/engine/libvernier_engine.a
    tools/check_inner_loops.py build/aarch64/engine/libvernier_engine.a aarch64-linux-gnu-objdump

A compiler that runs out of registers, or believes so, moves a vector to the stack and back in every turn of the loop: GCC 12
does without -fno-tree-pre, and the kernel takes twice its time. Looked at: every innermost loop with a product of integers.
A stretch with a return in it is none: there a block that seldom runs, behind the end of the function, jumps back.
"""

import re
import subprocess
import sys

# Of x86-64 and of aarch64.
PRODUCT = re.compile(r"vpdpbusd|vpdpwssd|vpmaddwd|vpmaddubsw|^sm(?:ull|lal)2?\s+v\d+\.(?:8h|4s)|^sdot\b")
JUMP = re.compile(r"^(?:j\w+|b|b\.\w+|cbn?z\s+\w+,|tbn?z\s+\w+, #\d+,)\s+([0-9a-f]+)")
VECTOR_ON_STACK = re.compile(r"\(%r[sb]p.*%[xyz]mm|%[xyz]mm\d+.*\(%r[sb]p|\bq\d+.*\[sp\b")
LEAST_LOOPS = 20  # fewer: the disassembly was not understood


def functions(library, objdump):
    """(name, [(address, instruction)]) for each function."""
    text = subprocess.run([objdump, "-dC", "--no-show-raw-insn", library], capture_output=True, text=True, check=True).stdout
    for block in re.split(r"\n\n", text):
        lines = block.splitlines()
        if lines and (head := re.match(r"^[0-9a-f]+ <(.*)>:$", lines[0])):
            yield head[1], [(int(at, 16), rest.strip()) for at, rest in re.findall(r"^\s+([0-9a-f]+):\s+(.*)$", block, re.M)]


def inner_loops(code):
    """First and last address of the loops that hold no other one."""
    loops = [(int(jump[1], 16), at) for at, text in code if (jump := JUMP.match(text)) and int(jump[1], 16) <= at]
    return [loop for loop in loops if not any(other != loop and loop[0] <= other[0] and other[1] <= loop[1] for other in loops)]


def main():
    loops, faults = 0, 0
    for name, code in functions(sys.argv[1], (sys.argv[2:] or ["objdump"])[0]):
        for first, last in inner_loops(code):
            body = [text for at, text in code if first <= at <= last]
            if not any(PRODUCT.search(text) for text in body) or any(text.startswith("ret") for text in body):
                continue
            loops += 1
            moved = sum(1 for text in body if VECTOR_ON_STACK.search(text))
            if moved:
                faults += 1
                print(f"{name}: {moved} vectors on the stack in the loop at {first:x}")
    print(f"{loops} inner loops, {faults} of them with vectors on the stack")
    return 1 if faults or loops < LEAST_LOOPS else 0


sys.exit(main())
