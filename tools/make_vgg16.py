#!/usr/bin/env python3
"""Writes a network of the shape of VGG16 (Simonyan and Zisserman, ICLR 2015, column D) with random weights: make_vgg16.py FILE

Needs the Python of script/runtimes, which has onnx.
"""

import sys

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

CHANNELS = [64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0]  # 0: pool
FEATURES = [4096, 4096, 1000]


class Network:
    def __init__(self):
        self.nodes, self.constants, self.last = [], [], "input"
        self.random = numpy.random.default_rng(1)

    def add(self, op, name, *weights, **attributes):
        self.nodes.append(helper.make_node(op, [self.last, *weights], [name], name=name, **attributes))
        self.last = name

    def weights(self, name, shape, fan_in):
        deviation = numpy.float32(numpy.sqrt(2.0 / fan_in))
        values = {"weight": self.random.standard_normal(shape, dtype=numpy.float32) * deviation,
                  "bias": numpy.zeros(shape[0], numpy.float32)}
        self.constants += [numpy_helper.from_array(array, f"{name}.{part}") for part, array in values.items()]
        return [f"{name}.{part}" for part in values]


def build():
    net, inputs = Network(), 3
    for number, channels in enumerate(CHANNELS):
        if channels == 0:
            net.add("MaxPool", f"pool{number}", kernel_shape=[2, 2], strides=[2, 2])
            continue
        weights = net.weights(f"conv{number}", (channels, inputs, 3, 3), 9 * inputs)
        net.add("Conv", f"conv{number}", *weights, kernel_shape=[3, 3], pads=[1, 1, 1, 1])
        net.add("Relu", f"relu{number}")
        inputs = channels
    net.add("Flatten", "flat")
    inputs *= 7 * 7
    for number, features in enumerate(FEATURES):
        if number > 0:
            net.add("Relu", f"fc_relu{number}")
        net.add("Gemm", f"fc{number}", *net.weights(f"fc{number}", (features, inputs), inputs), transB=1)
        inputs = features
    ends = [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["N", 3, 224, 224]),
            helper.make_tensor_value_info(net.last, TensorProto.FLOAT, ["N", FEATURES[-1]])]
    graph = helper.make_graph(net.nodes, "vgg16", ends[:1], ends[1:], net.constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    return model


onnx.save(build(), sys.argv[1])
