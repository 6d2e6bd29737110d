#!/usr/bin/python3
"""Cuts labelled photographs into many views, so that a handful of them shows how far two networks differ.

    tools/make_views.py PHOTOS OUTPUT

PHOTOS holds files NAME_NUMBER_LABEL.jpg. Every photograph is resized to short side 256 (bicubic) and gives 50 views: 224x224
crops on a 5x5 grid of 8 pixels around the centre, each as it is and mirrored. Views of every second photograph go to
OUTPUT/calibration, of the others to OUTPUT/validation; OUTPUT/{calibration,validation}.txt list `path label`.
Views of one photograph resemble each other: they measure the distance between networks, not accuracy on ImageNet.
"""

import pathlib
import sys

from PIL import Image, ImageOps

SHORT_SIDE, CROP, GRID = 256, 224, (-16, -8, 0, 8, 16)


def resized(photo):
    scale = SHORT_SIDE / min(photo.size)
    return photo.resize([round(side * scale) for side in photo.size], Image.BICUBIC)


def views(photo):
    left, top = ((side - CROP) // 2 for side in photo.size)
    for down in GRID:
        for right in GRID:
            x, y = left + right, top + down
            view = photo.crop((x, y, x + CROP, y + CROP))
            yield view
            yield ImageOps.mirror(view)


def write_views(photos, folder):
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for path in photos:
        label = int(path.stem.split("_")[-1])
        with Image.open(path) as photo:
            for number, view in enumerate(views(resized(photo.convert("RGB")))):
                name = f"{path.stem}_{number:02}.png"
                view.save(folder / name, compress_level=1)
                lines.append(f"{name} {label}\n")
    folder.with_suffix(".txt").write_text("".join(lines))


def main(photos, output):
    paths = sorted(pathlib.Path(photos).glob("*_*_*.jpg"))
    if not paths:
        sys.exit(f"make_views: {photos}: no photographs NAME_NUMBER_LABEL.jpg here")
    write_views(paths[0::2], pathlib.Path(output) / "calibration")
    write_views(paths[1::2], pathlib.Path(output) / "validation")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2])
