#!/usr/bin/env python3
"""Fails when ONNX Runtime or OpenVINO make something else of an exported file than docs/parity.md says: on a few images,
ONNX Runtime gives our bits, both compute every layer in integers, and OpenVINO is as near to float as we are.

Needs script/runtimes, build/release/vernier and the data of tools/accuracy_table.py. Takes about a minute.
"""

import json
import subprocess
import sys
import tempfile

from accuracy_table import DATA, FAR_FROM_FLOAT, ROOT, VERNIER, data_settings

NETWORKS = {"cifar_resnet20": 500, "mobilenet_v1_0.25_224": 48}
CALIBRATION_IMAGES = 32
MOST_DECIBELS_LOST = 2.0


def vernier(*words):
    done = subprocess.run([VERNIER, *map(str, words)], capture_output=True, text=True)
    if done.returncode not in (0, FAR_FROM_FLOAT):
        sys.exit(f"check_runtimes: vernier {' '.join(map(str, words))}: {done.stderr.strip() or done.stdout[-400:]}")


def metrics_of(network, images, runtime, folder):
    run = f"{folder}/{network}"
    if runtime == "onnxruntime":
        settings = [f"model={DATA}/models/onnx/{network}.onnx", *data_settings(network),
                    f"calibration.count={CALIBRATION_IMAGES}", f"validation.count={images}"]
        vernier("ptq", ROOT / f"configs/networks/{network}.yaml", "--profile", "onnxruntime", "--out", run,
                *(word for setting in settings for word in ("--set", setting)))
    vernier("test", run, "--runtime", runtime, "--as", "deployed")
    with open(f"{run}/metrics.json") as file:
        return json.load(file)


def complaints(network, runtime, metrics):
    parity = next(each for each in metrics["parity"] if each["right"] == runtime)
    integer, layers = metrics["integer_layers"][runtime]
    decibels = {each["reading"]: each["sqnr_db"] for each in metrics["agreement"]}
    print(f"{network}, {runtime}: {integer} of {layers} layers in integers, {parity['differing_outputs']} of"
          f" {parity['outputs']} outputs and {parity['differing_predictions']} of {parity['images']} predictions differ,"
          f" {decibels[runtime]:.1f} dB from float, ours {decibels['deployed']:.1f} dB")
    if integer != layers or layers == 0:
        yield f"{layers - integer} of {layers} layers are float"
    if runtime == "onnxruntime" and parity["differing_outputs"] != 0:
        yield "expected our bits"
    if decibels[runtime] < decibels["deployed"] - MOST_DECIBELS_LOST:
        yield f"expected {decibels['deployed'] - MOST_DECIBELS_LOST:.1f} dB or more"


def main():
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        for network, images in NETWORKS.items():
            for runtime in ("onnxruntime", "openvino"):
                for complaint in complaints(network, runtime, metrics_of(network, images, runtime, folder)):
                    print(f"check_runtimes: {network}, {runtime}: {complaint}", file=sys.stderr)
                    failed = True
    sys.exit(failed)


if __name__ == "__main__":
    main()
