"""ONNX Runtime's quantize_static, minimum and maximum, one scale a channel: MODEL OUT KIND IMAGES COUNT (see images.py)."""

import pathlib
import sys
import tempfile

from onnxruntime import quantization
from onnxruntime.quantization.shape_inference import quant_pre_process

from images import images


class Reader(quantization.CalibrationDataReader):
    def __init__(self, arrays):
        self.arrays = arrays

    def get_next(self):
        array = next(self.arrays, None)
        return None if array is None else {"input": array}


model, out, *source = sys.argv[1:]
with tempfile.TemporaryDirectory() as folder:
    prepared = str(pathlib.Path(folder) / "prepared.onnx")
    quant_pre_process(model, prepared)
    quantization.quantize_static(prepared, out, Reader(images(*source)), per_channel=True)
