#!/usr/bin/env python3
"""Fails when ONNX Runtime or OpenVINO make something else of an exported file than docs/parity.md says: on a few images,
each gives our bits with the profile of its name, both compute every layer in integers, OpenVINO is as near to float as we
are with the other profile, and files that are none are refused in one line.

Needs script/runtimes, build/release/vernier and the data of tools/accuracy_table.py. Takes about a minute.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

from accuracy_table import FAR_FROM_FLOAT, ROOT, VERNIER, data_settings, model_path

NETWORKS = {"cifar_resnet20": 500, "mobilenet_v1_0.25_224": 48}
CALIBRATION_IMAGES = 32
MOST_DECIBELS_LOST = 2.0
RUNTIMES = ["onnxruntime", "openvino"]


def vernier(*words):
    done = subprocess.run([VERNIER, *map(str, words)], capture_output=True, text=True)
    if done.returncode not in (0, FAR_FROM_FLOAT):
        sys.exit(f"check_runtimes: vernier {' '.join(map(str, words))}: {done.stderr.strip() or done.stdout[-400:]}")


def quantize(network, images, profile, run):
    settings = [f"model={model_path(network)}", *data_settings(network), f"calibration.count={CALIBRATION_IMAGES}",
                f"validation.count={images}"]
    vernier("ptq", ROOT / f"configs/networks/{network}.yaml", "--profile", profile, "--out", run, "--as", "deployed",
            *(word for setting in settings for word in ("--set", setting)))


def metrics_of(run, runtime):
    vernier("test", run, "--runtime", runtime, "--as", "deployed")
    return json.loads((run / "metrics.json").read_text())


def complaints(label, runtime, same_bits, metrics):
    parity = next(each for each in metrics["parity"] if each["right"] == runtime)
    integer, layers = metrics["integer_layers"][runtime]
    decibels = {each["reading"]: each["sqnr_db"] for each in metrics["agreement"]}
    print(f"{label}: {integer} of {layers} layers in integers, {parity['differing_outputs']} of"
          f" {parity['outputs']} outputs and {parity['differing_predictions']} of {parity['images']} predictions differ,"
          f" {decibels[runtime]:.1f} dB from float, ours {decibels['deployed']:.1f} dB")
    if integer != layers or layers == 0:
        yield f"{layers - integer} of {layers} layers are float"
    if same_bits and parity["differing_outputs"] != 0:
        yield "expected our bits"
    if decibels[runtime] < decibels["deployed"] - MOST_DECIBELS_LOST:
        yield f"expected {decibels['deployed'] - MOST_DECIBELS_LOST:.1f} dB or more"


def refused(run, runtime, damage):
    """A file that is none: one line on the standard error, and exit status 1."""
    file = run / "model.onnx"
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    done = subprocess.run([VERNIER, "test", run, "--runtime", runtime], capture_output=True, text=True)
    file.write_bytes(whole)
    lines = done.stderr.strip().splitlines()
    if done.returncode != 1 or len([line for line in lines if not line.startswith("evaluation")]) != 1:
        yield f"a damaged file: expected one line and exit status 1, got {done.returncode} and {lines}"


DAMAGES = {"cut": lambda whole: whole[:len(whole) // 2], "foreign": lambda whole: b"no model " * 100, "empty": lambda whole: b""}


def checks(folder):
    for network, images in NETWORKS.items():
        for profile in RUNTIMES:
            run = folder / f"{network}-{profile}"
            quantize(network, images, profile, run)
            for runtime in RUNTIMES:
                if (profile, runtime) == ("openvino", "onnxruntime"):
                    continue  # residuals are float there
                label = f"{network}, profile {profile}, {runtime}"
                yield label, complaints(label, runtime, profile == runtime, metrics_of(run, runtime))
    for runtime in RUNTIMES:
        for name, damage in DAMAGES.items():
            yield f"{name} file, {runtime}", refused(run, runtime, damage)


def main():
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        for label, found in checks(pathlib.Path(folder)):
            for complaint in found:
                print(f"check_runtimes: {label}: {complaint}", file=sys.stderr)
                failed = True
    sys.exit(failed)


if __name__ == "__main__":
    main()
