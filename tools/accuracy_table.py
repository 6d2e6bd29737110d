#!/usr/bin/env python3
"""Quantizes networks for every profile and calibrator and writes docs/results/ptq.md.

    tools/accuracy_table.py                      everything (hours on 2 cores)
    tools/accuracy_table.py --networks cifar_resnet20 --profiles openvino,vernier --calibrators minmax,auto

Models and images come from $VERNIER_DATA (default ../shared/data), CIFAR-10 from $VERNIER_CACHE/cifar10. A run that is
there is not repeated, and the table shows every run that is there: delete runs/table to begin again.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys

import small_sets

ROOT = pathlib.Path(__file__).resolve().parent.parent
DATA = pathlib.Path(os.environ.get("VERNIER_DATA", ROOT.parent / "shared/data"))
CACHE = pathlib.Path(os.environ.get("VERNIER_CACHE", ROOT / ".cache"))
VERNIER = ROOT / "build/release/vernier"

RUNS = ROOT / "runs/table"
FAR_FROM_FLOAT = 4  # a warning: the run is complete
CALIBRATORS = ["minmax", "quantile", "mse", "kld", "auto"]
HIGH = "-high"  # --calibrators auto-high: with --effort high

CIFAR = ["cifar_resnet20", "cifar_resnet56", "mlperftiny_resnet8"]
IMAGENET = ["mcunet_320kb_imagenet", "mobilenet_v1_0.25_224", "squeezenet1.1_fp16", "mobilenet_v2_1.0_224_dequantized"]
DEMO = ["efficientnet_lite0"]
TINY = ["mlperftiny_kws_dscnn", "mlperftiny_vww96"]
NETWORKS = CIFAR + TINY + IMAGENET
# Validation squares of 227 pixels are resized whole, where the network's own size is not 224.
WHOLE_IMAGE = {"mcunet_320kb_imagenet": "[{resize: {size: [176, 176], filter: bilinear}},"
                                        " {normalize: {mean: [127.5, 127.5, 127.5], std: [127.5, 127.5, 127.5]}}]"}


def model_path(network):
    """EfficientNet-Lite0 is what script/demo makes of a checkpoint from PyPI."""
    return ROOT / f".cache/demo/{network}.onnx" if network in DEMO else DATA / f"models/onnx/{network}.onnx"


def data_settings(network):
    if network in CIFAR:
        return [f"calibration={{cifar10: {CACHE}/cifar10, split: train, count: 1024}}",
                f"validation={{cifar10: {CACHE}/cifar10, split: test}}"]
    if network == "mlperftiny_kws_dscnn":
        small_sets.keywords(DATA / "kws", CACHE / "kws")
        return [f"calibration={{tensors: {CACHE}/kws/calib, list: {CACHE}/kws/calib.txt}}",
                f"validation={{tensors: {CACHE}/kws/val, list: {CACHE}/kws/val.txt}}"]
    if network == "mlperftiny_vww96":
        small_sets.wake_words(DATA / "coco", CACHE / "vww")
        return [f"calibration={{images: {DATA}/coco/train2017, list: {CACHE}/vww/calib.txt}}",
                f"validation={{images: {DATA}/coco/val2017, list: {CACHE}/vww/val.txt}}"]
    if network == "yolox_nano":
        return [f"calibration={{images: {DATA}/coco/train2017}}", f"validation={{images: {DATA}/coco/val2017}}"]
    own = f", preprocess: {WHOLE_IMAGE[network]}" if network in WHOLE_IMAGE else ""
    return [f"calibration={{images: {DATA}/imagenet/calib, list: {DATA}/imagenet/calib/calib.txt}}",
            f"validation={{images: {DATA}/imagenet/val, list: {DATA}/imagenet/val/val.txt{own}}}"]


def run(network, calibrator, profiles):
    """One pass over the data serves all calibrators and profiles of a network."""
    folder = RUNS / network / calibrator
    missing = [each for each in profiles if not (folder / each / "metrics.json").exists()]
    if missing == names("profiles"):
        quantize(network, calibrator, "all", folder)
    else:
        for profile in missing:
            quantize(network, calibrator, profile, folder / profile)


def quantize(network, calibrator, profile, folder):
    folder.mkdir(parents=True, exist_ok=True)
    statistics = RUNS / network / "stats.bin"
    if statistics.exists():
        shutil.copy(statistics, folder / "stats.bin")
    command = [VERNIER, "ptq", ROOT / f"configs/networks/{network}.yaml", "--profile", profile, "--out", folder,
               "--calibrator", calibrator.removesuffix(HIGH), "--as", "simulated", "--as", "deployed"]
    if calibrator.endswith(HIGH):
        command += ["--effort", "high"]
    for setting in [f"model={model_path(network)}", *data_settings(network)]:
        command += ["--set", setting]
    code = subprocess.run(command, stdout=subprocess.DEVNULL).returncode
    if code not in (0, FAR_FROM_FLOAT):
        sys.exit(f"{network}, {profile}, {calibrator}: exit status {code}")
    shutil.copy(folder / "stats.bin", statistics)


def row(network, profile, calibrator, metrics):
    top1 = {each["reading"]: 100 * each["value"] for each in metrics["results"]}
    deployed = next(each for each in metrics["agreement"] if each["reading"] == "deployed")
    simulated = next(each for each in metrics["parity"] if each["right"] == "deployed")["differing_predictions"]
    return (f"| {network} | {calibrator} | {profile} | {top1['float']:.2f} | {top1['simulated']:.2f} |"
            f" {top1['deployed']:.2f} | {deployed['differing_predictions']} | {deployed['sqnr_db']:.1f} | {simulated} |")


def names(table):
    text = subprocess.run([VERNIER, "list", table], check=True, capture_output=True, text=True).stdout
    return [line.split()[0] for line in text.splitlines()]


def write_table(path):
    lines = ["# 8 bits after training: networks, calibrators, profiles", "",
             "Made by `tools/accuracy_table.py`. Top-1 in per cent; calibration on 1,024 CIFAR-10 training images, 320"
             " ImageNet ones, 199 keywords or 64 COCO images; evaluation on 10,000, 650, 800 or 64, of which one is 0.01,"
             " 0.15, 0.13 or 1.56.", "",
             "\"Differ\": predictions of the deployed network that differ from float. \"Simulated / deployed\": predictions in"
             " which these two differ. (`exact` and `deployed` differ in no output bit: tests hold them to it.)", "",
             "| network | calibrator | profile | float | simulated | deployed | differ | SQNR dB | simulated / deployed |",
             "|---|---|---|--:|--:|--:|--:|--:|--:|"]
    for network in NETWORKS:
        for calibrator in [*CALIBRATORS, "auto" + HIGH]:
            for profile in names("profiles"):
                metrics = RUNS / network / calibrator / profile / "metrics.json"
                if metrics.exists():
                    lines.append(row(network, profile, calibrator, json.loads(metrics.read_text())))
    path.write_text("\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", default=",".join(NETWORKS))
    parser.add_argument("--profiles", default="")
    parser.add_argument("--calibrators", default=",".join(CALIBRATORS))
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "docs/results/ptq.md")
    arguments = parser.parse_args()
    for network in arguments.networks.split(","):
        for calibrator in arguments.calibrators.split(","):
            print(f"{network}, {calibrator}", file=sys.stderr, flush=True)
            run(network, calibrator, arguments.profiles.split(",") if arguments.profiles else names("profiles"))
            write_table(arguments.out)


if __name__ == "__main__":
    main()
