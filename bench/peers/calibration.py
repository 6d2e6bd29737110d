#!/usr/bin/env python3
"""How long calibration takes as a whole command, beside other tools, in one alternating run: medians, ratios, peak memory.

    bench/peers/calibration.py --data ../shared/data --cifar10 .cache/cifar10 [--rounds 5] [--cases mobilenet_v2]

Needs the target bench_floor, and in the Python that runs this: onnxruntime, onnxsim, nncf, openvino, pillow, sympy (what is
missing is left out). Each round runs every command once, in another order; every run begins without statistics of an earlier
one. A ratio above 1 says that the other takes longer than `vernier`.
"""

import argparse
import importlib.util
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
HERE = pathlib.Path(__file__).resolve().parent
BUILD = ROOT / "build/release"

TOOLS = {  # name: program, module that it needs, ending of the result
    "onnxruntime": ("calibrate_onnxruntime.py", "onnxruntime", "onnx"),
    "onnxsim": ("calibrate_onnxsim.py", "onnxsim", "onnx"),
    "nncf": ("calibrate_nncf.py", "nncf", "xml"),
}


def cases(arguments):
    data, cifar = arguments.data.resolve(), arguments.cifar10.resolve()
    calib = data / "imagenet/calib"
    return {
        "mobilenet_v2": ("mobilenet_v2_1.0_224_dequantized", ("imagenet", calib, 320),
                         f"calibration: {{images: {calib}, list: {calib}/calib.txt, count: 320}}\n"
                         "preprocess:\n  - crop: {center: 224}\n  - normalize: {mean: [128, 128, 128], std: [128, 128, 128]}\n"),
        "resnet20": ("cifar_resnet20", ("cifar10", cifar, 1024),
                     f"calibration: {{cifar10: {cifar}, split: train, count: 1024}}\n"
                     "preprocess:\n  - normalize: {mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375]}\n"),
    }


def commands(network, source, settings, arguments, folder):
    model = arguments.data.resolve() / f"models/onnx/{network}.onnx"
    config = folder / "config.yaml"  # without validation: only calibration is timed
    config.write_text(f"model: {model}\n{settings}")
    ptq = [BUILD / "vernier", "ptq", config, "--profile", "vernier", "--out", folder / "run"]
    source = [str(each) for each in source]
    result = {"vernier minmax": [*ptq, "--calibrator", "minmax"], "vernier auto": ptq,
              "floor oneDNN": [BUILD / "bench_floor", config]}
    if importlib.util.find_spec("onnxruntime"):
        result["floor onnxruntime"] = [sys.executable, HERE / "floor_onnxruntime.py", model, *source]
    for name, (program, module, ending) in TOOLS.items():
        if importlib.util.find_spec(module):
            result[name] = [sys.executable, HERE / program, model, folder / f"{name}.{ending}", *source]
        else:
            print(f"{name}: not installed, left out")
    return result


def run(name, command, folder):
    """Seconds from start to end, seconds of processor, and the most memory in MB."""
    shutil.rmtree(folder / "run", ignore_errors=True)
    with open(folder / "log.txt", "w+") as log:
        begin = time.monotonic()
        process = subprocess.Popen([str(each) for each in command], stdout=log, stderr=log)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            log.seek(0)
            sys.exit(f"{name}: exit status {process.returncode}\n{log.read()[-2000:]}")
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def others_share(before, after, elapsed):
    return max(0.0, (after[0] - before[0]) - (after[1] - before[1])) / elapsed / os.cpu_count()


def busy_and_own():
    ticks = [int(each) for each in pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    times = os.times()
    own = times.user + times.system + times.children_user + times.children_system
    return (sum(ticks) - ticks[3] - ticks[4]) / os.sysconf("SC_CLK_TCK"), own


def measure(case, arguments):
    network, source, settings = cases(arguments)[case]
    times, processor, memory = {}, {}, {}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        todo = commands(network, source, settings, arguments, folder)
        before, begin = busy_and_own(), time.monotonic()
        for turn in range(arguments.rounds):
            names = list(todo)
            for each in names[turn % len(names):] + names[:turn % len(names)]:
                seconds, busy, megabytes = run(each, todo[each], folder)
                times.setdefault(each, []).append(seconds)
                processor.setdefault(each, []).append(busy)
                memory[each] = max(memory.get(each, 0.0), megabytes)
                print(f"  {case} {each}: {seconds:.2f} s", file=sys.stderr, flush=True)
        share = others_share(before, busy_and_own(), time.monotonic() - begin)
    return times, processor, memory, share


def table(case, times, processor, memory, share):
    median = {name: statistics.median(each) for name, each in times.items()}
    floor = min(median[name] for name in median if name.startswith("floor"))
    print(f"\n{case}: medians of {len(times['vernier auto'])} rounds; other programs took {100 * share:.0f} % of the cores\n")
    print("| command | median s | least s | processor s | peak MB | to the floor | to minmax | to auto |")
    print("|---" + "|--:" * 7 + "|")
    for name, seconds in median.items():
        print(f"| {name} | {seconds:.2f} | {min(times[name]):.2f} | {statistics.median(processor[name]):.2f} | {memory[name]:.0f} | "
              f"{seconds / floor:.2f} | {seconds / median['vernier minmax']:.2f} | {seconds / median['vernier auto']:.2f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, default=os.environ.get("VERNIER_DATA", ROOT.parent / "shared/data"))
    parser.add_argument("--cifar10", type=pathlib.Path,
                        default=pathlib.Path(os.environ.get("VERNIER_CACHE", ROOT / ".cache")) / "cifar10")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cases", default="mobilenet_v2,resnet20")
    arguments = parser.parse_args()
    arguments.data = pathlib.Path(arguments.data)
    for case in arguments.cases.split(","):
        table(case, *measure(case, arguments))


if __name__ == "__main__":
    main()
