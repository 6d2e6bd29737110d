"""Two of the data sets behind docs/results/ptq.md, brought to a form that `vernier ptq` reads: keyword features as
.npy files, wake-word labels as lists. Used by tools/accuracy_table.py."""

import json
import struct

KWS_CALIBRATION = 200  # records; the others are evaluated
KWS_SHAPE = (1, 49, 10)
PERSON_SHARE = 0.005  # of the image, that a person's box covers at least


def write_npy(path, shape, values):
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}"
    header += " " * (-(10 + len(header) + 1) % 64) + "\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode()
                     + struct.pack(f"<{len(values)}f", *values))


def keywords(source, target):
    """Real features and labels of kws01: folders `calib` and `val` of .npy files and their lists."""
    labels = [line.split()[1] for line in (source / "kws01_labels.txt").read_text().splitlines()]
    features = (source / "kws01_features.bin").read_bytes()
    size = len(features) // len(labels)
    records = [features[i * size:(i + 1) * size] for i in range(len(labels))]
    lists = {"calib": [], "val": []}
    for i, label in enumerate(labels):
        if i < KWS_CALIBRATION and records[i] in records[KWS_CALIBRATION:]:
            continue  # record 196 is 586 again
        part = "calib" if i < KWS_CALIBRATION else "val"
        (target / part).mkdir(parents=True, exist_ok=True)
        record = struct.unpack(f"{size}b", records[i])
        write_npy(target / part / f"{i:04}.npy", KWS_SHAPE, [(q - 83) * 0.5847029089927673 for q in record])
        lists[part].append(f"{i:04}.npy {label}\n")
    for part, lines in lists.items():
        (target / f"{part}.txt").write_text("".join(lines))


def wake_words(source, target):
    """Lists of the COCO images: 1 where a person is large enough."""
    target.mkdir(parents=True, exist_ok=True)
    for part, annotations in (("calib", "instances_calib64.json"), ("val", "instances_val64.json")):
        coco = json.loads((source / annotations).read_text())
        person = next(each["id"] for each in coco["categories"] if each["name"] == "person")
        area = {each["id"]: each["width"] * each["height"] for each in coco["images"]}
        with_person = {box["image_id"] for box in coco["annotations"] if box["category_id"] == person
                       and box["bbox"][2] * box["bbox"][3] > PERSON_SHARE * area[box["image_id"]]}
        (target / f"{part}.txt").write_text("".join(f"{each['file_name']} {int(each['id'] in with_person)}\n"
                                                    for each in coco["images"]))
