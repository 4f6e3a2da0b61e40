"""What the training of detectors has in common: data, augmentation, pictures of progress."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from lab_tensorflow.compiled_trainer import CompiledTrainer
from lab_tensorflow.footprint import training_bytes

from lab_core.items.boxes import to_picture
from lab_core.trainer import Media
from lab_vision.detection.config import DetectionConfig
from lab_vision.detection.data import boxed_images

ENLARGED = 192  # pixels to which small images are enlarged before boxes are drawn on them


class DetectionTrainer(CompiledTrainer[Any]):
    """Minibatches of images with their boxes, augmented inside the compiled loop. A step is an update."""

    item_word = "images"
    memory_settings = ("batch_size", "size")

    def make_data(self) -> Mapping[str, Any]:
        columns, self.classes = boxed_images(self.config, "train")
        return columns

    def make_validation(self) -> Mapping[str, Any]:
        return boxed_images(self.config, "validation")[0]

    def prepare(self, items: Mapping[str, Any], noise: Any) -> Mapping[str, Any]:
        from lab_vision.detection.augment import prepared

        return prepared(items, self.config, noise)

    @property
    def about(self) -> dict[str, Any]:
        """What a model needs besides config and weights."""
        return {"classes": list(self.classes), "channels": int(self.columns["image"].shape[-1])}

    def media(self) -> tuple[Media, ...]:
        """The first training images with what the detector finds on them."""
        images = list(self.columns["image"][: self.config.media_count])
        return (Media("detections", side_by_side([drawn(*pair) for pair in self._found(images)])),)

    def _found(self, images: list[Any]) -> list[tuple[Any, Any]]:
        model = self.preview()
        return list(zip(images, model.apply(images, model.options()), strict=True))

    @classmethod
    def memory(cls, config: DetectionConfig) -> int:
        pixels = config.size**2
        return training_bytes(data=8_000 * 3 * pixels, activations=config.batch_size * pixels * config.width * 4)


def drawn(image: Any, boxes: Any) -> Any:
    """The image uint8 [h, w, 3], enlarged where it is small, with its boxes."""
    from lab_core.items.boxes import Boxes

    factor = max(1, ENLARGED // max(image.shape[:2]))
    large = np.asarray(image).repeat(factor, 0).repeat(factor, 1)
    return to_picture(Boxes(boxes.corners * factor, boxes.names, boxes.scores, boxes.points), large)


def side_by_side(pictures: list[Any], gap: int = 4) -> Any:
    """Pictures of one size in rows on white, about as wide as high, uint8 [h, w, 3]."""
    high, wide = (max(picture.shape[side] for picture in pictures) for side in (0, 1))
    across = max(1, round(np.sqrt(len(pictures))))
    down = -(-len(pictures) // across)
    sheet = np.full((down * (high + gap) - gap, across * (wide + gap) - gap, 3), 255, np.uint8)
    for number, picture in enumerate(pictures):
        top, left = number // across * (high + gap), number % across * (wide + gap)
        sheet[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    return sheet
