#!/usr/bin/env python3
"""Times five networks in Vernier and in other runtimes, and writes docs/results/latency.md.

    tools/latency_table.py                      everything: about an hour on a quiet machine
    tools/latency_table.py --networks resnet18 --batches 1 --threads 1 --samples 3

The networks are those of MQBench (table 8), 224x224, with random weights (`vernier zoo NAME --seed 1`), quantized with the
profile `vernier` on random tensors: for speed only. `script/runtimes` installs the other runtimes. A cell that is there is
not measured again, and the table shows every cell that is there: delete runs/latency to begin again.
"""

import argparse
import array
import json
import pathlib
import random
import struct
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
VERNIER = ROOT / "build/release/vernier"
RUNS = ROOT / "runs/latency"

NETWORKS = ["resnet18", "resnet50", "mobilenet_v2", "efficientnet_lite0", "regnetx_600mf"]
AGAINST = ["openvino:int8", "openvino_vnni:int8", "onnxruntime:int8", "openvino:fp32", "onnxruntime:fp32", "onednn:fp32"]
CALIBRATION_TENSORS = 8

HEADER = """# Latency: five networks, Vernier beside other runtimes

Made by `tools/latency_table.py`; `docs/bench.md` says how a figure is measured. 224x224, random weights, batch norms folded;
int8: the engine's plan of the profile `vernier`, and the same network as QuantizeLinear and DequantizeLinear nodes for the others.
A cell is the median in milliseconds for the whole batch; in brackets two ratios to Vernier int8, of the medians in the same rounds and
of the least times of all runs: above 1 Vernier is faster. `!`: fewer than three samples were undisturbed, so all of them count, and the
least times mean more than the medians.
"""


def write_tensors(folder):
    """Files of NumPy's format 1.0, without NumPy."""
    folder.mkdir(parents=True, exist_ok=True)
    generator = random.Random(1)
    for number in range(CALIBRATION_TENSORS):
        values = array.array("f", (generator.gauss(0.0, 1.0) for _ in range(3 * 224 * 224)))
        header = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 224, 224), }".ljust(117) + "\n"
        (folder / f"{number}.npy").write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", 118) + header.encode() + values.tobytes())


def call(*command):
    result = subprocess.run([str(each) for each in command], capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"{' '.join(str(each) for each in command)}: {result.stderr.strip() or result.returncode}")


