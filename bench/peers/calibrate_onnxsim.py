"""onnxsim's quantize_static of every activation, minimum and maximum: MODEL OUT KIND IMAGES COUNT (see images.py)."""

import sys

import onnx
import onnxsim

from images import images

model, out, *source = sys.argv[1:]
onnx.save(onnxsim.quantize_static(model, [{"input": each} for each in images(*source)], full_graph=True), out)
