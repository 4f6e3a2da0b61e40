"""Scores models that make images of a data set that has a classifier: the Frechet distance in its features, and more."""

from lab_core.errors import LabError, UsageError
from lab_core.evaluator import Evaluation, Evaluator, Tick
from lab_core.model import Model
from lab_metrics.images import measure
from lab_metrics.images.arrays import fitted
from lab_metrics.images.reference import reference, seen
from lab_metrics.images.sampling import draw, set_seed
from lab_metrics.protocol import SetProtocol, plain, read_protocol


class ImageEvaluator(Evaluator):
    """A unit is one independent set of samples. The benchmark's parameter ``data`` is the data set's id."""

    def evaluate(self, model: Model, *, protocol: str, count: int, seed: int, progress: Tick | None = None) -> Evaluation:
        """The FCD of each of ``count`` sets, lower is better; details: one column a figure (docs/scores.md).

        Samples of another size or number of channels are fitted to the data set's, which ``settings`` then say. A model
        with the option ``label`` is asked for every class equally often. Raises LabError for a model that doesn't fit.
        """
        where = self.benchmark.id
        if count < 1:
            raise UsageError(f"{count} sample sets can't be scored; at least 1 is expected.")
        name, rules = read_protocol(SetProtocol, self.benchmark, protocol)
        real = reference(self.benchmark.parameters["data"], rules.split)
        if rules.classifier != real.classifier.name:
            raise LabError(
                f"Protocol {name!r} of {where} is measured with {rules.classifier}; {real.classifier.name} is installed."
            )
        figures = measure.full if rules.full else measure.quick
        shape = real.classifier.shape
        rows: list[measure.Figures] = []
        made = shape
        for place in range(count):
            drawn = draw(model, rules.n, classes=len(real.classifier.classes), seed=set_seed(seed, place), where=where)
            made = drawn.images.shape[1:]
            fake = seen(real.classifier, fitted(drawn.images, shape))
            rows.append(figures(real, fake, drawn.asked, drawn.option))
            if progress is not None:
                progress(place + 1, count, [row["fcd"] for row in rows])
        scores = tuple(row.pop("fcd") for row in rows)
        resized = {} if made == shape else {"fitted_from": "x".join(map(str, made))}
        return Evaluation(
            benchmark=where,
            protocol=name,
            settings={
                **plain(rules),
                "signature": measure.signature(real, rules.n, quick=not rules.full),
                "floor": round(real.floor(rules.n), 3),
                **resized,
            },
            seed=seed,
            scores=scores,
            value=sum(scores) / count,
            unit="sample set",
            details={key: tuple(row[key] for row in rows) for key in rows[0]},
            steps=count * rules.n,
        )
