#!/usr/bin/env python3
"""Times Vernier's float executor and ONNX Runtime on the same network in turn, and prints medians and ratios.

    bench/peers/float_onnxruntime.py build/release/bench_float_executor

Needs onnxruntime and numpy. A ratio above 1 says that Vernier is faster.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time


def onnxruntime_ms(model, batch, threads, runs):
    import numpy
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    inputs = {session.get_inputs()[0].name: numpy.zeros((batch, 3, 224, 224), numpy.float32)}
    session.run(None, inputs)
    now = time.thread_time if threads == 1 else time.perf_counter  # as bench/now_ms.h does
    times = []
    for _ in range(runs):
        start = now()
        session.run(None, inputs)
        times.append((now() - start) * 1e3)
    return times


def child(command):
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def compare(program, model, threads, arguments):
    ours, theirs = [], []
    common = ["--batch", str(arguments.batch), "--threads", str(threads), "--rounds", str(arguments.runs)]
    for _ in range(arguments.rounds):
        ours += child([program, *common])["session_ms"]
        theirs += child([sys.executable, __file__, "--model", model, *common])
    middle = statistics.median(ours), statistics.median(theirs)
    least = min(ours), min(theirs)
    print(f"batch {arguments.batch}, threads {threads}: vernier median {middle[0]:.1f} least {least[0]:.1f} ms, "
          f"onnxruntime median {middle[1]:.1f} least {least[1]:.1f} ms, "
          f"ratio of medians {middle[1] / middle[0]:.3f}, of least {least[1] / least[0]:.3f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", nargs="?", help="bench_float_executor")
    parser.add_argument("--model", help="time ONNX Runtime alone on this file, and print JSON")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=5, help="turns of each; with --model, runs")
    parser.add_argument("--runs", type=int, default=5, help="runs in a turn")
    arguments = parser.parse_args()
    if arguments.model:
        print(json.dumps(onnxruntime_ms(arguments.model, arguments.batch, arguments.threads[0], arguments.rounds)))
        return
    if not arguments.program:
        parser.error("the path of bench_float_executor is missing")
    with tempfile.TemporaryDirectory() as folder:
        model = str(pathlib.Path(folder) / "resnet18.onnx")
        subprocess.run([arguments.program, "--write-onnx", model], check=True)
        for threads in arguments.threads:
            compare(arguments.program, model, threads, arguments)


if __name__ == "__main__":
    main()
