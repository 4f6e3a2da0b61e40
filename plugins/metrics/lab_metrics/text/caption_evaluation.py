"""Scores models that describe images: CIDEr-D, with BLEU-1 to BLEU-4 beside it."""

from collections.abc import Sequence
from typing import Any

from lab_core.evaluator import Evaluation, Evaluator, Tick
from lab_core.model import Apply, Model
from lab_metrics.applying import at_least_one, texts
from lab_metrics.data import as_references, chosen, parameter, source
from lab_metrics.protocol import CorpusProtocol, plain, read_protocol
from lab_metrics.text import bleu
from lab_metrics.text.cider import ORDER, SIGMA, cider_d, words


class CaptionEvaluator(Evaluator):
    """A unit is one image. Parameters of the benchmark:

    data     id of the data set
    image    column that the model reads (default "image")
    caption  column of references, one text or several an image (default "caption")

    The score is a mean over images, so no ``pool`` is needed. Document frequencies are those of the scored references: scores of
    different counts are not comparable, which the signature's ``n`` says.
    """

    def evaluate(self, model: Model, *, protocol: str, count: int, seed: int, progress: Tick | None = None) -> Evaluation:
        """CIDEr-D of ``count`` images, always the same ones, 0 to 10, higher is better.

        Details: ``bleu1`` to ``bleu4`` of each caption (lower case, without punctuation), ``words`` of each caption.
        """
        where = self.benchmark.id
        at_least_one(count, "image")
        assert isinstance(model, Apply)
        name, rules = read_protocol(CorpusProtocol, self.benchmark, protocol)
        parameters = self.benchmark.parameters
        data = parameter(parameters, "data", where)
        names = (str(parameters.get("image", "image")), str(parameters.get("caption", "caption")))
        images, captions = chosen(data, rules.split, names, count)
        references = [as_references(caption) for caption in captions]

        def each(done: int) -> None:
            if progress is not None:
                progress(done, len(images), [])

        made = texts(model, images, where=where, each=each)
        scores = cider_d(made, references)
        rows = bleu.statistics(
            [" ".join(words(text)) for text in made],
            [[" ".join(words(one)) for one in its] for its in references],
            tokenize="none",
        )
        details = {f"bleu{order}": tuple(bleu.bleu(row[None], order) for row in rows) for order in range(1, bleu.ORDER + 1)}
        return Evaluation(
            benchmark=where,
            protocol=name,
            settings={
                **plain(rules),
                "signature": f"cider-d:n={ORDER}|sigma={SIGMA:g}|ref={source(data, rules.split)}:{names[1]}|n={len(images)}|v=1",
            },
            seed=seed,
            scores=tuple(scores.tolist()),
            value=float(scores.mean()),
            unit="image",
            details={**details, "words": tuple(float(len(words(text))) for text in made)},
            steps=len(images),
        )

    def example_pairs(self, count: int) -> Sequence[tuple[Any, str]]:
        """The first images that are scored, each with its first caption."""
        _, rules = read_protocol(CorpusProtocol, self.benchmark, self.benchmark.default_protocol)
        parameters = self.benchmark.parameters
        names = (str(parameters.get("image", "image")), str(parameters.get("caption", "caption")))
        images, captions = chosen(parameter(parameters, "data", self.benchmark.id), rules.split, names, count)
        return [(image, as_references(caption)[0]) for image, caption in zip(images, captions, strict=True)]
