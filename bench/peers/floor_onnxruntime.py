"""Decoding and bare forward passes in ONNX Runtime, batch 1, nothing else: MODEL KIND IMAGES COUNT (see images.py)."""

import sys

import onnxruntime

from images import images

model, *source = sys.argv[1:]
session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
for each in images(*source):
    session.run(None, {"input": each})
