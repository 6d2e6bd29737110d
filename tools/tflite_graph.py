"""A TensorFlow Lite graph of 8-bit integers in Vernier's text form (vernier/ir/text.h), with the arithmetic `tflite` and
the file's own parameters at every point. NHWC becomes NCHW; a weight, a bias and an input become the reals that their
integers stand for, which quantize to the same integers again.
"""

import dataclasses
import math

import numpy
from ai_edge_litert import schema_py_generated as schema

NAMES = {number: name for name, number in vars(schema.BuiltinOperator).items() if isinstance(number, int)}
TYPES = {schema.TensorType.INT8: (-128, 127), schema.TensorType.UINT8: (0, 255)}
ARRAYS = {schema.TensorType.INT8: "i1", schema.TensorType.UINT8: "u1", schema.TensorType.INT32: "<i4"}
ACTIVATIONS = {schema.ActivationFunctionType.NONE: "", schema.ActivationFunctionType.RELU: " activation=[0,inf]",
               schema.ActivationFunctionType.RELU6: " activation=[0,6]"}


@dataclasses.dataclass
class Tensor:
    name: str
    shape: list
    lo: int
    hi: int
    scales: numpy.ndarray
    zero_point: int


class Graph:
    """Reads the first subgraph. `text` is what was asked for, `outputs` the numbers of the tensors that it returns."""

    def __init__(self, path, arithmetic="tflite"):
        self.model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(path.read_bytes()))
        self.graph = self.model.subgraphs[0]
        self.arithmetic = arithmetic
        self.constants, self.nodes, self.points, self.outputs = [], [], [], []
        self.copied = {}  # from a result that has its operand's integers, whatever parameters the file gives it
        self.input = int(self.graph.inputs[0])
        self.point(self.input)
        for each in self.graph.operators:
            self.add(each)
        shape = self.planes(self.tensor(self.input).shape)
        self.text = "\n".join(["any_batch", f"input t{self.input}: f32[{','.join(map(str, shape))}]", *self.constants,
                               *self.nodes, "return " + ", ".join(f"t{each}" for each in self.outputs),
                               f"arithmetic requantization={arithmetic} addition=requantized sums=requantized",
                               *self.points, ""])

    def tensor(self, number):
        tensor = self.graph.tensors[number]
        quantization = self.graph.tensors[self.copied.get(number, number)].quantization
        lo, hi = TYPES.get(tensor.type, (0, 0))
        zero_points = quantization.zeroPoint if quantization and quantization.zeroPoint is not None else [0]
        if len(set(map(int, zero_points))) > 1:
            raise SystemExit(f"tflite_graph: tensor {number} has a zero point for each channel")
        scales = quantization.scale if quantization and quantization.scale is not None else []
        return Tensor(f"t{number}", list(map(int, tensor.shape)), lo, hi, numpy.array(scales, numpy.float32), int(zero_points[0]))

    def integers(self, number):
        tensor = self.graph.tensors[number]
        return numpy.frombuffer(self.model.buffers[tensor.buffer].data.tobytes(), ARRAYS[tensor.type]).reshape(tensor.shape)

    @staticmethod
    def planes(shape):
        return [shape[0], shape[3], shape[1], shape[2]] if len(shape) == 4 else shape

    def point(self, number, scales=None):
        tensor = self.tensor(number)
        scales = tensor.scales if scales is None else scales
        granularity = " granularity=per_channel" if len(scales) > 1 else ""
        self.points.append(f"point t{number}: range=[{tensor.lo},{tensor.hi}] symmetric=false rounding=half_away{granularity}"
                           f" scale=[{' '.join(map(repr, map(float, scales)))}]"
                           f" zero_point=[{' '.join([str(tensor.zero_point)] * len(scales))}]")

    def constant(self, number, values):
        shape = ",".join(map(str, values.shape))
        self.constants.append(f"const t{number}: f32[{shape}] = [{' '.join(f'{each:.9g}' for each in values.ravel())}]")

    def layer(self, operator, axes):
        """Weight [O, ...] and bias of a layer. A negative scale, which some files have, is that of negative integers."""
        x, weight, bias = map(int, operator.inputs[:3])
        tensor = self.tensor(weight)
        integers = (self.integers(weight).astype(numpy.int64) - tensor.zero_point).transpose(axes)
        scales = numpy.broadcast_to(tensor.scales, integers.shape[0])
        reals = integers * scales.astype(numpy.float64).reshape(-1, *[1] * (integers.ndim - 1))
        self.constant(weight, reals.astype(numpy.float32))
        self.point(weight, numpy.abs(tensor.scales))
        sums = self.integers(bias).astype(numpy.int64)
        self.constant(bias, (sums * (float(self.tensor(x).scales[0]) * scales.astype(numpy.float64))).astype(numpy.float32))

    def window(self, operator, kernel):
        """Strides and explicit pads, as SAME and VALID mean them."""
        options = operator.builtinOptions
        strides = [options.strideH, options.strideW]
        dilations = [getattr(options, "dilationHFactor", 1), getattr(options, "dilationWFactor", 1)]
        sizes = self.tensor(operator.inputs[0]).shape[1:3]
        begin, end = [0, 0], [0, 0]
        if options.padding == schema.Padding.SAME:
            for axis, size in enumerate(sizes):
                reach = (kernel[axis] - 1) * dilations[axis] + 1
                missing = max((math.ceil(size / strides[axis]) - 1) * strides[axis] + reach - size, 0)
                begin[axis], end[axis] = missing // 2, missing - missing // 2
        return f" strides={self.list(strides)} pads={self.list(begin + end)}", f" dilations={self.list(dilations)}"

    @staticmethod
    def list(numbers):
        return f"[{','.join(map(str, numbers))}]"

    def add(self, operator):
        code = self.model.operatorCodes[operator.opcodeIndex]
        name = NAMES[max(code.builtinCode, code.deprecatedBuiltinCode)]
        make = getattr(self, f"add_{name.lower()}", None)
        if make is None:
            raise SystemExit(f"tflite_graph: no operator {name}")
        y = int(operator.outputs[0])
        x = ", ".join(f"t{each}" for each in operator.inputs)
        self.nodes.append(f"t{y} = {make(operator, x)}")
        self.point(y)
        self.outputs.append(y)

    def add_conv_2d(self, operator, x):
        self.layer(operator, (0, 3, 1, 2))
        window, dilations = self.window(operator, self.tensor(operator.inputs[1]).shape[1:3])
        return f"Conv({x}){window}{dilations}{ACTIVATIONS[operator.builtinOptions.fusedActivationFunction]}"

    def add_depthwise_conv_2d(self, operator, x):
        self.layer(operator, (3, 0, 1, 2))
        if operator.builtinOptions.depthMultiplier != 1:
            raise SystemExit("tflite_graph: a depthwise convolution with more results than channels")
        kernel = self.tensor(operator.inputs[1]).shape
        window, dilations = self.window(operator, kernel[1:3])
        activation = ACTIVATIONS[operator.builtinOptions.fusedActivationFunction]
        return f"Conv({x}){window}{dilations} group={kernel[3]}{activation}"

    def add_fully_connected(self, operator, x):
        self.layer(operator, (0, 1))
        return f"Gemm({x}) transB=1{ACTIVATIONS[operator.builtinOptions.fusedActivationFunction]}"

    def add_add(self, operator, x):
        return f"Add({x}){ACTIVATIONS[operator.builtinOptions.fusedActivationFunction]}"

    def add_average_pool_2d(self, operator, x):
        kernel = [operator.builtinOptions.filterHeight, operator.builtinOptions.filterWidth]
        return f"AveragePool({x}) kernel_shape={self.list(kernel)}{self.window(operator, kernel)[0]}"

    def add_mean(self, operator, x):
        axes = sorted(map(int, self.integers(operator.inputs[1]).ravel()))
        if axes != [1, 2]:
            raise SystemExit(f"tflite_graph: a mean over the axes {axes}")
        return f"ReduceMean(t{operator.inputs[0]}) axes=[2,3] keepdims={str(bool(operator.builtinOptions.keepDims)).lower()}"

    def add_pad(self, operator, x):
        pads = self.integers(operator.inputs[1])[[0, 3, 1, 2]]
        return f"Pad(t{operator.inputs[0]}) pads={self.list([*map(int, pads[:, 0]), *map(int, pads[:, 1])])}"

    def add_reshape(self, operator, x):
        if self.tensor(operator.inputs[0]).shape[1:3] != [1, 1]:
            raise SystemExit("tflite_graph: a reshape of more than one pixel")
        self.copied[int(operator.outputs[0])] = int(operator.inputs[0])
        return f"Flatten(t{operator.inputs[0]})"

    def add_softmax(self, operator, x):
        return f"Softmax({x})"

    def add_quantize(self, operator, x):
        return f"Identity({x})"
