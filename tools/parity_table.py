#!/usr/bin/env python3
"""Runs exported networks in the runtimes that script/runtimes installs and writes docs/results/parity.md.

    tools/parity_table.py                        everything (an hour on 2 cores)
    tools/parity_table.py --networks cifar_resnet20 --profiles onnxruntime

Models and images come from $VERNIER_DATA, CIFAR-10 from $VERNIER_CACHE/cifar10, as for tools/accuracy_table.py. A run that
is there is not repeated, and the table shows every run that is there: delete runs/parity to begin again.
"""

import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys

from accuracy_table import CIFAR, DEMO, FAR_FROM_FLOAT, IMAGENET, ROOT, VERNIER, data_settings, model_path

RUNS = ROOT / "runs/parity"
DETECTORS = ["yolox_nano"]
NETWORKS = [each for each in CIFAR + IMAGENET if each != "mlperftiny_resnet8"] + DEMO + DETECTORS
PROFILES = ["onnxruntime", "portable", "openvino", "vernier"]
RUNTIMES = ["onnxruntime", "openvino"]
MOST_NAMES = 6


def command(*words):
    code = subprocess.run([VERNIER, *words], stdout=subprocess.DEVNULL).returncode
    if code not in (0, FAR_FROM_FLOAT):
        sys.exit(f"vernier {' '.join(map(str, words))}: exit status {code}")


def run(network, profile, runtimes):
    folder = RUNS / f"{network}-{profile}"
    ours = folder / "ours.json"
    if not ours.exists():
        settings = [f"model={model_path(network)}", *data_settings(network), "seed=0"]
        words = [each for setting in settings for each in ("--set", setting)]
        command("ptq", ROOT / f"configs/networks/{network}.yaml", "--profile", profile, "--out", folder, *words)
        shutil.copy(folder / "metrics.json", ours)
    for runtime in runtimes:
        kept = folder / f"{runtime}.json"
        if not kept.exists():
            command("test", folder, "--runtime", runtime, "--as", "deployed")
            shutil.copy(folder / "metrics.json", kept)


def parity_of(metrics, left, right):
    return next(each for each in metrics["parity"] if (each["left"], each["right"]) == (left, right))


def row(network, profile, runtime, metrics):
    ours = json.loads((RUNS / f"{network}-{profile}" / "ours.json").read_text())
    top1 = {each["reading"]: f"{100 * each['value']:.2f}" for each in metrics["results"]}
    percents = " | ".join(top1.get(reading, "-") for reading in ("float", "deployed", runtime))
    theirs = parity_of(metrics, "deployed", runtime)
    exact = parity_of(ours, "exact", "deployed")["differing_outputs"]
    simulated = parity_of(ours, "simulated", "exact")["differing_predictions"]
    integer, layers = metrics["integer_layers"][runtime]
    kinds = {each["type"].split()[0] for each in islands_of(metrics, runtime)}
    return (f"| {network} | {profile} | {runtime} | {percents} | {simulated} | {exact} |"
            f" {theirs['differing_predictions']} of {theirs['images']} |"
            f" {theirs['differing_outputs']:,} of {theirs['outputs']:,} | {theirs['largest_difference_steps']:.2g} |"
            f" {integer} of {layers} | {', '.join(sorted(kinds))} |")


def islands_of(metrics, runtime):
    return next(each["float_islands"] for each in metrics["runtimes"] if each["name"] == runtime)


def island_lines(kept):
    """One line for each row of the table that has float nodes: their names, by type and reason."""
    for network, profile, runtime, metrics in kept:
        groups = {}
        for each in islands_of(metrics, runtime):
            # What an operand is called differs from place to place.
            reason = re.sub(r"^(operand|result) '.*' is float$", r"its \1 is float", each.get("reason", ""))
            groups.setdefault((each["type"], reason), []).append(each["name"])
        parts = []
        for (kind, reason), names in groups.items():
            more = len(names) - MOST_NAMES
            listed = ", ".join(names[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
            parts.append(f"{listed} ({kind}{': ' + reason if reason else ''})")
        if parts:
            yield f"* {network}, {profile}, {runtime}: {'; '.join(parts)}"


def versions(tables):
    found = {(each["name"], each["version"]) for metrics in tables for each in metrics["runtimes"]}
    cpus = {metrics["machine"]["cpu"] + ", " + metrics["machine"]["isa"] for metrics in tables}
    return "; ".join(f"{name} {version}" for name, version in sorted(found)), "; ".join(sorted(cpus))


def write_table(path):
    kept = [(network, profile, runtime, json.loads(file.read_text()))
            for network in NETWORKS for profile in PROFILES for runtime in RUNTIMES
            for file in [RUNS / f"{network}-{profile}" / f"{runtime}.json"] if file.exists()]
    runtimes, cpus = versions([each[3] for each in kept])
    lines = ["# Exported networks in other runtimes", "",
             f"Made by `tools/parity_table.py`: {runtimes}, on {cpus}. Every network at its default settings, exported by"
             " `onnx-qdq`, over all 10,000 test images of CIFAR-10, 650 of ImageNet or 64 of COCO. `docs/parity.md` says why"
             " which figures are not zero.", "",
             "Top-1 in per cent; YOLOX-Nano has none, its \"prediction\" is the largest of all 301,665 outputs. \"Simulated\":"
             " predictions in which our simulated and deployed readings differ. \"Exact\": outputs in which our exact and"
             " deployed readings differ. \"Differ\": predictions, and outputs in any bit, between our deployed reading and the"
             " runtime. \"Steps\": the largest difference, in 1/255 of the range of the outputs. \"Integer\": convolutions and"
             " linear layers that the runtime computed in integers; \"float\": what else it computed in float.", "",
             "| network | profile | runtime | float | deployed | runtime | simulated | exact | predictions differ |"
             " outputs differ | steps | integer | float |",
             "|---|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|"]
    lines += [row(*each) for each in kept]
    lines += ["", "## What they computed in float, and why", "", *island_lines(kept)]
    path.write_text("\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", default=",".join(NETWORKS))
    parser.add_argument("--profiles", default=",".join(PROFILES))
    parser.add_argument("--runtimes", default=",".join(RUNTIMES))
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "docs/results/parity.md")
    arguments = parser.parse_args()
    for profile in arguments.profiles.split(","):
        for network in arguments.networks.split(","):
            print(f"{network}, {profile}", file=sys.stderr, flush=True)
            run(network, profile, arguments.runtimes.split(","))
            write_table(arguments.out)


if __name__ == "__main__":
    main()
