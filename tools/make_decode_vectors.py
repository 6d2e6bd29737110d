#!/usr/bin/env python3
"""Writes small images of every colour model into tests/data/decode, and pixels.txt: what PIL decodes of them.

    pip install pillow numpy
    tools/make_decode_vectors.py tests/data/decode

A line of pixels.txt is `FILE HEIGHT WIDTH PIXELS`, RGB in hexadecimal. Every image is a smooth gradient, so that JPEG keeps it.
"""

import pathlib
import sys

import numpy as np
from PIL import Image

HEIGHT, WIDTH = 8, 12
ORIENTATION = 0x0112


def gradient():
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    return np.stack([columns * 20, rows * 30, 200 - columns * 10], axis=2).astype(np.uint8)


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    picture = Image.fromarray(gradient())
    alpha = picture.copy()
    alpha.putalpha(Image.fromarray(gradient()[:, :, 0]))
    turned = Image.Exif()
    turned[ORIENTATION] = 6
    picture.save(folder / "rgb.png")
    picture.convert("L").save(folder / "grey.png")
    picture.convert("P", palette=Image.Palette.ADAPTIVE).save(folder / "palette.png")
    alpha.save(folder / "alpha.png")
    picture.save(folder / "rgb.jpg", quality=95, subsampling=0)
    picture.save(folder / "progressive.jpg", quality=95, subsampling=0, progressive=True)
    picture.convert("L").save(folder / "grey.jpg", quality=95)
    picture.convert("CMYK").save(folder / "cmyk.jpg", quality=95)
    picture.save(folder / "turned.jpg", quality=95, subsampling=0, exif=turned)
    lines = []
    for path in sorted(folder.glob("*.[jp][pn]g")):
        pixels = np.asarray(Image.open(path).convert("RGB"))
        lines.append(f"{path.name} {pixels.shape[0]} {pixels.shape[1]} {pixels.tobytes().hex()}")
    (folder / "pixels.txt").write_text("\n".join(lines) + "\n")


main()
