"""Scores models that turn one image into another, against the image that it should have been."""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from lab_core.errors import LabError, UsageError
from lab_core.evaluator import Evaluation, Evaluator, Tick
from lab_core.model import Model
from lab_image_translation import vgg
from lab_image_translation.held_out import CROP, pairs
from lab_image_translation.measures import chroma, measure

_BATCH = 16  # what the perceptual distance looks at together
SIGNATURES = {
    "psnr": "psnr:rgb|range=255",
    "psnr_y": "psnr:y=rec601-studio,unrounded",
    "psnr_hole": "psnr:inside the hole",
    "features": f"features:{vgg.NAME}|layers=conv1_2,2_2,3_3,4_3,5_3|unit length",
    "ssim": "ssim:gauss11|rgb",
    "iou": "iou:threshold=128",
    "l1": "l1:range=1",
}


class TranslationProtocol(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``count`` pairs of a split, always the same ones."""

    count: int
    split: str


class TranslationEvaluator(Evaluator):
    """A unit is one image.

    Parameters of the benchmark: ``operation`` and its values (:mod:`lab_image_translation.held_out`), ``measure`` is the score,
    ``also`` names further measures, separated by spaces, which become details. ``border`` (``"scale"`` or a number) is
    cut off before psnr_y and ssim_y.
    """

    def evaluate(self, model: Model, *, protocol: str, count: int, seed: int, progress: Tick | None = None) -> Evaluation:
        """The measure of each of ``count`` results. A set with fewer images gives fewer scores. Raises LabError for results of
        another size."""
        where, values = self.benchmark.id, {key: str(value) for key, value in self.benchmark.parameters.items()}
        if count < 1:
            raise UsageError(f"{count} images can't be scored; at least 1 is expected.")
        name, settings = self.benchmark.protocol(protocol)
        rules = msgspec.convert(dict(settings), TranslationProtocol)
        examples = pairs(values["operation"], values, rules.split, count)
        if not examples:
            raise LabError(f"{where}: the split {rules.split} holds no images.")
        border = int(values.get("scale", 0)) if values.get("border") == "scale" else 0
        score, *also = (values["measure"], *values.get("also", "").split())
        results: dict[str, list[float]] = {each: [] for each in (score, *also)}
        real_chroma = float(np.mean([chroma(target) for _, target in examples])) if "chroma" in results else 0.0
        applying: Any = model
        made = applying.apply((given for given, _ in examples), applying.options())
        waiting: list[Any] = []
        for place, (given, target) in enumerate(examples):
            waiting.append((_checked(next(made, None), target, where), target, given))
            if len(waiting) == _BATCH or place + 1 == len(examples):
                images, targets, inputs = (list(column) for column in zip(*waiting, strict=True))
                for each, found in results.items():
                    found += measure(each, images, targets, inputs, border=border, real_chroma=real_chroma or 1.0)
                waiting = []
                if progress is not None:
                    progress(place + 1, len(examples), results[score])
        scores = tuple(results.pop(score))
        return Evaluation(
            benchmark=where,
            protocol=name,
            settings={"split": rules.split, "signature": self._signature(values, score, len(scores), border)},
            seed=seed,
            scores=scores,
            value=float(np.mean(scores)),
            unit="image",
            details={key: tuple(column) for key, column in results.items()},
            steps=len(scores),
        )

    def example_pairs(self, count: int) -> Sequence[tuple[Any, Any]]:
        """The first images that are scored, each with its target."""
        values = {key: str(value) for key, value in self.benchmark.parameters.items()}
        rules = msgspec.convert(dict(self.benchmark.protocol()[1]), TranslationProtocol)
        return pairs(values["operation"], values, rules.split, count)

    def _signature(self, values: dict[str, str], score: str, count: int, border: int) -> str:
        parts = [SIGNATURES[score], f"n={count}"]
        if values["operation"] == "shrink":
            parts.append(f"x{values['scale']}:pillow bicubic,antialiased,uint8|border={border}")
        if values["operation"] == "noise":
            parts.append(f"noise={values['noise']}/255,clipped,uint8")
        if values["operation"] == "hole":
            parts.append(f"hole={values['hole']} of the side,central,white")
        if values["operation"] == "grey":
            parts.append("input=sRGB grey of equal L")
        if values["operation"] not in ("pairs", "mask"):
            parts.append(f"squares of {CROP}")
        return "|".join([*parts, "v=1"])


def _checked(made: Any, target: Any, where: str) -> Any:
    """The result as uint8 of the target's shape."""
    if made is None:
        raise LabError(f"{where}: the model gave fewer results than it was given images.")
    image = np.asarray(made)
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[:2] != target.shape[:2]:
        raise LabError(
            f"{where}: a result is {image.dtype} {list(image.shape)}; uint8 [{target.shape[0]}, {target.shape[1]}, channels]"
            " is expected."
        )
    if image.shape[2] == target.shape[2]:
        return image
    from lab_image_translation.paired.problem import with_channels

    return with_channels(image, target.shape[2])
