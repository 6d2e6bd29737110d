"""What every adapter has in common: its command line and the files that it writes.

    run_NAME.py MODEL --inputs FILE.npy... --out FOLDER [--batch N] [--threads N] [--values NAME...]

An input is one array whose axis 0 counts the images. FOLDER gets output_0.npy and so on, for every output in the model's
order; value_0.npy and so on, one for each of --values; and report.json:

    {"runtime": "onnxruntime", "version": "1.31.1",
     "layers": [{"name": "conv1", "type": "QLinearConv", "integer": true}],     convolutions and linear layers
     "islands": [{"name": "softmax", "type": "Softmax"}],                       whatever else computes in float
     "values": ["conv1.quantized"],                                             as far as the runtime has them
     "seconds": 1.5}

Exit status: 0 done; 3 with one line on the standard error that says what is wrong with the model or the inputs. Any other
one says that the runtime itself does not work here.
"""

import argparse
import json
import pathlib
import sys
import time

import numpy


REFUSED = 3


class Refused(Exception):
    """The runtime does not take the model: one line for the user."""


def one_line(error):
    return " ".join(str(error).split())[:400]


class Writer:
    """Arrays whose images come batch by batch, straight into a .npy file."""

    def __init__(self, path, images):
        self.path, self.images, self.array, self.at = path, images, None, 0

    def add(self, part, count):
        if self.array is None:
            shape = (self.images, *part.shape[1:])
            self.array = numpy.lib.format.open_memmap(self.path, "w+", part.dtype, shape)
        if len(part) < count or part.shape[1:] != self.array.shape[1:]:
            raise Refused(f"an output has the shape {list(part.shape)} for {count} images")
        self.array[self.at:self.at + count] = part[:count]
        self.at += count


def batches(inputs, size):
    """Slices of all inputs; the last one is filled up with zeros, and says how many images it has."""
    images = len(inputs[0])
    for first in range(0, images, size):
        count = min(size, images - first)
        parts = []
        for each in inputs:
            part = numpy.zeros((size, *each.shape[1:]), each.dtype)
            part[:count] = each[first:first + count]
            parts.append(part)
        yield parts, count


def main(runtime, load):
    """load(arguments) gives (run, report): run maps arrays to arrays, the outputs and then the values."""
    parser = argparse.ArgumentParser(description=f"Runs a model in {runtime}; see adapter.py")
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("--inputs", type=pathlib.Path, nargs="+", required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--values", nargs="*", default=[])
    arguments = parser.parse_args()
    try:
        inputs = [numpy.load(path, mmap_mode="r") for path in arguments.inputs]
        run, report = load(arguments)
        arguments.out.mkdir(parents=True, exist_ok=True)
        writers = None
        begin = time.monotonic()
        for parts, count in batches(inputs, arguments.batch):
            results = run(parts)
            if writers is None:
                outputs = len(results) - len(report["values"])
                names = [f"output_{i}.npy" for i in range(outputs)] + [f"value_{i}.npy" for i in range(len(report["values"]))]
                writers = [Writer(arguments.out / name, len(inputs[0])) for name in names]
            for writer, result in zip(writers, results):
                writer.add(result, count)
        report["seconds"] = time.monotonic() - begin
        for writer in writers or []:
            writer.array.flush()
    except (Refused, OSError, ValueError) as error:
        print(f"{runtime}: {arguments.model}: {one_line(error)}", file=sys.stderr)
        sys.exit(REFUSED)
    (arguments.out / "report.json").write_text(json.dumps({"runtime": runtime, **report}))
