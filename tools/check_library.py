#!/usr/bin/env python3
"""Checks what a C program gets with libvernier.a: which libraries it needs, and its size.

    tools/check_library.py build/release/libvernier.a

A function that is not there must come from libc or libm.
"""

import re
import subprocess
import sys
import tempfile

LIMIT = 1 << 20
# Of other libraries: mangled names of C++, and what the C++ runtime has.
FOREIGN = re.compile(r"^(_Z|__cxa_(?!atexit|thread_atexit_impl|finalize)|__gxx|_Unwind|__cpu)")


def main():
    faults = 0
    text = subprocess.run(["nm", "-u", sys.argv[1]], capture_output=True, text=True, check=True).stdout
    missing = [line.split()[-1] for line in text.splitlines() if re.match(r"^\s+U ", line)]
    for name in filter(FOREIGN.match, missing):
        faults += 1
        print(f"{sys.argv[1]}: {name} comes from another library than libc and libm")
    with tempfile.NamedTemporaryFile() as stripped:
        subprocess.run(["strip", "--strip-unneeded", "-o", stripped.name, sys.argv[1]], check=True)
        size = len(open(stripped.name, "rb").read())
    print(f"{sys.argv[1]}: {size} bytes stripped, at most {LIMIT}")
    faults += size > LIMIT
    return 1 if faults else 0


sys.exit(main())
