"""Scores autoencoders: the error of each reconstructed image. The case of image pairs in which the target is the input."""

from collections.abc import Sequence
from functools import cache

import numpy as np

from lab_core.errors import UsageError
from lab_core.evaluator import Evaluation, Evaluator, Tick
from lab_core.model import Apply, Model
from lab_metrics.applying import results
from lab_metrics.images.arrays import Images, fitted, stacked, unit
from lab_metrics.images.fidelity import WINDOW, psnr, squared_error, ssim
from lab_metrics.images.pictures import is_folder, picture_column, pictures
from lab_metrics.images.reference import SHUFFLE
from lab_metrics.protocol import PairProtocol, plain, read_protocol

FOLDER_SHAPE = (96, 96, 3)  # what a folder's pictures are handed over as
BATCH = 500


class ReconstructionEvaluator(Evaluator):
    """A unit is one image. The benchmark's parameter ``data`` is a data set's id or a folder's path."""

    def evaluate(self, model: Model, *, protocol: str, count: int, seed: int, progress: Tick | None = None) -> Evaluation:
        """The squared error a pixel (values 0 to 1) of each of ``count`` images, always the same ones; lower is better.

        Details: ``psnr`` (decibels, at most 100), ``ssim``. What the model makes is compared in the size of the data set's
        images; a folder's pictures are compared in the model's size. A set with fewer images gives fewer scores.
        """
        where = self.benchmark.id
        if count < 1:
            raise UsageError(f"{count} images can't be scored; at least 1 is expected.")
        assert isinstance(model, Apply)
        name, rules = read_protocol(PairProtocol, self.benchmark, protocol)
        data = self.benchmark.parameters["data"]
        real = _images(data, rules.split, count)
        what = f"{where}: {type(model).__name__}"
        columns: dict[str, list[np.ndarray]] = {"mse": [], "psnr": [], "ssim": []}
        for start in range(0, len(real), BATCH):
            part = real[start : start + BATCH]
            made = stacked(results(model, part, where=where), len(part), what=what)
            if is_folder(data):
                part = fitted(part, made.shape[1:])
            a, b = unit(part), unit(fitted(made, part.shape[1:]))
            columns["mse"].append(squared_error(a, b))
            columns["psnr"].append(np.minimum(psnr(a, b), 100.0))
            if min(part.shape[1:3]) >= WINDOW:
                columns["ssim"].append(ssim(a, b))
            if progress is not None:
                progress(start + len(part), len(real), np.concatenate(columns["mse"]).tolist())
        details = {key: tuple(np.concatenate(parts).tolist()) for key, parts in columns.items() if parts}
        scores = details.pop("mse")
        source = "the folder" if is_folder(data) else f"{data}/{rules.split}"
        return Evaluation(
            benchmark=where,
            protocol=name,
            settings={**plain(rules), "signature": f"mse:ref={source}|n={len(scores)}|range=0..1|ssim=gauss11|v=1"},
            seed=seed,
            scores=scores,
            value=float(np.mean(scores)),
            unit="image",
            details=details,
            steps=len(scores),
        )

    def example_pairs(self, count: int) -> Sequence[tuple[Images, None]]:
        """Images that are not trained on, where the data are split. What is put back together is its own target."""
        _, rules = read_protocol(PairProtocol, self.benchmark, self.benchmark.default_protocol)
        return [(image, None) for image in _images(self.benchmark.parameters["data"], rules.split, count)]


@cache  # a training is scored again and again
def _images(data: str, split: str, count: int) -> Images:
    """``count`` images of the split, the same random ones for every model; a folder has no part that wasn't learnt from."""
    from lab_datasets import load

    if is_folder(data):
        images = pictures(data, "all", FOLDER_SHAPE)
    else:
        column = picture_column(load(data, split))
        side = FOLDER_SHAPE if isinstance(column, list) else tuple(column.shape[1:])
        images = pictures(data, split, (side[0], side[1], side[2]))
    return images[np.random.default_rng(SHUFFLE).permutation(len(images))[:count]]
