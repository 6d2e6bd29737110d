#!/usr/bin/env python3
"""Writes the PyTorch checkpoints that the tests read: tools/make_torch_checkpoints.py FOLDER

All hold the same tensors, of every kind that torch.save writes: zip.pth, deflated.pth (the same archive, compressed),
protocol4.pth (another pickle protocol) and legacy.pth (the container before PyTorch 1.6). Made with PyTorch 2.13.
"""

import pathlib
import sys
import zipfile

import torch


def checkpoint():
    base = torch.arange(12, dtype=torch.float32).reshape(3, 4)
    return {
        "epoch": 3,
        "state_dict": {
            "module.base": base,
            "module.transposed": base.t(),
            "module.cut": base[1:, ::2],
            "module.spread": torch.tensor([5.0]).expand(2, 3),
            "module.layer.weight": torch.nn.Parameter(torch.tensor([1.5, -2.5])),
            "module.f64": torch.tensor([0.1], dtype=torch.float64),
            "module.f16": torch.tensor([1.5, 6e-8, float("-inf")], dtype=torch.float16),
            "module.bf16": torch.tensor([-3.0], dtype=torch.bfloat16),
            "module.i64": torch.tensor(2**40),
            "module.u8": torch.tensor([255], dtype=torch.uint8),
            "module.bool": torch.tensor([True, False]),
            "module.empty": torch.zeros(0, 3),
        },
        "optimizer": {"state": {}, "param_groups": [{"lr": 0.1, "params": [0]}]},
    }


def main(folder):
    torch.save(checkpoint(), folder / "zip.pth")
    torch.save(checkpoint(), folder / "protocol4.pth", pickle_protocol=4)
    torch.save(checkpoint(), folder / "legacy.pth", _use_new_zipfile_serialization=False)
    with zipfile.ZipFile(folder / "zip.pth") as plain:
        with zipfile.ZipFile(folder / "deflated.pth", "w", zipfile.ZIP_DEFLATED) as deflated:
            for name in plain.namelist():
                deflated.writestr(name, plain.read(name))


main(pathlib.Path(sys.argv[1]))
