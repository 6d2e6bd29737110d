#!/usr/bin/env python3
"""Fails when the arithmetic `tflite` is not that of TensorFlow Lite's reference kernels: every tensor of every 8-bit graph
of VERNIER_DATA (models/tflite), exact and deployed on each instruction set, over noise and, where there are some, real
inputs. Says how many outputs differ, and in how many they would with a single rounding.

    tools/check_tflite.py [IMAGES]

Needs `script/runtimes --oracle`, build/release/text_outputs and VERNIER_DATA; starts itself again with that Python.
Softmax, which is float in Vernier, and what comes behind it is counted apart.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
DATA = pathlib.Path(os.environ.get("VERNIER_DATA", ROOT / "../shared/data"))
CACHE = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
PYTHON = pathlib.Path(os.environ.get("VERNIER_CACHE") or f"{CACHE}/vernier", "oracle/bin/python3")  # as script/runtimes
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


def compare(path, arithmetic, inputs, expected):
    """Differing integers, all of them, those of a softmax and behind it, and the first node that differs before it."""
    import numpy
    from tflite_graph import Graph
    graph = Graph(path, arithmetic)
    differing, count, softmax, first = 0, 0, "", ""
    with tempfile.TemporaryDirectory() as folder:
        for node, values, wanted in zip(graph.nodes, ours(graph, inputs, pathlib.Path(folder)), expected):
            wrong = int((values != channels_first(numpy.array(wanted)).reshape(values.shape)).sum())
            if softmax or "Softmax(" in node:
                softmax = f"; softmax: {wrong} of {values.size}"
                continue
            differing, count = differing + wrong, count + values.size
            first = first or (node.split(")")[0] + ")" if wrong else "")
    return differing, count, softmax, first


def main():
    from ai_edge_litert.interpreter import Interpreter
    from tflite_graph import Graph
    count = int(sys.argv[1]) if len(sys.argv) > 1 else IMAGES
    failed = False
    for name in NETWORKS:
        path = DATA / f"models/tflite/{name}.tflite"
        inputs = images_of(name, Interpreter(str(path)).get_input_details()[0], count)
        expected = reference(path, inputs, Graph(path).outputs)
        differing, compared, softmax, first = compare(path, "tflite", inputs, expected)
        single = compare(path, "tflite_single", inputs, expected)[0]
        print(f"{name}, {len(inputs)} images: {differing} of {compared} integers differ, {single} with a single rounding{softmax}",
              flush=True)
        if differing:
            print(f"check_tflite: {name}: {first} is the first to differ", file=sys.stderr)
            failed = True
    sys.exit(failed)


if __name__ == "__main__":
    if not PYTHON.exists():
        sys.exit(f"check_tflite: no {PYTHON}; run script/runtimes --oracle")
    if pathlib.Path(sys.prefix).resolve() != PYTHON.parent.parent.resolve():
        os.execv(PYTHON, [str(PYTHON), __file__, *sys.argv[1:]])
    main()
