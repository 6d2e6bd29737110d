#!/usr/bin/env python3
"""Quantizes networks for every profile and writes the table docs/results/NAME.md.

    tools/accuracy_table.py                      every network, every profile (about half an hour on 2 cores)
    tools/accuracy_table.py --networks cifar_resnet20 --profiles openvino,vernier --out /tmp/table.md

Models and images come from $VERNIER_DATA (default ../shared/data), CIFAR-10 from $VERNIER_CACHE/cifar10. A run that is
there is not repeated: delete runs/table to begin again.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
DATA = pathlib.Path(os.environ.get("VERNIER_DATA", ROOT.parent / "shared/data"))
CACHE = pathlib.Path(os.environ.get("VERNIER_CACHE", ROOT / ".cache"))
VERNIER = ROOT / "build/release/vernier"

CIFAR = ["cifar_resnet20", "cifar_resnet56", "mlperftiny_resnet8"]
IMAGENET = ["mcunet_320kb_imagenet", "mobilenet_v1_0.25_224", "squeezenet1.1_fp16", "mobilenet_v2_1.0_224_dequantized"]
# Validation squares of 227 pixels are resized whole, where the network's own size is not 224.
WHOLE_IMAGE = {"mcunet_320kb_imagenet": "[{resize: {size: [176, 176], filter: bilinear}},"
                                        " {normalize: {mean: [127.5, 127.5, 127.5], std: [127.5, 127.5, 127.5]}}]"}


def data_settings(network):
    if network in CIFAR:
        return [f"calibration={{cifar10: {CACHE}/cifar10, split: train, count: 1024}}",
                f"validation={{cifar10: {CACHE}/cifar10, split: test}}"]
    own = f", preprocess: {WHOLE_IMAGE[network]}" if network in WHOLE_IMAGE else ""
    return [f"calibration={{images: {DATA}/imagenet/calib, list: {DATA}/imagenet/calib/calib.txt}}",
            f"validation={{images: {DATA}/imagenet/val, list: {DATA}/imagenet/val/val.txt{own}}}"]


def run(network, profile, folder):
    metrics = folder / "metrics.json"
    if not metrics.exists():
        command = [VERNIER, "ptq", ROOT / f"configs/networks/{network}.yaml", "--profile", profile, "--out", folder]
        for setting in [f"model={DATA}/models/onnx/{network}.onnx", *data_settings(network)]:
            command += ["--set", setting]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return json.loads(metrics.read_text())


def row(network, profile, metrics):
    top1 = {each["reading"]: 100 * each["value"] for each in metrics["results"]}
    deployed = next(each for each in metrics["agreement"] if each["reading"] == "deployed")
    parity = {(each["left"], each["right"]): each for each in metrics["parity"]}
    simulated = parity[("simulated", "exact")]["differing_predictions"]
    exact = parity[("exact", "deployed")]["differing_outputs"]
    return (f"| {network} | {profile} | {top1['float']:.2f} | {top1['simulated']:.2f} | {top1['deployed']:.2f} | "
            f"{deployed['differing_predictions']} | {deployed['sqnr_db']:.1f} | {simulated} | {exact} |")


def profile_names():
    text = subprocess.run([VERNIER, "list", "profiles"], check=True, capture_output=True, text=True).stdout
    return [line.split()[0] for line in text.splitlines()]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", default=",".join(CIFAR + IMAGENET))
    parser.add_argument("--profiles", default="")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "docs/results/minmax.md")
    arguments = parser.parse_args()
    lines = ["# 8 bits from min and max: every network, every profile", "",
             "Made by `tools/accuracy_table.py`. Top-1 in per cent; calibration on 1,024 CIFAR-10 training images or 320"
             " ImageNet ones; evaluation on 10,000 or 650.", "",
             "\"Differ\": predictions of the deployed network that differ from float. \"Simulated\": predictions in which"
             " simulation and exact integers differ. \"Exact\": output bits in which exact and deployed differ.", "",
             "| network | profile | float | simulated | deployed | differ | SQNR dB | simulated / exact | exact / deployed |",
             "|---|---|--:|--:|--:|--:|--:|--:|--:|"]
    for network in arguments.networks.split(","):
        for profile in arguments.profiles.split(",") if arguments.profiles else profile_names():
            print(f"{network}, {profile}", file=sys.stderr, flush=True)
            lines.append(row(network, profile, run(network, profile, ROOT / "runs/table" / f"{network}-{profile}")))
    arguments.out.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
