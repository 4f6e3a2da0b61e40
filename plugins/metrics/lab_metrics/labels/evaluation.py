"""Scores classifiers: how often their first answer is right."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from lab_core.errors import LabError, unknown
from lab_core.evaluator import Evaluation, Evaluator, Tick
from lab_core.items.labels import Labels
from lab_core.items.series import Series
from lab_core.model import Apply, Kind, Model
from lab_metrics.applying import at_least_one, results
from lab_metrics.data import columns, parameter, places, source
from lab_metrics.labels.accuracy import negative_log_likelihood, top_k
from lab_metrics.labels.calibration import BINS, expected_calibration_error
from lab_metrics.labels.confusion import confusion, macro_f1
from lab_metrics.protocol import CorpusProtocol, plain, read_protocol

SCORES = ("accuracy", "f1")
COLUMN = {Kind.IMAGE: "image", Kind.TEXT: "text", Kind.SERIES: "series"}


class ClassificationEvaluator(Evaluator):
    """A unit is one item. Parameters of the benchmark:

    data   id of the data set; its columns' classes are the right names
    item   column that the model reads (default: "image", "text" or "series", after the model's kind)
    label  column of class numbers (default "label")
    score  "accuracy" (default) or "f1", the mean over classes; for the latter register
           ``pool="lab_metrics.labels.confusion:pool_macro_f1"``

    Answers are matched by name: a class that the model doesn't name has probability 0, a name that the data lack is an error.
    """

    def evaluate(self, model: Model, *, protocol: str, count: int, seed: int, progress: Tick | None = None) -> Evaluation:
        """The share of right first answers among ``count`` items, always the same ones, 0 to 1 (or the macro F1).

        Details: ``top5`` (with more than five classes), ``nll`` (nats). Figures: ``ece`` (calibration error), ``macro_f1``.
        """
        where = self.benchmark.id
        at_least_one(count, "item")
        assert isinstance(model, Apply)
        name, rules = read_protocol(CorpusProtocol, self.benchmark, protocol)
        parameters = self.benchmark.parameters
        score = str(parameters.get("score", "accuracy"))
        if score not in SCORES:
            raise unknown("score of classifiers", score, SCORES)
        data = parameter(parameters, "data", where)
        found = columns(data, rules.split)
        some = places(found, count)
        column, label = str(parameters.get("item", COLUMN.get(model.consumes, "image"))), str(parameters.get("label", "label"))
        found.need(column, label)
        labels = np.asarray(found[label])[some].astype(np.int64)
        items = [_item(found[column][place], model.consumes, found.value_names) for place in some]
        probabilities = np.zeros((len(items), len(found.classes)))
        right: list[float] = []
        for place, answer in enumerate(results(model, items, where=where)):
            probabilities[place] = _probabilities(answer, found.classes, f"{where}: {type(model).__name__}")
            right.append(float(probabilities[place].argmax() == labels[place]))
            if progress is not None:
                progress(place + 1, len(items), right)
        predicted = probabilities.argmax(axis=1)
        matrix = confusion(labels, predicted, len(found.classes))
        details = {"nll": tuple(negative_log_likelihood(labels, probabilities).tolist())}
        if len(found.classes) > 5:
            details["top5"] = tuple(top_k(labels, probabilities, 5).tolist())
        figures = {
            "macro_f1": macro_f1(matrix),
            "ece": expected_calibration_error(np.clip(probabilities.max(axis=1), 0, 1), np.asarray(right)),
        }
        pairs = np.stack([labels, predicted], axis=1).astype(np.float64)
        return Evaluation(
            benchmark=where,
            protocol=name,
            settings={
                **plain(rules),
                "signature": f"{score}:ref={source(data, rules.split)}:{column}>{label}|n={len(items)}|ece={BINS}|v=1",
            },
            seed=seed,
            scores=tuple(right),
            statistics=tuple(map(tuple, pairs.tolist())) if score == "f1" else (),
            value=figures["macro_f1"] if score == "f1" else float(np.mean(right)),
            unit=self.benchmark.unit if self.benchmark.unit != "episode" else "item",
            details=details,
            figures=figures,
            steps=len(items),
        )

    def example_pairs(self, count: int) -> Sequence[tuple[Any, Labels]]:
        """The first items that are scored, each with its right name. The column is that of the benchmark's kind."""
        _, rules = read_protocol(CorpusProtocol, self.benchmark, self.benchmark.default_protocol)
        parameters = self.benchmark.parameters
        kind = self.benchmark.consumes or Kind.IMAGE
        found = columns(parameter(parameters, "data", self.benchmark.id), rules.split)
        column, label = str(parameters.get("item", COLUMN.get(kind, "image"))), str(parameters.get("label", "label"))
        found.need(column, label)
        return [
            (_item(found[column][place], kind, found.value_names), Labels((found.classes[int(found[label][place])],), (1.0,)))
            for place in places(found, count)
        ]


def _item(value: Any, kind: Kind, names: Sequence[str]) -> Any:
    """A row of a column as an item; a series without times gets the numbers of its steps."""
    if kind is not Kind.SERIES or isinstance(value, Series):
        return value
    values = np.asarray(value, np.float64)
    values = values[:, None] if values.ndim == 1 else values
    known = tuple(names) or tuple(f"value{place + 1}" for place in range(values.shape[1]))
    return Series(times=np.arange(len(values), dtype=np.float64), values=values, names=known)


def _probabilities(answer: Any, classes: Sequence[str], what: str) -> np.ndarray:
    """The probability of each class, [classes]."""
    if not isinstance(answer, Labels):
        raise LabError(f"{what} gave {type(answer).__name__} where labels are expected.")
    found = np.zeros(len(classes))
    for name, probability in zip(answer.names, answer.probabilities, strict=True):
        if name not in classes:
            raise unknown(f"class of the data ({what} answered it)", name, classes)
        found[classes.index(name)] = probability
    return found
