"""Images with boxes as arrays of fixed shapes: what detectors train on."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab_core.errors import UsageError


def boxed_images(config: Any, split: str) -> tuple[dict[str, NDArray[Any]], tuple[str, ...]]:
    """``image`` uint8 [n, size, size, c], ``boxes`` float32 [n, k, 4] in pixels, ``label`` int32 [n, k], and the classes.

    Places without an object have the label -1. With ``config.objects`` further objects of an image are left out, the smallest
    first. Broken boxes of the user's own files are reported and left out (:mod:`lab_datasets.own.boxes`); raises UsageError for
    data without boxes, LabError where most boxes are wrong.
    """
    from lab_datasets.loading import load_columns

    found = load_columns(config, split, kind="boxes", fit=config.own_data)
    found.need("image", "boxes", "box_label")
    if not found.classes:
        raise UsageError(f"{found.data} names no classes.", "See lab data check DIR.")
    images, boxes = _fitted(found["image"], found["boxes"], config.size)
    most = max((len(one) for one in boxes), default=0)
    width = max(1, min(most, config.objects or most))
    padded = np.zeros((len(images), width, 4), np.float32)
    labels = np.full((len(images), width), -1, np.int32)
    for row, (corners, names) in enumerate(zip(boxes, found["box_label"], strict=True)):
        order = np.argsort(-(corners[:, 2:] - corners[:, :2]).prod(1), kind="stable")[:width]
        padded[row, : len(order)], labels[row, : len(order)] = corners[order], np.asarray(names)[order]
    return {"image": images, "boxes": padded, "label": labels}, tuple(found.classes)


def _fitted(images: Any, boxes: Any, size: int) -> tuple[NDArray[np.uint8], list[NDArray[np.float32]]]:
    """Images of any size padded to squares of ``size``, their boxes with them."""
    from lab_datasets.own.boxes import fitted
    from PIL import Image

    if isinstance(images, np.ndarray) and images.shape[1:3] == (size, size):
        return images, [np.asarray(one, np.float32).reshape(-1, 4) for one in boxes]
    both = [
        fitted(
            Image.fromarray(np.squeeze(image, -1) if image.shape[-1] == 1 else image),
            np.asarray(corners, np.float32).reshape(-1, 4),
            size,
            "pad",
        )
        for image, corners in zip(images, boxes, strict=True)
    ]
    return np.stack([image for image, _ in both]), [corners for _, corners in both]
