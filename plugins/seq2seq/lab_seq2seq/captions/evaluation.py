"""Scores of captions: CIDEr-D, with the share of different captions and of captions copied from training beside BLEU-1 to 4."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from lab_metrics.text.caption_evaluation import CaptionEvaluator

from lab_core.config import Config
from lab_core.evaluator import Evaluation, Tick
from lab_core.model import Apply, Kind, Model
from lab_seq2seq.captions.data import words


class RepeatingCaptionEvaluator(CaptionEvaluator):
    """A unit is one image; parameters as for :class:`CaptionEvaluator`.

    Details beside its own: ``distinct``, 1 for the first image that gets a caption and 0 for each that gets it again; ``copied``,
    1 where the caption is one of the training captions. Lower case, punctuation left out.
    """

    def evaluate(self, model: Model, *, protocol: str, count: int, seed: int, progress: Tick | None = None) -> Evaluation:
        assert isinstance(model, Apply)
        kept = _Kept(model)
        found = super().evaluate(kept, protocol=protocol, count=count, seed=seed, progress=progress)
        known = self._training()
        seen: set[str] = set()
        distinct: list[float] = []
        for text in kept.texts:
            distinct.append(float(text not in seen))
            seen.add(text)
        copied = tuple(float(text in known) for text in kept.texts)
        return msgspec.structs.replace(found, details={**found.details, "distinct": tuple(distinct), "copied": copied})

    def _training(self) -> set[str]:
        from lab_metrics.data import columns

        found = columns(str(self.benchmark.parameters["data"]), "train")
        texts: list[Any] = found["captions"] if "captions" in found else found["caption"]
        return {" ".join(words(one)) for text in texts for one in ([text] if isinstance(text, str) else text)}


class _Kept(Model, Apply):
    """A model whose texts are kept as they go by."""

    consumes, produces = Kind.IMAGE, Kind.TEXT

    def __init__(self, model: Apply) -> None:
        self._model, self.texts = model, list[str]()
        self.options = model.options  # type: ignore[misc]

    def apply(self, items: Iterable[Any], options: Config) -> Iterator[str]:
        from lab_metrics.applying import as_text, best

        for result in self._model.apply(items, options):
            text = as_text(best(result), type(self._model).__name__)
            self.texts.append(" ".join(words(text)))
            yield text

    def save(self, folder: Any) -> None:
        raise NotImplementedError

    @classmethod
    def load(cls, folder: Any, *, device: str) -> "_Kept":
        raise NotImplementedError
