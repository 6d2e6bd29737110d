#!/usr/bin/env python3
"""Fails when a folder includes a folder that it may not use, or another folder's third-party library.

A folder may use what the USES list of its CMakeLists.txt names and whatever these use in turn; cli may use all.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# A guest library stays in its room, so that it can be replaced there.
GUESTS = {
    "CL": {"compute"},
    "CLI": {"cli"},
    "dnnl": {"compute"},
    "google": {"import", "export"},
    "onnx": {"import", "export"},
    "oneapi": {"compute"},
    "opencv2": {"data"},
    "yaml-cpp": {"experiment"},
}


def uses():
    table = {}
    for path in sorted((ROOT / "vernier").glob("*/CMakeLists.txt")):
        text = re.sub(r"#.*", "", path.read_text())
        call = re.search(r"vernier_module\(\s*(\w+)(.*?)\)", text, re.S)
        listed = call and re.search(r"\bUSES\b((?:\s+[a-z]\w*)*)", call[2])
        table[path.parent.name] = set(listed[1].split()) if listed else set()
    return table


def closure(name, table):
    return {name}.union(*(closure(used, table) for used in table.get(name, ())))


def violations(path, folder, allowed):
    for number, line in enumerate(path.read_text().splitlines(), 1):
        include = re.match(r'\s*#\s*include\s*["<](vernier/)?([\w-]+)[/._]', line)
        if not include:
            continue
        ours, name = include.groups()
        if ours and name not in allowed:
            yield f"{number}: {folder}/ may not include {name}/"
        if not ours and name in GUESTS and folder not in GUESTS[name]:
            yield f"{number}: <{name}> may only be included in {', '.join(sorted(GUESTS[name]))}"


def main():
    table = uses()
    found = 0
    for path in sorted((ROOT / "vernier").glob("*/*.[hc]*")):
        folder = path.parent.name
        allowed = set(table) if folder == "cli" else closure(folder, table)
        for violation in violations(path, folder, allowed):
            print(f"{path.relative_to(ROOT)}:{violation}")
            found += 1
    return found != 0


sys.exit(main())