def prepare(network):
    """The run folder of a network; made if it is not there."""
    folder, model = RUNS / network, RUNS / f"{network}.onnx"
    if (folder / "model.onnx").exists():
        return folder
    if not (RUNS / "tensors").exists():
        write_tensors(RUNS / "tensors")
    call(VERNIER, "zoo", network, "--seed", 1, "-o", model)
    subprocess.run([str(VERNIER), "ptq", str(model), "--profile", "vernier", "--calib", str(RUNS / "tensors"),
                    "--set", "export=[onnx,onnx-qdq]", "--out", str(folder)],
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # random weights are far from anything
    if not (folder / "model.onnx").exists():
        sys.exit(f"{network}: vernier ptq has written no {folder / 'model.onnx'}")
    return folder


def measure(network, batch, threads, samples):
    path = RUNS / f"{network}-b{batch}-t{threads}.json"
    if not path.exists():
        print(f"{network}, batch {batch}, threads {threads}", flush=True)
        call(VERNIER, "bench", prepare(network), "--batch", batch, "--threads", threads, "--samples", samples,
             "--against", ",".join(AGAINST), "--json", path)


def cell(report, engine, precision):
    for row in report["rows"]:
        if (row["engine"], row["precision"]) != (engine, precision):
            continue
        text = f"{row['median_ms']:.2f}{'' if row['quiet'] else '!'}"
        for ratio in report["ratios"]:
            if (ratio["against"], ratio["precision"]) == (engine, precision):
                text += f" ({ratio['ratio']:.2f}; {row['min_ms'] / report['rows'][0]['min_ms']:.2f})"
        return text
    return "-"


def share(report):
    """At the median, and at the least time."""
    ours = report["rows"][0]
    best = ours["median_ms"] / ours["min_ms"]
    return f"{100 * ours['peak_share']:.0f} %; {100 * best * ours['peak_share']:.0f} %"


def table(reports, batch, threads):
    columns = [("vernier", "int8"), *(tuple(each.split(":")) for each in AGAINST)]
    titles = [f"{engine} {precision}" for engine, precision in columns]
    lines = [f"## Batch {batch}, {threads} thread{'s' if threads > 1 else ''}", "",
             "| network | " + " | ".join(titles) + " | Vernier, share of the peak | samples (discarded) |",
             "|---" + "|--:" * (len(columns) + 2) + "|"]
    for network in NETWORKS:
        report = reports.get((network, batch, threads))
        if not report:
            continue
        ours = report["rows"][0]
        cells = [cell(report, *each) for each in columns]
        lines.append(f"| {network} | " + " | ".join(cells) +
                     f" | {share(report)} | {ours['samples']} ({ours['discarded']}) |")
    return lines + [""] if len(lines) > 4 else []


def start_up(reports):
    lines = ["## Start-up", "", "Milliseconds from opening the file to the first result, batch 1, one thread.", "",
             "| network | vernier int8 | openvino int8 | onnxruntime int8 | onednn fp32 |", "|---|--:|--:|--:|--:|"]
    for network in NETWORKS:
        report = reports.get((network, 1, 1))
        if report:
            times = {(row["engine"], row["precision"]): f"{row['startup_ms']:.0f}" for row in report["rows"]}
            names = [("vernier", "int8"), ("openvino", "int8"), ("onnxruntime", "int8"), ("onednn", "fp32")]
            lines.append(f"| {network} | " + " | ".join(times.get(each, "-") for each in names) + " |")
    return lines + [""] if len(lines) > 6 else []


def machine(reports):
    """The best that any cell has seen."""
    best = max((each["machine"] for each in reports.values()), key=lambda each: each["probe_gmacs"])
    probes = ", ".join(f"{name} {rate:.0f}" for name, rate in best["probes"].items() if name != "ref")
    rows = [row for report in reports.values() for row in report["rows"]]
    disturbed = sum(not row["quiet"] for row in rows)
    versions = sorted({f"{row['engine']} {row['version']}" for report in reports.values() for row in report["rows"]})
    return [f"{best['cpu']}, kernels {best['isa']}. Most that a core does on 8 bits, GMAC/s: {probes}; float32 "
            f"{best['float_probe_gmacs']:.0f}. Shares are of {best['probe']}, {best['probe_gmacs']:.0f} GMAC/s a core at best.", "",
            ", ".join(versions) + ". openvino_vnni: without AMX. onednn: our float executor.", "",
            f"{disturbed} of {len(rows)} cells are marked `!`: there other programs shared the cores during most samples.", ""]


def write(target):
    reports = {}
    for path in sorted(RUNS.glob("*-b*-t*.json")):
        report = json.loads(path.read_text())
        ours = report["rows"][0]
        reports[(path.stem.rsplit("-b", 1)[0], ours["batch"], ours["threads"])] = report
    if not reports:
        sys.exit("nothing has been measured")
    lines = machine(reports)
    for batch, threads in sorted({key[1:] for key in reports}):
        lines += table(reports, batch, threads)
    lines += start_up(reports)
    target.write_text(HEADER + "\n" + "\n".join(lines).rstrip() + "\n")
    print(target)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", default=",".join(NETWORKS))
    parser.add_argument("--batches", default="1,8")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "docs/results/latency.md")
    parser.add_argument("--samples", type=int, default=7, help="quiet samples of each, as of `vernier bench`")
    arguments = parser.parse_args()
    RUNS.mkdir(parents=True, exist_ok=True)
    for threads in map(int, arguments.threads.split(",")):
        for batch in map(int, arguments.batches.split(",")):
            for network in arguments.networks.split(","):
                measure(network, batch, threads, arguments.samples)
    write(arguments.output)


if __name__ == "__main__":
    main()
