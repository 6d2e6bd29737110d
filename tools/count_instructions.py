#!/usr/bin/env python3
"""Runs networks on NEON under QEMU: compares their outputs with those of this machine and counts instructions.

    tools/count_instructions.py                                     ResNet-18 and VGG16, 8 and 7 bits
    tools/count_instructions.py --networks mobilenet_v2 --bits 8    others of `vernier zoo`

Needs build/release and build/aarch64 with the target run_plan (tools/check_aarch64 makes both), and for VGG16 script/runtimes.
Networks have random weights and are 224x224; `bits` are those of weights and activations, or both: 4/8. Two runs of a network less one are what
one run takes, without loading. Fails where outputs differ.
"""

import argparse
import os
import pathlib
import subprocess
import sys

from latency_table import VERNIER, call, write_tensors

ROOT = pathlib.Path(__file__).resolve().parent.parent
RUNS = ROOT / "runs/instructions"
PLUGIN = RUNS / "count.so"
NATIVE, CROSS = ROOT / "build/release/run_plan", ROOT / "build/aarch64/run_plan"
QEMU = ["qemu-aarch64", "-plugin", PLUGIN, "-L", "/usr/aarch64-linux-gnu"]
ISAS = ["neon", "neon_dotprod"]


def python_of_runtimes():
    cache = os.environ.get("VERNIER_CACHE", os.path.expanduser("~/.cache/vernier"))
    return pathlib.Path(cache) / "runtimes/bin/python3"


def prepare(network, bits):
    """The plan of a network; made if it is not there."""
    weight_bits, _, activation_bits = bits.partition("/")
    folder, model = RUNS / f"{network}-{bits.replace('/', '-')}", RUNS / f"{network}.onnx"
    if (folder / "model.plan").exists():
        return folder / "model.plan"
    if not (RUNS / "tensors").exists():
        write_tensors(RUNS / "tensors")
    if network == "vgg16":
        call(python_of_runtimes(), ROOT / "tools/make_vgg16.py", model)
    else:
        call(VERNIER, "zoo", network, "--seed", 1, "-o", model)
    settings = [f"weights.bits={weight_bits}", f"activations.bits={activation_bits or weight_bits}", "calibration.count=2", "methods=[]", "export=[onnx]",
                "weights.calibrator=minmax", "activations.calibrator=minmax"]
    command = [VERNIER, "ptq", model, "--profile", "vernier", "--calib", RUNS / "tensors", "--out", folder]
    for each in settings:
        command += ["--set", each]
    # Random weights are far from anything: that is no failure here.
    result = subprocess.run(command, capture_output=True, text=True)
    if not (folder / "model.plan").exists():
        sys.exit(f"{network}: vernier ptq has written no {folder / 'model.plan'}: {result.stderr.strip()}")
    return folder / "model.plan"


def run(program, plan, isa=None, runs=1):
    """The number for the outputs, and what was printed beside it."""
    environment = {**os.environ, "VERNIER_ISA": isa} if isa else None
    result = subprocess.run([*program, plan, str(runs)], env=environment, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"{plan}: {result.stderr.strip() or result.returncode}")
    return result.stdout.strip(), result.stderr.strip()


def measure(network, bits):
    """Millions of instructions by instruction set; none where outputs differ."""
    plan = prepare(network, bits)
    expected, _ = run([NATIVE], plan)
    counts = {}
    for isa in ISAS:
        output, one = run([*QEMU, CROSS], plan, isa)
        _, two = run([*QEMU, CROSS], plan, isa, 2)
        if output != expected:
            print(f"{network}, {bits} bits: {isa} gives {output}, this machine {expected}")
            return {}
        counts[isa] = (int(two) - int(one)) / 1e6
    return counts


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", default="resnet18,vgg16")
    parser.add_argument("--bits", default="8,7")
    options = parser.parse_args()
    RUNS.mkdir(parents=True, exist_ok=True)
    call("cc", "-O2", "-shared", "-fPIC", ROOT / "tools/count_instructions.c", "-o", PLUGIN)
    failed = False
    print("| network | bits | " + " | ".join(f"{isa}, million" for isa in ISAS) + " | neon, to the first |\n|---|---|---|---|---|")
    for network in options.networks.split(","):
        first = None
        for bits in options.bits.split(","):
            counts = measure(network, bits)
            failed |= not counts
            if counts:
                first = first or counts["neon"]
                cells = [network, bits, *(f"{counts[isa]:.1f}" for isa in ISAS), f"{first / counts['neon']:.2f}"]
                print("| " + " | ".join(cells) + " |", flush=True)
    return 1 if failed else 0


sys.exit(main())
