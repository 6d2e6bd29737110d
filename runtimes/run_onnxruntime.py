#!/usr/bin/env python3
"""Runs a model in ONNX Runtime on the CPU, with all of its optimizations; adapter.py says how it is called.

Which layers are integers is read from the graph that ONNX Runtime has made of the model. Values are asked from that same
graph, run as it stands: an output added to the original model would break up what is fused around it.
"""

import pathlib
import tempfile

import onnx
import onnxruntime

import adapter

INTEGER_LAYERS = {"QLinearConv", "QLinearMatMul", "QGemm", "MatMulIntegerToFloat", "ConvInteger", "MatMulInteger",
                  "DynamicQuantizeMatMul"}
FLOAT_LAYERS = {"Conv", "FusedConv", "NhwcFusedConv", "ConvTranspose", "Gemm", "FusedGemm", "MatMul", "FusedMatMul"}
# What only brings floats into integers and back, moves elements, or compares integers.
PASSING = {"QuantizeLinear", "DequantizeLinear", "Transpose", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity",
           "Slice", "Gather", "Split", "Concat", "Pad", "MaxPool", "NhwcMaxPool", "Expand", "DepthToSpace", "Constant",
           "ReorderInput", "ReorderOutput", "Shape"}


def session(model, arguments, level, optimized=None):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = arguments.threads
    options.graph_optimization_level = level
    if optimized:
        options.optimized_model_filepath = str(optimized)
    try:
        return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the library has no common class for what it refuses
        raise adapter.Refused(f"ONNX Runtime {onnxruntime.__version__} refuses the file: {error}") from None


def float_inputs(graph):
    """Names of the values that are floats, as far as one can tell from what computes them."""
    integers = {each.name for each in graph.initializer if each.data_type != onnx.TensorProto.FLOAT}
    for node in graph.node:
        quantizes = node.op_type == "QuantizeLinear" or node.op_type.startswith("QLinear")
        carries = node.op_type in PASSING - {"DequantizeLinear"} and node.input and node.input[0] in integers
        if quantizes or carries:
            integers.update(node.output)
    return integers


def describe(graph):
    layers, islands = [], []
    integers = float_inputs(graph)
    for node in graph.node:
        entry = {"name": node.name, "type": node.op_type}
        if node.op_type in INTEGER_LAYERS | FLOAT_LAYERS:
            layers.append({**entry, "integer": node.op_type in INTEGER_LAYERS})
        elif not (node.op_type in PASSING or node.op_type.startswith("QLinear") or node.input[0] in integers):
            islands.append(entry)
    return layers, islands


def load(arguments):
    # Layouts, which the last level changes, would hide the values.
    levels = onnxruntime.GraphOptimizationLevel
    everything = levels.ORT_ENABLE_EXTENDED if arguments.values else levels.ORT_ENABLE_ALL
    with tempfile.TemporaryDirectory() as folder:
        optimized = pathlib.Path(folder) / "optimized.onnx"
        runs = session(arguments.model, arguments, everything, optimized)
        model = onnx.load(optimized)
        layers, islands = describe(model.graph)
        known = {name for node in model.graph.node for name in node.output}
        values = [name for name in arguments.values if name in known]
        if values:
            model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in values)
            onnx.save(model, optimized)
            runs = session(optimized, arguments, levels.ORT_DISABLE_ALL)
    names = [each.name for each in runs.get_inputs()]
    report = {"version": onnxruntime.__version__, "layers": layers, "islands": islands, "values": values}

    def run(arrays):
        try:
            return runs.run(None, dict(zip(names, arrays)))
        except Exception as error:
            raise adapter.Refused(f"ONNX Runtime {onnxruntime.__version__} cannot run it: {error}") from None

    return run, report


if __name__ == "__main__":
    adapter.main("onnxruntime", load)
