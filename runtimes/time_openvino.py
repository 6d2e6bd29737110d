#!/usr/bin/env python3
"""Times a model in OpenVINO's CPU plugin: latency hint, one stream, float32 where not int8; see timing.py."""

import numpy
import openvino
import openvino.properties
import openvino.properties.hint

import timing


def load(arguments):
    core = openvino.Core()
    model = core.read_model(arguments.model)
    shapes = [[size.get_length() if size.is_static else None for size in each.partial_shape] for each in model.inputs]
    shapes = [timing.with_batch(shape, arguments.batch) for shape in shapes]
    model.reshape({each: openvino.PartialShape(shape) for each, shape in zip(model.inputs, shapes)})
    compiled = core.compile_model(model, "CPU", {
        openvino.properties.hint.performance_mode(): openvino.properties.hint.PerformanceMode.LATENCY,
        openvino.properties.hint.inference_precision(): openvino.Type.f32,
        openvino.properties.num_streams(): 1,
        openvino.properties.inference_num_threads(): arguments.threads})
    request = compiled.create_infer_request()
    for position, shape in enumerate(shapes):
        array = numpy.ascontiguousarray(timing.bench_input(position, shape))
        request.set_input_tensor(position, openvino.Tensor(array))
    return request.infer


if __name__ == "__main__":
    timing.main("OpenVINO", openvino.get_version().split("-")[0], load)
