"""Calibration images for the tools, decoded and prepared by PIL and NumPy as the README of the models says."""

import pathlib

import numpy


def cifar10(path, count):
    """Rows of data_batch_1.bin: a label and 3 x 32 x 32 bytes."""
    rows = numpy.fromfile(pathlib.Path(path) / "data_batch_1.bin", numpy.uint8).reshape(-1, 3073)[:count, 1:]
    mean = numpy.array([123.675, 116.28, 103.53], numpy.float32).reshape(3, 1, 1)
    std = numpy.array([58.395, 57.12, 57.375], numpy.float32).reshape(3, 1, 1)
    for row in rows:
        yield ((row.reshape(3, 32, 32).astype(numpy.float32) - mean) / std)[None]


def imagenet(path, count):
    """A centre crop of 224 pixels, x / 128 - 1."""
    from PIL import Image

    names = [line.split()[0] for line in (pathlib.Path(path) / "calib.txt").read_text().splitlines()[:count]]
    for name in names:
        image = Image.open(pathlib.Path(path) / name).convert("RGB")
        left, top = (image.width - 224) // 2, (image.height - 224) // 2
        pixels = numpy.asarray(image.crop((left, top, left + 224, top + 224)), numpy.float32)
        yield numpy.ascontiguousarray((pixels / 128.0 - 1.0).transpose(2, 0, 1))[None]


KINDS = {"cifar10": cifar10, "imagenet": imagenet}


def images(kind, path, count):
    return KINDS[kind](path, int(count))
