#!/usr/bin/env python3
"""Quantizes one network at many widths, with two calibrators, and writes docs/results/sweep.md.

    $VERNIER_CACHE/runtimes/bin/python3 tools/sweep_table.py        (that Python has the package onnx: script/runtimes)

Models come from $VERNIER_DATA (default ../shared/data), CIFAR-10 from $VERNIER_CACHE/cifar10. A run that is there is not repeated:
delete runs/sweep to begin again.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys

import numpy
import onnx
from onnx import numpy_helper

ROOT = pathlib.Path(__file__).resolve().parent.parent
DATA = pathlib.Path(os.environ.get("VERNIER_DATA", ROOT.parent / "shared/data"))
CACHE = pathlib.Path(os.environ.get("VERNIER_CACHE", ROOT / ".cache"))
VERNIER = ROOT / "build/release/vernier"

RUNS = ROOT / "runs/sweep"
FAR_FROM_FLOAT = 4  # a warning: the run is complete
TOLERANCE = 0.15
# Networks below it name one class or two. As many right images are more per cent of the 9,853 of the targets: the 10.15 of
# per channel, mse are all 1,000 images of one class.
NEARLY_ONE_CLASS = 12
IMAGES_HERE, IMAGES_THERE = 10_000, 9_853
# As the program that made the targets searched.
WEIGHT_CANDIDATES, ACTIVATION_CANDIDATES = 81, 91

COLUMNS = [("per_tensor", "minmax"), ("per_tensor", "mse"), ("per_channel", "minmax"), ("per_channel", "mse")]
# Measured by an independent program, where float has 92.90: one row a pair of widths, one number a column.
TARGETS = {
    "W8A8": [92.83, 92.87, 92.90, 92.91],
    "W7A7": [92.76, 92.91, 92.87, 92.81],
    "W6A6": [92.17, 92.70, 92.54, 92.82],
    "W5A5": [90.26, 91.83, 91.60, 92.20],
    "W4A4": [77.88, 86.53, 87.24, 90.39],
    "W4A8": [84.10, 87.62, 90.60, 91.24],
    "W3A8": [14.75, 41.50, 80.29, 72.79],
    "W2A8": [10.12, 11.64, 10.24, 10.15],
    "W8A4": [88.94, 91.72, 89.09, 91.82],
}

# Only what layers read is quantized; additions stay in float.
PROFILE = """base: academic
name: sweep
weight_narrow: true
fold_batch_norm: true
fuse_activation: true
first_last_bits: 0
"""
CHECKPOINT = DATA / "models/onnx/cifar_resnet20_apot_fp32.onnx"
MODEL = RUNS / "model.onnx"
SETTINGS = [
    "layers={\"conv1|fc\": {skip: true}}",
    "preprocess=[{normalize: {mean: [125.205, 122.91, 113.985], std: [62.985, 61.965, 66.81]}}]",
    "methods=[]",
    "export=[]",
]
VALIDATION = f"validation={{cifar10: {CACHE}/cifar10, split: test}}"


def vernier(*arguments):
    code = subprocess.run([VERNIER, *arguments], stdout=subprocess.DEVNULL).returncode
    if code not in (0, FAR_FROM_FLOAT):
        sys.exit(f"vernier {' '.join(map(str, arguments))}: exit status {code}")


def write_model():
    """The checkpoint's network as its own program evaluates it: weights of its ends are round(w / max w * 127) / 127 * max w."""
    model = onnx.load(CHECKPOINT)
    layers = [node for node in model.graph.node if node.op_type in ("Conv", "Gemm")]
    for weight in (each for each in model.graph.initializer if each.name in (layers[0].input[1], layers[-1].input[1])):
        values = numpy_helper.to_array(weight)
        step = values.max() / 127
        weight.CopyFrom(numpy_helper.from_array((numpy.round(values / step) * step).astype(numpy.float32), weight.name))
    RUNS.mkdir(parents=True, exist_ok=True)
    onnx.save(model, MODEL)


