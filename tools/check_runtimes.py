#!/usr/bin/env python3
"""Fails when ONNX Runtime or OpenVINO make something else of an exported file than docs/parity.md says: on a few images,
each gives our bits with the profile of its name, both compute every layer in integers, OpenVINO is as near to float as we
are with the other profile, and files that are damaged or those of something else are refused in one line.

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


def refused(run, runtime, content):
    """A file that is none of this network: one line on the standard error that says what to do, and exit status 1."""
    file = run / "model.onnx"
    whole = file.read_bytes()
    file.write_bytes(content)
    done = subprocess.run([VERNIER, "test", run, "--runtime", runtime], capture_output=True, text=True)
    file.write_bytes(whole)
    lines = [line for line in done.stderr.strip().splitlines() if not line.startswith("evaluation")]
    if done.returncode != 1 or len(lines) != 1 or "`vernier export " not in lines[0]:
        yield f"expected one line with `vernier export` in it and exit status 1, got {done.returncode} and {lines}"


CUT = ["onnx-qdq", "onnx-qdq21", "onnx-qlinear", "openvino", "onnx"]
FOREIGN = ["plan", "snpe-encodings", "acl-record"]


def exported(run, target):
    before = set(run.iterdir())
    vernier("export", run, "--to", target)
    written = set(run.iterdir()) - before
    return (written.pop() if written else run / {"plan": "model.plan"}.get(target, "model.onnx")).read_bytes()


def wrong_files(run, other):
    """By name: what is cut in the middle, what no runtime reads, and another network's."""
    yield "an empty file", b""
    yield "a text", b"no model " * 100
    yield "another network's file", (other / "model.onnx").read_bytes()
    for target in CUT:
        content = exported(run, target)
        yield f"half a file of {target}", content[:len(content) // 2]
    for target in FOREIGN:
        yield f"a file of {target}", exported(run, target)


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
    run, other = (folder / f"{network}-{RUNTIMES[0]}" for network in NETWORKS)
    for name, content in wrong_files(run, other):
        for runtime in RUNTIMES:
            yield f"{name}, {runtime}", refused(run, runtime, content)
        print(f"{name}: looked at by {', '.join(RUNTIMES)}")


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
