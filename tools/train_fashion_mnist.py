#!/usr/bin/env python3
"""Trains the network of models/fashion_mnist.onnx and writes it as float ONNX, opset 13.

    pip install torch onnx
    tools/train_fashion_mnist.py [--data /usr/share/datasets/fashion-mnist] [--epochs 8] OUTPUT.onnx

The data are Debian's package dataset-fashion-mnist. Input [N, 1, 28, 28] is (x / 255 - 0.2860) / 0.3530, formed outside the
graph; output [N, 10] are logits. Batch normalization stays a node of its own, so that folding it is part of the exercise.
"""

import argparse
import gzip
import pathlib
import typing

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn
from torch.nn import functional

MEAN, STD, CLASSES, BATCH = 0.2860, 0.3530, 10, 128


class Layer(typing.NamedTuple):
    """Convolution without bias and batch norm, then the addition of an earlier layer, or else ReLU6."""
    name: str
    inputs: int
    outputs: int
    kernel: int
    stride: int = 1
    groups: int = 1
    add: str = ""


LAYERS = [
    Layer("stem", 1, 16, kernel=3),
    Layer("reduce1", 16, 32, kernel=3, stride=2),
    Layer("depthwise1", 32, 32, kernel=3, groups=32),
    Layer("pointwise1", 32, 64, kernel=1),
    Layer("depthwise2", 64, 64, kernel=3, groups=64),
    Layer("pointwise2", 64, 64, kernel=1, add="pointwise1"),
    Layer("depthwise3", 64, 64, kernel=3, stride=2, groups=64),
    Layer("pointwise3", 64, 128, kernel=1),
    Layer("depthwise4", 128, 128, kernel=3, groups=128),
    Layer("pointwise4", 128, 128, kernel=1),
    Layer("head", 128, 128, kernel=1),
]


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.convs = nn.ModuleDict({
            layer.name: nn.Conv2d(layer.inputs, layer.outputs, layer.kernel, layer.stride, layer.kernel // 2,
                                  groups=layer.groups, bias=False) for layer in LAYERS})
        self.norms = nn.ModuleDict({layer.name: nn.BatchNorm2d(layer.outputs) for layer in LAYERS})
        self.classifier = nn.Linear(LAYERS[-1].outputs, CLASSES)

    def forward(self, x):
        values = {}
        for layer in LAYERS:
            x = self.norms[layer.name](self.convs[layer.name](x))
            x = x + values[layer.add] if layer.add else functional.relu6(x)
            values[layer.name] = x
        return self.classifier(x.mean((2, 3)))


def read_idx(path, header):
    return np.frombuffer(gzip.decompress(path.read_bytes()), np.uint8, offset=header)


def load(folder, split):
    images = read_idx(folder / f"{split}-images-idx3-ubyte.gz", 16).reshape(-1, 1, 28, 28)
    labels = read_idx(folder / f"{split}-labels-idx1-ubyte.gz", 8)
    normalized = (images.astype(np.float32) / 255 - MEAN) / STD
    return torch.from_numpy(normalized), torch.from_numpy(labels.astype(np.int64))


def train(network, images, labels, epochs):
    optimizer = torch.optim.SGD(network.parameters(), 0.1, momentum=0.9, weight_decay=5e-4, nesterov=True)
    steps = len(images) // BATCH
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.2, epochs * steps)
    network.train()
    for epoch in range(epochs):
        total = 0.0
        for rows in torch.randperm(len(images))[:steps * BATCH].split(BATCH):
            batch = images[rows]
            mirrored = torch.where(torch.rand(BATCH, 1, 1, 1) < 0.5, batch.flip(3), batch)
            loss = functional.cross_entropy(network(mirrored), labels[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item()
        print(f"epoch {epoch + 1}/{epochs}: loss {total / steps:.4f}", flush=True)


def accuracy(network, images, labels):
    network.eval()
    with torch.no_grad():
        right = sum((network(x).argmax(1) == y).sum().item()
                    for x, y in zip(images.split(500), labels.split(500)))
    return right / len(labels)


class GraphWriter:
    """Collects nodes and initializers; a node's output is named NODE.out, a parameter NODE.PARAMETER."""

    def __init__(self):
        self.nodes, self.initializers = [], []

    def constant(self, name, tensor):
        self.initializers.append(numpy_helper.from_array(tensor.detach().numpy(), name))
        return name

    def node(self, kind, name, inputs, **attributes):
        output = "logits" if kind == "Gemm" else f"{name}.out"
        self.nodes.append(helper.make_node(kind, inputs, [output], name, **attributes))
        return output


def write_layer(graph, layer, x, conv, norm):
    pad = layer.kernel // 2
    weight = graph.constant(f"{layer.name}.conv.weight", conv.weight)
    x = graph.node("Conv", f"{layer.name}.conv", [x, weight], kernel_shape=[layer.kernel] * 2, pads=[pad] * 4,
                   strides=[layer.stride] * 2, group=layer.groups)
    parameters = [graph.constant(f"{layer.name}.bn.{name}", getattr(norm, name))
                  for name in ("weight", "bias", "running_mean", "running_var")]
    x = graph.node("BatchNormalization", f"{layer.name}.bn", [x, *parameters], epsilon=norm.eps)
    if layer.add:
        return graph.node("Add", f"{layer.name}.add", [x, f"{layer.add}.relu6.out"])
    return graph.node("Clip", f"{layer.name}.relu6", [x, "relu6.min", "relu6.max"])


def to_onnx(network):
    graph = GraphWriter()
    graph.constant("relu6.min", torch.tensor(0.0))
    graph.constant("relu6.max", torch.tensor(6.0))
    x = "input"
    for layer in LAYERS:
        x = write_layer(graph, layer, x, network.convs[layer.name], network.norms[layer.name])
    x = graph.node("GlobalAveragePool", "pool", [x])
    x = graph.node("Flatten", "flatten", [x])
    parameters = [graph.constant("classifier.weight", network.classifier.weight),
                  graph.constant("classifier.bias", network.classifier.bias)]
    graph.node("Gemm", "classifier", [x, *parameters], transB=1)
    inputs = [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["N", 1, 28, 28])]
    outputs = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", CLASSES])]
    model = helper.make_model(
        helper.make_graph(graph.nodes, "fashion_mnist", inputs, outputs, graph.initializers),
        opset_imports=[helper.make_opsetid("", 13)], ir_version=7, producer_name="train_fashion_mnist")
    onnx.checker.check_model(model, full_check=True)
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("--data", type=pathlib.Path, default="/usr/share/datasets/fashion-mnist")
    parser.add_argument("--epochs", type=int, default=8)
    options = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(1)  # the sums, and so the file, do not depend on the machine's cores
    network = Network()
    train(network, *load(options.data, "train"), options.epochs)
    top1 = accuracy(network, *load(options.data, "t10k"))
    onnx.save(to_onnx(network), options.output)
    parameters = sum(p.numel() for p in network.parameters())
    print(f"{options.output}: {parameters} parameters, {options.output.stat().st_size} bytes, top-1 {100 * top1:.2f} %")


if __name__ == "__main__":
    main()
