#!/usr/bin/env python3
"""Times a model in ONNX Runtime on the CPU, with all of its optimizations and inputs and outputs bound; see timing.py."""

import onnxruntime

import timing


def load(arguments):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = arguments.threads
    options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    session = onnxruntime.InferenceSession(str(arguments.model), options, providers=["CPUExecutionProvider"])
    binding = session.io_binding()
    arrays = []  # the binding holds no reference
    for position, each in enumerate(session.get_inputs()):
        arrays.append(timing.bench_input(position, timing.with_batch(each.shape, arguments.batch)))
        binding.bind_cpu_input(each.name, arrays[-1])
    for each in session.get_outputs():
        binding.bind_output(each.name)

    def run():
        session.run_with_iobinding(binding)
        return arrays

    return run


if __name__ == "__main__":
    timing.main("ONNX Runtime", onnxruntime.__version__, load)
