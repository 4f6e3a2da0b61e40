"""Scores anomaly detectors: the area under the ROC curve of the probability that they give to ``anomaly``."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab_core.errors import LabError, UsageError
from lab_core.evaluator import Evaluation, Evaluator, Tick
from lab_core.model import Model


def auc(statistics: NDArray[np.float64]) -> float:
    """Area under the ROC curve of rows (probability, is an anomaly): the share of pairs in the right order, ties half.

    0.5 where one of the classes is missing.
    """
    from scipy.stats import rankdata

    score, odd = statistics[:, 0], statistics[:, 1] > 0.5
    positives, negatives = int(odd.sum()), int((~odd).sum())
    if not positives or not negatives:
        return 0.5
    ranks = rankdata(score)
    return float((ranks[odd].sum() - positives * (positives + 1) / 2) / (positives * negatives))


class AnomalyEvaluator(Evaluator):
    """A unit is one image; half of them are of the held-out class, as far as there are enough."""

    def evaluate(self, model: Model, *, protocol: str, count: int, seed: int, progress: Tick | None = None) -> Evaluation:
        """The area under the ROC curve over ``count`` images, always the same ones; details: none."""
        from lab_image_translation.anomaly.config import AnomalyConfig
        from lab_image_translation.anomaly.detector import split_classes

        if count < 2:
            raise UsageError(f"{count} images can't be scored; at least 2 are expected.")
        name, rules = self.benchmark.protocol(protocol)
        values = self.benchmark.parameters
        config = AnomalyConfig(data=values["data"], anomaly=int(values["anomaly"]), size=int(values["size"]))
        images, odd = split_classes(config, str(rules["split"]))
        rng = np.random.default_rng(20_261_129)
        kinds = [rng.permutation(np.flatnonzero(one)) for one in (odd, ~odd)]
        anomalies = kinds[0][: count // 2]
        chosen = np.concatenate([anomalies, kinds[1][: count - len(anomalies)]])
        applying: Any = model
        rows: list[tuple[float, float]] = []
        for place, found in zip(chosen, applying.apply(iter(images[chosen]), applying.options()), strict=True):
            if "anomaly" not in found.names:
                raise LabError(f"{self.benchmark.id}: a result has no label 'anomaly'; it has {', '.join(found.names)}.")
            rows.append((float(found.probabilities[found.names.index("anomaly")]), float(odd[place])))
            if progress is not None and not len(rows) % 100:
                progress(len(rows), len(chosen), [probability for probability, _ in rows])
        return Evaluation(
            benchmark=self.benchmark.id,
            protocol=name,
            settings={"split": rules["split"], "signature": f"auc:n={len(rows)}|anomalies={len(anomalies)}|v=1"},
            seed=seed,
            scores=tuple(probability for probability, _ in rows),
            statistics=tuple(rows),
            value=auc(np.array(rows)),
            unit="image",
            steps=len(rows),
        )
