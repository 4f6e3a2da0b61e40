"""Scores models that make images of any data set or folder, without a classifier: patches at several scales."""

from functools import cache
from typing import NamedTuple

import numpy as np

from lab_core.errors import LabError, UsageError
from lab_core.evaluator import Evaluation, Evaluator, Tick
from lab_core.model import Model
from lab_metrics.images import inception, patches
from lab_metrics.images.arrays import Images, unit
from lab_metrics.images.frechet import distance, moments
from lab_metrics.images.memorisation import Nearest, memorisation, nearest
from lab_metrics.images.neighbours import K, precision_recall
from lab_metrics.images.patches import patch_distances
from lab_metrics.images.pictures import is_folder, pictures
from lab_metrics.images.random_features import NAME, random_features
from lab_metrics.images.reference import SHUFFLE
from lab_metrics.images.sampling import draw, set_seed
from lab_metrics.protocol import PixelProtocol, plain, read_protocol

FEWEST = 2 * (K + 1)


class _Real(NamedTuple):
    """The real pictures in random order, their features, and how near each is to the nearest other one."""

    images: Images
    features: np.ndarray
    nearest: Nearest


class PixelEvaluator(Evaluator):
    """A unit is one independent set of samples. The benchmark's parameter ``data`` is a data set's id or a folder's path."""

    def evaluate(self, model: Model, *, protocol: str, count: int, seed: int, progress: Tick | None = None) -> Evaluation:
        """The mean patch distance of each of ``count`` sets, lower is better. The real side takes the samples' size.

        Details: the distance of each band, precision and recall in random features, the memorisation check (against each
        real picture's nearest other one), and the FID where Inception is there (:mod:`lab_metrics.images.inception`). Raises
        LabError for a model that doesn't fit, and for fewer than 8 pictures.
        """
        where = self.benchmark.id
        if count < 1:
            raise UsageError(f"{count} sample sets can't be scored; at least 1 is expected.")
        name, rules = read_protocol(PixelProtocol, self.benchmark, protocol)
        data = self.benchmark.parameters["data"]
        rows: list[dict[str, float]] = []
        real: _Real | None = None
        network, real_moments = inception.installed(), None
        for place in range(count):
            fake = draw(model, rules.n, classes=0, seed=set_seed(seed, place), where=where).images
            if real is None:
                real = _real(data, tuple(fake.shape[1:]), rules.n)
            fake = fake[: len(real.images)]
            rows.append(_figures(real, fake))
            if network is not None:
                real_moments = real_moments or moments(network.features(real.images))
                rows[-1]["fid"] = distance(real_moments, moments(network.features(fake)))
            if progress is not None:
                progress(place + 1, count, [row["swd"] for row in rows])
        assert real is not None
        scores = tuple(row.pop("swd") for row in rows)
        shape = "x".join(map(str, real.images.shape[1:]))
        reference = "the folder" if is_folder(data) else f"{data}/all"
        return Evaluation(
            benchmark=where,
            protocol=name,
            settings={
                **plain(rules),
                "signature": (
                    f"swd:patches={patches.PATCHES}x{patches.PATCH}|n={len(real.images)}|ref={reference}|shape={shape}"
                    f"|features={NAME}|pr=k{K}{f'|fid={network.name}' if network else ''}|range=uint8|v=1"
                ),
                "floor": round(_floor(real.images), 1),
            },
            seed=seed,
            scores=scores,
            value=sum(scores) / count,
            unit="sample set",
            details={key: tuple(row[key] for row in rows) for key in rows[0]},
            steps=count * rules.n,
        )


@cache  # a training is scored again and again
def _real(data: str, shape: tuple[int, ...], count: int) -> _Real:
    images = pictures(data, "all", (shape[0], shape[1], shape[2]))
    if len(images) < FEWEST:
        raise LabError(f"{data} holds {len(images)} pictures; a score needs at least {FEWEST}.")
    images = images[np.random.default_rng(SHUFFLE).permutation(len(images))[:count]]
    return _Real(images, random_features(images), nearest(unit(images), unit(images), skip_equal_place=True))


def _figures(real: _Real, fake: Images) -> dict[str, float]:
    bands = patch_distances(unit(real.images), unit(fake))
    agreement = precision_recall(real.features, random_features(fake))
    copies = memorisation(nearest(unit(fake), unit(real.images)), real.nearest)
    return {
        "swd": sum(bands.values()) / len(bands),
        **{f"swd_{side}": value for side, value in bands.items()},
        "precision": agreement.precision,
        "recall": agreement.recall,
        "near_copies": copies.near_copies,
        "distance_ratio": copies.distance_ratio,
        "memorised": float(copies.memorised),
    }


def _floor(images: Images) -> float:
    """One half of the real pictures against the other: more than what a whole set of real ones would score."""
    half = len(images) // 2
    bands = patch_distances(unit(images[:half]), unit(images[half : 2 * half]))
    return sum(bands.values()) / len(bands)
