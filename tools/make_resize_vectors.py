#!/usr/bin/env python3
"""Writes tests/data/resize_vectors.txt: what PIL's Image.resize makes of small images, in hexadecimal.

    pip install "pillow<13" numpy
    tools/make_resize_vectors.py tests/data/resize_vectors.txt

Pillow 13.0 resamples some images in the other order, columns first; 9.5 to 12.3 take rows first, as Vernier does.
A line is `image NAME HEIGHT WIDTH CHANNELS PIXELS`, or `resized NAME FILTER HEIGHT WIDTH PIXELS`.
"""

import sys

import numpy as np
import PIL
from PIL import Image

FILTERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}

# Down, up, down in one direction and up in the other, one direction alone, to one pixel.
SIZES = {"noise": [(11, 7), (12, 9), (6, 5), (31, 33), (40, 5), (23, 9), (4, 17), (1, 1), (22, 16)],
         "edges": [(13, 17), (5, 3), (19, 4), (45, 33), (13, 4), (7, 17), (1, 29)],
         "line": [(1, 7), (1, 64), (3, 90)]}


def images():
    random = np.random.default_rng(7)
    # Black and white in blocks: bicubic overshoots at every edge, so that clipping is seen.
    edges = np.kron(random.integers(0, 2, (7, 9, 3)), np.ones((2, 2, 1)))[:13, :17] * 255
    return {"noise": random.integers(0, 256, (23, 17, 1)).astype(np.uint8),
            "edges": edges.astype(np.uint8),
            "line": random.integers(0, 256, (1, 90, 3)).astype(np.uint8)}


def main():
    lines = [f"# tools/make_resize_vectors.py, Pillow {PIL.__version__}"]
    for name, pixels in images().items():
        lines.append(f"image {name} {' '.join(map(str, pixels.shape))} {pixels.tobytes().hex()}")
        picture = Image.fromarray(pixels.squeeze(2) if pixels.shape[2] == 1 else pixels)
        for height, width in SIZES[name]:
            for word, number in FILTERS.items():
                resized = picture.resize((width, height), number)
                lines.append(f"resized {name} {word} {height} {width} {resized.tobytes().hex()}")
    with open(sys.argv[1], "w") as file:
        file.write("\n".join(lines) + "\n")


main()
