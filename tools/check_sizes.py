#!/usr/bin/env python3
"""Fails on a source file of more than 300 lines or a function of more than 60: tools/check_sizes.py FILE...

Exempt are tests, kernels_*, and a file whose first comment says why it exceeds the limit, with that word.
"""

import itertools
import pathlib
import re
import subprocess
import sys

FILE_LINES, FUNCTION_LINES = 300, 60


def first_comment(text):
    lines = itertools.dropwhile(lambda line: not line.startswith("//"), text.splitlines())
    return "\n".join(itertools.takewhile(lambda line: line.startswith("//"), lines))


def is_exempt(path, text):
    exempt_name = path.name.endswith("_test.cpp") or path.name.startswith("kernels_")
    return exempt_name or re.search(r"\bexceeds\b", first_comment(text))


def long_functions(path):
    """pmccabe's columns: two complexities, statements, first line, lines, FILE(LINE): NAME."""
    output = subprocess.run(["pmccabe", path], capture_output=True, text=True, check=True).stdout
    for line in output.splitlines():
        columns = line.split("\t")
        if int(columns[4]) > FUNCTION_LINES:
            yield columns[3], columns[4], columns[5].split(": ", 1)[1]


def main(paths):
    found = 0
    for path in map(pathlib.Path, paths):
        text = path.read_text()
        if is_exempt(path, text):
            continue
        lines = text.count("\n")
        if lines > FILE_LINES:
            print(f"{path}: {lines} lines, at most {FILE_LINES} are allowed")
            found += 1
        for first, length, name in long_functions(path):
            print(f"{path}:{first}: {name} has {length} lines, at most {FUNCTION_LINES} are allowed")
            found += 1
    return found != 0


sys.exit(main(sys.argv[1:]))
