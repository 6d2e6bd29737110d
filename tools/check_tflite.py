#!/usr/bin/env python3
"""Fails when the arithmetic `tflite` is not that of TensorFlow Lite's reference kernels: every tensor of every 8-bit graph
of VERNIER_DATA (models/tflite), exact and deployed on each instruction set, over noise and, where there are some, real
inputs. Says how many outputs differ, and in how many they would with a single rounding.

    tools/check_tflite.py [IMAGES]

Needs `script/runtimes --oracle`, build/release/text_outputs and VERNIER_DATA; starts itself again with that Python.
Counted apart: FULLY_CONNECTED, which this version computes in another way, as expected here; and softmax, which is float in
Vernier, with what comes behind it.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
DATA = pathlib.Path(os.environ.get("VERNIER_DATA", ROOT / "../shared/data"))
CACHE = pathlib.Path(os.environ.get("VERNIER_CACHE", ROOT / ".cache"))
PYTHON = CACHE / "oracle/bin/python3"
NETWORKS = ["pretrainedResnet_quant", "kws_ref_model", "vww_96_int8", "mcunet-320kb-1mb_imagenet",
            "mobilenet_v2_1.0_224_quant", "tf2_mobilenet_v2_1.0_224_ptq"]
REAL_INPUTS = {"kws_ref_model": "kws/kws01_features.bin"}  # integers as the network takes them
IMAGES = 4
SEED = 1


def reference(path, inputs, outputs):
    """Every tensor of `outputs` for each image, by the reference kernels: no delegate, no optimized kernel."""
    from ai_edge_litert.interpreter import Interpreter, OpResolverType
    interpreter = Interpreter(str(path), experimental_op_resolver_type=OpResolverType.BUILTIN_REF,
                              experimental_preserve_all_tensors=True)
    interpreter.allocate_tensors()
    found = [[] for _ in outputs]
    for image in inputs:
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], image[None])
        interpreter.invoke()
        for values, number in zip(found, outputs):
            values.append(interpreter.get_tensor(number)[0].copy())
    return found


def images_of(name, detail, count):
    """Integers as the network takes them, NHWC."""
    import numpy
    limits = numpy.iinfo(detail["dtype"])
    shape = (count, *detail["shape"][1:])
    noise = numpy.random.default_rng(SEED).integers(limits.min, limits.max + 1, shape).astype(detail["dtype"])
    if name not in REAL_INPUTS:
        return noise
    real = numpy.fromfile(DATA / REAL_INPUTS[name], detail["dtype"]).reshape(-1, *detail["shape"][1:])
    return numpy.concatenate([noise, real[:max(count * 16, 64)]])


def channels_first(values):
    return values.transpose(0, 3, 1, 2) if values.ndim == 4 else values


def ours(graph, inputs, folder):
    """The integers of every output of the graph."""
    import numpy
    (folder / "graph.txt").write_text(graph.text)
    tensor = graph.tensor(graph.input)
    reals = (inputs.astype(numpy.int64) - tensor.zero_point).astype(numpy.float32) * tensor.scales[0]
    numpy.save(folder / "input.npy", numpy.ascontiguousarray(channels_first(reals)))
    done = subprocess.run([ROOT / "build/release/text_outputs", folder / "graph.txt", folder / "input.npy", folder],
                          capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"check_tflite: {done.stderr.strip()}")
    islands = [line for line in done.stdout.splitlines() if not line.startswith("float: Softmax ")]
    if islands:
        sys.exit(f"check_tflite: {islands[0]}, expected integers")
    for i, number in enumerate(graph.outputs):
        tensor = graph.tensor(number)
        yield numpy.rint(numpy.load(folder / f"{i}.npy") / tensor.scales[0]).astype(numpy.int64) + tensor.zero_point


def fully_connected(graph, operator, x):
    """What ai-edge-litert 2.3.0 computes: one rounding, half away from zero, of the sum times a ratio in double."""
    import numpy
    tensors = [graph.tensor(int(number)) for number in (*operator.inputs[:2], operator.outputs[0])]
    weights, biases = (graph.integers(int(number)).astype(numpy.int64) for number in operator.inputs[1:3])
    sums = (x.astype(numpy.int64) - tensors[0].zero_point) @ weights.T + biases
    sx, sw, sy = (float(tensor.scales[0]) for tensor in tensors)
    real = sums * (sx * sw / sy)
    rounded = numpy.copysign(numpy.floor(numpy.abs(real) + 0.5), real).astype(numpy.int64)
    return numpy.clip(rounded + tensors[2].zero_point, tensors[2].lo, tensors[2].hi)


def kind_of(node):
    return next((kind for kind in ("Gemm", "Softmax") if f" = {kind}(" in node), "other")


def compare(path, arithmetic, inputs, expected):
    """(differing, compared) of each kind of node, and complaints."""
    import numpy
    from tflite_graph import Graph
    graph = Graph(path, arithmetic)
    counts, complaints, kind = {}, [], "other"
    found = dict(zip(graph.outputs, (numpy.array(each) for each in expected)))
    with tempfile.TemporaryDirectory() as folder:
        for node, operator, values in zip(graph.nodes, graph.graph.operators, ours(graph, inputs, pathlib.Path(folder))):
            wanted = found[int(operator.outputs[0])]
            kind = kind_of(node) if kind != "Softmax" else kind
            wrong = int((values != channels_first(wanted).reshape(values.shape)).sum())
            differing, compared = counts.get(kind, (0, 0))
            counts[kind] = (differing + wrong, compared + values.size)
            if wrong and kind == "other":
                complaints.append(f"{wrong} integers of {node.split(')')[0]}) differ")
            if kind == "Gemm" and (fully_connected(graph, operator, found[int(operator.inputs[0])]) != wanted).any():
                complaints.append(f"{node.split(')')[0]}) is not what was expected of a FULLY_CONNECTED")
    return counts, complaints


def main():
    from ai_edge_litert.interpreter import Interpreter
    from tflite_graph import Graph
    count = int(sys.argv[1]) if len(sys.argv) > 1 else IMAGES
    failed = False
    for name in NETWORKS:
        path = DATA / f"models/tflite/{name}.tflite"
        inputs = images_of(name, Interpreter(str(path)).get_input_details()[0], count)
        expected = reference(path, inputs, Graph(path).outputs)
        counts, complaints = compare(path, "tflite", inputs, expected)
        single = compare(path, "tflite_single", inputs, expected)[0]
        apart = "".join(f"; {kind}: {counts[kind][0]} of {counts[kind][1]}" for kind in ("Gemm", "Softmax") if kind in counts)
        print(f"{name}, {len(inputs)} images: {counts['other'][0]} of {counts['other'][1]} integers differ,"
              f" {single['other'][0]} with a single rounding{apart}", flush=True)
        for complaint in complaints[:1]:
            print(f"check_tflite: {name}: {complaint}", file=sys.stderr)
            failed = True
    sys.exit(failed)


if __name__ == "__main__":
    if not PYTHON.exists():
        sys.exit(f"check_tflite: no {PYTHON}; run script/runtimes --oracle")
    if pathlib.Path(sys.prefix).resolve() != PYTHON.parent.parent.resolve():
        os.execv(PYTHON, [str(PYTHON), __file__, *sys.argv[1:]])
    main()