def accuracy(widths, granularity, calibrator, draw=None):
    """Top-1 of the simulated network in per cent, and that of float."""
    data = RUNS / ("first" if draw is None else f"draw{draw}")
    folder = data / f"{widths}-{granularity}-{calibrator}"
    metrics = folder / "metrics.json"
    if not metrics.exists():
        folder.mkdir(parents=True, exist_ok=True)
        profile = RUNS / "profile.yaml"
        profile.write_text(PROFILE)
        if (data / "stats.bin").exists():
            shutil.copy(data / "stats.bin", folder / "stats.bin")
        weight_bits, activation_bits = widths[1:].split("A")
        order = "" if draw is None else f", shuffle_seed: {draw}"
        settings = [
            *SETTINGS,
            f"calibration={{cifar10: {CACHE}/cifar10, split: train, count: 256{order}}}",
            f"weights={{bits: {weight_bits}, calibrator: {calibrator}, granularity: {granularity}, candidates: {WEIGHT_CANDIDATES}}}",
            f"activations={{bits: {activation_bits}, calibrator: {calibrator}, candidates: {ACTIVATION_CANDIDATES}}}",
        ]
        vernier("ptq", MODEL, "--profile", profile, "--out", folder,
                *(word for each in settings for word in ("--set", each)))
        vernier("test", folder, "--as", "simulated", "--set", VALIDATION)
        shutil.copy(folder / "stats.bin", data / "stats.bin")
    results = {each["reading"]: 100 * each["value"] for each in json.loads(metrics.read_text())["results"]}
    return results["simulated"], results["float"]


def reached(measured, target):
    if target < NEARLY_ONE_CLASS:
        measured *= IMAGES_HERE / IMAGES_THERE
    return measured >= target - TOLERANCE - 1e-9


def cell(measured, target):
    text = f"{measured:.2f} ({target:.2f})"
    return text if reached(measured, target) else f"**{text}**"


def label(widths, granularity, calibrator):
    return f"{widths} {granularity.replace('_', ' ')} {calibrator}"


def accuracies(widths, granularity, calibrator, draws):
    """Of the first 256 images and of other draws of as many."""
    return [accuracy(widths, granularity, calibrator, draw=draw)[0] for draw in (None, *range(1, draws))]


def measure(draws):
    rows, missed = [], []
    for widths, targets in TARGETS.items():
        row = []
        for (granularity, calibrator), target in zip(COLUMNS, targets):
            print(label(widths, granularity, calibrator), file=sys.stderr, flush=True)
            measured = accuracies(widths, granularity, calibrator, draws)
            row.append(cell(numpy.mean(measured), target))
            if not reached(min(measured), target):
                missed.append((widths, granularity, calibrator, target, measured))
        rows.append(f"| {widths} | {' | '.join(row)} |")
    return rows, missed


def low_draws(missed):
    if not missed:
        return []
    lines = ["", "Cells of which a draw is more than 0.15 below the target:", "", "| cell | target | draws |", "|---|--:|--:|"]
    for widths, granularity, calibrator, target, measured in missed:
        draws = ", ".join(f"{each:.2f}" for each in sorted(measured))
        lines.append(f"| {label(widths, granularity, calibrator)} | {target:.2f} | {draws} |")
    return lines


def write_table(path, draws):
    head = " | ".join(f"{granularity.replace('_', ' ')}, {name}" for granularity, name in COLUMNS)
    lines = ["# One network at many widths", "",
             "Made by `tools/sweep_table.py`. `cifar_resnet20_apot_fp32.onnx`, top-1 of the simulated network on the 10,000 test"
             " images of CIFAR-10 in per cent; float: FLOAT. Weights and activations by the same calibrator, from 256 training"
             f" images: the mean of {draws} draws of them. Weights symmetric and without their lowest integer, activations unsigned; points on the inputs of layers only."
             " The first layer and the last as in the checkpoint: float inputs, weights rounded to 8 bits."
             " `mse` tries as many hundredths as the program that made the targets:"
             f" `weights: {{candidates: {WEIGHT_CANDIDATES}}}, activations: {{candidates: {ACTIVATION_CANDIDATES}}}`.", "",
             "In brackets what an independent program reached with one draw, where float had 92.90, on 9,853 of the test images. **Bold**:"
             " more than 0.15 below it. The networks of the row W2A8 name one class or two, where 10.15 there and 10.00 here are the"
             " same thousand right images: that row is compared by their number.", "",
             f"| | {head} |", "|---|--:|--:|--:|--:|"]
    rows, missed = measure(draws)
    lines += rows
    lines[2] = lines[2].replace("FLOAT", f"{accuracy('W8A8', *COLUMNS[0])[1]:.2f}")
    lines += low_draws(missed)
    path.write_text("\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "docs/results/sweep.md")
    arguments = parser.parse_args()
    write_model()
    write_table(arguments.out, arguments.draws)


if __name__ == "__main__":
    main()
