"""Scores models that turn an image into another: each output against the image that it should be."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from lab_core.errors import LabError, unknown
from lab_core.evaluator import Evaluation, Evaluator, Tick
from lab_core.imports import load_object
from lab_core.model import Apply, Model
from lab_metrics.applying import at_least_one, results
from lab_metrics.data import chosen, parameter, source
from lab_metrics.images.arrays import Images, fitted
from lab_metrics.images.fidelity import WINDOW, mean_absolute_error, psnr, ssim
from lab_metrics.images.views import View, viewed
from lab_metrics.protocol import TargetProtocol, plain, read_protocol

SCORES = ("psnr", "ssim", "l1", "perceptual")
MOST = 100.0  # decibels: of equal images, whose PSNR is infinite
BATCH = 64


class PairEvaluator(Evaluator):
    """A unit is one image. Parameters of the benchmark:

    data        id of the data set
    target      column that the output is compared with, never shown to the model
    input       column that the model reads; or
    make_input  ``"module:function"`` that makes it of a target: (uint8 image, its number) -> uint8 image (smaller, noisy, grey)
    score       "psnr" (default, decibels), "ssim", "l1" (mean absolute difference, values 0 to 1), "perceptual"
    label       column of class numbers, where ``classifier`` names a data set whose network judges the outputs

    The protocol says how images are compared (:class:`lab_metrics.protocol.TargetProtocol`): colour space, crop, rounding,
    whether the perceptual distance is measured. It serves paired translation, super-resolution, denoising, colourisation, and
    unpaired translation where hidden pairs exist.
    """

    def evaluate(self, model: Model, *, protocol: str, count: int, seed: int, progress: Tick | None = None) -> Evaluation:
        """The score of each of ``count`` images, always the same ones.

        Details: those of ``psnr``, ``ssim``, ``l1``, ``perceptual`` that are not the score; ``chroma_l1`` of colour targets
        (mean absolute difference of Cb and Cr: a grey output fails here whatever its PSNR); ``accuracy`` with a classifier. An
        output of another size is fitted to its target's, which ``settings`` then say.
        """
        where = self.benchmark.id
        at_least_one(count, "image")
        assert isinstance(model, Apply)
        name, rules = read_protocol(TargetProtocol, self.benchmark, protocol)
        main = str(self.benchmark.parameters.get("score", "psnr"))
        if main not in SCORES:
            raise unknown("score of image pairs", main, SCORES)
        pairs = self._pairs(rules.split, count)
        view = View(colour=rules.colour, crop=rules.crop, rounded=rules.rounded)
        measure = _measure(view, rules.perceptual or main == "perceptual")
        columns: dict[str, list[np.ndarray]] = {}
        resized: set[str] = set()
        judged: list[float] = []
        judge = self._judge()
        for batch in _batches(model, pairs, where, resized):
            for figure, values in measure(batch.made, batch.targets).items():
                columns.setdefault(figure, []).append(values)
            if judge is not None:
                judged += judge(batch.made, batch.labels).tolist()
            if progress is not None and main in columns:
                progress(sum(map(len, columns[main])), len(pairs), np.concatenate(columns[main]).tolist())
        details = {figure: tuple(np.concatenate(parts).tolist()) for figure, parts in columns.items()}
        details = {figure: values for figure, values in details.items() if len(values) == len(pairs)}
        if judge is not None:
            details["accuracy"] = tuple(judged)
        if main not in details:
            raise LabError(f"{where}: {main} can't be measured on images below {WINDOW} pixels.")
        scores = details.pop(main)
        return Evaluation(
            benchmark=where,
            protocol=name,
            settings={
                **plain(rules),
                "signature": self._signature(main, rules, len(pairs)),
                **({"fitted_from": ", ".join(sorted(resized))} if resized else {}),
            },
            seed=seed,
            scores=scores,
            value=float(np.mean(scores)),
            unit="image",
            details=details,
            steps=len(pairs),
        )

    def example_pairs(self, count: int) -> Sequence[tuple[Any, Any]]:
        """The first images that are scored, each with its target."""
        _, rules = read_protocol(TargetProtocol, self.benchmark, self.benchmark.default_protocol)
        return [(pair[0], pair[1]) for pair in self._pairs(rules.split, count)]

    def _pairs(self, split: str, count: int) -> Sequence[tuple[Any, ...]]:
        """(input, target) or (input, target, label) of each image."""
        parameters, where = self.benchmark.parameters, self.benchmark.id
        maker = parameters.get("make_input")
        names = [parameter(parameters, "target", where)]
        names += [] if maker else [parameter(parameters, "input", where)]
        names += [parameter(parameters, "label", where)] if "label" in parameters else []
        targets, *others = chosen(parameter(parameters, "data", where), split, tuple(names), count)
        if maker:
            make = load_object(str(maker), what=f"Benchmark {where}")
            inputs = tuple(make(np.asarray(target), number) for number, target in enumerate(targets))
        else:
            inputs, others = others[0], others[1:]
        return list(zip(inputs, targets, *others, strict=True))

    def _judge(self) -> Callable[[Images, np.ndarray], np.ndarray] | None:
        """1.0 where the registered network takes an output for its label's class; None where the benchmark names none."""
        data = self.benchmark.parameters.get("classifier")
        if data is None:
            return None
        from lab_metrics.images.extractors import extractor

        network = extractor(str(data))
        return lambda images, labels: (network.features(images)[1].argmax(axis=1) == labels).astype(np.float64)

    def _signature(self, main: str, rules: TargetProtocol, count: int) -> str:
        from lab_metrics.images.perceptual import NAME

        parameters = self.benchmark.parameters
        view = View(colour=rules.colour, crop=rules.crop, rounded=rules.rounded)
        features = f"|features={NAME}" if rules.perceptual or main == "perceptual" else ""
        columns = f"{parameters.get('input') or parameters['make_input']}>{parameters['target']}"
        reference = f"{source(str(parameters['data']), rules.split)}:{columns}"
        return f"{main}:ref={reference}|n={count}|{view.signature()}|ssim=gauss11{features}|v=1"


