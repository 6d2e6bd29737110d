#!/usr/bin/env python3
"""Checks what a C program gets with libvernier.a: which libraries it needs, and its size.

    tools/check_library.py build/release/libvernier.a build/release/engine/libvernier_engine.a

A function that is not there must come from libc or libm. Sizes are those of the stripped files; the second one is the engine
without the C++ runtime. Their limits are those of today, so that growth is noticed: the goal for the second is 1 MiB.
"""

import re
import subprocess
import sys
import tempfile

LIMITS = [3_300_000, 1_600_000]
# Of other libraries: mangled names of C++, and what the C++ runtime has.
FOREIGN = re.compile(r"^(_Z|__cxa_(?!atexit|thread_atexit_impl|finalize)|__gxx|_Unwind|__cpu)")


def main():
    faults = 0
    text = subprocess.run(["nm", "-u", sys.argv[1]], capture_output=True, text=True, check=True).stdout
    missing = [line.split()[-1] for line in text.splitlines() if re.match(r"^\s+U ", line)]
    for name in filter(FOREIGN.match, missing):
        faults += 1
        print(f"{sys.argv[1]}: {name} comes from another library than libc and libm")
    for path, limit in zip(sys.argv[1:], LIMITS):
        with tempfile.NamedTemporaryFile() as stripped:
            subprocess.run(["strip", "--strip-unneeded", "-o", stripped.name, path], check=True)
            size = len(open(stripped.name, "rb").read())
        print(f"{path}: {size} bytes stripped, at most {limit}")
        faults += size > limit
    return 1 if faults else 0


sys.exit(main())
