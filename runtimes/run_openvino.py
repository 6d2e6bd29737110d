#!/usr/bin/env python3
"""Runs a model in OpenVINO's CPU plugin; adapter.py says how it is called.

The precision hint is f32: on CPUs with bfloat16 the default computes what is left in float with 8 bits of mantissa. Which
layers are integers is read from the execution graph: a layer is one if its primitive is one of the 8-bit ones. What OpenVINO
generates a kernel for (Subgraph) is computed in float, whatever it reads and writes.
"""

import re

import onnx
import openvino
import openvino.properties
import openvino.properties.hint

import adapter

LAYERS = {"Convolution", "FullyConnected", "Deconvolution", "MatMul"}
# Nodes of the file that only bring floats into integers and back: a generated kernel of these alone computes nothing.
CONVERTING = {"QuantizeLinear", "DequantizeLinear"}
# What only brings floats into integers and back, or moves elements.
PASSING = {"Input", "Output", "Const", "Reorder", "Reshape", "Transpose", "Convert", "FakeQuantize", "Concatenation", "Split",
           "Result", "Parameter", "Constant", "StridedSlice", "Gather", "ShapeOf"}


def information(node):
    return {key: value.astype(str) if hasattr(value, "astype") else str(value) for key, value in node.get_rt_info().items()}


def nodes_of_file(facts, node, known):
    """Those that this one stands for, whose copies have a number behind their name."""
    names = facts.get("originalLayersNames", node.get_friendly_name()).split(",")
    return list(dict.fromkeys(name for each in names for name in (each, re.sub(r"_\d+$", "", each)) if name in known))


def describe(compiled, known):
    layers, islands = [], []
    for node in compiled.get_runtime_model().get_ordered_ops():
        facts = information(node)
        kind = facts.get("layerType", node.get_type_name())
        precision = facts.get("runtimePrecision", "")
        names = nodes_of_file(facts, node, known)
        entry = {"name": names[0] if names else node.get_friendly_name(), "type": kind}
        if kind == "Subgraph":
            islands += [{"name": name, "type": known[name]} for name in names if known[name] not in CONVERTING]
        elif kind in LAYERS:
            integer = precision in ("i8", "u8") or facts.get("primitiveType", "").upper().endswith("I8")
            layers.append({**entry, "type": f"{kind} {facts.get('primitiveType', '')}", "integer": integer})
        elif kind not in PASSING and precision not in ("i8", "u8", "i32", "i64"):
            islands.append({**entry, "type": f"{kind} {precision}"})
    return layers, islands


def load(arguments):
    core = openvino.Core()
    version = openvino.get_version().split("-")[0]
    try:
        model = core.read_model(arguments.model)
        compiled = core.compile_model(model, "CPU", {
            openvino.properties.hint.inference_precision(): openvino.Type.f32,
            openvino.properties.inference_num_threads(): arguments.threads})
    except Exception as error:
        raise adapter.Refused(f"OpenVINO {version} refuses the file: {error}") from None
    request = compiled.create_infer_request()
    known = {node.name: node.op_type for node in onnx.load(arguments.model, load_external_data=False).graph.node}
    layers, islands = describe(compiled, known)

    def run(arrays):
        try:
            results = request.infer(dict(enumerate(arrays)))
        except Exception as error:
            raise adapter.Refused(f"OpenVINO {version} cannot run it: {error}") from None
        return [results[output] for output in compiled.outputs]

    return run, {"version": version, "layers": layers, "islands": islands, "values": []}


if __name__ == "__main__":
    adapter.main("openvino", load)
