"""Scores detectors: mean average precision over all images of a split."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from lab_core.errors import LabError, unknown
from lab_core.evaluator import Evaluation, Evaluator, Tick
from lab_core.items.boxes import Boxes
from lab_core.model import Apply, Model
from lab_metrics.applying import at_least_one, results
from lab_metrics.boxes.average_precision import Found, average_precisions, pool, pool_at_half, statistics
from lab_metrics.data import columns, parameter, places, source
from lab_metrics.protocol import CorpusProtocol, plain, read_protocol

LOWEST = 0.01  # score down to which boxes count
POOLS = {"map": pool, "map50": pool_at_half}


class DetectionEvaluator(Evaluator):
    """A unit is one image. Parameters of the benchmark:

    data    id of the data set, with the columns ``image``, ``boxes`` and ``box_label`` and its class names
    score   "map" (default, COCO's .5:.95) or "map50"

    Register it with ``pool="lab_metrics.boxes.average_precision:pool"`` (or ``:pool_at_half``): a mean over images is no mAP.
    """

    def evaluate(self, model: Model, *, protocol: str, count: int, seed: int, progress: Tick | None = None) -> Evaluation:
        """mAP over ``count`` images, always the same ones, 0 to 1, higher is better.

        ``scores`` are the mAP of each image alone; an image without objects has 1 where nothing was detected, else 0. Details:
        ``detections`` of each image. Figures: ``map``, ``map50``, ``map75``. Raises UsageError for a class that the data lack.
        """
        where = self.benchmark.id
        at_least_one(count, "image")
        assert isinstance(model, Apply)
        name, rules = read_protocol(CorpusProtocol, self.benchmark, protocol)
        parameters = self.benchmark.parameters
        data, score = parameter(parameters, "data", where), str(parameters.get("score", "map"))
        if score not in POOLS:
            raise unknown("score of detectors", score, POOLS)
        found = columns(data, rules.split)
        found.need("image", "boxes", "box_label")
        some = places(found, count)
        nothing = np.empty(0)
        objects = [Found(np.asarray(found["boxes"][place]), np.asarray(found["box_label"][place]), nothing) for place in some]
        detections: list[Found] = []
        images = [found["image"][place] for place in some]
        for answer in results(model, images, where=where, options=_all_boxes(model)):
            detections.append(_detections(answer, found.classes, f"{where}: {type(model).__name__}"))
            if progress is not None:
                progress(len(detections), len(images), [])
        rows = statistics(detections, objects, len(found.classes))
        by_class = average_precisions(rows)
        alone = [_alone(POOLS[score](row[None]), len(mine.boxes)) for row, mine in zip(rows, detections, strict=True)]
        return Evaluation(
            benchmark=where,
            protocol=name,
            settings={
                **plain(rules),
                "signature": (f"{score}:ref={source(data, rules.split)}|n={len(images)}|max=100|lowest={LOWEST}|v=1"),
            },
            seed=seed,
            scores=tuple(alone),
            statistics=tuple(map(tuple, rows.tolist())),
            value=POOLS[score](rows),
            unit="image",
            details={"detections": tuple(float(len(mine.boxes)) for mine in detections)},
            figures={
                "map": pool(rows),
                "map50": pool_at_half(rows),
                "map75": float(np.nanmean(by_class[:, 5])) if not np.isnan(by_class).all() else -1.0,
            },
            steps=len(images),
        )

    def example_pairs(self, count: int) -> Sequence[tuple[Any, Boxes]]:
        """The first images that are scored, each with its objects."""
        _, rules = read_protocol(CorpusProtocol, self.benchmark, self.benchmark.default_protocol)
        found = columns(parameter(self.benchmark.parameters, "data", self.benchmark.id), rules.split)
        found.need("image", "boxes", "box_label")
        return [(found["image"][place], _objects(found, place)) for place in places(found, count)]


def _all_boxes(model: Apply) -> dict[str, Any]:
    """Options under which a detector gives nearly all boxes: mAP counts the uncertain ones, too."""
    return {"threshold": LOWEST} if "threshold" in model.options.__struct_fields__ else {}


def _objects(found: Any, place: int) -> Boxes:
    """The objects of an image as boxes of confidence 1."""
    corners = np.asarray(found["boxes"][place], np.float32).reshape(-1, 4)
    names = tuple(found.classes[number] for number in np.asarray(found["box_label"][place], np.int64))
    return Boxes(corners, names, (1.0,) * len(names))


def _alone(value: float, detections: int) -> float:
    """The score of one image; one without objects is right when nothing was detected."""
    return value if value >= 0 else float(not detections)


def _detections(answer: Any, classes: Sequence[str], what: str) -> Found:
    if not isinstance(answer, Boxes):
        raise LabError(f"{what} gave {type(answer).__name__} where boxes are expected.")
    for name in answer.names:
        if name not in classes:
            raise unknown(f"class of the data ({what} answered it)", name, classes)
    numbers = np.asarray([classes.index(name) for name in answer.names], np.int64)
    return Found(np.asarray(answer.corners, np.float64).reshape(-1, 4), numbers, np.asarray(answer.scores, np.float64))
