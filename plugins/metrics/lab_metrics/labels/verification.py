"""Scores models that turn an image into a vector: can distances tell whether two images show the same thing?"""

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lab_core.errors import LabError
from lab_core.evaluator import Evaluation, Evaluator, Tick
from lab_core.model import Apply, Model
from lab_metrics.applying import results
from lab_metrics.data import SHUFFLE, columns, parameter, source
from lab_metrics.labels.folds import FOLDS, fold_accuracies
from lab_metrics.labels.ranking import auc, equal_error_rate, validation_rate
from lab_metrics.protocol import VerificationProtocol, plain, read_protocol

if TYPE_CHECKING:
    from lab_datasets.columns import Columns

FAR = 0.01
_ROWS = 1_000


class VerificationEvaluator(Evaluator):
    """A unit is one fold of pairs, as for Labeled Faces in the Wild (Huang et al. 2007). Parameters of the benchmark:

    data   id of the data set
    image  column that the model reads (default "image")
    label  column that says what an image shows (default "label"): class numbers or names
    """

    def evaluate(self, model: Model, *, protocol: str, count: int, seed: int, progress: Tick | None = None) -> Evaluation:
        """Accuracy of each of ten folds, 0 to 1, with the threshold that is best on the other nine; ``count`` pairs in all.

        Half of the pairs show the same thing; no label stands in two folds; the pairs are the same for every model. Distances
        are Euclidean. Figures: those of :func:`verified`, and ``nearest``, the share of images whose nearest other image shows
        the same thing. Raises LabError for too few labels with two images, or vectors of different lengths.
        """
        where = self.benchmark.id
        assert isinstance(model, Apply)
        name, rules = read_protocol(VerificationProtocol, self.benchmark, protocol)
        parameters = self.benchmark.parameters
        data = parameter(parameters, "data", where)
        image, label = str(parameters.get("image", "image")), str(parameters.get("label", "label"))
        found = self.columns(data, rules.split)
        found.need(image, label)
        names = np.asarray(found[label])
        pairs, same, folds = self.pairs(found, names, data, rules.split, count)
        used = np.unique(pairs)
        vectors: list[NDArray[np.float64]] = []
        for vector in results(model, [found[image][place] for place in used], where=where):
            vectors.append(np.asarray(vector, np.float64).reshape(-1))
            if vectors[-1].shape != vectors[0].shape or not np.isfinite(vectors[-1]).all():
                raise LabError(f"{where}: {type(model).__name__} gave vectors of different lengths, or not finite ones.")
            if progress is not None:
                progress(len(vectors), len(used), [])
        table = np.stack(vectors)
        scores, figures = verified(table, np.searchsorted(used, pairs), same, folds)
        return Evaluation(
            benchmark=where,
            protocol=name,
            settings={
                **plain(rules),
                "signature": (
                    f"verification:ref={source(data, rules.split)}:{image}>{label}|pairs={len(pairs)}|folds={len(scores)}|l2|v=1"
                ),
            },
            seed=seed,
            scores=tuple(scores.tolist()),
            value=float(scores.mean()),
            unit="fold",
            figures={**figures, "nearest": nearest_accuracy(table, names[used])},
            steps=len(pairs),
        )

    def columns(self, data: str, split: str) -> "Columns":
        """The images of a split with their labels; a subclass may split otherwise."""
        return columns(data, split)

    def pairs(
        self, found: "Columns", labels: NDArray[Any], data: str, split: str, count: int
    ) -> tuple[NDArray[np.intp], NDArray[np.bool_], NDArray[np.intp]]:
        """Pairs of rows [n, 2], whether they show the same thing [n], the fold of each [n]; a subclass may have its own."""
        return image_pairs(tuple(labels.tolist()), count)


def verified(
    vectors: NDArray[Any], pairs: NDArray[np.intp], same: NDArray[np.bool_], folds: NDArray[np.intp]
) -> tuple[NDArray[Any], dict[str, float]]:
    """Accuracy of each fold of pairs of rows of ``vectors`` [n, d], and what all pairs say.

    ``deviation`` of the folds' accuracies; ``auc``; ``eer``; ``val``, the validation rate at a false acceptance rate of 0.01.
    """
    closeness = -np.linalg.norm(vectors[pairs[:, 0]] - vectors[pairs[:, 1]], axis=1)
    scores = fold_accuracies(same, closeness, folds)
    return scores, {
        "deviation": float(scores.std()),
        "auc": auc(same, closeness),
        "eer": equal_error_rate(same, closeness),
        "val": validation_rate(same, closeness, FAR),
    }


def nearest_accuracy(vectors: NDArray[Any], labels: NDArray[Any]) -> float:
    """Share of rows of ``vectors`` [n, d] whose nearest other row has their label, of those rows that have a partner at all."""
    _, number, count = np.unique(labels, return_inverse=True, return_counts=True)
    paired = np.flatnonzero(count[number] > 1)
    length = (vectors**2).sum(axis=1)
    hits = 0
    for start in range(0, len(paired), _ROWS):
        rows = paired[start : start + _ROWS]
        distance = length[None, :] - 2 * vectors[rows] @ vectors.T  # squared, but for what is the same for the whole row
        distance[np.arange(len(rows)), rows] = np.inf
        hits += int((number[distance.argmin(axis=1)] == number[rows]).sum())
    return hits / len(paired) if len(paired) else float("nan")


@cache
def image_pairs(labels: tuple[object, ...], count: int) -> tuple[NDArray[np.intp], NDArray[np.bool_], NDArray[np.intp]]:
    """``count`` pairs of rows [n, 2], whether they show the same thing [n], the fold of each [n]; always the same ones.

    Labels are shared out among the folds at random; each fold gets as many same as different pairs.
    """
    members: dict[object, list[int]] = {}
    for place, label in enumerate(labels):
        members.setdefault(label, []).append(place)
    rng = np.random.default_rng(SHUFFLE)
    names = [list(members.values())[place] for place in rng.permutation(len(members))]
    pairs: list[tuple[int, int]] = []
    same: list[bool] = []
    folds: list[int] = []
    each = max(1, count // (2 * FOLDS))
    for fold in range(FOLDS):
        mine = names[fold::FOLDS]
        several = [one for one in mine if len(one) > 1]
        if len(mine) < 2 or not several:
            raise LabError(
                f"{len(members)} labels, {sum(len(one) > 1 for one in members.values())} of them with two images, don't make"
                f" {FOLDS} folds: each needs two labels, one of them with two images."
            )
        for number in range(each):
            pairs.append(tuple(rng.choice(several[number % len(several)], 2, replace=False).tolist()))
            a, b = rng.choice(len(mine), 2, replace=False)
            pairs.append((int(rng.choice(mine[a])), int(rng.choice(mine[b]))))
            same += [True, False]
            folds += [fold, fold]
    return np.asarray(pairs, np.intp), np.asarray(same), np.asarray(folds, np.intp)
