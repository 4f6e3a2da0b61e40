"""The cards of the data sets that are composed here. Imports no library."""

from lab_datasets.sums import FILES

from lab_core.data import DataSet

SCENES = DataSet(
    id="digit-scenes",
    title="Handwritten digits on a canvas, with boxes, 96 x 96, grey",
    kind="boxes",
    what=(
        "1 to 5 digits of MNIST, 16 to 42 pixels high, on a noisy canvas among fragments of other digits. The same scenes on"
        " every machine: they are composed from the digits of MNIST's own split by a fixed seed."
    ),
    origin="Composed from the data set mnist; see lab data info mnist.",
    licence="CC BY-SA 3.0 (as usually given for MNIST)",
    notice="The digits are MNIST's; see the notice of mnist.",
    shapes={"image": "uint8 [n, 96, 96, 1]", "boxes": "list of n float32 [k, 4]", "box_label": "list of n int32 [k]"},
    roles={"image": "input", "boxes": "target", "box_label": "label"},
    splits={"train": 8_000, "validation": 500, "test": 1_000},
    classes=tuple("0123456789"),
    folder="lab_datasets:data/mnist",
    files=FILES["mnist"],
    loader="lab_vision.detection.scenes:load",
)