class _Batch:
    """Outputs uint8 [n, h, w, c] and targets of the same shape, with labels where there are any."""

    def __init__(self, made: Sequence[Images], pairs: Sequence[tuple[Any, ...]]) -> None:
        self.made = np.stack(made)
        self.targets = np.stack([np.asarray(pair[1]) for pair in pairs])
        self.labels = np.asarray([pair[2] for pair in pairs if len(pair) > 2])


def _batches(model: Apply, pairs: Sequence[tuple[Any, ...]], where: str, resized: set[str]) -> Iterator[_Batch]:
    """Outputs with their targets, in order; those of one batch have one size. ``resized`` collects other sizes of outputs."""
    made: list[Images] = []
    waiting: list[tuple[Any, ...]] = []
    what = f"{where}: {type(model).__name__}"
    for output, pair in zip(results(model, [pair[0] for pair in pairs], where=where), pairs, strict=True):
        image, target = np.asarray(output), np.asarray(pair[1])
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] not in (1, 3):
            raise LabError(f"{what} gave {image.dtype} {list(image.shape)}; an image is uint8 [height, width, 1 or 3].")
        if image.shape != target.shape:
            resized.add("x".join(map(str, image.shape)))
            image = fitted(image[None], (target.shape[0], target.shape[1], target.shape[2]))[0]
        if made and (len(made) == BATCH or made[0].shape != image.shape):
            yield _Batch(made, waiting)
            made, waiting = [], []
        made.append(image)
        waiting.append(pair)
    if made:
        yield _Batch(made, waiting)


def _measure(view: View, perceptual: bool) -> Callable[[Images, Images], dict[str, np.ndarray]]:
    """All figures of a batch of outputs and targets, one number an image."""

    def measure(made: Images, targets: Images) -> dict[str, np.ndarray]:
        a, b = viewed(made, view), viewed(targets, view)
        found = {"psnr": np.minimum(psnr(a, b), MOST), "l1": mean_absolute_error(a, b)}
        if min(a.shape[1:3]) >= WINDOW:
            found["ssim"] = ssim(a, b)
        if targets.shape[3] == 3:
            chroma = View(colour="cbcr", crop=view.crop)
            found["chroma_l1"] = mean_absolute_error(viewed(made, chroma), viewed(targets, chroma))
        if perceptual:
            from lab_metrics.images.perceptual import perceptual_distance

            found["perceptual"] = perceptual_distance(made, targets)
        return found

    return measure
