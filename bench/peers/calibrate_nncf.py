"""NNCF with accurate bias correction on OpenVINO's form of the model: MODEL OUT KIND IMAGES COUNT (see images.py).

The preset is the one that was best on MobileNetV2. convert_model, not read_model: on the latter NNCF corrects nothing.
"""

import sys

import nncf
import openvino

from images import images

model, out, *source = sys.argv[1:]
arrays = list(images(*source))
quantized = nncf.quantize(openvino.convert_model(model), nncf.Dataset(arrays), preset=nncf.QuantizationPreset.MIXED,
                          fast_bias_correction=False, subset_size=len(arrays))
openvino.save_model(quantized, out, compress_to_fp16=False)
